"""The day of a QA team in a real browser: each workflow is walked through by its people."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from assistant.store import users
from assistant.store.database import open_store
from assistant.web import passwords

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from serving import Forge, Served

PASSWORD = "a long enough password"
LAST_MONTH = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).date()
PEOPLE = (("赵敏", "supervisor", None), ("王芳", "qa", None), ("小陈", "agent", "3001"))
_SAID = (
    ("坐席", ("您好，请问有什么可以帮您？", "什么事", "您好，工号3001为您服务")),
    (
        "客户",
        ("我的快递三天了还没到，你们怎么回事！太过分了", "我想查一下话费", "我要退货，等了一个星期了！"),
    ),
    ("坐席", ("这个不归我管，您找别人", "非常抱歉给您添麻烦了，我马上帮您查一下", "你有完没完")),
    ("客户", ("好吧，谢谢", "我要投诉你们！太气人了！", "好的，谢谢你")),
    ("坐席", ("请问还有其他可以帮您的吗？", "感谢您的来电，再见", "嗯")),
)


def calls(folder: Path, count: int) -> list[Path]:
    """Write calls of last month, one a file, of two agents."""
    chance = Random(3)
    made = []
    for number in range(count):
        began = datetime(LAST_MONTH.year, LAST_MONTH.month, 1 + number % 27, 9, number % 60, tzinfo=UTC)
        meta: dict[str, Any] = {
            "agent_id": f"300{1 + number % 2}", "started_at": began.isoformat(),
            "recording_url": "/audio/none.wav",
        }  # fmt: skip
        turns = [
            {"role": role, "text": chance.choice(texts), "start_s": place * 6.0, "end_s": place * 6.0 + 5}
            for place, (role, texts) in enumerate(_SAID)
        ]
        path = folder / f"call-{number:02}.json"
        told = {"id": f"call-{number:02}", "meta": meta, "turns": turns}
        path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        made.append(path)
    return made


@pytest.fixture
def desk(forge: Forge, tmp_path: Path) -> Iterator[Served]:
    """A service with a QA team, each time without calls: a report counts them."""
    database = str(tmp_path / "calls.db")
    store = open_store(database)
    hashed = passwords.hashed(PASSWORD)
    for name, role, agent_id in (*PEOPLE, ("李强", "qa", None)):
        add = partial(
            users.add_user,
            by="t",
            name=name,
            role=role,
            password=hashed,
            agent_id=agent_id,
            must_change=False,
        )
        store.write(add).result(10)
    store.close()
    with forge.serving(tmp_path, "--database", database) as running:
        yield running


@pytest.fixture
def people(browser: Browser, desk: Served) -> Iterator[dict[str, Page]]:
    """Each with a browser of their own, signed in; an error in a console fails the test."""
    errors: list[str] = []
    signed = {}
    contexts = []
    for name, _, _ in PEOPLE:
        context = browser.new_context(
            base_url=desk.address, viewport={"width": 1366, "height": 768}, locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/login")
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("button", name="退出")).to_be_visible()
        signed[name] = page
    yield signed
    for context in contexts:
        context.close()
    assert errors == []


def test_the_day_of_a_qa_team(people: dict[str, Page], tmp_path: Path) -> None:
    lead, reviewer, agent = (people[name] for name, _, _ in PEOPLE)
    bring_in(reviewer, tmp_path)
    drop(reviewer, tmp_path)
    draw(lead)
    reviewed = review_by_keyboard(reviewer)
    appeal(agent, reviewer, lead)
    coach(agent, reviewer)
    calibrate(lead, reviewer)
    publish_a_card(lead)
    look_at_rules(reviewer, reviewed)
    read_the_report(lead)


def bring_in(page: Page, folder: Path) -> None:
    page.goto("/qa/import")
    broken = folder / "broken.xls"
    broken.write_bytes(b"\xd0\xcf\x11\xe0")
    page.locator("#files").set_input_files([*calls(folder, 12), broken])
    expect(page.locator("#progress-title")).to_have_text("导入完成")
    expect(page.locator("#told")).to_contain_text("13 个文件")
    expect(page.locator("#rows tr")).to_have_count(13)
    expect(page.locator("#rows")).to_contain_text("读不了")
    page.locator("#files").set_input_files([folder / "call-00.json"])
    expect(page.locator("#rows tr").first).to_contain_text("已有，未重复入库")


def drop(page: Page, folder: Path) -> None:
    """Let files fall on the page, one that is known and one that isn't."""
    known = (folder / "call-01.json").read_text(encoding="utf-8")
    files = [["again.json", known], ["empty.txt", ""]]
    dropping = page.evaluate_handle(
        """(files) => {
            const dropped = new DataTransfer();
            for (const [name, text] of files) dropped.items.add(new File([text], name));
            return dropped;
        }""",
        files,
    )
    page.dispatch_event("#drop", "dragenter", {"dataTransfer": dropping})
    expect(page.locator("#drop")).to_have_class(re.compile(r"\bover\b"))
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropping})
    expect(page.locator("#drop")).not_to_have_class(re.compile(r"\bover\b"))
    expect(page.locator("#progress-title")).to_have_text("导入完成")
    expect(page.locator("#rows tr")).to_have_count(2)
    expect(page.locator("#rows tr", has_text="again.json")).to_contain_text("已有，未重复入库")
    expect(page.locator("#rows tr", has_text="empty.txt")).to_contain_text("读不了")


