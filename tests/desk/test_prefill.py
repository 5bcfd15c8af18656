from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from desk_samples import MONDAY, event, shipped

from assistant.bootstrap import guide_files, load_taxonomy
from assistant.desk.calendar import WorkingCalendar
from assistant.desk.likeness import Likeness, clusters, repeated, similarity
from assistant.desk.prefill import prefill
from assistant.desk.promises import find_promises
from assistant.desk.track import progress
from assistant.procedure.loader import load_procedures
from assistant.settings import Settings

RULES = shipped()
CALENDAR = WorkingCalendar()


def turn(index: int, role: str, text: str, *intents: str) -> dict[str, Any]:
    return {
        "index": index,
        "role": role,
        "text": text,
        "intents": [{"name": i, "score": 0.9} for i in intents],
    }


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("我们24小时内给您答复。", "2026-11-03 09:00"),
        ("二十四小时之内一定有人联系您", "2026-11-03 09:00"),
        ("今天18点前给您回电，您看可以吗？", "2026-11-02 18:00"),
        ("今天下班前给您回复。", "2026-11-02 18:00"),
        ("明天下午三点半前师傅会上门", "2026-11-03 15:30"),
        ("三个工作日内退款到账", "2026-11-05 18:00"),
        ("1到3个工作日内退款", "2026-11-05 18:00"),
        ("半小时内给您回电话，我马上联系仓库", "2026-11-02 09:30"),
        ("这周五之前给您处理好", "2026-11-07 00:00"),
        ("11月10号给您发货", "2026-11-11 00:00"),
        ("明早我安排师傅", "2026-11-03 10:00"),
    ],
)
def test_a_duty_with_a_time_is_a_promise(text: str, due: str) -> None:
    (found,) = find_promises([turn(0, "agent", text)], MONDAY, RULES.intake.promises, CALENDAR)
    assert found.due_at == datetime.fromisoformat(due).replace(tzinfo=MONDAY.tzinfo)
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    "text",
    ["我们会尽快给您答复。", "您昨天几点联系的我们？", "24小时内没办法给您答复",
     "退款一般3个工作日内到账", "好的，明天见", "请问您今天方便吗", "请您在24小时内联系我们"],
)  # fmt: skip
def test_what_names_no_duty_with_a_time_is_none(text: str) -> None:
    assert not list(find_promises([turn(0, "agent", text)], MONDAY, RULES.intake.promises, CALENDAR))


def test_a_sentence_may_hold_two_promises() -> None:
    text = "我马上登记，2小时内上门检查，虽然不能当场换，明天下午三点前给您答复，您看可以吗？"
    found = list(find_promises([turn(0, "agent", text)], MONDAY, RULES.intake.promises, CALENDAR))
    assert [each.text for each in found] == ["2小时内上门检查", "明天下午三点前给您答复"]


def test_customers_promise_nothing() -> None:
    assert not list(
        find_promises([turn(0, "customer", "我明天给你们答复")], MONDAY, RULES.intake.promises, CALENDAR)
    )


def report() -> dict[str, Any]:
    turns = [
        turn(0, "agent", "您好，工号3056为您服务。"),
        turn(1, "customer", "我姓李，昨天下午你们的师傅来装热水器，装完就漏电，把我电着了！", "complaint"),
        turn(2, "agent", "真的非常抱歉，您现在人没事吧？"),
        turn(3, "customer", "我在幸福小区3号楼，你们赶紧给我换一个，还要赔偿！", "demand"),
        turn(4, "agent", "我马上派人，2小时内上门，给您更换。"),
        turn(5, "customer", "行吧。", "accept"),
    ]
    turns[1]["emotion"] = {"label": "angry", "intensity": 0.9, "confidence": 0.8}
    return {
        "id": "c1", "channel": "hotline", "turns": turns,
        "meta": {"agent_id": "3056", "started_at": MONDAY.isoformat()},
        "complaint": {
            "is_complaint": True, "confidence": 0.97, "kinds": [{"name": "safety", "score": 0.7}],
            "severity": "grave", "danger": True, "reasons": ["涉及人身或财产安全：“漏电”"],
            "demands": ["replacement", "compensation"],
            "responsibility": ["product"], "signals": [{"turn": 1, "what": "反映不满的事情"}],
        },
        "emotion": {"peak": {"turn": 1, "label": "angry", "intensity": 0.9}},
    }  # fmt: skip


def test_a_beginning_without_a_zone_is_the_houses_time_wherever_the_machine_stands() -> None:
    told = report()
    told["meta"]["started_at"] = "2026-11-07 16:12:05"
    fields, _ = prefill(told, RULES, load_taxonomy(Settings()), CALENDAR)
    assert fields["received_at"].value == "2026-11-07T16:12:05+08:00"


