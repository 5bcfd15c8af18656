"""Reads a Rasa project (3.1) from YAML; what the runtime doesn't support is refused with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.chat.policy import next_action
from assistant.chat.project import (
    DEACTIVATE,
    FALLBACK_INTENT,
    LISTEN,
    REQUESTED,
    UNSET,
    Foreseen,
    Project,
    Slot,
    State,
    nlu_files,
)
from assistant.errors import ChatError, Problem
from assistant.rules.document import Document, Mark, Place, read_document

VERSION = "3.1"
_ANNOTATED = re.compile(r"\[([^\[\]]+)\]\((\w+)\)")
_SLOT_TYPES = frozenset(["text", "bool", "categorical", "float", "list", "any"])
_MAPPINGS: Mapping[str, frozenset[str]] = {
    "from_text": frozenset(["type", "intent", "not_intent", "conditions"]),
    "from_entity": frozenset(["type", "entity", "intent", "not_intent", "conditions"]),
    "from_intent": frozenset(["type", "value", "intent", "not_intent", "conditions"]),
    "custom": frozenset(["type"]),
}
_DOMAIN = frozenset(
    ["version", "session_config", "intents", "entities", "slots", "forms", "responses", "actions"]
)
_SLOT_KEYS = frozenset(["type", "influence_conversation", "mappings", "values", "initial_value"])
_STEPS = frozenset(["intent", "action", "active_loop", "slot_was_set"])
_RULE_KEYS = frozenset(["rule", "condition", "steps", "wait_for_user_input"])
_NLU_KINDS = ("intent", "regex", "lookup", "synonym")


@dataclass(slots=True)
class _Reader:
    """Collects what files say, and what is wrong with them."""

    problems: list[Problem] = field(default_factory=list)

    def read(self, path: Path, keys: Iterable[str]) -> tuple[Document, dict[str, Any]]:
        document = read_document(path)
        self.problems += [problem for problem in document.problems if problem.code != "empty"]
        value = document.value if isinstance(document.value, dict) else {}
        self.only(document, (), value, {"version", *keys})
        if value and value.get("version") != VERSION:
            self.refuse(document, ("version",), f'version: "{VERSION}" is what is read')
        return document, value

    def refuse(
        self, document: Document, place: Place, message: str, *, key: bool = False, line: int | None = None
    ) -> None:
        mark = document.mark(place, key=key)
        if line is not None:
            mark = Mark(line, 1)
        self.problems.append(document.problem("chat", message, mark))

    def only(self, document: Document, place: Place, value: Mapping[str, Any], known: Iterable[str]) -> None:
        """Refuse keys that aren't among the `known` ones."""
        names = set(known)
        for name in value:
            if name not in names:
                self.refuse(document, (*place, name), f"{name}: not supported", key=True)


def load_project(folder: Path) -> Project:
    """Read the project in `folder` (domain.yml, nlu/, rules/).

    Raises ChatError with everything that is wrong or not supported, each with file, line and column.
    """
    reader = _Reader()
    domain = _domain(reader, folder / "domain.yml")
    taught = _nlu(reader, nlu_files(folder), domain)
    rules = _rules(reader, sorted((folder / "rules").glob("*.yml")), domain)
    if reader.problems:
        raise ChatError(sorted(reader.problems, key=lambda each: (each.path, each.line, each.column)))
    return replace(taught, rules=tuple(rules))