def draw(page: Page) -> None:
    page.goto("/qa/draws")
    page.get_by_label("名称").fill("上月随机")
    page.get_by_label("抽取").fill("6")
    expect(page.locator("#reviewers input")).to_have_count(3)
    for name in ("李强", "赵敏"):
        page.locator("#reviewers").get_by_label(name).uncheck()
    page.get_by_role("button", name="抽取").click()
    row = page.locator("#rows tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("0/6")
    expect(row).to_contain_text("完成后计入统计")


def review_by_keyboard(page: Page) -> int:
    """Finish all calls by keys alone; overturn in the first one, add a finding in the second."""
    page.goto("/qa")
    expect(page.locator("#rows tr")).to_have_count(6)
    page.locator("#next").click()
    for number in range(6):
        expect(page.locator("#state")).to_have_text("待复核")
        expect(page.locator(".point").first).to_be_visible()
        expect(page.locator("#player")).to_be_visible()
        listed = page.locator(".point:not(:has(.tag)) .what").all_inner_texts()
        assert len(listed) == len(set(listed))
        if number == 0:
            page.locator(".point:has(.tag)").first.click()
            page.keyboard.press("3")
            expect(page.locator("#toast")).to_contain_text("发现只能确认或推翻")
            overturned = page.locator(".point:not(:has(.tag))").first
            overturned.click()
            page.keyboard.press("3")
            page.keyboard.type("转接来电，不适用")
            page.keyboard.press("Enter")
            expect(page.locator(".point .verdict").filter(has_text="不适用").first).to_be_visible()
        if number == 1:
            page.locator(".said").nth(2).select_text()
            page.keyboard.press("a")
            add_by_title(page)
        page.keyboard.press("ArrowDown")
        finish(page)
        if number < 5:
            page.get_by_role("link", name=re.compile("下一通")).click()
    expect(page.locator("#state")).to_contain_text("已完成")
    return 6


def add_by_title(page: Page) -> None:
    """Add a finding: an unknown rule is said to be so and nothing typed is lost; a title will do."""
    rule, reason = page.get_by_label("属于哪条规则"), page.get_by_label("说明")
    title = page.locator("#rules option").first.inner_text()
    rule.fill("没有这样的规则")
    reason.fill("语气生硬")
    page.keyboard.press("Enter")
    expect(page.locator("#asking .problem")).to_have_text("没有这条规则")
    expect(rule).to_have_value("没有这样的规则")
    expect(reason).to_have_value("语气生硬")
    rule.fill(title)
    page.keyboard.press("Enter")
    expect(page.get_by_text("人工补充")).to_be_visible()
    expect(page.locator("#asking")).to_be_hidden()


def finish(page: Page) -> None:
    """Finish a review that was listened to in full; items nobody graded are asked about first."""
    expect(page.locator("#full")).not_to_be_checked()
    page.locator("#full").check()
    page.locator("#talk-title").click()
    page.keyboard.press("Control+Enter")
    asking = page.get_by_role("dialog", name=re.compile("^还有 [0-9]+ 项待人工评"))
    asking.get_by_role("button", name="取消").click()
    expect(page.locator("#state")).to_have_text("待复核")
    page.keyboard.press("Control+Enter")
    asking.get_by_role("button", name="不评，直接完成").click()
    expect(page.locator("#state")).to_contain_text("已完成")


def appeal(agent: Page, reviewer: Page, lead: Page) -> None:
    agent.goto("/my")
    row = agent.locator("#rows tr", has_text="已复核").first
    row.get_by_role("link").first.click()
    expect(agent.locator("#losses li").first).to_contain_text("分")
    agent.get_by_role("button", name="申诉…").click()
    agent.locator("#about input").first.check()
    agent.get_by_label("理由").fill("录音里我问候过客户")
    agent.get_by_role("button", name="提交申诉").click()
    expect(agent.locator("#appeals")).to_contain_text("处理中")
    reviewer.goto("/qa/appeals")
    reviewer.get_by_label("理由").fill("录音里没有问候")
    reviewer.get_by_role("button", name="答复").click()
    unchanged = reviewer.get_by_role(
        "dialog", name=re.compile("^分数没有变，仍是 .* 分。确定答复“申诉成立”吗？$")
    )
    unchanged.get_by_role("button", name="取消").click()
    reviewer.get_by_label("结论").select_option("维持原判")
    reviewer.get_by_role("button", name="答复").click()
    expect(reviewer.locator("#none")).to_be_visible()
    agent.reload()
    agent.get_by_role("button", name="提请上一级…").click()
    asked = agent.get_by_role("dialog", name="提请上一级处理")
    asked.get_by_label("请写明理由").fill("请组长再听一遍录音")
    asked.get_by_role("button", name="提交").click()
    expect(agent.locator("#appeals")).to_contain_text("处理中")
    lead.goto("/qa/appeals")
    expect(lead.locator("#appeals")).to_contain_text("请组长再听一遍录音")
    lead.get_by_role("link", name="打开复核改判").click()
    lead.get_by_role("button", name="重新打开").click()
    expect(lead.locator("#state")).to_have_text("待复核")
    lead.locator(".point:not(:has(.tag))").first.click()
    lead.keyboard.press("3")
    lead.keyboard.type("申诉成立")
    lead.keyboard.press("Enter")
    expect(lead.locator(".point .verdict").filter(has_text="不适用").first).to_be_visible()
    finish(lead)
    lead.goto("/qa/appeals")
    lead.get_by_label("理由").fill("复听后成立，已改判")
    lead.get_by_role("button", name="答复").click()
    expect(lead.locator("#none")).to_be_visible()
    agent.reload()
    expect(agent.locator("#appeals")).to_contain_text("已结案")
    expect(agent.locator("#appeals")).to_contain_text("复听后成立，已改判")
    judged = agent.locator("#losses li", has=agent.get_by_text("人工复核", exact=True))
    expect(judged).to_contain_text(re.compile("[^（]：不适用，申诉成立（赵敏）"))


def coach(agent: Page, reviewer: Page) -> None:
    reviewer.goto("/qa")
    reviewer.locator("#state").select_option("已完成")
    expect(reviewer.locator("#rows tr", has_text="已完成")).to_have_count(6)
    reviewer.locator("#rows tr", has_text="3001").first.get_by_role("link").first.click()
    reviewer.get_by_role("button", name="开辅导单…").click()
    reviewer.get_by_label("练习场景（可不选）").select_option(index=1)
    reviewer.get_by_label("怎么改进").fill("先安抚，再说明下一步由谁办、何时办好")
    reviewer.get_by_role("button", name="保存", exact=True).click()
    expect(reviewer.locator("#toast")).to_have_text("辅导单已开出")
    agent.goto("/my")
    agent.get_by_role("button", name="我知道了").click()
    expect(agent.locator("#coaching")).to_contain_text("坐席已确认")
    reviewer.goto("/qa/coaching")
    reviewer.get_by_role("button", name="复测").click()
    expect(reviewer.locator("#tasks")).to_contain_text("已复测")
    expect(reviewer.locator("#tasks a[href^='/practice?scenario=']")).to_be_visible()


def calibrate(lead: Page, reviewer: Page) -> None:
    lead.goto("/qa/calibration")
    lead.get_by_label("名称").fill("口径校准")
    lead.get_by_label(re.compile("通话编号")).fill("call-00\ncall-01")
    lead.locator("#reviewers").get_by_label("李强").uncheck()
    lead.get_by_role("button", name="发起校准").click()
    expect(lead.locator("#list li")).to_have_count(1)
    for page, word in ((lead, "met"), (reviewer, "missed")):
        page.goto("/qa/calibration")
        page.get_by_role("button", name=re.compile("^评分")).click()
        for place in (0, 1):
            expect(page.locator("#detail h2")).to_contain_text(f"（{place}/2）")
            for row in page.locator("#detail form tr").all():
                row.locator(f"input[value={word}]").check()
            page.get_by_role("button", name="保存，下一通").click()
        expect(page.locator("#detail")).to_be_hidden()
    lead.reload()
    lead.get_by_role("button", name="结束校准").click()
    expect(lead.locator("#detail")).to_contain_text("需要讨论")
    expect(lead.locator("#detail")).to_contain_text("机器")


def publish_a_card(page: Page) -> None:
    page.goto("/qa/cards")
    page.get_by_label("从内置评分表新建").select_option("standard")
    form = page.locator("#form")
    expect(form.get_by_label("编号").first).to_have_value("house-standard")
    fill_the_form(page)
    page.get_by_role("button", name="YAML", exact=True).click()
    text = page.locator("#text")
    expect(text).to_have_value(re.compile(r"title: 主动提醒\n *kind: manual\n *points: 4"))
    written = text.input_value()
    assert re.search("# 写法.*docs/scorecard.md", written)
    text.fill(written.replace("points: 8", "points: -8", 1))
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#problems li")).to_contain_text("列：points：要大于 0")
    text.fill(written)
    page.get_by_role("button", name="表单", exact=True).click()
    expect(form).to_be_visible()
    page.get_by_role("button", name="用最近 20 通试评").click()
    expect(page.locator("#tried tbody tr").nth(11)).to_be_visible()
    page.get_by_role("button", name="保存草稿").click()
    expect(page.locator("#editor-state")).to_have_text("草稿")
    page.get_by_role("button", name="发布", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="发布").click()
    expect(page.locator("#editor-state")).to_have_text("已发布")
    expect(form.get_by_label("编号").first).to_be_disabled()
    page.get_by_role("button", name="加一行").click()
    expect(page.locator("#assignments input[name=card]")).to_have_value("house-standard")
    page.locator("#assignments input[name=channel]").fill("hotline")
    page.get_by_role("button", name="保存分配").click()
    expect(page.locator("#toast")).to_have_text("分配已保存")


def fill_the_form(page: Page) -> None:
    """Add a conditional item that a reviewer scores; what is wrong is said at its field."""
    section = page.locator("details.section", has_text="沟通与情绪").first
    section.locator("summary").first.click()
    section.get_by_role("button", name="加评分项").click()
    item = section.locator("details.item").last
    item.get_by_label("名称").fill("主动提醒")
    item.get_by_label("分值").fill("0")
    expect(item.locator("label", has_text="分值").locator(".fault")).to_have_text("要大于 0")
    expect(item.get_by_label("分值")).to_have_attribute("aria-invalid", "true")
    item.get_by_label("分值").fill("4")
    expect(page.locator("#form .fault")).to_have_count(0)
    item.get_by_label("有条件的评分项").check()
    page.get_by_role("button", name="检查").click()
    expect(item.locator(".fault")).to_have_text("至少要写一个条件")
    item.get_by_label("渠道").fill("hotline、callback")
    item.get_by_label("前面的评分项用到时才评").select_option("安抚与共情")
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#tried")).to_contain_text("没有问题")
    item.get_by_role("button", name="上移").click()
    moved = section.locator("details.item").nth(6)
    expect(moved.locator("summary")).to_contain_text("人工评分 · 4 分 · 有条件")


def look_at_rules(page: Page, reviewed: int) -> None:
    page.goto("/qa")
    page.locator("#state").select_option("已完成")
    expect(page.locator("#rows tr", has_text="已完成")).to_have_count(reviewed)
    page.locator("#rows tr td:first-child a").nth(1).click()
    page.locator(".point", has_text="人工补充").get_by_role("button", name="转为规则样例").click()
    expect(page.locator("#toast")).to_contain_text("已交给规则作者")
    page.goto("/qa/rules")
    expect(page.locator("#rows tr").first).to_be_visible()
    expect(page.locator("#drafts article")).to_have_count(1)
    expect(page.locator("#drafts")).to_contain_text("应当命中")


def read_the_report(page: Page) -> None:
    page.goto("/reports")
    expect(page.locator(".figures dd").first).to_have_text("12")
    expect(page.locator("svg.chart")).to_have_count(2)
    page.locator(".card", has_text="失分最多的评分项").locator("button.link").first.click()
    expect(page.locator("#drill-rows tr").first).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="导出 XLSX").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    print_the_report(page)
    page.get_by_role("button", name="月结…").click()
    page.get_by_role("dialog").get_by_role("button", name="月结", exact=True).click()
    expect(page.locator("#state")).to_have_text("已月结，成绩不再变动")


