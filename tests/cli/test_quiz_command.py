from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from assistant.bootstrap import load_quiz
from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Result


@pytest.fixture
def quiz(
    huashu: Callable[..., Result], house: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    def run(typed: str, *options: str) -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return huashu("quiz", "--database", str(house / "quiz.db"), *options)

    return run


def row(told: str, topic: str) -> list[str]:
    """Return the cells of a topic in the table of results."""
    (line,) = [line for line in told.splitlines() if f"（{topic}）" in line]
    return [cell.strip() for cell in line.split("│") if cell.strip()][1:]


def test_items_are_asked_judged_and_kept(quiz: Callable[..., Result]) -> None:
    told = quiz("2B\n1A\n", "--seed", "3", "--count", "1", "--topic", "banned")
    assert told.code == 0
    assert "1/1" in told.out
    assert told.out.count("答对了。") + told.out.count("答错了。") == 1
    assert row(told.out, "banned")[:2] == ["34", "1"]
    assert row(quiz("", "--results").out, "banned") == row(told.out, "banned")
    assert row(quiz("", "--results", "--learner", "王芳").out, "banned")[1] == "0"


def test_the_same_seed_asks_the_same(quiz: Callable[..., Result]) -> None:
    assert quiz("q\n", "--seed", "3").out == quiz("q\n", "--seed", "3").out


def test_right_answers_are_right_in_letters_and_by_hand(quiz: Callable[..., Result]) -> None:
    bank = load_quiz(Settings())
    for topic in ("deadlines", "procedures"):
        told = quiz("q\n", "--seed", "11", "--topic", topic).out
        item = next(
            item for item in bank.items if item.topic == topic and item.question in told.replace("\n", "")
        )
        question = bank.question(item, "11")
        typed = "\n".join(accepted[0] for accepted in item.blanks) or "".join(
            "ABCDEFGHI"[question.options.index(option)] for option in item.right
        )
        again = quiz(f"{typed}\n", "--seed", "11", "--topic", topic, "--count", "1")
        assert "答对了。" in again.out
        assert item.explain[:8] in again.out.replace("\n", "")


def test_nonsense_is_asked_again_and_the_end_of_input_ends_it(quiz: Callable[..., Result]) -> None:
    told = quiz("\n", "--seed", "5", "--topic", "management")
    assert told.code == 0
    assert "没看懂，请再输入一次。" in told.out
    assert "本次" not in told.out


def test_an_unknown_topic_is_said(quiz: Callable[..., Result]) -> None:
    told = quiz("", "--topic", "cooking")
    assert told.code == 2
    assert "banned（服务忌语）" in told.err
