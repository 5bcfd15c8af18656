"""The figures of a period: what comes out of facts that were read, ready to be shown or written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from assistant.review.estimates import Estimate, mean, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

FEWEST_SAID = 5
"""How often a phrase has to be said before its effect is told."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """Scored calls of one agent on one day: counts and sums."""

    agent_id: str
    team: str
    day: date
    calls: int
    total: float
    passed: int
    fatal: int
    moved: int
    calmer: int
    upset: int
    eased: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums over cells; `moved` calls have a beginning and an end of the customer's mood to compare."""

    calls: int
    total: float
    passed: int
    fatal: int
    moved: int
    calmer: int
    upset: int
    eased: int

    def told(self) -> Json:
        calmer, eased = wilson(self.calmer, self.moved), wilson(self.eased, self.upset)
        return {
            "calls": self.calls,
            "mean": round(self.total / self.calls, 2) if self.calls else None,
            "pass_rate": round(self.passed / self.calls, 4) if self.calls else None,
            "fatal": self.fatal,
            "calmer": interval(calmer),
            "upset_eased": interval(eased),
        }


_SUMS = tuple(item.name for item in fields(Counted))


def interval(estimate: Estimate) -> Json:
    """Return an estimate with its values rounded to four digits."""
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in asdict(estimate).items()
    }


def grouped(cells: Iterable[Cell], key: Callable[[Cell], Hashable]) -> dict[Any, Counted]:
    sums: dict[Any, list[float]] = defaultdict(lambda: [0] * len(_SUMS))
    for cell in cells:
        held = sums[key(cell)]
        for place, value in enumerate(_values(cell)):
            held[place] += value
    return {name: Counted(*values) for name, values in sums.items()}  # type: ignore[arg-type]


_values = attrgetter(*_SUMS)


def summary(cells: Sequence[Cell], team_names: Mapping[str, str]) -> Json:
    """Return the whole, agents, teams, and the trend by week (its Monday); `team_names` by their codes."""
    whole = grouped(cells, lambda _: "")
    teams = grouped(cells, lambda cell: cell.team)
    return {
        "whole": whole.get("", Counted(*[0] * len(_SUMS))).told(),
        "agents": [
            {"agent_id": agent, "team": team, "team_name": team_names.get(team, team), **counted.told()}
            for (agent, team), counted in sorted(grouped(cells, lambda c: (c.agent_id, c.team)).items())
        ],
        "teams": [
            {"team": team, "team_name": team_names.get(team, team), **counted.told()}
            for team, counted in sorted(teams.items())
        ],
        "trend": [
            {"week": week.isoformat(), **counted.told()}
            for week, counted in sorted(grouped(cells, lambda c: _monday(c.day)).items())
        ],
    }  # fmt: skip


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Sampled:
    """A call of a random draw that was reviewed in full."""

    agent_id: str
    total: float
    inclusion: float


def ranking(calls: Iterable[Sampled]) -> list[Json]:
    """Return agents by the estimated mean of all their calls, best first; from random draws alone.

    Who has a neighbour's estimate inside the own interval isn't told apart from them: `tied` says so.
    """
    by_agent: dict[str, list[Sampled]] = defaultdict(list)
    for call in calls:
        by_agent[call.agent_id].append(call)
    told = []
    for agent, own in by_agent.items():
        estimate = mean([call.total for call in own], [call.inclusion for call in own])
        told.append({"agent_id": agent, **interval(estimate)})
    told.sort(key=lambda each: (-(each["value"] or 0), each["agent_id"]))
    for place, each in enumerate(told):
        neighbours = told[max(0, place - 1) : place] + told[place + 1 : place + 2]
        each["tied"] = each["low"] is None or any(
            each["low"] <= (other["value"] or 0) <= each["high"] for other in neighbours
        )
    return told


def estimate_of(calls: Sequence[Sampled]) -> Json:
    """Return the estimated mean of all calls of the frames."""
    return interval(mean([call.total for call in calls], [call.inclusion for call in calls]))


def items(tallies: Iterable[tuple[str, str, int, int, int]], titles: Mapping[str, str]) -> list[Json]:
    """Return items by the share of their points that is lost, the worst first.

    `tallies` are (card, item, calls, points, maximum), points in tenths.
    """
    told = [
        {
            "card": card, "item": item, "title": titles.get(item, item), "calls": calls,
            "lost": round(1 - points / most, 4), "lost_points": round((most - points) / 10 / calls, 2),
        }
        for card, item, calls, points, most in tallies
        if calls > 0 and most > 0
    ]  # fmt: skip
    return sorted(told, key=lambda each: (-each["lost"], each["item"]))


def rules(tallies: Iterable[tuple[str, int, int]], titles: Mapping[str, str], calls: int) -> list[Json]:
    """Return rules by the calls they were found in; `tallies` are (rule, calls, findings)."""
    told = [
        {
            "rule": rule,
            "title": titles.get(rule, rule),
            "calls": hit,
            "findings": findings,
            "share": round(hit / calls, 4) if calls else None,
        }
        for rule, hit, findings in tallies
        if hit > 0
    ]
    return sorted(told, key=lambda each: (-each["calls"], each["rule"]))


def phrases(tallies: Iterable[tuple[str, int, int]], said: int, eased: int, most: int = 20) -> Json:
    """Return what agents said to upset customers before the strain fell, by the interval's lower end.

    `tallies` are (phrase, times said, times the strain fell after it), `said` and `eased` the same of all
    phrases. It says what went before, not what caused it.
    """
    told = [
        {"phrase": phrase, "said": times, "eased": falling, **interval(wilson(falling, times))}
        for phrase, times, falling in tallies
        if times >= FEWEST_SAID
    ]
    told.sort(key=lambda each: (-(each["low"] or 0), -each["said"], each["phrase"]))
    return {"all": interval(wilson(eased, said)), "phrases": told[:most]}
