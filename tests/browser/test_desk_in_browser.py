from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from test_in_browser import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from serving import Served

CALL = """坐席：您好，恒温热水器，工号3056为您服务，请问有什么可以帮到您？
客户：我姓李，昨天下午你们的师傅来装热水器，装完就漏电，把我电着了！我要投诉你们！
坐席：真的非常抱歉，您现在人没事吧？
客户：手都麻了，你们赶紧给我换一个，还要赔偿！
坐席：我马上为您登记并派人，2小时内上门检查，明天下午三点前给您答复，您看可以吗？
客户：行吧，快点。
坐席：感谢您把情况告诉我们，再见。"""
KEEP = """async (text) => {
  const headers = { "X-CSRF-Token": document.querySelector("meta[name=csrf]").content };
  const form = new FormData();
  form.append("file", new Blob([text]), "grave.txt");
  const answer = await fetch("/api/score?keep=true", { method: "POST", headers, body: form });
  return (await answer.json())[0].id;
}"""


def do(page: Page, name: str) -> None:
    page.locator("#actions").get_by_role("button", name=name, exact=True).click()


def fill(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.locator("#deed").get_by_label(label).fill(value)
    page.locator("#deed").get_by_role("button", name="确定").click()


def see_what_the_call_proposed(page: Page) -> None:
    expect(page.locator("#alert")).to_contain_text("安全")
    expect(page.locator("#facts .tag")).to_have_text("重大")
    record = page.locator("#record")
    expect(record.get_by_label("投诉内容")).to_have_value(re.compile("漏电"))
    expect(record.get_by_label("客户要求")).to_have_value(re.compile("赔偿"))
    expect(record.get_by_text("预填 · 把握").first).to_be_visible()
    expect(page.locator("#promises li")).to_have_count(2)
    expect(page.locator("#clocks li").first).to_contain_text("还有")


def register_and_escalate(page: Page) -> None:
    do(page, "派人到场")
    expect(page.locator("#events li").first).to_contain_text("派人到场")
    do(page, "登记入册")
    expect(page.locator("#state")).to_have_text("已登记")
    do(page, "升级")
    fill(page, 原因="客户触电，可能还有同批产品")
    expect(page.locator("#state")).to_have_text("已升级")
    expect(page.locator("#level")).to_contain_text("一级")
    do(page, "上报上级")
    expect(page.locator("#events li").first).to_contain_text("上报上级")


def compensate(page: Page) -> None:
    page.locator("#remedy").get_by_label("方式").select_option("赔偿补偿")
    page.locator("#remedy").get_by_label("金额（元）").fill("800")
    page.locator("#remedy").get_by_role("button", name="提出").click()
    expect(page.locator("#recoveries li")).to_contain_text("800 元")
    page.locator("#recoveries").get_by_role("button", name="已挽回").click()
    expect(page.locator("#recoveries li")).to_contain_text("已挽回")


def solve_and_answer(page: Page) -> None:
    do(page, "派单")
    fill(page, 责任部门="安装部", 负责人="周工")
    expect(page.locator("#state")).to_have_text("已派单")
    do(page, "开始调查")
    page.locator("#record").get_by_label("解决方案").fill("更换热水器，赔偿800元")
    page.get_by_role("button", name="保存记录").click()
    expect(page.locator("#events li").first).to_contain_text("修改记录")
    do(page, "提出方案")
    do(page, "批示方案")
    do(page, "客户同意")
    do(page, "方案已执行")
    do(page, "答复客户")
    fill(page, 答复内容="已更换并赔偿，排查同批产品")
    expect(page.locator("#state")).to_have_text("已答复")
    do(page, "预告回访")
    expect(page.locator("#state")).to_have_text("待回访")


def call_back(page: Page) -> None:
    page.get_by_role("link", name="回访", exact=True).click()
    page.locator("#rows tr", has_text="满意度回访").get_by_role("link").first.click()
    expect(page.locator("#script .phrase").first).to_contain_text("不知您是否方便")
    page.get_by_role("link", name="开始通话（实时提示）").click()
    say = page.get_by_role("textbox", name="说的话")
    for role, text in (
        ("坐席", "您好，我是恒温热水器的回访员，请问是李女士吗？"),
        ("客户", "是我，你说吧。"),
    ):
        page.get_by_label("谁在说").select_option(role)
        say.fill(text)
        say.press("Enter")
    expect(page.locator("#procedure")).to_contain_text("回访")
    expect(page.locator(".prompt .phrase").first).not_to_be_empty()
    page.get_by_role("button", name="结束通话").click()
    page.get_by_role("link", name="记录回访结果").click()
    page.get_by_label("已接通").check()
    page.get_by_label("同意", exact=True).check()
    page.get_by_label("5 非常满意").check()
    page.get_by_label("意见和建议").fill("以后装完先测一遍")
    page.get_by_role("button", name="保存结果").click()
    expect(page.locator("#state")).to_have_text("已完成")
    page.locator("#record").get_by_role("link").click()


def see_the_figures(page: Page) -> None:
    page.get_by_role("link", name="指标").click()
    answered = page.locator("#figures div", has=page.get_by_text("及时答复率"))
    expect(answered.locator("dd").first).to_have_text("100.0%")
    expect(page.locator("#trend .dot").first).to_be_visible()
    page.locator("#figures").get_by_role("link", name="回访满意度").click()
    expect(page.locator("#rows tr")).to_have_count(1)


def test_a_grave_complaint_goes_from_the_call_to_the_closed_case(page: Page, served: Served) -> None:
    settle(page, served)
    page.goto(f"/calls/{page.evaluate(KEEP, CALL)}")
    page.get_by_role("button", name="登记投诉").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    see_what_the_call_proposed(page)
    register_and_escalate(page)
    compensate(page)
    solve_and_answer(page)
    call_back(page)
    do(page, "结案")
    expect(page.locator("#state")).to_have_text("已结案")
    see_the_figures(page)


def put_a_file_on(page: Page) -> None:
    photo = {"name": "包裹.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(2_000)}
    page.get_by_label("选择附件").set_input_files([photo])
    page.get_by_role("button", name="上传").click()
    expect(page.locator("#files li")).to_contain_text("图片 · 2 KB")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="包裹.png").click()
    assert fetched.value.suggested_filename == "包裹.png"
    page.get_by_role("button", name="删除附件 包裹.png").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("传错了")
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.locator("#files li")).to_have_count(0)
    expect(page.locator("#events li").first).to_contain_text("传错了")