def test_a_record_is_filled_from_a_call_with_its_evidence() -> None:
    told = report()
    fields, promises = prefill(told, RULES, load_taxonomy(Settings()), CALENDAR)
    values = {name: each.value for name, each in fields.items()}
    assert values["customer"] == "李"
    assert values["agent_id"] == "3056"
    assert values["received_at"] == MONDAY.isoformat()
    assert values["need"] == "fire"
    assert values["place"] == "幸福小区"
    assert values["happened"] == "昨天下午"
    assert values["accused"] == "师傅"
    assert "漏电" in values["what"]
    assert values["demand"] == "换货、赔偿"
    assert (values["emotion"], values["severity"], values["danger"]) == ("angry", "grave", True)
    assert values["consent"] is True
    (promise,) = promises
    assert promise.due_at == MONDAY + timedelta(hours=2)
    for name, each in fields.items():
        assert 0 < each.confidence <= 1, name
        for span in each.evidence:
            assert told["turns"][span.turn]["text"][span.start : span.end] == span.text


def filled(*said: str, complaint: bool = True, kind: str = "after_sales") -> dict[str, Any]:
    """Return what is proposed for a call in which a customer says these sentences, one a turn."""
    told = report()
    told["turns"] = [turn(2 * place, "customer", text) for place, text in enumerate(said)]
    told["complaint"] |= {"is_complaint": complaint, "danger": False, "reasons": [], "signals": []}
    told["complaint"]["kinds"] = [{"name": kind, "score": 0.4}] if complaint else []
    fields, _ = prefill(told, RULES, load_taxonomy(Settings()), CALENDAR)
    return {name: each.value for name, each in fields.items()}


@pytest.mark.parametrize(
    ("text", "demand"),
    [
        ("我想把这双鞋退货", "退货"),
        ("这个能不能换货", "换货"),
        ("退货", "退货"),
        ("抬头写成我个人了，能重开吗", "开具或更正发票"),
        ("昨天刚买的今天就便宜了，差价退我", "补差价"),
        ("请问退款什么时候到账", "尽快到账"),
        ("电话填错了，能改一下吗", "更正信息"),
        ("麻烦帮我催一下师傅", "尽快送达"),
        ("订单里的杯子漏发了", "补发"),
        ("帮我跟店长说一声", "帮我跟店长说一声"),
    ],
)
def test_what_a_customer_asks_for_is_named_or_quoted(text: str, demand: str) -> None:
    assert filled(text, complaint=False)["demand"] == demand


@pytest.mark.parametrize("text", ["请问你们几点下班", "上次那台已经退货了", "航班被取消了"])
def test_what_is_only_told_is_no_demand(text: str) -> None:
    assert "demand" not in filled(text, complaint=False)


def test_what_happened_is_the_trouble_and_not_the_talk_around_it() -> None:
    said = ("你好", "稍等我看一下", "洗衣机脱水的时候一直响", "好的谢谢", "订单号：[订单3]", "门也关不上了")
    assert filled(*said)["what"] == "洗衣机脱水的时候一直响；门也关不上了"


def test_messages_joined_by_spaces_are_told_apart_and_masks_stay_visible() -> None:
    assert filled("你好 我买了[数字1]个碗 碎了两个")["what"] == "我买了…个碗；碎了两个"


def test_private_data_keeps_its_placeholder() -> None:
    assert filled("我电话[手机号]，你们怎么又断网了")["what"] == "我电话[手机号]，你们怎么又断网了"


def test_words_of_the_grievance_correct_the_kind_the_model_tells() -> None:
    assert filled("师傅态度特别差，骂我", kind="after_sales")["kind"] == "attitude"
    assert filled("快递一直没送到", kind="delivery")["kind"] == "delivery"
    assert "kind" not in filled("快递一直没送到", complaint=False)


def test_a_customers_repeat_is_found_and_anothers_isnt() -> None:
    key = "one"
    first = Likeness(1, MONDAY, key, "delivery", None, "快递三天了还没送到")
    new = Likeness(2, MONDAY + timedelta(days=5), key, "delivery", None, "快递都五天了还没有送到")
    stranger = Likeness(3, MONDAY, "another", "delivery", None, "快递三天了还没送到")
    other = Likeness(4, MONDAY, key, "billing", None, "话费多扣了二十块")
    assert repeated(new, [stranger, other, first], RULES.kpis.repeat.similarity) == first
    assert repeated(other, [first], RULES.kpis.repeat.similarity) is None


def test_the_same_complaint_of_several_customers_is_a_cluster() -> None:
    said = ["三号楼从昨晚开始停水", "三号楼昨晚停水到现在", "我们三号楼昨晚开始就停水了", "物业费算错了"]
    told = [Likeness(n, MONDAY, f"k{n}", "facility", None, text) for n, text in enumerate(said)]
    (cluster,) = clusters(told, RULES.kpis.cluster)
    assert cluster.cases == (0, 1, 2)
    assert clusters([*told[:1] * 5], RULES.kpis.cluster) == []
    assert similarity("", "停水") == 0


def test_dated_events_drive_the_procedure_of_a_case() -> None:
    known = {each.id: each for each in load_procedures(guide_files(Settings(), "procedures"))}
    stands = progress(
        known["P-REGISTER"], [event("received", 0), event("registered", 1), event("answered", 5)]
    )
    assert [step.status for step in stands.steps] == ["done", "done", "missing", "done", "pending", "pending"]
    assert stands.current == 3
    quality = progress(known["P-QUALITY"], [event("judged", 0), event("registered", 1)])
    assert {step.status for step in quality.steps[:2]} == {"done", "out_of_order"}
