from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect
from test_in_browser import HURTFUL, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from serving import Served


def test_the_panel_answers_beside_the_running_call(page: Page, served: Served) -> None:
    settle(page, served)
    page.get_by_role("link", name="坐席台").click()
    page.get_by_role("button", name="新通话（自己输入）").click()
    page.locator("#text").fill("快递丢了三天没人管，我要投诉！")
    page.keyboard.press("Enter")
    expect(page.locator(".prompt").first).to_be_visible()
    page.get_by_role("button", name="问助手").click()
    expect(page.locator("#chat-text")).to_be_focused()

    def ask(text: str) -> None:
        page.locator("#chat-text").fill(text)
        page.keyboard.press("Enter")

    answers = page.locator("#chat-log li:not(.mine)")
    ask("下一步说什么")
    expect(answers.nth(1)).to_contain_text("看着这通电话")
    ask("“不归我管”能说吗")
    expect(answers.nth(2)).to_contain_text("不能这么说")
    answers.nth(2).get_by_role("button", name="换个说法").click()
    expect(answers.nth(3)).to_contain_text("可以这样说")
    ask(f"“{HURTFUL}”能说吗")
    expect(answers.nth(4)).to_contain_text("<img")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="问助手")).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="问助手").click()
    box = page.locator("#chat").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
