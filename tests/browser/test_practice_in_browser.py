"""Practice in the browser: a call with its debrief, a course to its certificate, two people and a watcher."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from test_in_browser import OWN, sign_in

from assistant.bootstrap import load_quiz
from assistant.settings import Settings
from assistant.store import users
from assistant.store.database import open_store
from assistant.web import passwords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page
    from serving import Forge, Served

BANK = load_quiz(Settings())
DEADLINES = BANK.topics["deadlines"]
ITEMS = sum(item.topic == "deadlines" for item in BANK.items)
RADIO = "保养后收音机的台被人换了"
TURNS = (
    "您好，驰远汽车，工号603为您服务，请问您对上次的保养还满意吗？",
    "尽快给您处理，您等通知吧。",
    "您是说：三月八号您来做完保养以后，收音机里存好的台被人换了，对吗？",
)


@pytest.fixture(scope="module")
def served(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all these tests: each person does one thing in it."""
    folder = tmp_path_factory.mktemp("practice")
    database = str(folder / "calls.db")
    store = open_store(database)
    hashed = passwords.hashed(OWN)
    for name in ("培训师", "小李", "小张", "小王"):
        role: users.Role = "trainer" if name == "培训师" else "agent"
        job = partial(users.add_user, by="t", name=name, role=role, password=hashed, must_change=False)
        store.write(job).result(10)
    store.close()
    with forge.serving(folder, "--database", database) as running:
        yield running


def enter(page: Page, name: str) -> None:
    sign_in(page, name, OWN)
    expect(page.get_by_role("link", name="陪练")).to_be_visible()


def someone_else(page: Page, name: str) -> Page:
    """Return a page of another person's browser."""
    assert page.context.browser is not None
    base = page.url.split("/", 3)
    context = page.context.browser.new_context(base_url="/".join(base[:3]), locale="zh-CN")
    opened = context.new_page()
    enter(opened, name)
    return opened


def talk(page: Page) -> None:
    """Say some turns by keys alone, then end the call."""
    say = page.get_by_role("textbox", name="说的话")
    expect(say).to_be_focused()
    for place, text in enumerate(TURNS, 1):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator("#turns li.customer")).to_have_count(place)
        expect(say).to_be_focused()
    expect(page.locator("#mood")).not_to_have_text("—")
    page.keyboard.press("Alt+e")
    expect(page.locator("#points")).not_to_be_empty()


