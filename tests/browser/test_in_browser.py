from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from serving import Served

OWN = "my own long password"
HURTFUL = '<img src=x onerror="document.title=1">我要投诉你们!'


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/login")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


def settle(page: Page, served: Served) -> None:
    """Sign in as a newcomer: with the printed password, then with one's own."""
    sign_in(page, "admin", served.password)
    page.get_by_label("当前密码").fill(served.password)
    page.get_by_label("新密码（至少 10 个字符）").fill(OWN)
    page.get_by_label("再输一次新密码").fill(OWN)
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile("/login$"))
    sign_in(page, "admin", OWN)
    expect(page.get_by_role("heading", name="班长台")).to_be_visible()


def test_a_newcomer_signs_in_plays_a_call_and_sees_prompts(page: Page, served: Served) -> None:
    settle(page, served)
    page.get_by_role("link", name="坐席台").click()
    page.get_by_label("示例通话").select_option("退款进度咨询，坐席说了不该说的话")
    page.get_by_label("语速").select_option("20 倍")
    page.get_by_role("button", name="播放示例").click()
    expect(page.locator(".prompt").first).to_be_visible()
    expect(page.locator(".prompt .phrase").first).not_to_be_empty()
    expect(page.locator("#state")).to_contain_text("已结束，得分")
    expect(page.locator("#turns .mark").first).to_be_visible()
    expect(page.locator("#checklist .met").first).to_be_visible()
    expect(page.locator("#steps .done").first).to_be_visible()
    expect(page.locator("#curve polyline")).to_have_count(1)
    page.get_by_role("link", name="通话", exact=True).click()
    page.locator("#rows a").click()
    expect(page.locator("#state")).to_have_text("已结束")
    expect(page.locator("#deductions li").first).to_contain_text("−")
    expect(page.locator("#deductions li").last).to_contain_text("满分")
    page.locator("#deductions a").first.click()
    expect(page.locator("#findings li:target")).to_be_visible()
    page.locator("#turns .mark").first.click()
    expect(page.locator("#findings li:target")).to_be_visible()
    page.locator("#findings li:target a").click()
    expect(page.locator("#turns .mark:target")).to_be_visible()


def test_supervisors_see_a_call_go_wrong_and_look_into_it(page: Page, served: Served) -> None:
    settle(page, served)
    board = page.context.new_page()
    board.goto("/board")
    expect(board.get_by_text("现在没有进行中的通话")).to_be_visible()
    page.goto("/desk")
    page.get_by_role("button", name="新通话").click()
    say = page.get_by_role("textbox", name="说的话")
    for text in (HURTFUL, "等了三天了还没解决,太过分了,我要曝光你们!"):
        say.fill(text)
        say.press("Enter")
    expect(page.locator("#turns li")).to_have_count(2)
    expect(page.locator("#turns .said").first).to_have_text(HURTFUL)
    call = board.locator("#list li")
    expect(call).to_have_count(1)
    expect(call).to_have_class(re.compile("middle|high"))
    expect(board.locator("#running")).to_have_text("0")
    expect(board.locator("#beside")).to_have_text("另有示例、练习 1 通")
    call.get_by_role("link").click()
    expect(board.locator("#state")).to_have_text("进行中（只读）")
    expect(board.locator("#turns .said").first).to_have_text(HURTFUL)
    say.fill("电话13800138000,这个不归我管")
    page.get_by_label("谁在说").select_option("坐席")
    say.press("Enter")
    expect(board.locator("#turns li")).to_have_count(3)
    expect(board.locator("#findings li").first).to_be_visible()
    expect(page.locator("#turns .said").last).to_have_text("电话[手机号],这个不归我管")
    expect(page.locator("#turns .mark").last).to_have_text("不归我管")
    expect(page.locator(".prompt").first).to_be_visible()
    page.get_by_role("button", name="没用").first.click()
    expect(page.locator("#toast")).to_have_text("已记下")
    page.get_by_role("button", name="结束通话").click()
    expect(board.locator("#state")).to_have_text("已结束")
    assert board.title() == "通话 · 话术"


def test_the_desk_goes_on_after_the_connection_dropped(page: Page, served: Served) -> None:
    settle(page, served)
    page.add_init_script(
        "const Real = WebSocket; window.sockets = [];"
        "window.WebSocket = class extends Real {"
        "  constructor(address) { super(address); window.sockets.push(this); } };"
    )
    page.goto("/desk")
    page.get_by_role("button", name="新通话").click()
    say = page.get_by_role("textbox", name="说的话")
    say.fill("我的快递三天了还没到!")
    say.press("Enter")
    expect(page.locator("#mood")).not_to_have_text("—")
    page.evaluate("window.sockets[0].close()")
    say.fill("我要投诉你们!")
    say.press("Enter")
    expect(page.locator("#state")).to_have_text("通话中")
    page.get_by_role("button", name="结束通话").click()
    expect(page.locator("#state")).to_contain_text("已结束")
    page.goto("/calls")
    expect(page.locator("#rows td").nth(5)).to_have_text("2")


def test_an_agent_works_by_keyboard(page: Page, served: Served) -> None:
    settle(page, served)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/desk")
    page.get_by_role("button", name="新通话").press("Enter")
    say = page.get_by_role("textbox", name="说的话")
    expect(say).to_be_focused()
    say.fill("宽带断了三天了,你们怎么回事!")
    say.press("Enter")
    say.press("ArrowDown")
    expect(page.get_by_label("谁在说")).to_have_value("agent")
    say.fill("这个不归我管,您自己打装维吧。")
    say.press("Enter")
    phrase = page.locator(".prompt .phrase").first
    expect(phrase).to_be_visible()
    expect(page.locator("#turns .mark.major", has_text="不归我管")).to_be_visible()
    say.press("Alt+1")
    expect(page.locator("#toast")).to_have_text("已复制")
    assert page.evaluate("() => navigator.clipboard.readText()") == phrase.text_content()
    say.press("Tab")
    expect(page.get_by_role("button", name="发送")).to_be_focused()


def test_calls_are_found_by_emotion_and_score(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto("/desk")
    page.get_by_label("示例通话").select_option("refund")
    page.get_by_label("语速").select_option("20 倍")
    page.get_by_role("button", name="播放示例").click()
    expect(page.get_by_role("link", name="查看报告")).to_be_visible()
    page.goto("/calls")
    expect(page.locator("#rows tr")).to_have_count(1)
    for label, value, found in (("客户情绪", "生气", 1), ("客户情绪", "愤怒", 0)):
        page.get_by_label(label).select_option(value)
        page.get_by_role("button", name="查找").click()
        expect(page.locator("#rows tr")).to_have_count(found)
    page.get_by_label("客户情绪").select_option("全部")
    page.get_by_label("得分从").fill("99.5")
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_text("没有符合条件的通话")).to_be_visible()


def test_rules_can_be_tried(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto("/rules")
    expect(page.locator("#rows tr").first).to_be_visible()
    page.get_by_label("试一句话").fill("这个不归我管，您找别人吧")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#told .better").first).to_be_visible()
    page.get_by_label("筛选").fill("B-3")
    expect(page.locator("#rows tr").first).to_contain_text("B-3")


def test_pages_fit_a_phone(page: Page, served: Served) -> None:
    settle(page, served)
    page.set_viewport_size({"width": 375, "height": 720})
    for path in ("/board", "/desk", "/calls", "/rules"):
        page.goto(path)
        expect(page.locator("h1").first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, path
