"""What verdicts teach about rules: precision, recall, which need work; and examples for their authors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from assistant.review.estimates import Estimate, share, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL = 0.9
"""What precision and recall should reach."""
SURE = 0.8
"""What the lower end of the interval has to reach before a rule is called good."""
FEWEST = 5
"""Cases below which nothing is said of a rule."""
Standing = Literal["good", "open", "work", "few"]


@dataclass(frozen=True, slots=True)
class Case:
    """A verdict on a rule. `found`: the machine found it; `right`: people say it is one.

    `inclusion` is set where the call came from a random draw that was reviewed in full.
    """

    found: bool
    right: bool
    inclusion: float | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """A rule's record: of all verdicts (`confirmed`, `overturned`, `added`), and weighted estimates."""

    rule: str
    confirmed: int
    overturned: int
    added: int
    precision: Estimate
    recall: Estimate
    standing: Standing


def quality(rule: str, cases: Sequence[Case]) -> Quality:
    """Return how good a rule is by people's verdicts.

    Recall rests on random draws reviewed in full alone, weighted: nobody looked for what was missed
    elsewhere. So does precision where such draws hold enough verdicts; else it tells of all verdicts.
    """
    confirmed = sum(case.found and case.right for case in cases)
    overturned = sum(case.found and not case.right for case in cases)
    added = sum(not case.found and case.right for case in cases)
    drawn = [case for case in cases if case.inclusion is not None]
    found = [case for case in drawn if case.found]
    precise = (
        share([case.right for case in found], _chances(found))
        if len(found) >= FEWEST
        else wilson(confirmed, confirmed + overturned)
    )
    true = [case for case in drawn if case.right]
    recalled = share([case.found for case in true], _chances(true))
    return Quality(rule, confirmed, overturned, added, precise, recalled, _standing(precise, recalled))


def _chances(cases: Sequence[Case]) -> list[float]:
    return [case.inclusion or 1.0 for case in cases]


def _standing(*estimates: Estimate) -> Standing:
    told = [each for each in estimates if each.n >= FEWEST and each.value is not None]
    if not told:
        return "few"
    if any((each.high or 0) < GOAL for each in told):
        return "work"
    return "good" if all((each.low or 0) >= SURE for each in told) else "open"


def example_of(rule: str, kind: Literal["hit", "miss"], turns: Sequence[tuple[str, str]], reason: str) -> str:
    """Return a draft for the rule's author: an example of a rule as YAML, of masked text.

    `turns` are roles (坐席, 客户) and texts; several become a conversation, as examples of rules have it.
    In a hit, ‹ › mark the words.
    """
    text = turns[0][1] if len(turns) == 1 else "\n".join(f"{role}: {said}" for role, said in turns)
    comment = " ".join(reason.split())
    return (
        f"# {comment}\n- id: {json.dumps(rule, ensure_ascii=False)}\n  examples:\n"
        f"    {kind}:\n      - {json.dumps(text, ensure_ascii=False)}\n"
    )