def mark_the_day(page: Page) -> None:
    page.get_by_role("link", name="值班").click()
    marks = page.locator("#marks")
    marks.locator("li", has_text="签到").get_by_role("button").click()
    expect(marks.locator("li", has_text="签到")).to_contain_text("已完成")
    expect(page.locator("#events")).to_contain_text("处理投诉")
    expect(page.locator("#open li")).to_contain_text("工单 1")
    marks.locator("li", has_text="交接").get_by_role("button").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("工单 1 等物流回复")
    page.get_by_role("button", name="确定").click()
    expect(page.locator("#events")).to_contain_text("等物流回复")


def test_a_case_taken_down_by_hand_and_refused_deeds_say_why(page: Page, served: Served) -> None:
    settle(page, served)
    page.get_by_role("link", name="投诉台").click()
    expect(page.get_by_text("没有符合条件的工单")).to_be_visible()
    page.get_by_role("button", name="登记投诉").click()
    do(page, "登记入册")
    form = page.locator("#deed")
    form.get_by_label("客户", exact=True).fill("<b>陈</b>")
    form.get_by_label("投诉内容").fill("快递丢了")
    form.get_by_label("客户要求").fill("赔偿")
    form.get_by_label("投诉类别").select_option("配送物流")
    form.get_by_role("button", name="确定").click()
    expect(page.locator("#state")).to_have_text("已登记")
    put_a_file_on(page)
    page.get_by_role("link", name="投诉台").click()
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("<b>陈</b>")
    expect(page.locator("#open")).to_have_text("1")
    mark_the_day(page)
