"""What the assistant answers, and what it keeps to itself."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from passes_of_tests import SECRET

from assistant.bootstrap import shipped_actions
from assistant.chat.advisor import Advisor, Asked
from assistant.chat.answers import calls as call_answers
from assistant.chat.answers import complaints, phrases, talk
from assistant.chat.loading import load_actions
from assistant.chat.passes import KEY, checked, signed
from assistant.chat.wording import sentence_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assistant.chat.runtime import Answer, Runtime
    from assistant.model import Turn


def told(answer: Answer) -> str:
    return "\n".join(said.text for said in answer.said)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("“不归我管”能说吗", "不归我管"),
        ("帮我查一下：您先听我说", "您先听我说"),
        ("不归我管能说吗", "不归我管"),
        ("能跟客户说随便你吗？", None),
        ("这句话能说吗", None),
        ("那换个说法呢", None),
        ("这么说行吗", None),
    ],
)
def test_the_sentence_a_question_is_about(question: str, sentence: str | None) -> None:
    assert sentence_in(question) == sentence


def test_the_thread_is_kept(say: Callable[..., Answer]) -> None:
    say("“不归我管”能说吗")
    first = told(say("那换个说法呢"))
    assert "可以这样说" in first
    assert told(say("再来一句")) != first
    assert "B-3" in told(say("为什么不行"))


@pytest.mark.parametrize(
    ("question", "told_of"),
    [
        ("业主说要带全楼的人来闹", "扬言升级"),
        ("我答应了三点回电，现在三点了还没结果", "另约时间"),
        ("客户要我的工号，能给吗", "自己的工号可以给"),
        ("重要和重大差在哪", "· 重要："),
        ("物业内部处理投诉的流程", "P-INTERNAL"),
        ("停车热线接待流程", "P-PARKING"),
        ("诊所九条的第六条", "征求对方案的意见"),
        ("差评威胁怎么应对", "客户扬言升级"),
        ("用太极法怎么回“没钱”", "您说贵"),
        ("委婉一点：您的保修过期了", "您的保修过期了"),
        ("刚被判了个言行不一，啥意思", "B-11"),
        ("我那通为啥不合格", "最近一通多少分"),
        ("扣分是怎么算的", "致命 10 分"),
        ("回访要说哪些", "· 带结果的回访"),
    ],
)
def test_questions_of_a_trial_are_answered_to_the_point(
    question: str, told_of: str, say: Callable[..., Answer]
) -> None:
    assert told_of in told(say(question))


def test_another_sentence_begins_with_its_first_wordings(say: Callable[..., Answer]) -> None:
    first = told(say("把“您的保修过期了”说好听点"))
    assert "您的保修过期了" in first
    say("再来一句")
    assert told(say("把“您的保修过期了”说好听点")) == first


def test_what_is_suggested_breaks_no_rule(advisor: Advisor, say: Callable[..., Answer]) -> None:
    for question in ("“随便你”换个说法", "客户很生气怎么办", "客户说太贵了怎么办", "客户要找领导怎么办"):
        answer = say(question)
        said = [line[2:] for line in told(answer).splitlines() if line.startswith("· ")]
        assert said, question
        assert [line for line in said if advisor.check(line)] == []


def test_a_form_asks_gives_way_and_asks_again(say: Callable[..., Answer]) -> None:
    assert "发给我" in told(say("帮我检查一句话"))
    helped = say("你能做什么")
    assert helped.actions == ("action_help", "check_form")
    assert "发给我" in told(helped)
    assert "不能这么说" in told(say("随便你爱投诉不投诉"))


def test_a_form_is_left_at_a_word(say: Callable[..., Answer]) -> None:
    say("帮我检查一句话")
    assert say("算了").actions == ("utter_form_cancelled", "action_deactivate_loop")
    assert "B-1" in told(say("忌语有哪些"))


def test_numbers_of_customers_are_masked_before_anything_is_kept(say: Callable[..., Answer]) -> None:
    assert "13800138000" not in told(say("“您的号码是13800138000，对吗”能说吗"))


def test_what_is_not_clear_is_asked_back_with_two_choices(say: Callable[..., Answer]) -> None:
    answer = say("这个有要求吗")
    assert answer.actions == ("action_clarify",)
    assert [button["payload"][0] for button in answer.said[0].buttons] == ["/"] * 3


@pytest.mark.parametrize("question", ["帮我看看这通录音", "我的通话有哪些", "今天统计怎么样"])
@pytest.mark.parametrize(
    "shown", [None, "", "x.y", signed("another secret", "x", "admin"), signed(SECRET, "x", "admin", lasts_s=-1),  # noqa: E501
              signed(SECRET, "x", "")],
    ids=["none", "empty", "nonsense", "another's", "expired", "without a role"],
)  # fmt: skip
def test_calls_are_closed_without_a_valid_pass(
    question: str, shown: str | None, say: Callable[..., Answer]
) -> None:
    assert "只给登录的人看" in told(say(question, **{KEY: shown}))


@given(st.text(), st.text(), st.text())
def test_no_pass_but_a_signed_one_is_taken(body: str, signature: str, secret: str) -> None:
    assert checked(secret, f"{body}.{signature}") is None


def test_a_pass_cannot_be_changed() -> None:
    good = signed(SECRET, "3056", "agent", "3056")
    found = checked(SECRET, good)
    assert found is not None
    assert (found.user, found.only) == ("3056", "3056")
    body, _, signature = good.partition(".")
    assert checked(SECRET, f"{body[:-4]}AAAA.{signature}") is None


class SomeCalls:
    """Two calls, of two agents."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def latest(self, only: str | None) -> str | None:
        return f"c-{only or 1}"

    def report(self, call_id: str, only: str | None) -> Mapping[str, Any] | None:
        if only is not None and call_id != f"c-{only}":
            return None
        finding = {"severity": "major", "message": "出现推卸责任的说法", "rule": "b", "text": "不归我管"}
        return {"status": "scored", "score": {"total": 71.5, "max": 100, "grade": "C", "fatal": []},
                "findings": [finding], "requirements": []}  # fmt: skip

    def turns(self, call_id: str, only: str | None) -> Sequence[Turn] | None:
        return None

    def listed(self, only: str | None, **wanted: Any) -> Sequence[Mapping[str, Any]]:
        self.asked.append((only, wanted))
        return [{"call_id": "c-1", "started_at": datetime.now(UTC), "agent_id": "1", "turns": 8, "total": 71.5,  # noqa: E501
                 "status": "ended"}]  # fmt: skip

    def today(self) -> Mapping[str, Any]:
        return {"calls": 3, "running": 1, "mean": 80.0, "grave": 2}


