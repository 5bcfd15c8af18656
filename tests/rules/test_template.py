from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.rules.template import (
    Choice,
    Gap,
    Literal,
    Slot,
    Template,
    TemplateError,
    expand,
    parse,
    segments,
    slots,
    to_regex,
    variants,
)

LISTS = {"we": ["我", "我们"], "polite": ["<we>(这边)?", "本人"]}


def without_signs(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def test_parses_into_parts() -> None:
    template = parse("请(问|教)?……{customer}吗", {})
    assert template.parts == (
        Literal("请"), Choice(((Literal("问"),), (Literal("教"),)), optional=True), Gap(12), Slot("customer"),
        Literal("吗"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wording", "strings"),
    [
        ("不管", ("不管",)),
        ("(这|那)?事", ("这事", "那事", "事")),
        ("不归<we>管", ("不归我管", "不归我们管")),
        ("<polite>好", ("我这边好", "我好", "我们这边好", "我们好", "本人好")),
        ("((a|b)c|d)?e", ("ace", "bce", "de", "e")),
        ("(a|a)b", ("ab",)),
    ],
)
def test_expands_in_order_without_duplicates(wording: str, strings: tuple[str, ...]) -> None:
    assert expand(parse(wording, LISTS)) == strings


@pytest.mark.parametrize("wording", ["保证…收益", "您是{customer}吗", "(a…b|c)d"])
def test_gaps_and_slots_have_no_expansion(wording: str) -> None:
    assert expand(parse(wording, {})) is None


def test_punctuation_is_cleaned_away_and_neighbours_join() -> None:
    template = parse("您好,(呀|!)?请讲。", {}, without_signs)
    assert expand(template) == ("您好呀请讲", "您好请讲")
    assert parse("请,。讲", {}, without_signs).parts == (Literal("请讲"),)


@pytest.mark.parametrize(
    ("wording", "offset", "said"),
    [
        ("不(是", 1, "never closed"),
        ("不)是", 1, "')' without '('"),
        ("a|b", 1, "outside parentheses"),
        ("(a|)", 3, "empty alternative"),
        ("(|a)", 1, "empty alternative"),
        ("不归<wee>管", 2, "did you mean <we>?"),
        ("<none>", 0, "empty"),
        ("您是{custmer}", 2, "did you mean {customer}?"),
        ("您是{customer", 2, "never closed"),
        ("a>", 1, "without '<'"),
        ("(a)?(b)?", 0, "may be empty"),
        ("…好", 0, "gap"),
        ("好…", 1, "gap"),
        ("好………吗", 1, "gap"),
        ("（a|b)", 0, "full-width"),
        ("<we>?", 4, "write (<we>)?"),
        ("(" * 21 + "a" + ")" * 21, 20, "deeper"),
    ],
)
def test_says_what_is_wrong_and_where(wording: str, offset: int, said: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(said)) as caught:
        parse(wording, {"we": ["我"], "none": []})
    assert (caught.value.offset, caught.value.source) == (offset, wording)


def test_lists_may_not_form_a_ring() -> None:
    with pytest.raises(TemplateError, match="a → b → a") as caught:
        parse("<a>", {"a": ["x<b>"], "b": ["<a>"]})
    assert (caught.value.code, caught.value.list_name, caught.value.offset) == ("list-ring", "b", 0)


def test_nested_lists_are_bounded_before_they_grow() -> None:
    lists = {"l0": ["a", "b"]} | {f"l{n}": [f"<l{n - 1}>", f"<l{n - 1}>"] for n in range(1, 40)}
    with pytest.raises(TemplateError) as caught:
        parse("<l39>", lists)
    assert caught.value.code in {"too-many-strings", "too-deep"}


@pytest.mark.parametrize(
    ("wording", "expected"),
    [
        ("(保|承)诺……收益", [["保诺", "承诺"], ["收益"]]),
        ("请问{customer}(先生|女士)?吗", [["请问"], Slot("customer"), ["先生吗", "女士吗", "吗"]]),
        ("(a…bc|d)e", [["bc", "d"], ["e"]]),
        ("(a…b)?e", [["a", ""], ["e"]]),
    ],
)
def test_segments_stand_between_gaps(wording: str, expected: list[list[str] | Slot]) -> None:
    assert segments(parse(wording, {})) == expected


@pytest.mark.parametrize(
    ("wording", "values", "text", "fits"),
    [
        ("保证…收益", {}, "保证有很高收益", True),
        ("保证…收益", {}, "保证一二三四五六七收益", False),
        ("我是{agent_name}", {"agent_name": "小李"}, "我是小李", True),
        ("我是{agent_name}", {"agent_name": "小李"}, "我是小王", False),
        ("我是{agent_name}呢", {}, "我是小王呢", True),
        ("我是{agent_name}呢", {"agent_name": ""}, "我是小王呢", True),
        ("({customer}|客户)好", {}, "客户好", True),
        ("1+1(.)?", {}, "1+1", True),
    ],
)
def test_regex_fits(wording: str, values: dict[str, str], text: str, *, fits: bool) -> None:
    regex = to_regex(parse(wording, {}), values)
    assert regex is not None
    assert bool(re.fullmatch(regex, text)) is fits


def test_wording_without_text_is_dropped_when_its_value_is_unknown() -> None:
    template = parse("{customer}", {})
    assert to_regex(template, {}) is None
    assert to_regex(template, {"customer": "王"}) == "王"
    alternative = to_regex(parse("({customer}|先生)", {}), {})
    assert alternative is not None
    assert not re.fullmatch(alternative, "张三")


def test_slots_are_named_once() -> None:
    assert slots(parse("{company}的{customer}和{company}", {})) == ("company", "customer")


TEXT = st.text("不归我管abc.+*?[", min_size=1, max_size=3).filter(lambda text: "?" not in text)
WORDING = st.recursive(
    TEXT,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda each: f"({'|'.join(each)})"),
        st.lists(inner, min_size=1, max_size=2).map(lambda each: f"({'|'.join(each)})?"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("…".join),
        st.tuples(TEXT, inner).map("{customer}".join),
    ),
    max_leaves=6,
)


@given(WORDING)
@settings(max_examples=150, deadline=None)
def test_every_way_through_a_template_fits_its_regex(wording: str) -> None:
    try:
        template = parse("始" + wording + "终", {})
    except TemplateError as error:
        pytest.fail(f"{wording}: {error}")
    regex = to_regex(template, {})
    assert regex is not None
    for way in itertools.islice(variants(template), 30):
        filled = "".join(atom if isinstance(atom, str) else "x" for atom in way)
        assert re.fullmatch(regex, filled)
        shortest = "".join(atom if isinstance(atom, str) else "x" * isinstance(atom, Slot) for atom in way)
        assert re.fullmatch(regex, shortest)
    strings = expand(template)
    if strings is not None:
        assert segments(template) == [list(strings)]


def parsed_or_refused(wording: str) -> Template | None:
    try:
        return parse(wording, LISTS, without_signs)
    except TemplateError as error:
        if not 0 <= error.offset <= len(wording):
            pytest.fail(f"{wording}: no such place {error.offset}")
        return None


@given(st.text("()|<>{}…?ab我, ", max_size=14))
@settings(max_examples=200, deadline=None)
def test_any_text_parses_or_is_refused_at_a_place_in_it(wording: str) -> None:
    template = parsed_or_refused(wording)
    if template is None:
        return
    assert "" not in (expand(template) or ())
    regex = to_regex(template, {"company": "公司"})
    assert regex is None or not re.fullmatch(regex, "")
