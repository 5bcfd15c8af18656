"""Turn the rules of a rule set into plans: templates into entries, nodes into compiled conditions."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any, TypeVar

from assistant.match import nodes as compiled
from assistant.match import plan
from assistant.match.lexicon import Entry, LexiconBuilder
from assistant.model import How, Severity
from assistant.rules import schema
from assistant.rules.backtracking import catastrophic
from assistant.rules.literals import required_literals
from assistant.rules.pack import Pack, RuleSet
from assistant.rules.template import TemplateParser
from assistant.text.frequency import chance
from assistant.text.normalise import Normaliser
from assistant.text.sound import sound_groups
from assistant.text.tables import CharacterTables, build_tables

_SLOT = re.compile(r"\{(\w+)\}")
# Braces that are no count: `regex` may find something like the text before them.
_FUZZY = re.compile(r"\{(?!\d*,?\d*\})")
# Looking for more of them than these takes as long as the pattern itself.
_MOST_MARKS = 4
T = TypeVar("T")
_AllOf = Callable[[tuple[compiled.Node, ...]], compiled.AllNode]


def compile_rules(ruleset: RuleSet, tables: CharacterTables | None = None) -> plan.CompiledRules:
    """Compile all packs, with `tables` where they are made already.

    Raises TemplateError and ValueError for what the rule-set checks let pass.
    """
    tables = tables or build_tables()
    normaliser = Normaliser.of(tables)
    builder = LexiconBuilder(normaliser.words)
    heard: set[int] = set()
    groups: list[tuple[int, ...]] = []
    plans: list[plan.RulePlan] = []
    for pack in ruleset.packs:
        writer = _PackCompiler(builder, builder.parser(pack.lists), normaliser, heard, groups)
        plans.extend(writer.rule(rule, pack) for rule in pack.rules)
    entries = tuple(builder.entries)
    stretches = (text for number in heard for text in builder.sounds.get(number, ()))
    return plan.CompiledRules(
        rules=tuple(_in_order(plans)),
        entries=entries,
        sounds=sound_groups(_shortest(stretches), tables),
        groups=tuple(groups),
        tables=replace(tables, lookalike=_useful(tables.lookalike, entries)),
        packs=tuple(pack.info for pack in ruleset.packs),
        sha256=ruleset.sha256,
    )


def _useful(lookalike: Mapping[int, str], entries: Iterable[Entry]) -> Mapping[int, str]:
    """Return the look-alikes of characters that stand in a wording."""
    listed = {
        char for entry in entries for text in (entry.wording, entry.regex, *entry.literals) for char in text
    }
    return {code: char for code, char in lookalike.items() if char in listed}


def _shortest(stretches: Iterable[str]) -> list[str]:
    """Leave out stretches that hold another of three or more characters: that one is heard in them."""
    kept: set[str] = set()
    for text in sorted(set(stretches), key=lambda text: (len(text), text)):
        inner = (text[i:j] for i in range(len(text) - 2) for j in range(i + 3, len(text) + 1))
        if len(text) <= 3 or kept.isdisjoint(inner):
            kept.add(text)
    return sorted(kept)


def _in_order(plans: list[plan.RulePlan]) -> Iterable[plan.RulePlan]:
    """Rules that ask for other rules come after them (the checks refuse rings)."""
    asked = {p.id: set(_asked(p.body.node)) if isinstance(p.body, plan.Said) else set() for p in plans}
    known = {p.id: p for p in plans}
    order = TopologicalSorter({rule: others & known.keys() for rule, others in asked.items()})
    return (known[rule] for rule in order.static_order())


def _asked(node: Any) -> Iterator[str]:
    """Yield the rules that a node asks for."""
    if isinstance(node, compiled.RuleNode):
        yield node.rule
    for inner in (*getattr(node, "nodes", ()), getattr(node, "node", None)):
        if inner is not None:
            yield from _asked(inner)


class _PackCompiler:
    """Compiles the rules of one pack."""

    def __init__(
        self,
        builder: LexiconBuilder,
        parser: TemplateParser,
        normaliser: Normaliser,
        heard: set[int],
        groups: list[tuple[int, ...]],
    ) -> None:
        self._builder = builder
        self._parser = parser
        self._normaliser = normaliser
        self._heard = heard
        self._hear = False
        self._groups = groups
        self._asked: dict[int, None] = {}

    def rule(self, rule: schema.Rule, pack: Pack) -> plan.RulePlan:
        self._hear = rule.evasion.homophone and rule.kind != "required" and rule.when.speaker == "agent"
        return plan.RulePlan(
            id=rule.id,
            title=rule.title,
            source=tuple(rule.source),
            family=rule.group,
            severity=Severity.of(rule.severity),
            kind=rule.kind,
            when=self._when(rule.when),
            negation=rule.scope.negation,
            quotation=rule.scope.quotation,
            own=rule.source[0].startswith("B-") and rule.kind != "required",
            at_least=rule.scope.at_least or 0.0,
            blocked=_blocked(rule.evasion),
            valid_from=rule.valid.from_ if rule.valid else None,
            valid_to=rule.valid.to if rule.valid else None,
            message=rule.message,
            suggest=rule.suggest,
            body=self._grouped(self._body(rule)),
            pack=pack.name,
        )

    def _grouped(self, made: T) -> T:
        """Note the entries of what was just made as asked for together."""
        self._groups.append(tuple(self._asked))
        self._asked = {}
        return made

    def _when(self, when: schema.When) -> plan.WhenPlan:
        feelings: list[compiled.Node] = []
        if when.emotion:
            feelings.append(compiled.EmotionNode(frozenset(when.emotion), 0))
        if when.intent:
            feelings.append(compiled.IntentNode(frozenset(when.intent)))
        meta = {
            key: tuple(value) if isinstance(value, list) else (value,)
            for key, value in (when.meta or {}).items()
        }
        return plan.WhenPlan(
            speaker=when.speaker,
            channels=frozenset(when.channel or ()),
            meta=meta or None,
            first=when.position.first if when.position else None,
            after=when.position.after if when.position else None,
            stages=frozenset(when.stage or ()),
            feeling=compiled.AllNode(tuple(feelings), frozenset()) if feelings else None,
            customer=self._grouped(self._node(when.customer)) if when.customer else None,
        )

    def _body(self, rule: schema.Rule) -> plan.Body:
        match = rule.match
        if isinstance(rule, schema.NearRule):
            return plan.Said(self._near(rule.match))
        if isinstance(rule, schema.EntityRule):
            return plan.Said(self._entity(rule.match.types, rule.match.except_))
        if isinstance(match, schema.LearnedMatch):
            exceptions = self._numbers(match.except_, hear=False)
            return plan.Said(compiled.LearnedNode(match.like, match.at_least, exceptions))
        if isinstance(match, schema.RequiredMatch):
            return self._required(match)
        if isinstance(match, schema.OrderMatch):
            return plan.Order(self._node(match.first), self._node(match.then))
        if isinstance(match, schema.CountMatch):
            node = self._node(match.of)
            return plan.Count(node, match.at_most, match.at_least, match.min_turns, per_100=False)
        if isinstance(match, schema.RatioMatch):
            node = self._node(match.of)
            return plan.Count(node, match.at_most, match.at_least, match.min_turns, per_100=True)
        if isinstance(match, schema.RepeatMatch):
            only = self._node(match.only) if match.only else None
            return plan.Repeat(match.similarity, match.within, match.min_chars, match.times, only)
        if isinstance(match, schema.TimingMatch):
            return plan.Timing(match.metric, match.at_most, match.at_least, match.min_chars)
        if isinstance(match, schema.ContradictionMatch):
            return plan.Contradiction(self._node(match.claim), self._node(match.taken_back))
        if isinstance(match, schema.FollowUpMatch):
            before = match.direction == "before"
            return plan.FollowUp(
                self._node(match.trigger),
                self._node(match.expect),
                match.within,
                before,
                match.at_least,
            )
        return plan.Said(self._node(match))

    def _required(self, match: schema.RequiredMatch) -> plan.Required:
        due = match.due
        return plan.Required(
            expect=self._node(match.expect),
            first=due.first,
            last=due.last,
            within_s=due.within_s,
            after=self._occasion(due.after),
            before=self._occasion(due.before),
            turns=due.turns,
            once=due.once,
        )

    def _occasion(self, anchor: schema.Anchor | None) -> plan.Occasion | None:
        if anchor is None:
            return None
        node = self._node(anchor.match) if anchor.match else None
        return plan.Occasion(anchor.speaker, node, anchor.event)

    def _node(self, node: Any) -> compiled.Node:
        if isinstance(node, schema.Phrases):
            return self._phrases(node)
        if isinstance(node, schema.Pattern):
            return self._pattern(node)
        if isinstance(node, schema.NearNode):
            return self._near(node.near)
        if isinstance(node, schema.Script):
            return self._script(node)
        if isinstance(node, schema.EntityNode):
            return self._entity(node.entity, node.except_)
        if isinstance(node, schema.EmotionNode):
            return compiled.EmotionNode(frozenset(node.emotion), node.min_intensity)
        if isinstance(node, schema.IntentNode):
            return compiled.IntentNode(frozenset(node.intent))
        if isinstance(node, schema.RuleNode):
            return compiled.RuleNode(node.rule)
        if isinstance(node, schema.AllNode):
            return self._all_of(tuple(self._node(inner) for inner in node.all_of))
        if isinstance(node, schema.AnyNode):
            return compiled.AnyNode(tuple(self._node(inner) for inner in node.any_of))
        if isinstance(node, schema.NotNode):
            return compiled.NotNode(self._node(node.not_))
        names = {name: self._node(inner) for name, inner in node.with_.items()}
        return expression(node.expr, names, self._all_of)

    def _all_of(self, nodes: tuple[compiled.Node, ...]) -> compiled.AllNode:
        return compiled.AllNode(nodes, self._rarest(node.triggers for node in nodes))

    def _rarest(self, triggers: Iterable[frozenset[int]]) -> frozenset[int]:
        """Return of sets of entries the one that is said least by chance; empty sets don't count."""
        entries = self._builder.entries
        return min(
            filter(None, triggers),
            key=lambda numbers: sum(chance(entries[number].literals) for number in numbers),
            default=frozenset(),
        )

    def _numbers(self, wordings: Iterable[str] | None, *, hear: bool = True) -> frozenset[int]:
        numbers = frozenset(self._builder.add(wording, self._parser) for wording in wordings or ())
        self._asked.update(dict.fromkeys(numbers))
        if hear and self._hear:
            self._heard.update(numbers)
        return numbers

    def _phrases(self, node: schema.Phrases) -> compiled.PhrasesNode:
        listed = node.any or node.all or node.of or []
        numbers = self._numbers(listed)
        need = len(numbers) if node.all else node.at_least or 1
        loose = frozenset(n for n in numbers if not self._builder.entries[n].sought)
        exceptions = self._numbers(node.except_, hear=False)
        return compiled.PhrasesNode(numbers, need, exceptions, loose, node.word)

    def _pattern(self, node: schema.Pattern) -> compiled.PatternNode:
        literals = required_literals(node.pattern) or frozenset()
        cleaned = sorted(filter(None, map(self._normaliser.words, literals)))
        numbers: frozenset[int] = frozenset()
        if cleaned and len(cleaned) == len(literals):
            numbers = frozenset(self._literal(text) for text in cleaned)
        marks = () if numbers or len(literals) > _MOST_MARKS else tuple(sorted(literals))
        quick = _quick(node.pattern) and (not node.except_ or _quick(node.except_))
        return compiled.PatternNode(node.pattern, node.except_, numbers, marks, quick)

    def _literal(self, text: str) -> int:
        self._builder.entries.append(Entry(text, text, True, re.escape(text), None))
        number = len(self._builder.entries) - 1
        self._asked[number] = None
        return number

    def _near(self, near: schema.Near) -> compiled.NearNode:
        first, second = self._numbers(near.a), self._numbers(near.b)
        return compiled.NearNode(
            first,
            second,
            near.within,
            near.ordered,
            self._numbers(near.except_, hear=False),
            self._rarest((first, second)),
        )

    def _script(self, node: schema.Script) -> compiled.ScriptNode:
        scripts = [node.script] if isinstance(node.script, str) else node.script
        parts = tuple(
            compiled.Part(name, self._phrases(schema.Phrases(any=wordings)), name in node.optional)
            for name, wordings in (node.parts or {}).items()
        )
        return compiled.ScriptNode(
            tuple(self._pieces(script) for script in scripts),
            node.verbatim,
            parts,
            node.across,
            frozenset().union(*(part.wordings.wordings for part in parts)),
        )

    def _pieces(self, script: str) -> tuple[str, ...]:
        pieces = _SLOT.split(script)
        return tuple(
            piece if place % 2 else self._normaliser.words(piece) for place, piece in enumerate(pieces)
        )

    def _entity(self, types: Iterable[str], except_: list[str] | None) -> compiled.EntityNode:
        return compiled.EntityNode(frozenset(types), self._numbers(except_, hear=False))


