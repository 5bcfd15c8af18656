"""``huashu rules explain``: a rule in words, or what the rules make of a sentence."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import Company, Packs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.rules.pack import RuleSet
    from assistant.settings import Settings

_ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)+")


class Role(StrEnum):
    agent = "agent"
    customer = "customer"


def register(group: typer.Typer) -> None:
    group.command(
        "explain",
        epilog="Examples: huashu rules explain banned.insult.bare-get-lost · huashu rules explain 这不归我管",
    )(explain_command)


def explain_command(
    subject: Annotated[str, typer.Argument(metavar="ID_OR_TEXT", help="Id of a rule, or a sentence.")],
    role: Annotated[Role, typer.Option("--role", help="Who says the sentence.")] = Role.agent,
    pack: Packs = None,
    company: Company = None,
) -> None:
    """Explain a rule in words; or show which rules a sentence fires and which it nearly fires."""
    from assistant.settings import load_settings

    settings = load_settings({"packs": pack, "company": company})
    if _ID.fullmatch(subject):
        sys.stdout.write(_rule(subject, settings) + "\n")
    else:
        sys.stdout.write(_sentence(subject, role.value, settings) + "\n")


def _rule(rule_id: str, settings: Settings) -> str:
    from assistant.errors import UsageError
    from assistant.rules.prose import rule_text
    from assistant.rules.suggest import nearest

    rules = {rule.id: rule for rule in _ruleset(settings).rules}
    if rule_id not in rules:
        close = nearest(rule_id, rules)
        mend = f"did you mean {close}?" if close else "huashu rules list shows all"
        raise UsageError(f"there is no rule {rule_id}; {mend}", code="unknown-rule")
    return rule_text(rules[rule_id])


def _ruleset(settings: Settings) -> RuleSet:
    from assistant.bootstrap import rule_paths
    from assistant.rules.cache import cached

    return cached(rule_paths(settings.packs), lambda ruleset: ruleset, settings.cache_dir, kind="ruleset")


def _sentence(text: str, role: str, settings: Settings) -> str:
    from assistant.bootstrap import load_engine
    from assistant.cli.utterance import utterance
    from assistant.engine.near_misses import near_misses
    from assistant.ingest import mask
    from assistant.ingest.encoding import clean
    from assistant.model import Speaker, Turn

    masked, masks = mask(clean(text))
    turn = Turn(0, Speaker(role), masked, masks)
    engine = load_engine(settings, scoring=False)
    shown = utterance(masked, engine.check(turn), colour=sys.stdout.isatty())
    missed = near_misses(engine, turn)
    return shown + ("\n" + _missed(missed) if missed else "")


def _missed(missed: Sequence[tuple[str, str, str, str]]) -> str:
    lines = ["差一点触发的规则："]
    for rule_id, title, said, reason in missed:
        place = f"“{said}”" if said else "这句话"
        lines.append(f"  {rule_id} {title}: {place}{reason}")
    return "\n".join(lines)