def print_the_report(page: Page) -> None:
    """On paper stand the figures and what they are about, without what is for the screen alone."""
    page.emulate_media(media="print")
    for name in ("#filter", "header.bar", "#chat-open"):
        expect(page.locator(name)).to_be_hidden()
    expect(page.locator("#period")).to_be_visible()
    expect(page.locator("#period")).to_contain_text(f"{LAST_MONTH:%Y-%m}")
    expect(page.locator(".figures dd").first).to_be_visible()
    width = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 5
    page.emulate_media(media="screen")


def test_more_files_than_a_request_carries_all_go_in(people: dict[str, Page], tmp_path: Path) -> None:
    page = people["王芳"]
    made = []
    for number in range(23):
        path = tmp_path / f"many-{number:02}.txt"
        path.write_text(f"坐席: 您好，第{number}单我查一下\n客户: 好的，谢谢\n", encoding="utf-8")
        made.append(path)
    page.goto("/qa/import")
    page.locator("#files").set_input_files(made)
    expect(page.locator("#told")).to_have_text(re.compile("23 个文件.*已入库 23$"))
    expect(page.locator("#progress-title")).to_have_text("导入完成")


def test_an_import_that_is_refused_is_not_said_to_be_complete(
    people: dict[str, Page], tmp_path: Path
) -> None:
    page = people["王芳"]
    path = tmp_path / "refused.txt"
    path.write_text("坐席: 您好\n客户: 你好\n", encoding="utf-8")
    page.goto("/qa/import")
    page.route("**/files", lambda route: route.abort())
    page.locator("#files").set_input_files(path)
    expect(page.locator("#progress-title")).to_have_text("没有通话入库，请看下面的原因")
    expect(page.locator("#rows tr")).to_contain_text("网络断开，请稍后再试")