def _quick(pattern: str) -> bool:
    """Whether Python's own `re` reads the pattern as `regex` does, and is always soon done with it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what `re` warns of, `regex` may read otherwise
            re.compile(pattern)
    except (re.error, Warning, OverflowError, RecursionError):
        return False
    return not _FUZZY.search(pattern) and catastrophic(pattern) is None


_EVASIONS: Mapping[str, How] = {
    "separator": "separator", "repeat": "repeat", "width": "width",
    "traditional": "traditional", "homophone": "homophone", "lookalike": "lookalike",
}  # fmt: skip


def _blocked(evasion: schema.Evasion) -> frozenset[How]:
    return frozenset(how for name, how in _EVASIONS.items() if not getattr(evasion, name))


def expression(text: str, names: Mapping[str, compiled.Node], all_of: _AllOf) -> compiled.Node:
    """Compile ``a and not (b or c)`` over named nodes; raises ValueError for anything else."""
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"not an expression of and, or, not: {text}") from error
    return _expression(tree, names, all_of)


def _expression(tree: ast.expr, names: Mapping[str, compiled.Node], all_of: _AllOf) -> compiled.Node:
    if isinstance(tree, ast.BoolOp):
        inner = tuple(_expression(value, names, all_of) for value in tree.values)
        return all_of(inner) if isinstance(tree.op, ast.And) else compiled.AnyNode(inner)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return compiled.NotNode(_expression(tree.operand, names, all_of))
    if isinstance(tree, ast.Name) and tree.id in names:
        return names[tree.id]
    unknown = tree.id if isinstance(tree, ast.Name) else ast.unparse(tree)
    raise ValueError(f"not a name of 'with', and, or, not: {unknown}")
