"""``huashu quiz``: the quiz in the terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.users import Database

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.quiz import Bank, Card, Item, Judged, Question
    from assistant.store.database import Store

ME = "terminal"


def register(app: typer.Typer) -> None:
    app.command("quiz", epilog="Examples: huashu quiz · huashu quiz --topic deadlines --count 5 --seed 7")(
        quiz_command
    )


def quiz_command(
    topic: Annotated[
        str | None, typer.Option("--topic", metavar="TOPIC", help="Only from this topic, by id or name.")
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, max=500, help="How many items.")] = 10,
    seed: Annotated[
        int | None, typer.Option("--seed", help="The same seed and progress: the same items.")
    ] = None,
    learner: Annotated[str, typer.Option("--learner", metavar="NAME", help="Whose progress it is.")] = ME,
    results: Annotated[bool, typer.Option("--results", help="Only show how one comes along.")] = False,
    database: Database = None,
) -> None:
    """Ask items of the quiz: what is due first, then new ones where one is weakest."""
    from assistant.bootstrap import load_quiz
    from assistant.report.terminal import console_for
    from assistant.settings import load_settings
    from assistant.store.database import open_store

    settings = load_settings({"database": database})
    bank = load_quiz(settings)
    wanted = _topic(bank, topic)
    console = console_for(sys.stdout, None, 100)
    store = open_store(settings.store)
    try:
        if not results:
            drawn = str(datetime.now(UTC).timestamp() if seed is None else seed)
            _run(Round(bank, store, console, learner, wanted, drawn), count)
        _show_results(bank, _cards(store, learner), console)
    finally:
        store.close()


class Round:
    """One sitting: what is asked of whom, and where it is shown."""

    def __init__(
        self, bank: Bank, store: Store, console: Console, learner: str, topic: str | None, seed: str
    ) -> None:
        self.bank = bank
        self.store = store
        self.console = console
        self.learner = learner
        self.topic = topic
        self.seed = seed
        self.asked: list[str] = []

    def ask(self, number: int, count: int) -> bool | None:
        """Ask one item; return whether the answer was right, None where the learner leaves."""
        from assistant.quiz import choose
        from assistant.store.quiz import keep_answer

        now = datetime.now(UTC)
        found = choose(
            self.bank.items,
            _cards(self.store, self.learner),
            now,
            topic=self.topic,
            seed=self.seed,
            without=self.asked,
        )
        if found is None:
            return None
        item = found.item
        self.asked.append(item.id)
        question = self.bank.question(item, self.seed)
        self.show(question, f"{number}/{count}")
        given = self.read(question)
        if given is None:
            return None
        judged = self.bank.judge(item, given)
        job = partial(keep_answer, learner=self.learner, item=item, right=judged.right, now=datetime.now(UTC))
        self.store.write(job).result()
        self.tell(item, question, judged)
        return judged.right

    def show(self, question: Question, place: str) -> None:
        from assistant.quiz.lines import KINDS, choices

        head = f"{self.bank.topics[question.topic]} · {KINDS[question.kind]} · 难度 {question.difficulty}"
        self.console.print()
        self.console.print(f"{place}  {head}", style="dim")
        self.console.print(question.text, style="bold")
        for line in choices(question):
            self.console.print(f"  {line}")

    def read(self, question: Question) -> list[str] | None:
        """Read an answer until it can be one; None at the end of the input or for q."""
        from assistant.quiz.lines import HINTS, chosen

        while True:
            given: list[str] | None = []
            for at in range(question.blanks or 1):
                hint = f"第 {at + 1} 空" if question.blanks > 1 else HINTS.get(question.kind, "填空")
                self.console.print(f"{hint}（q 退出） ", style="dim", end="")
                line = sys.stdin.readline()
                if not line or line.strip().lower() == "q":
                    self.console.print()
                    return None
                given = [*(given or []), line.strip()]
            read = given if question.blanks else chosen(question, "".join(given or []))
            if read is not None and all(read):
                return read
            self.console.print("没看懂，请再输入一次。")

    def tell(self, item: Item, question: Question, judged: Judged) -> None:
        from assistant.quiz.lines import right_answer

        style = "bold green" if judged.right else "bold red"
        self.console.print("答对了。" if judged.right else "答错了。", style=style)
        if not judged.right:
            self.console.print(f"正确答案：{right_answer(self.bank, item, question)}")
        if item.better:
            self.console.print(f"可以改成：{item.better}", style="green")
        self.console.print(item.explain)
        self.console.print(f"依据 {'、'.join(item.source)}", style="dim")


def _run(sitting: Round, count: int) -> None:
    told = []
    for number in range(1, count + 1):
        right = sitting.ask(number, count)
        if right is None:
            break
        told.append(right)
    if told:
        sitting.console.print(f"\n本次 {len(told)} 题，答对 {sum(told)} 题。")


def _show_results(bank: Bank, cards: dict[str, Card], console: Console) -> None:
    from rich.table import Table

    from assistant.quiz.selection import by_topic

    table = Table(
        "主题", "题数", "做过", "掌握", "待复习", "正确率", title="各主题成绩", title_justify="left"
    )
    for found in by_topic(bank.items, cards, datetime.now(UTC)):
        share = "—" if found.share is None else f"{found.share:.0%}"
        counts = (found.items, found.seen, found.learnt, found.due)
        table.add_row(f"{bank.topics[found.topic]}（{found.topic}）", *map(str, counts), share)
    console.print(table)


def _topic(bank: Bank, wanted: str | None) -> str | None:
    from assistant.errors import UsageError

    if wanted is None:
        return None
    for topic, name in bank.topics.items():
        if wanted in (topic, name):
            return topic
    known = "、".join(f"{topic}（{name}）" for topic, name in bank.topics.items())
    raise UsageError(f"--topic: one of {known}", code="unknown-topic")


def _cards(store: Store, learner: str) -> dict[str, Card]:
    from assistant.store.quiz import cards

    return store.read(partial(cards, learner=learner))
