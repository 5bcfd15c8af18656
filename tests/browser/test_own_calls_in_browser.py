"""坐席台 with a call the phone system sends, and after F5."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect
from serving import let_program_in
from small_calls import turn
from test_in_browser import settle
from websockets.sync.client import connect

from assistant.store import users
from assistant.store.database import open_store
from assistant.web.passwords import hashed

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page, Route, WebSocketRoute
    from serving import Served

OWN = "my own long password"


def say(line: Any, *messages: dict[str, Any]) -> None:
    """Send messages, and wait until the last one is stored."""
    for message in messages:
        line.send(json.dumps(message, ensure_ascii=False))
    last = messages[-1].get("seq")
    while (event := json.loads(line.recv(timeout=15)))["type"] != "ack" or event["seq"] != last:
        pass


def test_an_agent_follows_the_phone_systems_call_and_finds_a_typed_one_again(
    page: Page, served: Served, tmp_path: Path
) -> None:
    database = str(tmp_path / "calls.db")
    headers = let_program_in(database, "pbx")
    store = open_store(database)
    job = partial(
        users.add_user, by="test", name="王芳", role="agent", password=hashed(OWN), must_change=False
    )
    store.write(partial(job, agent_id="3056")).result(10)
    store.close()
    page.goto("/login")
    page.get_by_label("用户名").fill("王芳")
    page.get_by_label("密码").fill(OWN)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#state")).to_have_text("未开始")
    follow_the_phone_system(page, served, headers)
    find_again(page)


def follow_the_phone_system(page: Page, served: Served, headers: dict[str, str]) -> None:
    hello = {"type": "hello", "meta": {"agent_id": "3056"}}
    with (
        connect(served.live, additional_headers=headers) as line,
        connect(served.live, additional_headers=headers) as second,
    ):
        say(line, {**hello, "call_id": "tel-1"})
        expect(page.locator("#state")).to_have_text("通话中（话务系统）")
        expect(page.locator("#source")).to_contain_text("话务系统来电")
        expect(page.get_by_role("textbox", name="说的话")).to_be_disabled()
        say(line, turn(1, "customer", "宽带断了三天了,你们怎么回事!"), turn(2, "agent", "这个不归我管"))
        expect(page.locator("#turns li")).to_have_count(2)
        expect(page.locator("#turns .mark").last).to_have_text("不归我管")
        expect(page.locator("#mood")).not_to_have_text("—")
        expect(page.locator("#steps li").first).to_be_visible()
        phrase = page.locator(".prompt .phrase").first
        expect(phrase).to_be_visible()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.keyboard.press("1")
        expect(page.locator("#toast")).to_have_text("已复制")
        assert page.evaluate("() => navigator.clipboard.readText()") == phrase.text_content()
        page.get_by_role("button", name="没用").first.click()
        expect(page.locator("#toast")).to_have_text("已记下")
        say(second, {**hello, "call_id": "tel-2"})
        expect(page.locator("#own button")).to_have_count(1)
        page.reload()
        expect(page.locator("#own-title")).to_have_text("您有进行中的通话，请选择")
        page.locator("#own button", has_text="2 句").click()
        expect(page.locator("#turns li")).to_have_count(2)
        line.send('{"type":"bye"}')
        while json.loads(line.recv(timeout=15))["type"] != "report":
            pass
        expect(page.locator("#report")).to_have_text(re.compile("上一通已结束，得分 [0-9.]+：查看报告"))
        expect(page.locator("#report")).to_have_attribute("href", "/calls/tel-1")
        expect(page.locator("#state")).to_have_text("通话中（话务系统）")
        second.send('{"type":"bye"}')
        while json.loads(second.recv(timeout=15))["type"] != "report":
            pass


def test_what_is_said_before_the_server_answers_is_sent_when_it_does(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto("/desk")
    page.get_by_role("button", name="新通话").click()
    words = page.get_by_role("textbox", name="说的话")
    words.fill("我的快递三天了还没到!")
    words.press("Enter")
    expect(page.locator("#mood")).not_to_have_text("—")
    held: list[tuple[WebSocketRoute, str | bytes]] = []

    def hold(socket: WebSocketRoute) -> None:
        socket.connect_to_server().on_message(lambda message: held.append((socket, message)))

    page.route_web_socket("**/live", hold)
    page.reload()
    expect(page.locator("#state")).to_have_text("通话中")
    words.fill("我要投诉你们!")
    words.press("Enter")
    expect(page.locator("#turns li")).to_have_count(2)
    for socket, message in held:
        socket.send(message)
    other = page.context.new_page()
    other.goto("/desk")
    expect(other.locator("#turns li")).to_have_count(2)
    expect(other.locator("#turns")).to_contain_text("我要投诉你们")


def test_what_is_pressed_before_the_page_is_ready_is_done_then(page: Page, served: Served) -> None:
    settle(page, served)
    waiting: list[Route] = []
    page.route("**/static/desk.js*", lambda route: waiting.append(route))  # noqa: PLW0108 - it marks what it is given
    page.goto("/desk", wait_until="commit")
    page.get_by_role("button", name="新通话").click()
    expect(page.locator("#text")).to_be_disabled()
    for each in waiting:
        each.continue_()
    expect(page.locator("#text")).to_be_enabled()
    expect(page.locator("#state")).to_have_text("通话中")


def find_again(page: Page) -> None:
    page.goto("/desk")
    page.get_by_role("button", name="新通话").click()
    words = page.get_by_role("textbox", name="说的话")
    words.fill("我的快递三天了还没到!")
    words.press("Enter")
    expect(page.locator("#mood")).not_to_have_text("—")
    page.reload()
    expect(page.locator("#state")).to_have_text("通话中")
    expect(page.locator("#turns li")).to_have_count(1)
    words.fill("我要投诉你们!")
    words.press("Enter")
    expect(page.locator("#turns li")).to_have_count(2)
    other = page.context.new_page()
    other.goto("/desk")
    expect(other.locator("#state")).to_have_text("通话中（只读）")
    expect(other.locator("#turns li")).to_have_count(2)
    other.get_by_role("button", name="在此继续输入").click()
    expect(other.locator("#state")).to_have_text("通话中")
    expect(page.locator("#state")).to_have_text(re.compile("别处接续|只读"))
    other.get_by_role("button", name="结束通话").click()
    expect(other.locator("#state")).to_contain_text("已结束")
    other.get_by_role("link", name="查看报告").click()
    expect(other.get_by_role("heading", level=1)).to_have_text(re.compile("坐席 3056 · "))
