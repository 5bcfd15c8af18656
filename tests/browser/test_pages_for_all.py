"""Every page can be used by keyboard and read aloud, fits a phone, and its colours can be told apart."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from small_calls import HOUSE, PACK
from test_in_browser import settle

import assistant.web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from serving import Forge, Served

CSS = (Path(assistant.web.__file__).parent / "static" / "app.css").read_text(encoding="utf-8")
PALETTES = [
    dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
]
GRAVITIES = ("fatal", "major", "minor", "hint", "good")
PAIRS = [
    *product(("ink", "soft", "accent", "agent", "customer", *GRAVITIES), ("card", "paper", "wash")),
    *((each, f"{each}-wash") for each in GRAVITIES),
    *(("ink", f"{each}-wash") for each in GRAVITIES),
    ("on-accent", "accent"),
]
AA = 4.5

NAMELESS = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (selector) =>
    all(selector).filter((each) => each.checkVisibility({ visibilityProperty: true }));
  const told = (what, some) => some.map((each) => `${what}: ${each.outerHTML.slice(0, 120)}`);
  const labelled = (each) => each.getAttribute("aria-label") || each.getAttribute("aria-labelledby")
    || (each.labels && [...each.labels].some((label) => label.textContent.trim()));
  const named = (each) => each.textContent.trim() || each.getAttribute("aria-label");
  const byName = (each) => document.getElementById(each.getAttribute("aria-labelledby"));
  const ids = all("[id]").map((each) => each.id);
  return [
    ...told("no label", shown("input, select, textarea").filter((each) => !labelled(each))),
    ...told("no name", shown("button, a[href]").filter((each) => !named(each))),
    ...told("named by nothing", all("[aria-labelledby]").filter((each) => !byName(each))),
    ...told("no scope", all("th").filter((each) => !each.scope)),
    ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `twice: ${id}`),
    ...(all("h1").length === 1 ? [] : ["not one h1"]),
    ...(document.documentElement.lang === "zh-CN" && document.title ? [] : ["no language or title"]),
  ];
}"""
NO_RING = """() => {
  const focused = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const ringed = focused === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1);
  return ringed ? null : focused.outerHTML.slice(0, 120);
}"""


@pytest.fixture
def served(forge: Forge, tmp_path: Path) -> Iterator[Served]:
    """A service over a small pack that starts for the first time."""
    pack = tmp_path / "tiny.yml"
    pack.write_text(PACK, encoding="utf-8")
    with forge.serving(tmp_path, "--database", str(tmp_path / "calls.db"), "--pack", str(pack)) as running:
        yield running


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    digits = colour[1:] if len(colour) == 7 else "".join(sign * 2 for sign in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", PALETTES, ids=["light", "dark"])
def test_colours_can_be_told_apart(palette: dict[str, str]) -> None:
    assert len(PALETTES) == 2
    for front, back in PAIRS:
        one, other = luminance(palette[front]), luminance(palette[back])
        contrast = (max(one, other) + 0.05) / (min(one, other) + 0.05)
        assert contrast >= AA, f"{front} on {back}: {contrast:.2f}"


def test_pages_can_be_read_and_used_by_all(page: Page, served: Served) -> None:
    page.goto("/login")
    assert page.evaluate(NAMELESS) == []
    settle(page, served)
    page.goto("/desk")
    page.get_by_label("语速").select_option("20 倍")
    page.get_by_role("button", name="播放示例").click()
    expect(page.locator("#state")).to_contain_text("已结束，得分")
    page.goto("/rules/versions")
    page.get_by_label("新草稿").fill("十二月退款规则")
    page.get_by_label("从空白开始").check()
    page.get_by_role("button", name="新建草稿").click()
    expect(page.get_by_role("heading", name="草稿：十二月退款规则")).to_be_visible()
    draft = page.url
    page.goto("/calls")
    call = page.locator("#rows a").first.get_attribute("href") or ""
    for path in ("/board", "/desk", "/calls", call, "/rules", "/rules/versions", draft, "/password"):
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(path)
        page.wait_for_load_state("networkidle" if path != "/board" else "load")
        assert page.evaluate(NAMELESS) == [], path
        for _ in range(12):
            page.keyboard.press("Tab")
            assert page.evaluate(NO_RING) is None, path
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_rules_are_edited_checked_and_published(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto("/rules/versions")
    page.get_by_label("新草稿").fill("道歉规则")
    page.get_by_label("从空白开始").check()
    page.get_by_role("button", name="新建草稿").click()
    page.get_by_label("新文件").fill("house.yml")
    page.get_by_role("button", name="新建").click()
    text = page.locator("#text")
    text.fill(HOUSE.replace("severity: minor", "severity: terrible"))
    text.press("Control+s")
    page.get_by_role("link", name="house.yml:8:15").click()
    expect(page.locator("#place")).to_have_text("第 8 行，第 15 列")
    expect(page.locator("#publish")).to_be_disabled()
    text.fill(HOUSE)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已保存，文件本身没有错误")).to_be_visible()
    page.get_by_role("button", name="检查草稿").click()
    expect(page.get_by_text("检查通过：共 1 条规则")).to_be_visible(timeout=60_000)
    page.locator("#try").get_by_label("一句话").fill("非常抱歉")
    page.get_by_role("button", name="试", exact=True).click()
    expect(page.locator("#told")).to_contain_text("敷衍道歉", timeout=60_000)
    page.locator("#publish").click()
    page.get_by_label("原因").fill("只查道歉")
    page.locator("#reason").get_by_role("button", name="发布").click()
    expect(page.locator("#rows tr").first).to_contain_text("第 1 版")
    expect(page.locator("#rows tr").first).to_contain_text("只查道歉")
    page.goto("/rules")
    page.get_by_role("link", name="敷衍道歉").click()
    expect(page.locator("#rule mark")).to_have_text("非常抱歉", timeout=60_000)
    page.keyboard.press("Escape")
    expect(page.locator("#rule")).to_be_hidden()
    page.goto("/rules/versions")
    page.get_by_role("button", name="恢复软件自带的规则包").click()
    page.get_by_label("原因").fill("先撤回")
    page.locator("#restore").get_by_role("button", name="恢复").click()
    expect(page.locator("#rows tr").first).to_contain_text("恢复软件自带的规则包：先撤回")
