"""Which calls people look at: random draws, for figures, and draws by risk, from which none are told.

A draw is deterministic: the same frame, plan and seed give the same calls. Every drawn call has its
inclusion probability; a draw by risk has none that a figure could rest on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from random import Random
from typing import TYPE_CHECKING, Literal, get_args

from assistant.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Kind = Literal["random", "score", "fatal", "confidence", "emotion", "new_agents"]
KINDS: tuple[str, ...] = get_args(Kind)
Assign = Literal["round_robin", "load"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call that may be drawn, with what plans ask for; `newcomer`: its agent is a new one."""

    number: int
    agent_id: str | None
    total: float | None = None
    fatal: bool = False
    confidence: float | None = None
    peak: float | None = None
    newcomer: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw: `count` calls or a `share` (0..1) of the frame.

    `each_agent`: so many or such a share of every agent's calls (random draws alone). `low` and `high`
    bound the score (kind ``score``), `at_most` the least confidence of a finding, `at_least` the peak of the
    strain.
    """

    kind: Kind
    seed: int
    count: int | None = None
    share: float | None = None
    each_agent: bool = False
    low: float = 0.0
    high: float = 100.0
    at_most: float = 0.7
    at_least: float = 0.7

    def __post_init__(self) -> None:
        if (self.count is None) == (self.share is None):
            raise UsageError("抽取数量和抽取比例请填写一个", code="bad-plan")
        if (self.count is not None and self.count < 1) or (
            self.share is not None and not 0 < self.share <= 1
        ):
            raise UsageError("抽取数量至少为 1，比例应大于 0 且不超过 100%", code="bad-plan")

    @property
    def random(self) -> bool:
        """Whether figures may rest on it."""
        return self.kind == "random"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn call and how likely it was to be drawn; None for a draw by risk."""

    number: int
    inclusion: float | None


def draw(frame: Sequence[Candidate], plan: Plan) -> tuple[Drawn, ...]:
    """Return the calls drawn from `frame`, in its order.

    Random draws are simple random samples, of the whole frame or of each agent's calls: the inclusion
    probability is the number drawn over the number there were. A draw by risk takes the matching calls,
    and chooses among them at random where there are more than wanted.
    """
    chance = Random(plan.seed)  # noqa: S311 (anyone may repeat it)
    ordered = sorted(frame, key=lambda each: each.number)
    if not plan.random:
        matching = [each for each in ordered if _RISKS[plan.kind](each, plan)]
        chosen = chance.sample(matching, min(_wanted(plan, len(matching)), len(matching)))
        return tuple(Drawn(number, None) for number in sorted(each.number for each in chosen))
    found: list[Drawn] = []
    for stratum in _strata(ordered, plan).values():
        size = min(_wanted(plan, len(stratum)), len(stratum))
        found += [Drawn(each.number, size / len(stratum)) for each in chance.sample(stratum, size)]
    return tuple(sorted(found, key=lambda each: each.number))


def _wanted(plan: Plan, size: int) -> int:
    return plan.count if plan.count is not None else ceil((plan.share or 0) * size)


def _strata(ordered: Sequence[Candidate], plan: Plan) -> Mapping[str, list[Candidate]]:
    strata: dict[str, list[Candidate]] = {}
    for each in ordered:
        strata.setdefault((each.agent_id or "") if plan.each_agent else "", []).append(each)
    return dict(sorted(strata.items()))


_RISKS: Mapping[str, Callable[[Candidate, Plan], bool]] = {
    "score": lambda call, plan: call.total is not None and plan.low <= call.total <= plan.high,
    "fatal": lambda call, _: call.fatal,
    "confidence": lambda call, plan: call.confidence is not None and call.confidence <= plan.at_most,
    "emotion": lambda call, plan: call.peak is not None and call.peak >= plan.at_least,
    "new_agents": lambda call, _: call.newcomer,
}


def assign(
    calls: Sequence[int], reviewers: Sequence[str], how: Assign, open_tasks: Mapping[str, int]
) -> dict[int, str]:
    """Divide calls among reviewers: in turn, or each to the one with the fewest open tasks."""
    if not reviewers:
        raise UsageError("请至少指定一名复核人", code="no-reviewer")
    if how == "round_robin":
        return {call: reviewers[place % len(reviewers)] for place, call in enumerate(calls)}
    load = {name: open_tasks.get(name, 0) for name in reviewers}
    given: dict[int, str] = {}
    for call in calls:
        name = min(reviewers, key=lambda each: (load[each], reviewers.index(each)))
        given[call] = name
        load[name] += 1
    return given
