from __future__ import annotations

import pytest
from score_samples import dialogue

from assistant.score import unscorable_reason
from assistant.score.unscorable import garbage_share


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "没有对话内容"),
        (("坐席:", "客户:  "), "静音"),
        (("坐席:[静音]", "客户:【无声】"), "静音"),
        (("坐席:您好,您的电话已接通,请讲", "坐席:对不起,听不到您的声音"), "没有客户发言"),
        (("客户:喂,有人吗", "客户:怎么没人说话呀"), "没有坐席发言"),
        (("机器人:欢迎致电", "客户:转人工"), "没有坐席发言"),
        (("坐席:您好,测试一下", "客户:测试,能听到", "坐席:听到了"), "测试通话"),
        (("坐席:test test", "客户:喂喂,试音"), "测试通话"),
        (("坐席:\ufffd\ufffd您\ufffd", "客户:\ufffd我\ufffd\ufffd"), "乱码"),
        (("坐席:锟斤拷锟斤拷您好", "客户:锟斤拷"), "乱码"),
        (("坐席:嗯", "客户:啊", "坐席:嗯嗯。", "客户:呃", "坐席:哦"), "语气词"),
    ],
)
def test_calls_that_cannot_be_judged(lines, reason):
    assert reason in (unscorable_reason(dialogue(*lines)) or "")


@pytest.mark.parametrize(
    "lines",
    [
        ("坐席:您好,请问有什么可以帮您?", "客户:我的订单没到"),
        ("坐席:您好", "客户:嗯"),
        ("坐席:您好,我是回访专员", "客户:嗯", "坐席:上次的问题解决了吗?", "客户:嗯嗯", "客户:好"),
        ("坐席:您好,这里是测试中心", "客户:我想问一下测试报告什么时候出来"),
        ("坐席:请问手机号是138****1234吗?", "客户:对???"),
        ("坐席:您好\ufffd请讲,我来为您查询这笔订单", "客户:好的,麻烦你了,我等着"),
        ("坐席:您好", "客户:【手机号】打不通"),
    ],
)
def test_calls_that_can_be_judged(lines):
    assert unscorable_reason(dialogue(*lines)) is None


def test_long_repetition_is_judged_quickly():
    assert unscorable_reason(dialogue("坐席:测试" + "喂" * 5000 + "咦", "客户:喂")) is None


def test_garbage_share_counts_characters_without_spaces():
    assert garbage_share(dialogue("客户:\ufffd 我 要 退")) == 0.25