@pytest.fixture
def informed(advisor: Advisor) -> Advisor:
    return Advisor(advisor.engine, advisor.guide, advisor.facts, secret=SECRET, calls=SomeCalls())


def asking(text: str, role: str, only: str | None = None, **slots: Any) -> Asked:
    return Asked(text, "show_calls", "x", slots=slots, metadata={KEY: signed(SECRET, "x", role, only)})


def test_an_agent_sees_their_own_calls_only(informed: Advisor) -> None:
    mine = asking("我的通话", "agent", "1")
    assert "c-1" in call_answers.listed(informed, mine).text
    assert isinstance(informed.calls, SomeCalls)
    assert informed.calls.asked[0][0] == "1"
    assert "71.5 分" in call_answers.score(informed, asking("", "agent", "1", call_id="c-1")).text
    assert "没有找到" in call_answers.score(informed, asking("", "agent", "1", call_id="c-2")).text
    assert "只有班长和管理员" in call_answers.statistics(informed, asking("今天的统计", "agent", "1")).text
    assert "3 通" in call_answers.statistics(informed, asking("今天的统计", "supervisor")).text


@pytest.mark.parametrize(
    ("question", "shown", "meant"),
    [
        ("这通电话为什么是0分", "c-7", "c-7"),
        ("本通扣了哪些分", "c-7", "c-7"),
        ("给这个电话打分", "c-7", "c-7"),
        ("刚才这通多少分", "c-7", "c-7"),
        ("最近一通多少分", "c-7", "latest"),
        ("最近一通多少分", None, "latest"),
        ("这通电话为什么是0分", None, None),
    ],
)
def test_the_call_of_the_page_counts_first(
    question: str, shown: str | None, meant: str | None, informed: Advisor
) -> None:
    pass_ = signed(SECRET, "x", "qa", None)
    asked = Asked(question, "score_call", "x", metadata={KEY: pass_, "call_id": shown})
    taken = call_answers.take_call(informed, asked).slots["call_id"]
    assert taken == meant
    if taken is not None:
        told_of = Asked(question, "score_call", "x", slots={"call_id": taken}, metadata=asked.metadata)
        expected = "c-1" if taken == "latest" else "c-7"
        assert call_answers.score(informed, told_of).data["call_id"] == expected


