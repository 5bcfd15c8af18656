from __future__ import annotations

import re
from datetime import date
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
from playwright.sync_api import expect
from test_in_browser import OWN, settle, sign_in

from assistant.organisation.sheets import AGENTS, TEAMS, Draft, Row
from assistant.store import users
from assistant.store.calls import Opening, hold_call
from assistant.store.database import open_store
from assistant.store.organisation import take_over
from assistant.web.passwords import hashed

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page
    from serving import Served

MARKUP = '<img src=x onerror="document.title=1">'


def workbook(*agents: tuple[str, str, str, str]) -> dict[str, object]:
    """A file of a team and agents, as the browser uploads it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "班组"
    for row in (("编号", "名称", "班长工号"), ("A1", MARKUP, "9001")):
        sheet.append(row)
    sheet = book.create_sheet("坐席")
    for row in (("工号", "姓名", "班组", "生效日期"), *agents):
        sheet.append(row)
    written = BytesIO()
    book.save(written)
    return {"name": "组织.xlsx", "mimeType": "application/octet-stream", "buffer": written.getvalue()}


def test_an_administrator_adds_people_and_a_program(page: Page, served: Served) -> None:
    settle(page, served)
    page.get_by_role("link", name="设置").click()
    expect(page).to_have_url(re.compile("/settings/users$"))
    add = page.locator("#add")
    add.get_by_label("用户名").fill("赵敏")
    add.get_by_label("角色").select_option("班长")
    add.get_by_role("button", name="添加用户").click()
    first = page.locator("#once-secret")
    expect(first).to_have_text(re.compile(r"^\w{4}(-\w{4}){3}$"))
    page.get_by_role("button", name="修改 赵敏").click()
    edit = page.get_by_role("dialog")
    edit.get_by_label("工号").fill("9001")
    edit.get_by_role("button", name="保存").click()
    row = page.locator("#users tr", has_text="赵敏")
    expect(row).to_contain_text("9001")
    page.get_by_role("button", name="停用 赵敏").click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row).not_to_contain_text("已停用")
    page.get_by_role("button", name="停用 赵敏").click()
    page.get_by_role("dialog", name="停用“赵敏”").get_by_role("button", name="停用", exact=True).click()
    expect(row).to_contain_text("已停用")
    page.get_by_role("button", name="启用 赵敏").click()
    before = first.inner_text()
    page.get_by_role("button", name="重置密码 赵敏").click()
    page.get_by_role("dialog").get_by_role("button", name="重置密码").click()
    expect(first).not_to_have_text(before)
    password = first.inner_text()
    page.locator("#token").get_by_label("名称").fill("asr")
    page.get_by_role("checkbox", name="实时通话").check()
    page.get_by_role("button", name="新建令牌").click()
    expect(page.locator("#once-what")).to_have_text("令牌“asr”：")
    page.get_by_role("button", name="撤销 asr").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销").click()
    expect(page.locator("#no-tokens")).to_be_visible()
    page.get_by_role("navigation", name="设置").get_by_role("link", name="审计").click()
    page.locator("[name=action]").select_option("用户（全部）")
    page.get_by_label("对象").fill("赵敏")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("#rows tr")).to_have_count(5)
    expect(page.locator("#rows tr").first).to_contain_text("设置密码")
    expect(page.locator("#rows tr").nth(3)).to_contain_text("工号：9001")
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(re.compile("/login$"))
    sign_in(page, "赵敏", password)
    expect(page.get_by_role("heading", name="修改密码")).to_be_visible()


def test_an_organisation_is_checked_imported_and_looked_at(
    page: Page, served: Served, tmp_path: Path
) -> None:
    settle(page, served)
    page.get_by_role("link", name="组织").click()
    expect(page.locator("#no-teams")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载模板").click()
    template = tmp_path / "template.xlsx"
    downloading.value.save_as(template)
    assert openpyxl.load_workbook(template).sheetnames[:3] == ["业务线", "班组", "坐席"]
    file = page.get_by_label("Excel 文件")
    wrong = workbook(("9001", "赵敏", "Z9", "2026-01-01"), ("3056", MARKUP, "A1", "明天"))
    file.set_input_files(wrong)  # type: ignore[arg-type]
    page.get_by_role("button", name="检查").click()
    problems = page.locator("#problem-rows tr")
    expect(problems).to_have_count(2)
    expect(problems.first).to_contain_text("没有编号为“Z9”的班组")
    expect(problems.nth(1)).to_contain_text("“明天”不是日期")
    expect(page.get_by_role("button", name="导入", exact=True)).to_be_disabled()
    right = [("9001", "赵敏", "A1", "2026-01-01"), ("3056", "王芳", "A1", "2026-01-01")]
    file.set_input_files(workbook(*right))  # type: ignore[arg-type]
    expect(page.locator("#problems")).to_be_hidden()
    page.get_by_role("button", name="检查").click()
    expect(page.locator("#told")).to_contain_text("检查通过：班组新增 1，坐席新增 2，归属新增 2")
    expect(page.locator("#agents tr")).to_have_count(0)
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.locator("#agents tr")).to_have_count(2)
    expect(page.locator("#teams tr")).to_contain_text(MARKUP)
    expect(page.locator("#teams tr")).to_contain_text("赵敏（9001）")
    page.get_by_label("筛选").fill("王")
    expect(page.locator("#agents tr")).to_have_count(1)
    page.get_by_label("日期", exact=True).fill("2025-12-31")
    expect(page.locator("#agents tr td").nth(3)).to_have_text("—")
    assert page.title() == "组织 · 话术"


def test_a_supervisor_sees_their_own_teams_first(page: Page, served: Served, tmp_path: Path) -> None:
    del served
    store = open_store(str(tmp_path / "calls.db"))
    rows = (("工号", "班组", "生效日期"), ("3056", "A1", "2026-01-01"), ("4000", "B1", "2026-01-01"))
    agents = tuple(Row(AGENTS, n, dict(zip(rows[0], cells, strict=True))) for n, cells in enumerate(rows[1:]))
    teams = tuple(
        Row(TEAMS, n, {"编号": team, "名称": team, "班长工号": leader})
        for n, (team, leader) in enumerate((("A1", "3056"), ("B1", "4000")))
    )
    user = partial(users.add_user, by="t", name="赵敏", role="supervisor", password=hashed(OWN))
    jobs = [
        partial(user, agent_id="3056", must_change=False),
        partial(take_over, by="t", draft=Draft((), teams, agents)),
    ]
    for agent_id in ("3056", "4000"):
        opening = Opening(f"call-{agent_id}", "hotline", "live", {"agent_id": agent_id}, date(2026, 11, 3))
        jobs.append(partial(hold_call, opening=opening, owner="here", take_over=False))
    for job in jobs:
        store.write(job).result(10)
    store.close()
    sign_in(page, "赵敏", OWN)
    calls = page.locator("#list li")
    expect(calls).to_have_count(1)
    expect(calls).to_contain_text("坐席 3056")
    page.get_by_role("button", name="全部").click()
    expect(calls).to_have_count(2)
    page.get_by_role("button", name="我的班组").click()
    expect(calls).to_have_count(1)
    page.get_by_role("link", name="通话", exact=True).click()
    expect(page.locator("#rows tr")).to_have_count(1)
    page.locator("[name=team]").select_option("全部")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("#rows tr")).to_have_count(2)


def test_webhooks_and_jobs_are_looked_after_and_told_in_words(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto("/settings/deliveries")
    page.get_by_label("地址").fill("http://127.0.0.1:9/hook")
    page.get_by_label("新建工单").check()
    page.get_by_role("button", name="添加").click()
    expect(page.locator("#once-secret")).to_contain_text("whsec_")
    row = page.locator("#hooks tr")
    expect(row).to_contain_text("通话预警、新建工单、通话报告")
    page.get_by_label("状态").select_option("已完成")
    expect(page.locator("#jobs tr").first).to_contain_text("已完成")
    page.get_by_role("link", name="审计").click()
    entry = page.locator("#rows tr", has_text="添加推送地址")
    expect(entry).to_contain_text("消息类型：通话预警、新建工单、通话报告")
    page.locator("[name=action]").select_option("case.register")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("#none")).to_be_visible()
