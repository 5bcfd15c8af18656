from __future__ import annotations

import re
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.rules.literals import catastrophic, required_literals


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("保证.{0,8}(收益|赚)", {"保证"}),
        ("(不|没)(管|办)", {"不管", "不办", "没管", "没办"}),
        ("[0-9]+元", {"元"}),
        ("(?i)Vip客户", {"vip客户", "vıp客户"}),
        ("(?i:A)b", {"ab"}),
        ("(保证){2,}吗?", {"保证保证"}),
        ("x{3}y?", {"xxx"}),
        ("(?:加|留)(?:微信|qq)\\d+", {"加微信", "加qq", "留微信", "留qq"}),
        ("收益|保本(金)?", {"收益", "保本"}),
        ("(?=必)必须(?!不)", {"必须"}),
        ("(退款)?.*到账", {"到账"}),
        ("(退)?款", {"款"}),
        ("[^一]二", {"二"}),
        ("(?>绝对)安全", {"绝对安全"}),
    ],
)
def test_required_literals(pattern: str, literals: set[str]) -> None:
    assert required_literals(pattern) == frozenset(literals)


@pytest.mark.parametrize("pattern", ["a*", ".", r"\d{11}", "(保证)?", "a|.", "(收益)*", "(", "[^a]", ""])
def test_nothing_is_required(pattern: str) -> None:
    assert required_literals(pattern) is None


SIGN = st.sampled_from(["a", "b", "不", "管", "[ab]", "[^a]", ".", r"\d", "[不-丏]", "\\w"])
PATTERN = st.recursive(
    SIGN,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{0,2}?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        inner.map(lambda each: f"({each})"),
        inner.map(lambda each: f"(?i:{each})"),
    ),
    max_leaves=8,
)


@given(PATTERN, st.data())
@settings(max_examples=300, deadline=None)
def test_every_match_contains_one_of_them(pattern: str, data: st.DataObject) -> None:
    literals = required_literals(pattern)
    text = data.draw(st.from_regex(pattern, fullmatch=True)).lower()
    found = re.search(pattern, text)
    if literals is not None and found is not None:
        assert "" not in literals
        assert any(literal in found[0] for literal in literals)


BOMBS = [
    "(a+)+", "(a|a)*", "(.*)*", r"(\w+\s?)*", ".{0,1000}.{0,1000}", "(a|ab|b)*", "(a*)*b", r"(\s?\w+)*",
    "(.?a)*", "(a?){30}a{30}", "(.a|b.)*", "(a|aa)+$", "(x+x+)+y", "a?" * 17 + "a" * 17,
    "((a{1,100}){1,100}){1,100}", "(?:.*?,){20}P", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)(.*)(.*)x",
    "(ab|cd|abcd)*", "(?:a+|b)*c", "(?=(a+)+b)", "(好(呀)*|好)*完", "([不没]+)+管", "((我们?)+)+x",
]  # fmt: skip


@pytest.mark.parametrize("pattern", BOMBS)
def test_regex_bombs_are_refused(pattern: str) -> None:
    begin = time.perf_counter()
    assert catastrophic(pattern)
    assert time.perf_counter() - begin < 1


@pytest.mark.parametrize(
    "pattern",
    [
        "保证.{0,8}(收益|赚)", "(a+b)+", "(保证|保险)+", ".*保证.*收益", r"[0-9]+(\.[0-9]+)?元",
        r"(\d{1,3},)*\d+", r"(?:加|留)(?:微信|qq)\d+", "(好的|嗯)+", "不.{0,6}是.{0,6}我.{0,6}的",
        r"(https?://)?[\w.]+\.com", "(?:[一二三四五六七八九十]+个?)?月", "(哈){3,}", "[^,。]*保证[^,。]*",
        r"(\w\s?)*", "a{0,5}b{0,5}c", "(", "(我们?)+x",
    ],
)  # fmt: skip
def test_ordinary_patterns_pass(pattern: str) -> None:
    assert catastrophic(pattern) is None


@given(st.text("ab(|)*+?{2,}[^].\\d", max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(pattern: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError):
        assert required_literals(pattern) is None
        assert catastrophic(pattern) is None
    else:
        assert catastrophic(pattern) is None or catastrophic(pattern)