def nlu_digest(paths: Iterable[Path]) -> str:
    """Return the digest of what intents are learnt from."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _domain(reader: _Reader, path: Path) -> Project:
    document, value = reader.read(path, _DOMAIN)
    forms: dict[str, tuple[str, ...]] = {}
    for name, form in (value.get("forms") or {}).items():
        reader.only(document, ("forms", name), form or {}, ("required_slots",))
        forms[name] = tuple((form or {}).get("required_slots") or ())
    slots = {
        name: _slot(reader, document, name, slot or {}) for name, slot in (value.get("slots") or {}).items()
    }
    for name, wanted in forms.items():
        for slot in wanted:
            if slot not in slots:
                reader.refuse(document, ("forms", name), f"{slot}: no such slot")
    intents = tuple(_names(reader, document, value, "intents"))
    return Project(
        intents=intents,
        entities=tuple(_names(reader, document, value, "entities")),
        slots=slots,
        forms=forms,
        responses=_responses(reader, document, value.get("responses") or {}),
        actions=tuple(_names(reader, document, value, "actions")),
        rules=(),
        examples=(),
        patterns=(),
        synonyms={},
    )


def _names(reader: _Reader, document: Document, value: Mapping[str, Any], key: str) -> Iterator[str]:
    for place, name in enumerate(value.get(key) or ()):
        if isinstance(name, str):
            yield name
        else:
            reader.refuse(document, (key, place), "a plain name is what is supported here")


def _slot(reader: _Reader, document: Document, name: str, said: Mapping[str, Any]) -> Slot:
    place: Place = ("slots", name)
    reader.only(document, place, said, _SLOT_KEYS)
    kind = said.get("type")
    if kind not in _SLOT_TYPES:
        reader.refuse(document, (*place, "type"), f"{kind}: slots are {', '.join(sorted(_SLOT_TYPES))}")
    mappings = said.get("mappings") or []
    for at, mapping in enumerate(mappings):
        known = _MAPPINGS.get(str(mapping.get("type")))
        if known is None:
            reader.refuse(document, (*place, "mappings", at), f"{mapping.get('type')}: mapping not supported")
        else:
            reader.only(document, (*place, "mappings", at), mapping, known)
    influences = said.get("influence_conversation", kind != "any")
    if influences and kind in ("float", "list"):
        reader.refuse(document, place, f"a {kind} slot that influences the conversation isn't supported")
    return Slot(
        name, str(kind), bool(influences), tuple(mappings), tuple(said.get("values") or ()),
        said.get("initial_value"),
    )  # fmt: skip


def _responses(
    reader: _Reader, document: Document, said: Mapping[str, Any]
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    for name, variants in said.items():
        for at, variant in enumerate(variants):
            reader.only(document, ("responses", name, at), variant, ("text", "buttons", "custom"))
    return {name: tuple(variants) for name, variants in said.items()}


def _nlu(reader: _Reader, paths: Sequence[Path], domain: Project) -> Project:
    """Return the project with what its NLU files teach."""
    examples: list[tuple[str, str]] = []
    regexes: list[tuple[str, str]] = []
    lookups: list[tuple[str, str]] = []
    synonyms: dict[str, str] = {}
    annotated: set[str] = set()
    for path in paths:
        document, value = reader.read(path, ("nlu",))
        for at, block in enumerate(value.get("nlu") or ()):
            kind = next((kind for kind in _NLU_KINDS if kind in block), None)
            if kind is None:
                reader.refuse(document, ("nlu", at), f"not supported: {', '.join(block)}")
                continue
            reader.only(document, ("nlu", at), block, (kind, "examples"))
            name = str(block[kind])
            lines = list(_lines(reader, document, ("nlu", at, "examples"), block.get("examples")))
            if kind == "intent":
                if name not in domain.intents:
                    reader.refuse(document, ("nlu", at), f"{name}: not an intent of the domain")
                for _, line in lines:
                    annotated.update(entity for _, entity in _ANNOTATED.findall(line))
                    examples.append((name, _ANNOTATED.sub(r"\1", line)))
            elif kind == "regex":
                for number, line in lines:
                    _compiled(reader, document, line, number)
                    regexes.append((name, line))
            elif kind == "lookup":
                lookups.append((name, "(" + "|".join(re.escape(line) for _, line in lines) + ")"))
            else:
                synonyms |= dict.fromkeys((line for _, line in lines), name)
    known = [*regexes, *lookups]
    cues: dict[str, tuple[str, ...]] = {}
    for name, pattern in known:
        cues[name] = (*cues.get(name, ()), pattern)
    patterns = tuple((name, pattern) for name, pattern in known if name in annotated)
    return replace(
        domain,
        examples=tuple(examples),
        patterns=patterns,
        synonyms=synonyms,
        cues=cues,
        sha256=nlu_digest(paths),
    )


def _lines(reader: _Reader, document: Document, place: Place, said: object) -> Iterator[tuple[int, str]]:
    """Yield the examples of a block, each with its line in the file."""
    start = document.mark(place).line
    if not isinstance(said, str):
        reader.refuse(document, place, "examples: | with one example a line, each after “- ”")
        return
    for number, line in enumerate(said.split("\n"), start + 1):
        if line.startswith("- "):
            yield number, line[2:].strip()
        elif line.strip():
            reader.refuse(document, place, "an example begins with “- ”", line=number)


def _compiled(reader: _Reader, document: Document, pattern: str, line: int) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        reader.refuse(document, (), f"no regular expression: {error}", line=line)


def _rules(reader: _Reader, paths: Iterable[Path], domain: Project) -> list[Foreseen]:
    foreseen: list[Foreseen] = []
    stories: list[tuple[Document, Place, Mapping[str, Any]]] = []
    for path in paths:
        document, value = reader.read(path, ("rules", "stories"))
        for at, rule in enumerate(value.get("rules") or ()):
            place: Place = ("rules", at)
            reader.only(document, place, rule, _RULE_KEYS)
            if _known(reader, document, place, rule, domain):
                foreseen += _foreseen(reader, document, place, rule, domain)
        for at, story in enumerate(value.get("stories") or ()):
            place = ("stories", at)
            reader.only(document, place, story, ("story", "steps", "metadata"))
            if _known(reader, document, place, story, domain):
                stories.append((document, place, story))
    _undecided(reader, foreseen)
    for told in stories:
        _told_by_rules(reader, told, domain, foreseen)
    return foreseen


def _known(
    reader: _Reader, document: Document, place: Place, said: Mapping[str, Any], domain: Project
) -> bool:
    """Whether the steps of a rule or story are of supported kinds, and name what there is."""
    before = len(reader.problems)
    actions = {*domain.actions, *domain.responses, *domain.forms, LISTEN, DEACTIVATE}
    names: tuple[tuple[str, set[str]], ...] = (
        ("intent", {*domain.intents, FALLBACK_INTENT}),
        ("action", actions),
        ("active_loop", set(domain.forms)),
    )
    for part in ("condition", "steps"):
        for at, step in enumerate(said.get(part) or ()):
            here = (*place, part, at)
            if not isinstance(step, dict) or len(step) != 1 or not step.keys() <= _STEPS:
                reader.refuse(document, here, f"a step is one of {', '.join(sorted(_STEPS))}")
                continue
            for kind, known in names:
                if step.get(kind) is not None and step[kind] not in known:
                    reader.refuse(document, (*here, kind), f"{step[kind]}: no such {kind}")
            for each in step.get("slot_was_set") or ():
                for name in each if isinstance(each, dict) else (each,):
                    if name != REQUESTED and name not in domain.slots:
                        reader.refuse(document, (*here, "slot_was_set"), f"{name}: no such slot")
    return len(reader.problems) == before


def _moved(state: State, step: Mapping[str, Any], domain: Project, *, nothing: str | None = UNSET) -> State:
    """Return the state after a step that sets a loop or slots; `nothing` stands for null."""
    if "active_loop" in step:
        return replace(state, loop=step["active_loop"] or nothing)
    slots = dict(state.slots)
    for each in step["slot_was_set"]:
        pairs = each.items() if isinstance(each, dict) else ((each, True),)
        for name, value in pairs:
            if name in domain.slots and domain.slots[name].influences:
                slots[name] = nothing if value is None else value
    return replace(state, slots=slots)


def _foreseen(
    reader: _Reader, document: Document, place: Place, rule: Mapping[str, Any], domain: Project
) -> Iterator[Foreseen]:
    """Yield what a rule foresees, as Rasa's RulePolicy does.

    The first action of a rule that doesn't begin with an intent isn't foreseen: the rule joins in there.
    """
    name = str(rule["rule"])
    steps = rule.get("steps") or []
    state = State()
    for step in rule.get("condition") or ():
        state = _moved(state, step, domain)
    intents = [at for at, step in enumerate(steps) if "intent" in step]
    if len(intents) > 1:
        reader.refuse(document, (*place, "steps", intents[1]), "a rule holds one intent: use two rules")
        return
    states: list[State] = []
    for step in steps:
        if "intent" in step:
            state = replace(state, previous=LISTEN, intent=step["intent"])
            states.append(state)
        elif "action" in step:
            if states:
                yield Foreseen(tuple(states), step["action"], name)
            state = replace(state, previous=step["action"])
            states.append(state)
        else:
            state = _moved(state, step, domain)
            if states:
                states[-1] = state
    if rule.get("wait_for_user_input", True):
        yield Foreseen(tuple(states), LISTEN, name)


def _undecided(reader: _Reader, foreseen: Sequence[Foreseen]) -> None:
    """Refuse rules that foresee different actions in the same states."""
    first: dict[Any, Foreseen] = {}
    for each in foreseen:
        key = tuple((s.previous, s.intent, s.loop, tuple(sorted(s.slots.items()))) for s in each.states)
        other = first.setdefault(key, each)
        if other.action != each.action:
            message = f"{each.rule} and {other.rule} foresee different actions in the same situation"
            reader.problems.append(Problem("rules", 1, 1, "chat", message))


def _told_by_rules(
    reader: _Reader,
    told: tuple[Document, Place, Mapping[str, Any]],
    domain: Project,
    rules: Sequence[Foreseen],
) -> None:
    """Refuse a story that tells something the rules don't: this runtime decides by rules alone."""
    document, place, story = told
    state = State()
    history: list[State] = []
    ran = rejected = False
    for at, step in enumerate(story.get("steps") or ()):
        if "intent" in step:
            state = replace(state, previous=LISTEN, intent=step["intent"])
            history.append(state)
            ran = rejected = False
        elif "action" in step:
            said = step["action"]
            rejected |= state.loop is not None and not ran and said != state.loop
            found = next_action(rules, history, state.loop, ran=ran, rejected=rejected)
            if found != said:
                message = f"the rules say {found} here: a story that rules don't carry isn't supported"
                reader.refuse(document, (*place, "steps", at), message)
                return
            ran = said == state.loop
            state = replace(state, previous=said)
            history.append(state)
        else:
            state = _moved(state, step, domain, nothing=None)
            if history:
                history[-1] = state
