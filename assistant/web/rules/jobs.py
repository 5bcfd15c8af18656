"""Work on rules that takes long; each job runs in a process of its own (see `workshop`).

What goes in and what comes out is picklable. Rule files come as their contents, by name.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assistant.bootstrap import compile_contents, load_conduct, load_customer, load_engine, with_rules
from assistant.rules.cache import cached_contents
from assistant.rules.pack import fingerprints
from assistant.rules.prose import catalogue_of
from assistant.web.rules.wording import told as worded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assistant.engine.comparison import Change
    from assistant.engine.fold import Engine
    from assistant.errors import Problem
    from assistant.match.plan import CompiledRules
    from assistant.rules.pack import RuleSet
    from assistant.rules.schema import Rule
    from assistant.settings import Settings
    from assistant.store.conversations import Filter

Contents = dict[str, bytes]
Json = dict[str, Any]
_MOST_PROBLEMS = 200
_MOST_FAILURES = 200
_MOST_CHANGES = 200


def compiled(contents: Contents, cache_dir: Path | None) -> CompiledRules:
    """Return the compiled rules; raises RulePackError."""
    return compile_contents(contents, cache_dir)


def catalogue(contents: Contents, cache_dir: Path | None) -> list[Json]:
    """Return every rule in words with its examples, by id; raises RulePackError."""
    return cached_contents(contents, catalogue_of, cache_dir, kind="catalogue")


def read_files(contents: Contents) -> list[Json]:
    """Return what is wrong with files as each stands, without a look at the others."""
    from assistant.rules.checks import RULE_CHECKS
    from assistant.rules.loader import load_contents
    from assistant.rules.subjects import packs_of

    loaded = load_contents(contents)
    rules = [at for pack in packs_of(loaded.files) for at in pack.rules]
    return _told(
        [*loaded.problems, *(problem for at in rules for check in RULE_CHECKS for problem in check(at))]
    )


def checked(contents: Contents, base: Contents, cache_dir: Path | None) -> Json:
    """Return what is wrong with rule files: problems of the lint, and examples that fail.

    The examples of rules that are in `base` just so have been run before: they aren't run again.
    """
    from assistant.rules.checks import lint
    from assistant.rules.loader import load_contents
    from assistant.rules.pack import ruleset_of

    loaded = load_contents(contents)
    problems = (*loaded.problems, *lint(loaded.files))
    errors = [problem for problem in problems if problem.level == "error"]
    told: Json = {
        "errors": _told(errors),
        "warnings": _told(problem for problem in problems if problem.level != "error"),
        "failures": [],
        "rules": sum(len(file.content.rules) for file in loaded.files),
        "changed": [],
        "examples": 0,
        "sha256": None,
        "packs": [],
    }
    if errors or not loaded.files:
        return told
    ruleset = ruleset_of(loaded.files)
    known = cached_contents(base, fingerprints, cache_dir, kind="fingerprints") if base else {}
    changed = changed_rules(ruleset, known)
    rules = compile_contents(contents, cache_dir, ruleset=ruleset)
    cached_contents(contents, fingerprints, cache_dir, kind="fingerprints", ruleset=ruleset)
    cached_contents(contents, catalogue_of, cache_dir, kind="catalogue", ruleset=ruleset)
    told |= {
        "failures": list(_failures(rules, changed)),
        "changed": [rule.id for rule in changed],
        "examples": sum(len(rule.examples.hit) + len(rule.examples.miss) for rule in changed),
        "sha256": ruleset.sha256,
        "packs": [asdict(pack.info) for pack in ruleset.packs],
    }
    return told


def _told(problems: Any) -> list[Json]:
    listed: list[Problem] = list(problems)
    return [worded(problem) for problem in listed[:_MOST_PROBLEMS]]


def changed_rules(ruleset: RuleSet, known: Mapping[str, str]) -> list[Rule]:
    """Return the rules whose fingerprint isn't the `known` one, and those that ask for one of them."""
    prints = fingerprints(ruleset)
    changed = {name for name, told in prints.items() if known.get(name) != told}
    asking = {name for name, told in prints.items() if any(f'"{other}"' in told for other in changed)}
    return [rule for rule in ruleset.rules if rule.id in changed | asking]


def _failures(rules: CompiledRules, changed: list[Rule]) -> Iterator[Json]:
    from itertools import chain, islice

    from assistant.engine.fold import Engine
    from assistant.examples import run_rules, run_suggestions

    engine = Engine(rules, conduct=load_conduct(rules), classifier=load_customer())
    failures = chain(run_rules(engine, changed), run_suggestions(engine, changed))
    for failure in islice(failures, _MOST_FAILURES):
        yield {"rule": failure.rule, "example": failure.example, "problem": failure.problem}


def compared(
    settings: Settings, contents: Contents, base: Contents, wanted: Filter, last: int
) -> Json | list[Json]:
    """Return what changes on the `last` stored calls that are as `wanted`: a ``huashu.diff/1`` object.

    Where the rules have errors, a list of these.
    """
    from assistant.engine.comparison import Pair, diff_object
    from assistant.errors import RulePackError
    from assistant.store.conversations import recorded
    from assistant.store.database import engine_for

    try:
        new = compile_contents(contents, settings.cache_dir)
    except RulePackError as error:
        return _told(error.problems)
    old = _engine(settings, base)
    pair = Pair(old, with_rules(old, new))
    database = engine_for(settings.store)
    try:
        with database.connect() as connection:
            changes: list[Change] = [pair.run(call) for call in recorded(connection, wanted, last)]
    finally:
        database.dispose()
    told = diff_object(pair, changes)
    told["conversations"] = told["conversations"][:_MOST_CHANGES]
    return told


def _engine(settings: Settings, contents: Contents) -> Engine:
    return with_rules(load_engine(settings), compile_contents(contents, settings.cache_dir))


def tried(settings: Settings, contents: Contents, text: str, role: str) -> Json | list[Json]:
    """Return what rules make of a sentence; where they have errors, a list of these."""
    from assistant.errors import RulePackError

    try:
        engine = _engine(settings, contents)
    except RulePackError as error:
        return _told(error.problems)
    return try_sentence(engine, text, role)


def try_sentence(engine: Engine, text: str, role: str) -> Json:
    """Return a ``huashu.check/1`` object, with the rules the sentence nearly fires (``near``)."""
    from assistant.engine.near_misses import near_misses
    from assistant.ingest.encoding import clean
    from assistant.ingest.privacy import mask
    from assistant.model import Speaker, Turn
    from assistant.report.wire import check_object

    masked, masks = mask(clean(text))
    turn = Turn(0, Speaker(role), masked, masks)
    near = [
        {"rule": rule, "title": title, "text": said, "reason": reason}
        for rule, title, said, reason in near_misses(engine, turn)
    ]
    return {**check_object(masked, role, engine.check(turn), engine.packs), "near": near}
