"""What a process counts of its live calls, and what the database knows of jobs and of the outbox, in the text
format of Prometheus. No words, no names.
"""  # noqa: D205

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counters since the process began; `took` is in seconds."""

    def __init__(self) -> None:
        self.calls = 0
        self._closed: Counter[int] = Counter()
        self._buckets = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0

    def took(self, seconds: float) -> None:
        """Count a message, by the time from its coming to its events being stored and sent."""
        self._buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self._sum_s += seconds

    def closed(self, code: int) -> None:
        self._closed[code] += 1

    def told(self) -> str:
        """Return the metrics as Prometheus reads them."""
        within = list(accumulate(self._buckets))
        bounds = [*map(str, BOUNDS_S), "+Inf"]
        lines = [
            "# HELP huashu_live_calls Live calls held by this process.",
            "# TYPE huashu_live_calls gauge",
            f"huashu_live_calls {self.calls}",
            "# HELP huashu_live_closed_total Connections closed from this side, by code.",
            "# TYPE huashu_live_closed_total counter",
            *(f'huashu_live_closed_total{{code="{code}"}} {n}' for code, n in sorted(self._closed.items())),
            "# HELP huashu_live_message_seconds From a message's coming to its events being stored and sent.",
            "# TYPE huashu_live_message_seconds histogram",
            *(
                f'huashu_live_message_seconds_bucket{{le="{bound}"}} {count}'
                for bound, count in zip(bounds, within, strict=True)
            ),
            f"huashu_live_message_seconds_sum {self._sum_s:.6f}",
            f"huashu_live_message_seconds_count {within[-1]}",
        ]
        return "\n".join(lines) + "\n"


def backlog(jobs: Mapping[str, Any], outbox: Mapping[str, Any]) -> str:
    """Return the metrics of what all processes have to do, from the figures of the store."""
    told = (
        ("jobs", "Jobs, by status.", [(f'{{status="{name}"}}', n) for name, n in jobs["statuses"].items()]),
        ("jobs_oldest_seconds", "How long the oldest job has been overdue.", [("", _age_s(jobs["oldest"]))]),
        ("outbox_waiting", "Messages to webhooks on their way.", [("", outbox["waiting"])]),
        ("outbox_failed", "Messages to webhooks that were given up.", [("", outbox["failed"])]),
        ("outbox_oldest_seconds", "How long the oldest message waits.", [("", _age_s(outbox["oldest"]))]),
        ("webhooks_disabled", "Webhooks that are told no more.", [("", outbox["disabled"])]),
    )
    lines = []
    for name, meaning, values in told:
        lines += [f"# HELP huashu_{name} {meaning}", f"# TYPE huashu_{name} gauge"]
        lines += [f"huashu_{name}{label} {value}" for label, value in values]
    return "\n".join(lines) + "\n"


def _age_s(since: datetime | None) -> float:
    return 0.0 if since is None else round(max(0.0, (datetime.now(UTC) - since).total_seconds()), 3)
