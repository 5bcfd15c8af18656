"""Privacy masking: what is private gives way, what only looks like it stays."""

from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ingest import PLACEHOLDERS, mask, mask_turn
from assistant.model import Mask, Speaker, Turn

ID_CARD = "110101199003071233"
CARD = "6222021001012345671"


@pytest.mark.parametrize(
    ("text", "masked", "tail"),
    [
        ("我的电话是13800138000", "我的电话是[手机号]", "8000"),
        ("打138 0013 8000吧", "打[手机号]吧", "8000"),
        ("138-0013-8000", "[手机号]", "8000"),
        ("138嗯0013啊8000", "[手机号]", "8000"),
        ("我手机号是138，0013，8000，别记错", "我手机号是[手机号]，别记错", "8000"),
        ("+86 13800138000", "[手机号]", "8000"),
        ("１３８００１３８０００", "[手机号]", "8000"),
        ("1 3 8 0 0 1 3 8 0 0 0", "[手机号]", "8000"),
        ("幺三八零零幺三八零零零", "[手机号]", "8000"),
        ("一三八,零零一三,八零零零", "[手机号]", "8000"),
        ("是一三八零零一三八零零零一共两个", "是[手机号]一共两个", "8000"),
        ("快递员电话13800138000", "快递员电话[手机号]", "8000"),
        ("010-62345678转8012", "[固定电话]转8012", "5678"),
        ("(021)62345678", "[固定电话]", "5678"),
        ("0755 8234 5678", "[固定电话]", "5678"),
        ("零幺零六二三四五六七八", "[固定电话]", "5678"),
        ("家里座机是62345678", "家里座机是[固定电话]", "5678"),
        (f"身份证{ID_CARD}", "身份证[身份证号]", "1233"),
        ("一一零一零一一九九零零三零七一二三三", "[身份证号]", "1233"),
        ("110101 19900307 1233", "[身份证号]", "1233"),
        ("身份证号110101900307123", "身份证号[身份证号]", "7123"),
        (CARD, "[银行卡号]", "5671"),
        ("6222 0210 0101 2345 671", "[银行卡号]", "5671"),
        ("银行卡号是6222021001012345678", "银行卡号是[银行卡号]", "5678"),
        ("京A12345的车", "[车牌号]的车", None),
        ("沪A·D12345", "[车牌号]", None),
        ("粤B一二三四五", "[车牌号]", None),
        ("发到a.b@163.com谢谢", "发到[邮箱]谢谢", None),
        ("zhang艾特qq点com", "[邮箱]", None),
        ("13800138000@qq.com", "[邮箱]", None),
    ],
)
def test_private_data_is_masked(text: str, masked: str, tail: str | None) -> None:
    result, masks = mask(text)
    assert result == masked
    assert [one.tail for one in masks] == [tail]
    assert result[masks[0].start : masks[0].end] == PLACEHOLDERS[masks[0].type]


def test_an_id_card_may_end_in_x() -> None:
    assert mask("号码是11010119900307109X") == ("号码是[身份证号]", (Mask("id_card", 3, 9, "109X"),))


@pytest.mark.parametrize(
    "text",
    [
        "请拨打95588或者10086,也可以打12315",
        "客服热线400-820-8820",
        "8008208820",
        "订单号13800138000",
        "运单编号:13800138000",
        "商品ID:13800138000",
        "SF13800138000123",
        "共13,800,138,000元",
        "一共13800138000元",
        "地址是192.168.111.12",
        "2026-11-21 10:20:30",
        "电话打来的时间是20261121",
        "110101199003071234",  # wrong check digit
        "6222021001012345678",  # fails Luhn
        "20261108993412345678",
        "150 160 170 18",
        "一二三四五六七八九十",
        "最新A12345款",
        "阿里云A12345",
        "京A座1203",
        "工号8012为您服务",
        "尾号8000对吗",
        "[数字x]和[订单x]还有[姓名]",
        "请@我一下",
        "一下子三三两两来了九个人",
    ],
)
def test_near_misses_stay(text: str) -> None:
    assert mask(text) == (text, ())


def test_several_in_one_turn_keep_their_places() -> None:
    text, masks = mask(f"手机13800138000,卡号{CARD},车牌京A12345")
    assert text == "手机[手机号],卡号[银行卡号],车牌[车牌号]"
    assert [(one.type, text[one.start : one.end]) for one in masks] == [
        ("phone", "[手机号]"),
        ("bank_card", "[银行卡号]"),
        ("plate", "[车牌号]"),
    ]


def test_two_numbers_side_by_side_are_two() -> None:
    assert mask("13800138000 13900139000")[0] == "[手机号] [手机号]"


def test_placeholders_are_found_again_and_label_nothing() -> None:
    text, masks = mask("[固定电话] 62345678 [手机号]")
    assert text == "[固定电话] 62345678 [手机号]"
    assert [one.type for one in masks] == ["landline", "phone"]


def test_a_masked_turn_keeps_its_tails() -> None:
    turn = Turn(0, Speaker.CUSTOMER, "打[手机号]", (Mask("phone", 1, 6, "8000"),))
    assert mask_turn(turn) == turn
    more = mask_turn(Turn(0, Speaker.CUSTOMER, "13900139000或[手机号]", (Mask("phone", 12, 17, "8000"),)))
    assert [(one.start, one.tail) for one in more.masks] == [(0, "9000"), (6, "8000")]


_PIECES = st.sampled_from(
    ["13800138000", "幺三八", "0013", "8000", " ", "-", "一", ID_CARD, CARD, "京A", "12345", "@qq.com", "a",
     "电话", "010", "62345678", "[手机号]", "[", "]", "[手机号", "订单号", "+86", "(", ")", "，", "X", "号",
     "元", "[邮箱]"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=14).map("".join)))
def test_masking_is_idempotent_and_exact(text: str) -> None:
    masked, masks = mask(text)
    again, masks_again = mask(masked)
    assert again == masked
    assert [(m.type, m.start, m.end) for m in masks] == [(m.type, m.start, m.end) for m in masks_again]
    assert all(masked[one.start : one.end] == PLACEHOLDERS[one.type] for one in masks)
    assert [one.start for one in masks] == sorted(one.start for one in masks)


@given(st.text(max_size=60))
def test_what_isnt_masked_is_untouched(text: str) -> None:
    masked, masks = mask(text)
    at, source = 0, 0
    for one in masks:
        piece = masked[at : one.start]
        assert text.startswith(piece, source) or piece in text
        at = one.end
        source += len(piece)
    assert masked[at:] == text[len(text) - len(masked[at:]) :]


def test_a_turn_without_signs_costs_next_to_nothing() -> None:
    text = "您好请问有什么可以帮到您的呢我们这边马上为您处理"
    best = min(timeit.repeat(lambda: mask(text), number=1_000, repeat=5)) / 1_000
    assert best < 5e-6


def test_a_huge_run_of_digits_ends() -> None:
    assert mask("1 " * 5_000)[1] == ()
    assert len(mask("13800138000 " * 1_000)[1]) == 1_000
