"""What calls come to with the shipped scorecard, as a quality lead would have it."""

from __future__ import annotations

import pytest

from assistant.bootstrap import load_engine
from assistant.engine.fold import Engine
from assistant.ingest import read_text
from assistant.model import Conversation, Speaker, Turn
from assistant.settings import Settings
from assistant.web.samples import load_samples

COLD = """\
坐席: 您好，通联宽带，工号3056为您服务，请问有什么可以帮到您？
客户: 我家宽带断了三天没人管，气死我了
坐席: 您的号码报一下。
客户: 你们到底管不管
坐席: 查到了，是线路故障，等师傅上门。
客户: 我要投诉你们，不然我去工信部
坐席: 已经给您报上去了，等通知吧。
客户: 行，你们等着
坐席: 再见。
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(Settings())


def test_a_complaint_met_coldly_fails(engine):
    assert engine.run(read_text(COLD)).score.grade == "不合格"


@pytest.mark.parametrize(
    ("sample", "grade"), [("refund", "不合格"), ("parcel", "良好"), ("broadband", "优秀")]
)
def test_the_samples_get_the_grade_they_deserve(engine, sample, grade):
    (call,) = [each for each in load_samples() if each.id == sample]
    turns = tuple(Turn(index, Speaker(role), text) for index, (role, text) in enumerate(call.turns))
    conversation = Conversation(id=call.id, items=turns, channel=call.channel, meta=dict(call.meta))
    assert engine.run(conversation).score.grade == grade
