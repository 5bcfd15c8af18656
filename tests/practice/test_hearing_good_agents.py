"""Good agents of many voices are heard as they mean it."""

from __future__ import annotations

import pytest

from assistant.practice.topics import CONCRETE

HARMLESS = [
    "哎呀，这事听着就让人上火，换我我也坐不住",
    "您发两句牢骚再正常不过，我听着都替您憋屈",
    "您别嫌我啰嗦，单号后四位是多少",
    "我跟您讲讲后面的事，讲明白了您心里有数",
    "您信不过我们我不怪您，您记我工号，到点看人",
]


@pytest.mark.parametrize("said", HARMLESS)
def test_warm_and_plain_words_offend_nobody(room, said):
    session = room.start("dealer-radio", 1)
    room.say(session, "您好，驰远汽车，工号603。")
    room.say(session, said)
    assert session.steps[-1].heard.offences == ()


@pytest.mark.parametrize("said", ["您这话听着就让人上火", "到时候别怪我不客气", "这个不归我管，您找别人吧。"])
def test_words_against_the_customer_do(room, said):
    session = room.start("dealer-radio", 1)
    room.say(session, "您好，驰远汽车，工号603。")
    room.say(session, said)
    assert session.steps[-1].heard.offences


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("明早九点", True), ("下午一点前", True), ("13点", True), ("两个小时内", True), ("十一点前", True),
        ("第一时间通知您", False), ("有一点要问您", False), ("815号客服为您服务", False), ("一天到晚", False),
    ],
)  # fmt: skip
def test_a_time_somebody_can_be_held_to(said, named):
    assert bool(CONCRETE.search(said)) is named


def test_a_new_question_in_the_same_frame_is_no_repetition(room):
    session = room.start("property-power", 1)
    room.say(session, "您好，锦华物业，工号118。")
    room.say(session, "差点漏了一项，麻烦您告诉我：请问您是几栋几单元？")
    room.say(session, "差点漏了一项，麻烦您告诉我：请问是您一家停电，还是整个单元的情况？")
    assert "question" in session.steps[-1].taken.good
    assert not session.steps[-1].heard.repeated


def test_solemn_words_are_no_apology(room):
    session = room.start("training-teacher", 1)
    room.say(session, "您好，工号101。")
    room.say(session, "请您相信，专业、高效、诚信、闭环是我们对您的承诺。")
    assert "apology" not in session.steps[-1].heard.acts


def talked(room, scenario, *turns):
    session = room.start(scenario, 1)
    for turn in turns:
        room.say(session, turn)
    return session


@pytest.mark.parametrize(
    "said",
    [
        "请您先把电闸断开，不要再碰热水器。",
        "您先拉下电闸，人离开厨房。",
        "我现在就派维修师傅上门，一个小时内到您家，您看可以吗？",
        "今晚八点前我给您回个电话，告诉您楼上答应了没有。",
        "十一月二十三号上午我打给您，跟您说结果。",
    ],
)
def test_a_step_that_helps_is_never_idle(room, said):
    session = talked(room, "property-power", "您好，锦华物业，工号118。", "非常抱歉，您的心情我理解。", said)
    assert "nothing" not in session.steps[-1].taken.weak
    assert session.steps[-1].heard.progress


@pytest.mark.parametrize("said", ["今天天气不错。", "我们物业一直很努力。", "我让同事也听听。"])
def test_chat_is_no_step(room, said):
    session = talked(room, "property-power", "您好，锦华物业，工号118。", said)
    assert not session.steps[-1].heard.progress


def test_data_may_be_asked_for_without_a_question_mark(room):
    session = talked(room, "shop-refund-late", "您好，工号1001。", "麻烦您告诉我订单号，我现在就查。")
    assert session.steps[-1].heard.asked == ("order",)
    assert "question" in session.steps[-1].taken.good


def test_neither_hint_nor_debrief_asks_what_the_customer_said_first(room):
    session = talked(room, "shop-refund-late", "您好，工号1001。", "实在抱歉，您的心情我理解。")
    told = {fact.ask for fact in session.scenario.facts if fact.opening}
    assert told
    assert room.hint(session) not in told
    room.say(session, "您说的是烤箱退回去八天了，款还没到账，对吗？")
    assert room.hint(session) not in told
    debriefed = room.finish(session)
    assert told.isdisjoint(one["ask"] for one in debriefed["unasked"])
    assert told.isdisjoint(better for weak in debriefed["weak"] for better in weak["better"])


def test_what_the_customer_said_first_and_nobody_took_up_is_told_apart(room):
    session = talked(room, "shop-refund-late", "您好，工号1001。", "实在抱歉，您的心情我理解。")
    untaken = room.finish(session)["untaken"]
    assert {one["fact"] for one in untaken} == {fact.id for fact in session.scenario.facts if fact.opening}
    assert untaken[0]["told"] == session.steps[0].reply


@pytest.mark.parametrize(
    "said",
    [
        "我说的您听明白没有？哪儿没懂我再给您说一遍。",
        "我刚才说的您都听明白了吧，还有什么放心不下的吗？",
        "您讲到这儿我都跟着上火了，真是太不让人省心了。",
        "嗯嗯，往下讲，我耳朵不背。",
    ],
)
def test_careful_and_sharing_words_offend_nobody(room, said):
    assert talked(room, "dealer-radio", "您好，驰远汽车，工号603。", said).steps[-1].heard.offences == ()


@pytest.mark.parametrize("said", ["听明白没有？还要我再说几遍？", "你听不听得懂？"])
def test_impatience_does(room, said):
    assert talked(room, "dealer-radio", "您好，驰远汽车，工号603。", said).steps[-1].heard.offences


@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("您摆一哈前后经过嘛，我慢慢听。", "listen"),
        ("请您完整陈述，我会逐项记录。", "listen"),
        ("您都问了好几回了，还要从头讲一道，硬是累人。", "empathy"),
        ("听完您的叙述，我能体会这件事带给您的困扰。", "empathy"),
        ("您说咋整吧，我听您的。", "ask_demand"),
        ("请问您对本次处理有何具体诉求？", "ask_demand"),
        ("不好意思，让您不愉快了。", "apology"),
    ],
)
def test_agents_are_heard_in_many_voices(room, said, act):
    session = talked(room, "property-leak", "您好，安居物业，工号207。", said)
    assert act in session.steps[-1].heard.acts


@pytest.mark.parametrize(
    "said",
    [
        "光说不练您不信，单号您拿笔记一下，到时候拿它来找我。",
        "每一步我都写在单子上，上面有时间有负责人。",
        "书面确认我发到您手机上，您留着对账。",
    ],
)
def test_something_to_hold_the_agent_to_is_heard(room, said):
    assert talked(room, "property-leak", "您好，安居物业，工号207。", said).steps[-1].heard.vouches


def test_a_question_about_the_records_is_none_to_the_customer(room):
    session = talked(room, "hotel-room", "您好，工号706。", "两边的记录一对就知道差在哪里。")
    assert session.steps[-1].heard.again == ()
    assert session.steps[-1].heard.asked == ()


def test_one_neutral_sentence_costs_less_patience_than_many(room):
    session = talked(
        room, "property-leak", "您好，工号207。", "今天天气不错。", "楼下花开了。", "我吃过饭了。"
    )
    waste = [step for step in session.steps if "nothing" in step.taken.weak]
    assert len(waste) == 3
    again = talked(room, "property-leak", "您好，工号207。", "今天天气不错。")
    assert again.customer.patience - session.customer.patience > 2 * (1 - again.customer.patience) - 0.25