def test_a_trainee_practises_and_looks_back(page: Page) -> None:
    enter(page, "小王")
    page.get_by_role("link", name="陪练").click()
    page.get_by_label("行业").select_option("汽车4S店")
    expect(page.locator("#scenarios li")).to_have_count(3)
    page.get_by_role("button", name=RADIO).click()
    expect(page.locator("#briefing")).not_to_be_empty()
    page.keyboard.press("Alt+h")
    expect(page.locator("#turns li.hint")).to_have_count(1)
    expect(page.locator("#hints")).to_have_text("用了 1 次提示，扣 2 分")
    talk(page)
    expect(page.locator("#weak li").first).to_contain_text(TURNS[1])
    expect(page.locator("#weak .better").first).not_to_be_empty()
    expect(page.locator("#turning li").first).to_be_visible()
    expect(page.locator("#curve polyline")).to_have_count(1)
    expect(page.locator("#unasked")).to_contain_text("关键")
    expect(page.locator("#must .met")).not_to_have_count(0)
    page.get_by_role("link", name="同一个客户再来").click()
    talk(page)
    expect(page.locator("#comparison")).to_contain_text("第 2 次练习，比上一次高 2 分")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto("/practice")
    expect(page.locator("#mine tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def answer_somehow(page: Page) -> None:
    """Answer the item that is asked, by keys: right or wrong doesn't matter here."""
    item = page.locator("#quiz").get_attribute("data-item")
    for blank in page.locator("#text input").all():
        blank.fill("3")
    if page.locator("#clauses button").count():
        page.locator("#clauses button").first.click()
    steps = "排序" in page.locator("#question-title").inner_text()
    for choice in page.locator("#options button").all()[: None if steps else 1]:
        choice.click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator("#told")).to_be_visible()
    assert page.locator("#quiz").get_attribute("data-item") == item


def test_a_course_leads_to_a_certificate(page: Page) -> None:
    enter(page, "培训师")
    page.get_by_role("link", name="课程").click()
    page.get_by_text("布置一门课程").click()
    page.get_by_label("名称").fill("新人第一周")
    page.get_by_label(RADIO, exact=False).first.check()
    page.get_by_label(f"{RADIO}的及格分").fill("10")
    page.get_by_role("button", name="加一份测验").click()
    page.get_by_label("第 1 份测验的主题").select_option(label=f"{DEADLINES}（{ITEMS} 题）")
    page.get_by_label("第 1 份测验的题数").fill("2")
    page.get_by_label("第 1 份测验的及格分").fill("0")
    page.get_by_label("小李").check()
    page.get_by_role("button", name="布置").click()
    expect(page.locator("#courses tr")).to_have_count(1)
    learner = someone_else(page, "小李")
    learner.goto("/courses")
    learner.get_by_role("link", name="新人第一周").click()
    learner.get_by_role("link", name="开始").first.click()
    talk(learner)
    learner.goto("/courses/1")
    expect(learner.locator("#standing")).to_have_text("进行中")
    learner.get_by_role("row", name=f"测验：{DEADLINES}").get_by_role("link", name="开始").click()
    for answered in (1, 2):
        expect(learner.locator("#left")).to_contain_text(f"已答 {answered - 1}/2 题")
        expect(learner.locator("#submit")).to_have_text("提交")
        answer_somehow(learner)
        expect(learner.locator("#left")).to_contain_text(f"已答 {answered}/2 题")
        if answered < 2:
            learner.get_by_role("button", name="下一题").click()
    expect(learner.locator("#result")).to_contain_text("得分")
    learner.get_by_role("link", name="回到课程").click()
    expect(learner.locator("#standing")).to_have_text("已通过")
    expect(learner.locator("#leaders tr")).to_have_count(1)
    learner.get_by_role("link", name="证书").click()
    expect(learner.locator("#certificate")).to_contain_text("小李")
    expect(learner.locator("#units")).to_contain_text(f"测验：{DEADLINES}（2 题）")
    page.get_by_role("link", name="新人第一周").click()
    page.locator("#learners td a").first.click()
    page.get_by_role("button", name="点评第 3 句").click()
    page.get_by_role("textbox", name="点评").fill("先安抚，再说时限。")
    page.keyboard.press("Enter")
    expect(page.locator("#t2 .remark", has_text="先安抚")).to_be_visible()
    learner.context.close()


def test_two_play_and_one_watches(page: Page) -> None:
    enter(page, "培训师")
    page.goto("/practice/together")
    page.get_by_label("场景").select_option(f"汽车4S店：{RADIO}")
    page.get_by_role("button", name="开房间").click()
    page.locator("[data-part=observer]").click()
    code = page.locator("#code").inner_text()
    agent, customer = someone_else(page, "小李"), someone_else(page, "小张")
    for player, part in ((agent, "agent"), (customer, "customer")):
        player.goto("/practice/together")
        player.get_by_label("房间号").fill(code)
        player.get_by_role("button", name="进入").click()
        player.locator(f"[data-part={part}]").click()
    agent.get_by_role("button", name="开始", exact=True).click()
    for player, text in ((customer, "我的台全变了，谁动的？"), (agent, "这个不归我管，您找别人吧。")):
        player.get_by_role("textbox", name="说的话").fill(text)
        player.keyboard.press("Enter")
        expect(page.locator("#turns .said").last).to_have_text(text)
    expect(agent.locator("#turns li")).to_have_count(2)
    page.get_by_role("button", name="记录第 2 句").click()
    page.get_by_role("textbox", name="记录").fill("推卸责任")
    page.get_by_role("button", name="做错了").click()
    expect(page.locator("#turns .remark")).to_have_text("✗ 推卸责任（培训师）")
    expect(agent.locator("#turns .remark")).to_have_count(0)
    agent.get_by_role("button", name="结束并评分").click()
    for each in (page, agent, customer):
        expect(each.locator("#findings")).to_contain_text("推卸责任")
        expect(each.locator("#turns .remark")).to_be_visible()
        expect(each.locator("#weak .better").first).not_to_be_empty()
    agent.context.close()
    customer.context.close()


def test_a_trainer_drafts_a_scenario_from_a_call(page: Page) -> None:
    enter(page, "培训师")
    turns = [
        {"role": "agent", "text": "这个不归我管。"},
        {"role": "customer", "text": "热水器装好三天就漏水，没人管！"},
    ]
    headers = {"X-CSRF-Token": page.locator("meta[name=csrf]").get_attribute("content") or ""}
    kept = page.request.post("/api/score?keep=true", data={"id": "c1", "turns": turns * 3}, headers=headers)
    assert kept.ok
    page.goto("/practice/scenarios")
    page.get_by_label("不高于").fill("100")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="用 c1 起草").click()
    expect(page.locator("#status")).to_have_text("可以试练")
    text = page.get_by_role("textbox", name="场景文件")
    good = text.input_value()
    text.fill(good.replace("difficulty: 2", "difficulty: 9"))
    page.get_by_role("button", name="保存并检查").click()
    expect(page.locator("#faults li")).to_contain_text("第 6 行")
    text.fill(good)
    page.get_by_role("button", name="保存并检查").click()
    expect(page.locator("#faults li")).to_have_count(0)
    page.get_by_role("button", name="发布").click()
    expect(page.locator("#status")).to_have_text("已发布")
    page.get_by_role("link", name="试练").click()
    expect(page.locator("#call-title")).to_contain_text("热水器装好三天就漏水")
