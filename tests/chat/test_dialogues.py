"""What the embedded runtime does in the dialogues of the parity suite, and in those of the documentation."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from parity_suite import Embedded, compared, read_dialogues

from assistant.bootstrap import shipped_intents
from assistant.chat.reading import load_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.chat.runtime import Answer, Runtime

PAGE = Path(__file__).parents[2] / "docs" / "assistant.md"
CONVERSATIONS = re.findall(
    r"^### ([^\n]+)\n+```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


def test_the_suite_is_as_large_as_promised() -> None:
    dialogues = read_dialogues()
    assert len(dialogues) >= 40
    assert sum(len(dialogue.turns) for dialogue in dialogues) >= 150


def test_dialogues_use_every_intent_but_the_fallback() -> None:
    used = {turn.intent for dialogue in read_dialogues() for turn in dialogue.turns}
    assert set(load_project(shipped_intents()).intents) <= used


def test_each_message_is_taken_for_what_it_is_and_leads_to_an_answer(runtime: Runtime) -> None:
    wrong = []
    for dialogue in read_dialogues():
        for turn in dialogue.turns:
            answer = runtime.answer(dialogue.name, turn.say)
            lost = not answer.said or "action_default_fallback" in answer.actions
            if lost or turn.intent not in (None, answer.intent):
                wrong.append((dialogue.name, turn.say, answer.intent, answer.actions))
    assert not wrong


def test_named_intents_lead_to_the_same_actions_as_words(runtime: Runtime) -> None:
    class Given(Embedded):
        def actions(self, sender: str, text: str) -> tuple[str, ...]:
            return runtime.answer(f"given {sender}", said[text]).actions

    dialogues = read_dialogues()
    said = {turn.say: turn.given() for dialogue in dialogues for turn in dialogue.turns}
    found = [each for each in compared(dialogues, Embedded(runtime), Given(runtime), given=False) if each]
    # `/score_call` alone names no call: there is nothing to tell the last one from another by
    assert Counter(each.turn for each in found) == Counter()


def test_the_documentation_holds_ten_conversations() -> None:
    assert len(CONVERSATIONS) >= 10


@pytest.mark.parametrize(("title", "text"), CONVERSATIONS, ids=[title for title, _ in CONVERSATIONS])
def test_documented_conversations_are_held(title: str, text: str, say: Callable[..., Answer]) -> None:
    """Role-plays and quizzes are drawn with seed 1."""
    del title
    expected: list[str] = []
    answers: list[str] = []
    for block in re.split(r"^您：", text, flags=re.MULTILINE)[1:]:
        question, _, answer = block.partition("\n")
        expected.append(answer.strip().removeprefix("助手："))
        answers.append("\n".join(said.text for said in say(question.strip(), seed=1).said))
    assert answers == expected