def test_this_call_said_when_asked_which_is_that_of_the_page(informed: Advisor) -> None:
    metadata = {KEY: signed(SECRET, "x", "qa", None), "call_id": "c-7"}
    asked = Asked("就这通", "score_call", "x", slots={"call_id": "就这通"}, metadata=metadata)
    assert call_answers.score(informed, asked).data["call_id"] == "c-7"


def test_days_and_scores_become_a_filter(informed: Advisor) -> None:
    call_answers.listed(informed, asking("昨天低分的通话", "qa"))
    assert isinstance(informed.calls, SomeCalls)
    only, wanted = informed.calls.asked[0]
    assert only is None
    assert set(wanted) == {"since", "until", "most"}


def test_knowledge_comes_with_its_source_and_what_one_may_ask_next(advisor: Advisor) -> None:
    known = complaints.knowledge(advisor, Asked("接通率目标是多少", "ask_knowledge", "x"))
    assert "85%" in known.text
    assert known.data["source"] == ["K-17"]
    assert known.buttons
    assert "不知道" in complaints.knowledge(advisor, Asked("谁发明了电话", "ask_knowledge", "x")).text
    knowing_nothing = Advisor(advisor.engine, advisor.guide, advisor.facts)
    assert (
        "不知道"
        in complaints.knowledge(knowing_nothing, Asked("接通率目标是多少", "ask_knowledge", "x")).text
    )


def test_every_procedure_situation_and_pack_is_known(advisor: Advisor) -> None:
    ids = {procedure.id for procedure in advisor.guide.procedures}
    assert {fact.id for fact in advisor.facts["procedures"]} == ids
    topics = {fact.topic for part in ("moments", "techniques") for fact in advisor.facts[part]}
    assert topics <= advisor.guide.bank.topics
    assert set(phrases._INSTEAD.values()) | set(phrases._BY_ACT.values()) <= advisor.guide.bank.topics
    assert set(talk._PACKS_MEANT.values()) <= set(advisor.packs)


def test_an_action_that_fails_says_so_without_any_text_of_the_user(
    advisor: Advisor, caplog: pytest.LogCaptureFixture
) -> None:
    from rasa_sdk.executor import ActionExecutor

    actions = load_actions(shipped_actions())

    class Failing(actions.HuashuAction):  # type: ignore[name-defined, misc]
        action = "action_failing"

        def answer(self, advisor: Advisor, asked: Asked) -> Any:
            raise ValueError(asked.text)

    executor = ActionExecutor()
    executor.register_action(Failing(advisor))
    call = {"next_action": "action_failing", "domain": {"a": 1},
            "tracker": {"sender_id": "x", "latest_message": {"text": "客户的秘密"}}}  # fmt: skip
    result = asyncio.run(executor.run(call))
    assert result is not None
    (response,) = result.responses
    assert "没办成" in response["text"]
    assert "客户的秘密" not in response["text"] + caplog.text


def test_every_action_of_the_domain_is_there_and_travels_to_other_processes() -> None:
    import pickle

    from assistant.bootstrap import shipped_intents
    from assistant.chat.reading import load_project

    made = load_actions(shipped_actions()).ACTIONS
    assert sorted(each.action for each in made) == sorted(load_project(shipped_intents()).actions)
    for each in made:
        assert pickle.loads(pickle.dumps(each())).name() == each.action  # noqa: S301


def test_a_long_message_and_one_of_signs_are_taken(runtime: Runtime) -> None:
    for text in (
        "啊" * 100_000,
        "\x00\ud800",
        "/",
        "/nowhere{",
        '/check_phrase{"phrase": 1}',
        "/restart",
        "{slot}",
        "",
    ):
        assert re.fullmatch(r"\w+", runtime.answer("odd", text).intent)