def test_two_reviewers_on_one_call_are_told(people: dict[str, Page], tmp_path: Path) -> None:
    lead, reviewer = people["赵敏"], people["王芳"]
    path = tmp_path / "shared.json"
    turns = [{"role": "坐席", "text": "这个不归我管"}, {"role": "客户", "text": "那找谁"}]
    told = {"id": "shared", "meta": {"started_at": datetime.now(UTC).isoformat()}, "turns": turns}
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    reviewer.goto("/qa/import")
    reviewer.locator("#files").set_input_files(path)
    expect(reviewer.locator("#rows tr")).to_have_count(1)
    number = lead.evaluate(
        "async () => { const {ask} = await import('/static/common.js');"
        "return (await ask('POST', '/api/qa/reviews', {call_id: 'shared'})).number; }"
    )
    for page in (lead, reviewer):
        page.goto(f"/qa/review/{number}")
        expect(page.locator(".point").first).to_be_visible()
    lead.keyboard.press("1")
    expect(lead.locator(".point .verdict").first).to_have_text("确认")
    reviewer.keyboard.press("1")
    expect(reviewer.locator("#conflict")).to_contain_text("赵敏刚刚改过这通电话的复核，您的操作没有保存")
    reviewer.get_by_role("button", name="刷新").click()
    expect(reviewer.locator(".point .verdict").first).to_have_text("确认")
