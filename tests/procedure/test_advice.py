"""The next step: which advice fits, which sentence is offered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from moments import agent, customer

from assistant.bootstrap import guide_files
from assistant.model import Emotion
from assistant.procedure.advice import Advice, choose
from assistant.procedure.bank import Bank, Phrase
from assistant.procedure.definition import Moment
from assistant.procedure.loader import load_advice, load_phrases, load_procedures
from assistant.procedure.scene import Scene, asks_soberly
from assistant.procedure.signs import acts_by_form
from assistant.procedure.situation import Situation
from assistant.settings import Settings

SETTINGS = Settings()
PROCEDURES = {p.id: p for p in load_procedures(guide_files(SETTINGS, "procedures"))}
ADVICE, CUES, PLIGHTS = load_advice(guide_files(SETTINGS, "advice"))
PHRASES = load_phrases(guide_files(SETTINGS, "phrases"))
ALL = frozenset(range(1, 7))
MOODS = ("calm", "upset", "hot")


def advised(open_steps=ALL, resting=(), **fields) -> str | None:
    steps = {number: number not in open_steps for number in ALL}
    advice = choose(ADVICE, "P-SIX", Situation(complaint=True, **fields), steps, resting=resting)
    return advice and advice.id


@pytest.mark.parametrize(
    ("fields", "open_steps", "expected"),
    [
        ({"mood": "hot"}, ALL, "mood-first"),
        ({"mood": "hot", "danger": True}, ALL, "safety-first"),
        ({"mood": "upset"}, ALL, "comfort"),
        ({"mood": "upset", "empathised": True}, {2, 3, 4, 5, 6}, "restate"),
        ({"mood": "hot", "grieving": True}, {5, 6}, "mood-again"),
        ({"mood": "hot", "grieving": True, "refusing": True, "refusals": 1}, {5, 6}, "refused"),
        ({}, ALL, "listen"),
        ({}, ALL - {1}, "restate"),
        ({"question": True, "simple": True}, ALL, "answer-calm"),
        ({"question": True, "simple": True, "what_now": True}, ALL, "listen"),
        ({"restated": True}, {1, 3, 4, 5, 6}, "listen"),
        ({"confirmed": True}, ALL - {1, 2}, "apologise"),
        ({"restated": True}, ALL - {1, 2}, "restate"),
        ({}, {4, 5, 6}, "act"),
        ({}, {5, 6}, "thank"),
        ({}, {6}, "follow-up"),
        ({}, set(), "arrange"),
        ({"arranged": True}, set(), "close"),
        ({"arranged": True, "restated": True, "confirmed": True, "turns": 9}, {1}, "close-all-the-same"),
        ({"question": True}, {5, 6}, "answer-first"),
        ({"question": True, "what_now": True}, {4, 5, 6}, "say-plan"),
        ({"question": True, "waiting": True}, {4, 5, 6}, "no-answer-yet"),
        ({"calling": True}, ALL, "here"),
        ({"settled": True, "accepted": True, "agreed": True}, {6}, "wrap-up"),
        ({"settled": True, "accepted": True, "agreed": True}, {4}, "farewell"),
        ({"accepted": True, "agreed": True, "promised": True}, {4, 5, 6}, "thank-agreed"),
        ({"mood": "upset"}, {5, 6}, "follow-up"),
        ({"mood": "upset", "accepted": True}, {5, 6}, "thank-after-all"),
        ({"kind": "quality"}, {4, 5, 6}, "check-quality"),
        ({"kind": "attitude"}, {4, 5, 6}, "check-service"),
        ({"kind": "quality", "looked": True}, {4, 5, 6}, "act"),
        ({"refusals": 1}, {4, 5, 6}, "refused"),
        ({"refusals": 1, "asked_demand": True}, {4, 5, 6}, "adjust"),
        ({"refusals": 2}, {4, 5, 6}, "refused-again"),
        ({"superior": True}, {4, 5, 6}, "wants-superior"),
        ({"beyond": True}, {4, 5, 6}, "beyond-authority"),
        ({"handed_over": True}, {2, 3, 4, 5, 6}, "taken-over"),
        ({"leaving": True}, {5, 6}, "goodbye-open"),
        ({"corrected": True}, {2, 3, 4, 5, 6}, "corrected"),
        ({"mood": "upset", "doubting": True}, {5, 6}, "assure"),
        ({"mood": "upset", "doubting": True}, ALL, "comfort"),
        ({"conditional": True, "accepted": True, "agreed": True, "promised": True}, {5, 6}, "condition"),
        ({"what_now": True, "empathised": True}, {2, 3, 4, 5, 6}, "apologise-now"),
        ({"asked_demand": True, "empathised": True}, {3, 4, 5, 6}, "apologise"),
        ({"held": True, "waiting": True, "accepted": True}, {4, 5, 6}, "back-to-complaint"),
        ({"mood": "upset", "waiting": True, "question": True, "grieving": True}, ALL, "comfort-waiting"),
        ({"mood": "upset", "question": True, "simple": True, "empathised": True}, {2, 3, 4, 5, 6},
         "answer-anxious"),
        ({"praising": True}, {5, 6}, "praised"),
        ({"question": True}, {4, 5, 6}, "plan-answers"),
        ({"handed": True, "empathised": True}, {2, 3, 4, 5, 6}, "received"),
        ({"handed": True, "promised": True}, {5, 6}, "received-later"),
        ({"remarking": True}, {5, 6}, "last-word"),
        ({"what_now": True, "planned": False}, {5, 6}, "plan-again"),
        ({"nodding": True, "planned": False}, {5, 6}, "resume"),
        ({"sorry_wanted": True}, {4, 5, 6}, "sorry-wanted"),
        ({"refusals": 1, "asked_demand": True, "aside": True}, {4, 5, 6}, "act"),
        ({"asked": True, "probed": True}, ALL, "take-up"),
    ],
)  # fmt: skip
def test_the_rules_of_the_standard(fields, open_steps, expected):
    assert advised(open_steps, **fields) == expected


def test_what_was_tried_without_help_is_not_advised_again():
    assert advised(mood="hot") == "mood-first"
    assert advised(resting={"P-SIX/1"}, mood="hot") == "restate"
    assert advised(resting={"P-SIX/1"}, mood="hot", grieving=True) == "hear-out"


def test_every_topic_of_an_advice_and_every_step_in_talk_has_sentences():
    bank = Bank(PHRASES)
    topics = {rule.say for rule in ADVICE if rule.say} | {cue.say for cue in CUES}
    topics |= {
        f"{procedure.id}/{step.number}"
        for procedure in PROCEDURES.values()
        if procedure.unit == "conversation"
        for step in procedure.steps
    }
    assert not {topic for topic in topics if len(bank.phrases(topic)) < 4}


def test_no_cell_of_the_six_steps_is_empty():
    cells = Counter((phrase.topic, phrase.mood) for phrase in PHRASES if not (phrase.kind or phrase.type))
    empty = [
        (step, mood, cells[f"P-SIX/{step}", mood])
        for step in ALL
        for mood in MOODS
        if cells[f"P-SIX/{step}", mood] < 4
    ]
    assert empty == []


def test_steps_two_and_four_have_sentences_for_every_kind_and_one_and_four_for_every_type():
    kinds = {(phrase.topic, phrase.kind) for phrase in PHRASES}
    taxonomy = {"quality", "function", "effect", "attitude", "efficiency", "accuracy", "misleading", "unfair",
                "delivery", "billing", "after_sales", "facility", "privacy", "fraud", "safety"}  # fmt: skip
    assert {kind for topic, kind in kinds if topic == "P-SIX/2"} >= taxonomy
    assert {kind for topic, kind in kinds if topic == "P-SIX/4"} >= taxonomy
    types = {(phrase.topic, phrase.type) for phrase in PHRASES if phrase.type}
    assert types >= {
        (f"P-SIX/{step}", name) for step in (1, 4) for name in ("dominant", "analytical", "sociable")
    }


def test_no_sentence_breaches_a_rule(shipped_engine):
    from assistant.ingest import mask_turn
    from assistant.model import Severity, Speaker, Turn
    from assistant.procedure.bank import SLOT

    values = {"customer": "王先生", "department": "售后部", "deadline": "今天下午六点", "fact": "三月八号"}
    found = []
    for phrase in PHRASES:
        text = SLOT.sub(lambda slot: values.get(slot[1], "某某"), phrase.text)
        turn = mask_turn(Turn(0, Speaker.AGENT, text))
        found += [
            (finding.rule, text)
            for finding in shipped_engine.check(turn)
            if finding.severity >= Severity.MINOR and not finding.pending
        ]
    assert found == []


def test_every_procedure_of_the_standard_is_there():
    listed = Path(__file__).parents[1] / "data" / "standard_ids.txt"
    wanted = {line.strip() for line in listed.read_text(encoding="utf-8").split() if line.startswith("P-")}
    assert wanted
    assert wanted <= PROCEDURES.keys()


BANK = Bank(
    [
        Phrase("t", "平静的话", "calm"),
        Phrase("t", "着急的话", "upset"),
        Phrase("t", "火气大时的话", "hot"),
        Phrase("t", "说物流的话", kind="delivery"),
        Phrase("t", "{customer},您听我说", "calm"),
    ]
)


def test_sentences_fit_the_mood_and_the_kind_and_empty_slots_are_never_shown():
    assert BANK.choose("t", Situation(mood="calm"), {}, most=1) == ("平静的话",)
    assert BANK.choose("t", Situation(mood="hot"), {}, most=1) == ("火气大时的话",)
    assert BANK.choose("t", Situation(mood="calm", kind="delivery"), {}, most=1) == ("说物流的话",)
    named = BANK.choose("t", Situation(mood="calm"), {"customer": "王先生"}, most=1)
    assert named == ("王先生,您听我说",)
    assert "平静的话" not in BANK.choose("t", Situation(mood="hot"), {})


def test_what_was_shown_gives_way_to_others():
    first = BANK.choose("t", Situation(mood="upset"), {}, most=1)
    assert BANK.choose("t", Situation(mood="upset"), {}, avoid=first, most=1) != first


def feel(*moments) -> Situation:
    scene = Scene()
    for moment in moments:
        strained = moment.emotion is not None and moment.emotion.label in ("angry", "dissatisfied")
        scene.feed(moment, level=0.7 if strained else 0.1, danger=False, kinds={})
    return scene.situation()


def test_a_refused_proposal_is_counted_and_a_demand_asked_for_is_remembered():
    offer, no = agent(1, "offer"), customer(2, "refuse", text="这个不行")
    once = feel(customer(0), offer, no)
    assert (once.refusals, once.asked_demand) == (1, False)
    asked = feel(customer(0), offer, no, agent(3, "ask_demand"), customer(4, "demand", text="我要退款"))
    assert (asked.refusals, asked.asked_demand) == (1, True)
    assert feel(customer(0), no).refusals == 0


def test_a_demand_stated_with_the_refusal_need_not_be_asked_for():
    told = feel(customer(0), agent(1, "offer"), customer(2, "refuse", text="不行,我就要退款"))
    assert (told.refusals, told.asked_demand) == (1, True)


def test_a_customer_who_agrees_after_all_has_refused_nothing():
    refused = (customer(0), agent(1, "offer"), customer(2, "refuse", text="这个不行"))
    agreed = feel(*refused, agent(3, "offer"), customer(4, text="那就这样吧"))
    assert (agreed.refusals, agreed.accepted) == (0, True)


@pytest.mark.parametrize(
    ("acts", "intents", "said", "accepted"),
    [
        (("action", "deadline"), ("accept",), "好的", True),
        (("action", "deadline"), (), "没什么不妥,能退就行。", True),
        (("action",), (), "那我等你们经理的电话。", True),
        (("action",), ("accept",), "行,那几点来?", False),  # a question waits for its answer
        (("restate",), ("accept",), "对", False),  # confirms, accepts nothing
        (("apology",), ("accept",), "嗯", False),
        (("hold",), ("accept",), "好,不急", False),
        (("offer",), ("accept",), "哦,你说", False),
        (("offer",), ("accept",), "我再考虑一下", False),
        (("anything_else",), ("refuse",), "没有了", True),
        (("anything_else",), ("thanks",), "不用了,谢谢", True),
        (("offer",), ("refuse",), "不用了", False),
    ],
)  # fmt: skip
def test_what_counts_as_accepted(acts, intents, said, accepted):
    call = (customer(0), agent(1, "offer"), agent(2), customer(3, text="嗯"), agent(4, *acts))
    assert feel(*call, customer(5, *intents, text=said)).accepted is accepted


@pytest.mark.parametrize(
    ("said", "intents", "fields"),
    [
        ("可以,但是来之前得给我打个电话", ("accept",), {"accepted": True, "conditional": True}),
        ("可以是可以,但我不出运费", ("refuse",), {"accepted": True, "conditional": True, "refusals": 0}),
        ("行,就是快一点", ("accept",), {"accepted": True, "conditional": False}),
        ("嗯,先这么着吧", (), {"accepted": True, "conditional": False}),
        ("随便吧", (), {"accepted": True}),
        ("收到货再说", (), {"accepted": True}),
        ("明天上午我要上班", ("inform",), {"accepted": False, "refusals": 1, "asked_demand": True}),
        ("一百?一件都买不到", ("inform",), {"accepted": False, "refusals": 1}),
        ("又是三个工作日", ("inform",), {"accepted": False, "doubting": True}),
        ("每次都这么说", ("criticism",), {"accepted": False, "doubting": True}),
        ("要是不来呢?", ("inquiry",), {"question": True, "doubting": False}),
    ],
)
def test_consent_conditions_and_doubts_are_told_apart(said, intents, fields):
    call = (customer(0), agent(1, "action", "deadline", "offer"), customer(2, *intents, text=said))
    situation = feel(*call)
    assert {name: getattr(situation, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("我这是第三次打电话了", {"again-and-again"}),
        ("报修两次了,没有一个人上门", {"again-and-again", "nobody-there"}),
        ("我在机场坐了四个小时", {"waited"}),
        ("说好第二天来人,到现在没人来", {"waited", "nobody-there", "word-not-kept"}),
        ("我打车来回花了八十", {"cost"}),
        ("我昨晚疼得一夜没睡", {"body", "waited"}),
        ("显示已签收,可是我根本没收到", {"gone"}),
        ("我态度怎么了", {"stung"}),
        ("我想问一下营业时间", set()),
        ("这个套餐一年多少钱", set()),
        ("我打算买三个月的", set()),
        ("好的,我等你电话", set()),
        ("孩子想学游泳,有什么班?", set()),
        ("你们周末上班吗", set()),
    ],
)
def test_what_a_matter_cost_is_told_in_plain_facts(said, names):
    assert {plight.id for plight in PLIGHTS if plight.told(said)} == names


def test_who_tells_calmly_what_it_cost_is_displeased():
    scene = Scene()
    told = customer(0, "inform", text="我等了五天")
    scene.feed(told, level=0.0, danger=False, kinds={}, plight=True)
    assert (scene.mood, scene.grieving) == ("upset", True)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("[图片]", {"handed": True, "question": False, "accepted": False}),
        ("订单尾号7752", {"handed": True}),
        ("后天吧,明天我要上班", {"handed": False}),
        ("全退?我说了全退你没听见吗", {"insisting": True, "question": False}),
        ("你们就不能早点通知吗", {"question": False}),
        ("这个能报销吗", {"question": True}),
        ("所以赔不赔", {"question": True, "what_now": True}),
        ("要是明天没到呢", {"question": True}),
        ("我等着呢", {"question": False}),
        ("嗯", {"nodding": True, "remarking": False}),
        ("我不会装", {"nodding": False, "remarking": True}),
        ("把你们经理叫来", {"superior": True}),
        ("你得给我道歉", {"sorry_wanted": True}),
        ("光道歉有什么用", {"sorry_wanted": False, "insisting": True}),
    ],
)
def test_what_a_turn_tells_by_its_words(said, fields):
    situation = feel(customer(0), agent(1, "explain"), customer(2, text=said))
    assert {name: getattr(situation, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("退一半?我一晚上没睡,全退", {"refusing": True, "question": False}),
        ("六点之前是吧?", {"refusing": False, "question": True}),
        ("六点我不方便,七点吧", {"refusing": False, "conditional": True}),
        ("来得及", {"accepted": True}),
        ("我问问我爱人吧", {"accepted": False}),
        ("[图片]", {"accepted": False, "refusing": False}),
        ("别到时候又拖我", {"refusing": False, "doubting": True}),
    ],
)
def test_an_answer_to_a_proposal_is_told_by_its_words(said, fields):
    proposal = agent(1, "offer", "deadline", text="给您退一半,今天六点前到账,您看来得及吗?")
    situation = feel(customer(0), proposal, customer(2, text=said))
    assert {name: getattr(situation, name) for name in fields} == fields


def test_a_customer_who_says_the_agents_words_back_confirms_them():
    asked = agent(1, text="周三下午在建设路店买的,拿错了药,我没说岔吧?")
    assert feel(customer(0), asked, customer(2, text="没说岔。")).confirmed
    assert not feel(customer(0), asked, customer(2, text="还有一件事。")).confirmed


def test_somebody_in_charge_is_wanted_until_the_agent_speaks():
    wants = customer(0, text="叫你们经理来")
    assert feel(wants, customer(1, text="快点")).superior
    assert not feel(wants, agent(1, "action"), customer(2, text="那你说吧")).superior


@pytest.mark.parametrize(
    ("said", "peril"),
    [
        ("厨房有煤气味", "gas"),
        ("插座漏电了", "power"),
        ("阳台着火了", "fire"),
        ("孩子摔伤了", "body"),
        ("水淹了", None),
    ],
)
def test_what_a_danger_comes_from_decides_what_is_said(said, peril):
    scene = Scene()
    scene.feed(customer(0, text=said), level=0.4, danger=True, kinds={})
    assert scene.situation().peril == peril
    assert advised(danger=True, peril=peril) == (f"safety-{peril}" if peril else "safety-first")


@pytest.mark.parametrize(
    ("said", "still"),
    [
        ([agent(1, text="请问您在哪一栋？"), customer(2, text="三栋二单元")], True),
        ([agent(1, text="您别着急"), customer(2, text="能不急吗")], True),
        ([agent(1, text="请您先到外面，我马上报上去。"), customer(2, text="我出来了")], False),
        ([agent(1, text="订单号1201998对吗？"), customer(2, text="对，快点")], True),
        ([agent(1, text="请您先联系物业。"), customer(2, text="心疼死我那台机器了")], True),
        ([agent(1, text="请问您在哪一栋？"), customer(2, text="火还没灭")], True),
        (
            [agent(1, text="请问您在哪一栋？"), customer(2, text="三栋"), customer(3, text="上次也这样")],
            False,
        ),
        ([agent(1, "escalate", text="我请负责人接手。"), customer(2, text="快点")], False),
        ([agent(1, text="请问您在哪一栋？"), customer(2, text="火已经灭了，没人受伤")], False),
    ],
)
def test_a_danger_lasts_until_somebody_sees_to_it(said, still):
    scene = Scene()
    scene.feed(customer(0, text="阳台着火了"), level=0.4, danger=True, kinds={})
    for moment in said:
        scene.feed(moment, level=0.4, danger=False, kinds={})
    assert (scene.danger, scene.peril) == ((True, "fire") if still else (False, None))


def test_a_danger_that_is_past_does_not_last():
    scene = Scene()
    told = customer(0, emotion="grateful", text="多亏你们,那天我爸晕倒了")
    for moment, danger in (
        (told, True),
        (agent(1, text="应该的"), False),
        (customer(2, text="想送面锦旗"), False),
    ):
        scene.feed(moment, level=0.1, danger=danger, kinds={})
    assert not scene.danger


@pytest.mark.parametrize(
    ("said", "acts"),
    [
        ("这么一折腾,换了谁都会窝火", ["empathy"]),
        ("您是说昨天下午两点就报了修,到现在没人来,对吗?", ["restate"]),
        ("您别着急,请稍等", []),
        ("还有别的吗?", []),
    ],
)
def test_comfort_and_restating_are_seen_by_their_form(said, acts):
    assert [act.name for act in acts_by_form(said, ())] == acts


def test_a_sober_question_about_something_broken_is_no_grievance_yet():
    asks = customer(0, "inquiry", text="路由器一直闪红灯,要不要重启?", emotion="anxious")
    unsure = Moment(asks.turn, emotion=Emotion("dissatisfied", 0.4, 0.5), intents=asks.intents)
    sure = Moment(asks.turn, emotion=Emotion("angry", 0.8, 0.9), intents=asks.intents)
    assert asks_soberly(unsure)
    assert not asks_soberly(sure)


def test_a_question_is_answered_by_the_agent_who_does_not_leave():
    asked = (customer(0), agent(1), customer(2, "inquiry", text="几点能到?"))
    assert not feel(*asked, agent(3, "inform")).question
    held = feel(*asked, agent(3, "hold", text="麻烦您稍等片刻,好吗?"))
    assert (held.question, held.held, held.answered) == (True, True, True)


def test_what_is_to_be_done_stays_open_until_it_is_said_or_something_else_is_asked():
    asked = (customer(0), agent(1), customer(2, text="那怎么办?"))
    assert feel(*asked, agent(3, "apology"), customer(4, text="???")).what_now
    assert not feel(*asked, agent(3, "action"), customer(4, text="嗯")).what_now
    assert not feel(*asked, agent(3, "apology"), customer(4, text="你贵姓?")).what_now


def test_only_a_customer_who_agrees_confirms_what_was_restated():
    call = (customer(0), agent(1, "restate"))
    assert feel(*call, customer(2, text="对,就是这个")).confirmed
    assert not feel(*call, customer(2, "inform", text="后来我又打了两次电话")).confirmed
    assert not feel(*call, customer(2, text="不是,是另外一单")).confirmed
    assert feel(customer(0), agent(1, "restate", "ask_detail"), customer(2, "inform", text="前天")).confirmed


def test_a_question_stays_open_until_the_agent_speaks():
    asked = (customer(0), agent(1), customer(2, text="几点能到?"), customer(3, text="我急着用"))
    assert feel(*asked).question
    assert not feel(*asked, agent(4, "inform"), customer(5, text="哦")).question
    assert not feel(customer(0, text="在吗?")).question


GENERAL = ("P-GENERAL", {number: number < 3 for number in range(1, 6)})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"question": True}, "answer-or-ask"),
        ({}, "proceed"),
        ({"waiting": True}, "back"),
        ({"accepted": True}, "nothing-left"),
        ({"accepted": True, "asked_leave": True}, "carry-out"),
        ({"accepted": True, "settled": True}, "farewell-general"),
        ({"leaving": True}, "leave"),
        ({"leaving": True, "parted": True}, "parted"),
        ({"unheard": True}, "hear-first"),
        ({"answered": True}, "await"),
        ({"answered": True, "waiting": True, "held": True}, "back"),
        ({"objection": "objection-think"}, "meet-doubts"),
        ({"objection": "objection-elsewhere"}, "meet-elsewhere"),
        ({"objection": "objection-price", "mood": "hot"}, "proceed"),
        ({"praising": True}, "praised"),
    ],
)
def test_a_call_without_a_complaint(fields, expected):
    advice = choose(ADVICE, GENERAL[0], Situation(**fields), GENERAL[1], following=3)
    assert advice is not None
    assert advice.id == expected


def test_after_the_farewell_nothing_is_said_until_something_is_raised():
    goodbye = agent(3, "farewell", text="感谢您的来电,再见。")
    call = (customer(0), agent(1, "inform"), customer(2, "accept", text="好的"), goodbye)
    assert feel(*call).parted
    assert feel(*call, customer(4, "goodbye", text="再见")).parted
    assert not feel(*call, customer(4, "inquiry", text="等等,那运费多少钱?")).parted
    assert not feel(*call, customer(4, "complaint", text="别挂,我还没说完")).parted


def test_a_customer_is_heard_first():
    assert feel(agent(0, "greeting")).unheard
    assert not feel(agent(0, "greeting"), customer(1)).unheard


def test_the_kind_is_that_of_the_newest_turns_and_none_where_none_stands_out():
    def kind(*told):
        scene = Scene()
        for index, kinds in enumerate(told):
            scene.feed(customer(index), level=0.1, danger=False, kinds=kinds)
        return scene.situation().kind

    assert kind({"delivery": 0.5}) == "delivery"
    assert kind({"delivery": 0.5}, {"attitude": 0.4}) == "attitude"
    assert kind({"delivery": 0.2, "attitude": 0.2, "quality": 0.2}) is None
    assert kind() is None


def test_a_customer_who_accepts_is_not_heated_by_what_was_before():
    heated = customer(0, "complaint", emotion="angry")
    assert feel(heated).mood == "hot"
    assert feel(heated, customer(2, "accept", text="可以")).mood == "calm"


def test_a_new_agent_has_to_ask_first():
    call = (customer(0), agent(1, agent_id="1"), customer(2), agent(3, agent_id="2"))
    assert feel(*call).handed_over
    assert not feel(*call, agent(4, "restate", agent_id="2")).handed_over


def test_advice_fits_by_all_of_its_conditions():
    advice = Advice("a", "试", {"mood": frozenset({"hot"})}, open=frozenset({1}), at_least={"refusals": 1})
    hot = Situation(mood="hot", refusals=1)
    assert advice.fits("P-SIX", hot, {1, 2}, None)
    assert not advice.fits("P-SIX", hot, {2}, 1)
    assert not advice.fits("P-SIX", Situation(mood="hot"), {1, 2}, None)
    early = Advice("b", "试", {}, before=2)
    assert early.fits("P-SIX", hot, {2}, 1)
    assert not early.fits("P-SIX", hot, {1}, 2)
