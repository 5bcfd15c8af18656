"""Drafts of scenarios from calls: accepted as they are, masked, playable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.model import Speaker, Turn
from assistant.practice.drafting import draft_of
from assistant.practice.examples import failures_of
from assistant.practice.loader import parse_scenario

if TYPE_CHECKING:
    from assistant.practice.room import Room

REPORT = {"channel": "hotline", "turns": [], "emotion": None}
CALL = (
    Turn(0, Speaker.AGENT, "您好，请讲。"),
    Turn(1, Speaker.CUSTOMER, "你好，我家的热水器装好三天就漏水。打[手机号]也没人接！"),
    Turn(2, Speaker.AGENT, "您打安装的电话吧。"),
    Turn(3, Speaker.CUSTOMER, "我昨天打过了，没人管，再不来我就投诉到12315！"),
)


def test_a_draft_holds_the_customers_words_and_can_be_played(room: Room) -> None:
    case = parse_scenario(draft_of(CALL, REPORT, meta={"agent_id": "3056"}, taken={"house-1"}), "x.yml")
    assert (case.id, case.agent_id) == ("house-2", "3056")
    assert case.grievance == ("我家的热水器装好三天就漏水。",)
    assert case.problem == "您反映的情况是，您家的热水器装好三天就漏水"
    assert any("12315" in threat for threat in case.threats)
    with_it = room.beside(room._engine, [case])
    assert list(failures_of(with_it, case)) == []


def test_sentences_with_masks_stay_out() -> None:
    assert "[手机号]" not in draft_of(CALL, REPORT, meta={}, taken=())


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["agent", "customer"]), st.text(max_size=120)), max_size=8),
    st.dictionaries(st.sampled_from(["company", "agent_id", "direction"]), st.text(max_size=30)),
)
def test_any_call_gives_a_draft_the_loader_accepts(
    turns: list[tuple[str, str]], meta: dict[str, str]
) -> None:
    call = [Turn(place, Speaker(role), text) for place, (role, text) in enumerate(turns)]
    case = parse_scenario(draft_of(call, REPORT, meta=meta, taken=()), "x.yml")
    assert case.id == "house-1"


@pytest.mark.parametrize("text", ["", "喂。", "[手机号]", "好的，谢谢。"])
def test_a_call_that_tells_nothing_gives_a_draft_to_fill_in(text: str) -> None:
    draft = draft_of([Turn(0, Speaker.CUSTOMER, text)], REPORT, meta={}, taken=())
    assert parse_scenario(draft, "x.yml").grievance
    assert draft.count("待改") > 5
