"""The quiz inside the conversation: items chosen, judged and kept; where it stands is a plain value."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.quiz import choose
from assistant.quiz.lines import HINTS, KINDS, choices, chosen, right_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assistant.quiz import Bank, Card, Item, Question
    from assistant.store.database import Store

_REMEMBERED = 40  # items that aren't asked again in the same sitting


class QuizTalk:
    """Asks items; with a store the answers count for the learner's progress.

    The items are read when the first is asked.
    """

    def __init__(self, open_bank: Callable[[], Bank], store: Store | None) -> None:
        self._open = open_bank
        self._store = store
        self._bank: Bank | None = None

    @property
    def bank(self) -> Bank:
        """The items."""
        if self._bank is None:
            self._bank = self._open()
        return self._bank

    def ask(
        self, learner: str | None, text: str, standing: Mapping[str, Any] | None, seed: str
    ) -> Mapping[str, Any] | None:
        before = standing or {"seed": seed, "asked": [], "answered": 0, "right": 0, "topic": None}
        topic = self._topic(text) or before["topic"]
        found = choose(
            self.bank.items,
            self._cards(learner),
            datetime.now(UTC),
            topic=topic,
            seed=f"{before['seed']}/{len(before['asked'])}",
            without=before["asked"],
        )
        if found is None:
            return None
        asked = [*before["asked"], found.item.id][-_REMEMBERED:]
        return {**before, "topic": topic, "asked": asked, "item": found.item.id}

    def shown(self, standing: Mapping[str, Any]) -> Mapping[str, Any]:
        question = self._question(standing)[1]
        several = "各空用分号隔开" if question.blanks > 1 else "直接填写"
        return {
            "item": question.id, "kind": KINDS[question.kind], "topic": self.bank.topics[question.topic],
            "text": question.text, "choices": [*choices(question)], "how": HINTS.get(question.kind, several),
        }  # fmt: skip

    def judge(self, learner: str | None, standing: Mapping[str, Any], text: str) -> Mapping[str, Any] | None:
        item, question = self._question(standing)
        given = _filled(question, text) if question.blanks else chosen(question, text)
        if given is None:
            return None
        right = self.bank.judge(item, given).right
        if learner is not None and self._store is not None:
            from assistant.store.quiz import keep_answer  # SQLAlchemy, which those without a store don't need

            now = datetime.now(UTC)
            job = partial(keep_answer, learner=learner, item=item, right=right, now=now)
            self._store.write(job).result()
        counted = {"answered": standing["answered"] + 1, "right": standing["right"] + right}
        return {
            "right": right, "answer": right_answer(self.bank, item, question), "better": item.better,
            "explain": item.explain, "source": list(item.source), "standing": {**standing, **counted},
        }  # fmt: skip

    def hint(self, standing: Mapping[str, Any]) -> str:
        item, question = self._question(standing)
        if item.kind == "fill":
            return f"第一空以“{item.blanks[0][0][0]}”开头。"
        if item.kind == "order":
            return f"第一步是“{item.right[0]}”。"
        if item.kind == "fault":
            before = item.spoken[: item.spoken.find(item.faulty)]
            return f"问题从第 {sum(clause in before for clause in question.clauses) + 1} 段开始。"
        if item.kind == "multiple":
            return f"一共有 {len(item.right)} 个是对的。"
        return f"“{item.wrong[0]}”不对，再从剩下的里选。"

    def _question(self, standing: Mapping[str, Any]) -> tuple[Item, Question]:
        item = self.bank.item(standing["item"])
        if item is None:
            raise LookupError(standing["item"])
        return item, self.bank.question(item, standing["seed"])

    def _topic(self, text: str) -> str | None:
        """Return the topic a text names."""
        named = [(len(word), topic) for topic, words in _TOPICS.items() for word in words if word in text]
        return max(named)[1] if named and max(named)[1] in self.bank.topics else None

    def _cards(self, learner: str | None) -> Mapping[str, Card]:
        if learner is None or self._store is None:
            return {}
        from assistant.store.quiz import cards

        return self._store.read(partial(cards, learner=learner))


_TOPICS = {
    "banned": ("忌语", "禁语", "禁用语"), "deadlines": ("时限", "期限", "多久", "级别"),
    "procedures": ("六步", "流程", "步骤", "程序"), "phrases": ("标准话术", "标准用语", "开场白", "结束语"),
    "manners": ("礼仪", "礼貌", "规范"), "training": ("异议", "技巧", "客户类型"),
    "management": ("指标", "子系统", "KPI", "管理"), "complaints": ("投诉处理", "投诉知识", "投诉的"),
}  # fmt: skip


def _filled(question: Question, text: str) -> list[str] | None:
    """Return what is filled into the blanks, None where nothing is."""
    if question.blanks == 1:
        return [text.strip()] if text.strip() else None
    for sign in "；;，,、 ":
        parts = [part.strip() for part in text.split(sign) if part.strip()]
        if len(parts) == question.blanks:
            return parts
    return None
