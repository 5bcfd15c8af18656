"""The quiz page, by keys and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from test_in_browser import settle

from assistant.bootstrap import load_quiz
from assistant.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from serving import Served

    from assistant.quiz import Item

BANK = load_quiz(Settings())


def shown(page: Page, topic: str | None = None) -> Item:
    """Return the item on the page, after choosing a topic if one is given."""
    if topic is not None:
        with page.expect_response("**/api/quiz/next?*topic=*") as got:
            page.locator("#topic").select_option(topic)
        expect(page.locator("#quiz")).to_have_attribute("data-item", got.value.json()["id"])
    expect(page.locator("#submit")).to_be_disabled()
    item = BANK.item(page.locator("#quiz").get_attribute("data-item") or "")
    assert item is not None
    return item


def answer(page: Page, item: Item) -> None:
    """Answer rightly, by keys alone."""
    for accepted in item.blanks:
        page.keyboard.type(accepted[0])
        page.keyboard.press("Tab")
    if item.kind == "fault":
        right = [BANK.judge(item, [clause, item.right[0]]).right for clause in item.clauses]
        page.keyboard.press(str(right.index(True) + 1))
    options = page.locator("#options .choice span").all_inner_texts()
    for wanted in item.right:
        name = f"{wanted} {BANK.rules[wanted]}" if item.kind == "fault" else wanted
        page.keyboard.press("ABCDEFGHI"[options.index(name)])
    expect(page.locator("#submit")).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator("#told")).to_be_visible()
    expect(page.locator(".verdict")).to_have_text("✓ 答对了")


def test_a_trainee_answers_by_keys_and_sees_how_it_goes(page: Page, served: Served) -> None:
    settle(page, served)
    page.get_by_role("link", name="测验").click()
    expect(page.locator("#topics tr")).to_have_count(len(BANK.topics))
    for topic in ("deadlines", "banned", "procedures"):
        answer(page, shown(page, topic))
        page.keyboard.press("Enter")
        expect(page.locator("#told")).to_be_hidden()
        answer(page, shown(page))
    expect(page.locator("#share")).to_have_text("共答 6 次，答对 6 次")
    row = page.locator("#topics tr", has_text="服务忌语")
    expect(row).to_contain_text("2/34")
    expect(row).to_contain_text("100%")


def test_a_wrong_answer_is_explained(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto("/quiz")
    expect(page.locator("#topics tr")).to_have_count(len(BANK.topics))
    item = shown(page, "banned")
    if item.kind == "fault":
        page.locator("#clauses .choice").first.click()
    page.locator("#options .choice", has_text=item.wrong[0]).first.click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".verdict")).to_have_text("✗ 答错了")
    expect(page.locator("#told")).to_contain_text(item.explain)
    page.get_by_text("标准怎么说").click()
    entry = BANK.entry(item)
    assert entry is not None
    expect(page.locator("#told details p")).to_have_text(entry.answer)


@pytest.mark.parametrize("width", [390, 1366])
def test_the_page_fits_its_screen(page: Page, served: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    settle(page, served)
    page.goto("/quiz")
    expect(page.locator("#topics tr")).to_have_count(len(BANK.topics))
    expect(page.locator("#text")).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
