"""What stands on the agent's screen: at most two, followed or ignored, not shown again right away."""

from __future__ import annotations

from assistant.bootstrap import load_engine
from assistant.engine.prompts import MOST, Board, Offer
from assistant.model import Speaker, Turn
from assistant.settings import Settings

ADVICE = Offer("advice", "next_step", ("我现在就为您查这笔账。",), {}, acts=frozenset({"action"}))
REMINDER = Offer("reminder", "due", ("请问您贵姓?",), {}, rule="house.name")
WORDING = Offer("wording", "better_wording", ("这个我来帮您问。",), {})
NAME = """\
pack: house
version: "1"
rules:
  - id: house.name
    title: 问姓名
    source: ["HOUSE:姓名"]
    kind: required
    severity: minor
    match:
      expect: {any: ["贵姓"]}
      due: {first: 3}
    message: 没有问姓名
    suggest: 请问您贵姓?
    examples:
      hit: ["坐席:您好"]
      miss: ["坐席:您好,请问您贵姓"]
"""


def said(index: int, text: str = "嗯") -> Turn:
    return Turn(index, Speaker.AGENT, text)


def shown(board: Board) -> list[str]:
    return [prompt.kind for prompt in board.visible()]


def test_the_most_pressing_are_on_the_screen():
    board = Board()
    board.offer([REMINDER, ADVICE, WORDING], None)
    assert shown(board) == ["better_wording", "next_step"]
    assert len(board.visible()) == MOST


def test_a_prompt_is_followed_by_its_act_its_rule_or_its_words():
    board = Board()
    board.offer([ADVICE, REMINDER], None)
    board.agent(said(1), frozenset({"action"}), frozenset({"house.name"}))
    assert [prompt.status for prompt in board.all()] == ["followed", "followed"]
    assert {prompt.followed_turn for prompt in board.all()} == {1}
    board = Board()
    board.offer([WORDING], None)
    board.agent(said(3, "好的,这个我来帮您问一下。"), frozenset(), frozenset())
    assert [prompt.status for prompt in board.all()] == ["followed"]


def test_two_turns_that_do_something_else_ignore_it_and_then_it_rests():
    board = Board()
    board.offer([ADVICE], None)
    board.agent(said(1), frozenset(), frozenset())
    assert shown(board) == ["next_step"]
    board.agent(said(3), frozenset(), frozenset())
    assert [prompt.status for prompt in board.all()] == ["ignored"]
    for _ in range(2):
        board.customer()
        board.offer([ADVICE], None)
        assert not shown(board)
    board.customer()
    board.offer([ADVICE], None)
    assert shown(board) == ["next_step"]


def test_a_reminder_goes_when_its_moment_has_passed():
    board = Board()
    board.offer([ADVICE, REMINDER], None)
    board.agent(said(1), frozenset(), frozenset(), frozenset({"house.name"}))
    assert shown(board) == ["next_step"]
    assert [prompt.status for prompt in board.all() if prompt.kind == "due"] == ["ignored"]


def test_what_is_on_the_screen_too_long_expires():
    board = Board()
    board.offer([WORDING], 10.0)
    assert not board.expire(30.0)
    assert [prompt.status for prompt in board.expire(30.5)] == ["expired"]
    assert not shown(board)


def test_a_required_phrase_that_is_due_says_which(tmp_path):
    (tmp_path / "house.yml").write_text(NAME, encoding="utf-8")
    settings = Settings(cache_dir=tmp_path / "cache")
    engine = load_engine(settings, pack_paths=[tmp_path / "house.yml"], scoring=False, guiding=True)
    state = engine.start({}, id="due", channel="hotline")
    engine.feed(state, said(0, "您好,请讲。"))
    engine.feed(state, Turn(1, Speaker.CUSTOMER, "我想查一下话费"))
    (due,) = (prompt for prompt in engine.standing(state)[1] if prompt.kind == "due")
    assert (due.reason["why"], due.phrases) == ("问姓名", ("请问您贵姓?",))
