from __future__ import annotations

import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings
from report_samples import BARE, FULL, UNSCORABLE, finding, reports

from assistant.errors import InputError
from assistant.model import Report, Speaker, Turn
from assistant.report.html import render_html
from assistant.report.plain import visible

VOID = {"meta", "br", "line", "circle", "polyline"}
ATTACK = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{ 7 * 7 }}</style>&lt;javascript:1"""


class Page(HTMLParser):
    """A parsed page: what was said in each turn, elements, ids, links; complains of unbalanced tags."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self._in_said = False
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "bdi":
            self._in_said = True
            self.said.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._in_said = self._in_said and tag != "bdi"

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._in_said:
            self.said[-1] += data

    def values(self, attribute: str) -> list[str]:
        return [attrs[attribute] or "" for _, attrs in self.elements if attribute in attrs]


def is_sound(page: Page) -> None:
    assert not {tag for tag, _ in page.elements} & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "base",
        "form",
    }
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def leads_somewhere(page: Page) -> None:
    assert {href.removeprefix("#") for href in page.values("href")} <= set(page.values("id"))


@pytest.mark.parametrize("report", [FULL, BARE, UNSCORABLE], ids=lambda report: report.id)
def test_marks_taken_off_give_back_what_was_said(report: Report) -> None:
    page = Page(render_html([report]))
    is_sound(page)
    leads_somewhere(page)
    assert page.said == [turn.text for turn in report.turns]


@given(reports())
@settings(max_examples=30, deadline=None)
def test_any_text_is_shown_as_it_is_and_breaks_nothing(report: Report) -> None:
    source = render_html([report, BARE])
    assert source.encode("utf-8")
    page = Page(source)
    is_sound(page)
    leads_somewhere(page)
    assert page.said == [visible(turn.text) for turn in (*report.turns, *BARE.turns)]


def test_what_others_wrote_stays_text_everywhere() -> None:
    hostile = replace(
        FULL,
        id=ATTACK,
        channel=ATTACK,
        software=ATTACK,
        meta={ATTACK: ATTACK, "agent_id": ATTACK},
        turns=(Turn(0, Speaker.AGENT, ATTACK, agent_id=ATTACK),),
        findings=(finding(0, 3, 20, message=ATTACK, title=ATTACK, rule=ATTACK, suggestion=ATTACK),),
        complaint={"is_complaint": True, "reasons": [ATTACK], "confidence": 1.0},
    )
    source = render_html([hostile, BARE, InputError(ATTACK, path=ATTACK)])
    page = Page(source)
    is_sound(page)
    assert page.said[0] == ATTACK
    assert "49" not in "".join(page.text)
    assert any(title.endswith(ATTACK) for title in page.values("title"))


@pytest.mark.parametrize("said", ["  两头空  ", "\n换行\n\n", "\t", "&amp;", "<b>", "a\r\nb"])
def test_spaces_breaks_and_entities_stay(said: str) -> None:
    report = replace(BARE, turns=(Turn(0, Speaker.AGENT, said),), findings=(finding(0, 1, 2),))
    assert Page(render_html([report])).said == [visible(said)]


def test_direction_marks_stay_inside_what_was_said() -> None:
    turned = "\u202e倒过来\u2066"
    source = render_html([replace(BARE, id=turned, turns=(Turn(0, Speaker.AGENT, turned),))])
    assert Page(source).said == [turned]
    assert source.count("\u202e") == 1, "only the isolated element may hold it"


def test_the_page_needs_nothing_from_outside() -> None:
    source = render_html([FULL, UNSCORABLE])
    assert not re.findall(r"(?:https?:)?//\w|url\(|@import", source)
    assert "default-src 'none'" in source


def test_the_page_speaks_chinese_and_has_an_outline() -> None:
    page = Page(render_html([FULL, BARE]))
    assert ("html", {"lang": "zh-CN"}) in page.elements
    headings = [tag for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert all(int(after[1]) - int(before[1]) <= 1 for before, after in itertools.pairwise(headings))
    assert page.open == []


def test_overview_leads_to_every_call_and_lists_what_could_not_be_read() -> None:
    page = Page(render_html([FULL, InputError("编码不对", path="a.txt"), BARE]))
    assert {"#c1", "#c2", "#overview"} <= set(page.values("href"))
    assert "a.txt: 编码不对" in page.text


def test_one_report_needs_no_overview() -> None:
    assert "overview" not in Page(render_html([FULL])).values("id")


def test_reasons_stand_beside_the_turn_and_on_the_mark() -> None:
    page = Page(render_html([FULL]))
    marks = [attrs for tag, attrs in page.elements if tag == "mark"]
    assert [mark["class"] for mark in marks] == ["major", "minor", "fatal", "fatal"]
    assert "出现推卸责任的说法" in (marks[0]["title"] or "")
    assert [value for value in page.values("id") if re.fullmatch(r"c1-f\d", value)] == [
        "c1-f1",
        "c1-f2",
        "c1-f3",
        "c1-f4",
    ]


def test_without_reports_there_is_still_a_page() -> None:
    assert "共 0 通" in render_html([])


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "accent") for ground in ("paper", "card", "wash")),
    *((role, "paper") for role in ("agent", "customer", "good")),
    *((severity, f"{severity}-wash") for severity in ("fatal", "major", "minor", "hint")),
    *(("ink", f"{severity}-wash") for severity in ("fatal", "major", "minor", "hint")),
]


@pytest.mark.parametrize(("front", "ground"), PAIRS)
def test_every_text_can_be_read_in_light_dark_and_print(front: str, ground: str) -> None:
    css = (files("assistant.report") / "templates" / "report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        colours = {
            name: value if len(value) == 7 else f"#{value[1] * 2}{value[2] * 2}{value[3] * 2}"
            for name, value in re.findall(r"--([\w-]+): (#\w+)", block)
        }
        assert contrast(colours[front], colours[ground]) >= 4.5


def test_a_veto_strikes_out_what_there_would_be_and_says_why() -> None:
    source = render_html([FULL])
    assert '<s title="未否决时的得分">7.12</s>' in source
    assert "一票否决：顶撞；划去的为未否决时的得分" in source
    assert "<s " not in render_html([replace(FULL, score=None)])


def test_findings_on_no_item_and_the_card_are_told() -> None:
    text = "".join(Page(render_html([FULL])).text)
    assert "1 处发现不在评分项内" in text
    assert "hotline 3" in text
