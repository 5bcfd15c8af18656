"""What the figures ought to be, and whether they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on the figure `key`, from above (`at_most`) or from below."""

    key: str
    title: str
    bound: float
    unit: str
    at_most: bool = True

    def verdict(self, value: float | None) -> str:
        """Return reached or missed; a figure that couldn't be taken is not measured."""
        if value is None:
            return "not measured"
        return "reached" if (value <= self.bound if self.at_most else value >= self.bound) else "missed"

    @property
    def wanted(self) -> str:
        return f"{'at most' if self.at_most else 'at least'} {self.bound:g}{self.unit}"


GOALS = (
    Goal("engine/jieba", "shipped packs / jieba.cut", 0.5, " x"),
    Goal("scored/jieba", "shipped packs and scorecard / jieba.cut", 0.5, " x"),
    Goal("phrase-matcher/engine", "PhraseMatcher / shipped packs", 2.5, " x", at_most=False),
    Goal("phrase-matcher/scored", "PhraseMatcher / packs and scorecard", 2.5, " x", at_most=False),
    Goal("phrase-matcher/1000", "PhraseMatcher / 1,000 phrases alone", 10, " x", at_most=False),
    Goal("phrase-matcher/phrase-rules", "PhraseMatcher / shipped phrase rules", 10, " x", at_most=False),
    Goal("10000/100", "10,000 phrases / 100 phrases", 1.3, " x"),
    Goal("turn-p99-ms", "one turn, shipped packs, p99 (processor)", 0.5, " ms"),
    Goal("memory-mb", "memory of a loaded process", 200, " MB"),
    Goal("cold-start-s", "cold start: huashu check 您好", 0.7, " s"),
)
