from __future__ import annotations

import zipfile
from contextlib import suppress
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from organisation_samples import HOUSE, agents, workbook

from assistant.errors import InputError
from assistant.organisation.merge import Merged, merge
from assistant.organisation.model import Agent, Line, Membership, Organisation, RowsError, Team
from assistant.organisation.sheets import (
    AGENTS,
    LINES,
    TEAMS,
    Draft,
    Row,
    date_of,
    read_workbook,
    write_workbook,
)

EMPTY = Organisation()


def taken(data: bytes, known: Organisation = EMPTY, users: dict[str, str | None] | None = None) -> Merged:
    return merge(known, read_workbook(data), users or {})


def told(
    data: bytes, known: Organisation | None = None, users: dict[str, str | None] | None = None
) -> list[str]:
    with pytest.raises(RowsError) as caught:
        taken(data, taken(workbook(HOUSE)).organisation if known is None else known, users)
    return [str(problem) for problem in caught.value.problems]


def test_a_house_is_read() -> None:
    merged = taken(workbook(HOUSE))
    house = merged.organisation
    assert house.lines == {"L1": Line("L1", "售后"), "L2": Line("L2", "售前")}
    assert house.teams["A1"] == Team("A1", "售后一班", "L1", "9001")
    assert house.teams["B1"] == Team("B1", "售前一班", "L2", None)
    first = Membership("A1", date(2025, 3, 1), date(2026, 10, 31))
    second = Membership("A2", date(2026, 11, 1), None)
    assert house.agents["3056"] == Agent("3056", "王芳", date(2025, 3, 1), None, (first, second))
    assert house.agents["9002"] == Agent("9002", "陈静")
    assert merged.changes == {"lines.new": 2, "teams.new": 3, "agents.new": 4, "memberships.new": 3}
    assert merged.agents == {"3056", "4000", "9001", "9002"}


def test_reading_it_again_changes_nothing() -> None:
    house = taken(workbook(HOUSE)).organisation
    again = taken(workbook(HOUSE), house)
    assert (again.organisation, again.changes, again.agents) == (house, {}, frozenset())


def test_what_is_written_is_read_again() -> None:
    house = taken(workbook(HOUSE), users={"wang": None}).organisation
    assert taken(write_workbook(house)).organisation == house
    assert read_workbook(write_workbook(EMPTY)) == Draft()


def test_no_cell_of_ours_is_a_formula() -> None:
    house = Organisation({"L1": Line("L1", "=1+1")})
    sheet = openpyxl.load_workbook(BytesIO(write_workbook(house)))[LINES]
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")


def test_ids_of_full_width_are_folded_and_names_keep_their_signs() -> None:
    teams = [("编号", "名称"), ("Ａ１", "售后（一）班")]
    rows = [("工号", "姓名", "班组", "生效日期"), ("３０５６ ", " 王芳", "Ａ１", "２０２６－１１－０１")]
    house = taken(workbook({TEAMS: teams, AGENTS: rows})).organisation
    assert house.teams == {"A1": Team("A1", "售后（一）班")}
    assert house.agents["3056"] == Agent("3056", "王芳", memberships=(Membership("A1", date(2026, 11, 1)),))


def test_a_later_team_ends_the_one_before_it() -> None:
    house = taken(workbook(HOUSE)).organisation
    merged = taken(agents(("4000", "", "B1", None, "2026-12-01", None)), house)
    assert merged.organisation.agents["4000"].memberships == (
        Membership("A1", date(2026, 1, 5), date(2026, 11, 30)),
        Membership("B1", date(2026, 12, 1), None),
    )
    assert merged.organisation.agents["4000"].name == "李强"
    assert merged.changes == {"memberships.new": 1, "memberships.ended": 1}
    assert merged.agents == {"4000"}


def test_who_leaves_has_a_last_day_and_a_wrong_membership_goes() -> None:
    house = taken(workbook(HOUSE)).organisation
    left = taken(agents(("4000", "", "A1", None, "2026-01-05", "2026-12-31")), house)
    assert left.organisation.agents["4000"].memberships[0].until == date(2026, 12, 31)
    rows = [("工号", "班组", "生效日期", "删除"), ("3056", "A2", "2026-11-01", "是")]
    gone = taken(workbook({AGENTS: rows}), house)
    assert [held.team for held in gone.organisation.agents["3056"].memberships] == ["A1"]
    assert gone.changes == {"memberships.deleted": 1}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("", "甲", "A1", None, "2026-01-01", None), "坐席第 2 行“工号”：不能为空"),
        (("5000", "甲", "Z9", None, "2026-01-01", None), "没有编号为“Z9”的班组"),
        (("5000", "甲", "", None, "2026-01-01", None), "“班组”：不能为空"),
        (("5000", "甲", "A1", None, None, None), "“生效日期”：不能为空"),
        (("5000", "甲", "A1", None, "11月1号", None), "“11月1号”不是日期，请写成 2026-11-01 这样"),
        (("5000", "甲", "A1", None, "2026-02-30", None), "不是日期"),
        (("5000", "甲", "A1", None, "2026-02-01", "2026-01-31"), "“截止日期”：早于生效日期 2026-02-01"),
        (("5000", "甲", "A1", "2026-03-01", "2026-02-01", None), "“生效日期”：早于入职日期 2026-03-01"),
        (("4000", "甲", "B1", None, "2025-12-01", None), "与已有的归属重叠：班组“A1”，2026-01-05 起至今"),
        (("5000", "甲" * 101, "A1", None, "2026-02-01", None), "最多 100 个字符"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_said(row: tuple[Any, ...], problem: str) -> None:
    (only,) = told(agents(row))
    assert problem in only


def test_rows_that_contradict_each_other() -> None:
    assert told(
        agents(
            ("5000", "甲", "A1", None, "2026-01-01", None),
            ("5000", "乙", "A2", None, "2026-06-01", "2026-07-01"),
            ("5000", "甲", "A2", None, "2026-06-01", None),
        )
    ) == [
        "坐席第 3 行“姓名”：与第 2 行（同一工号）不一致",
        "坐席第 3 行“生效日期”：与第 2 行重叠：班组“A1”，2026-01-01 起至今",
        "坐席第 4 行“生效日期”：与第 3 行（同一工号）相同",
    ]


def test_teams_and_lines_refer_to_what_is_there() -> None:
    teams = [("编号", "名称", "业务线", "班长工号"), ("C1", "夜班", "L9", "7777"), ("C1", "", None, None)]
    assert told(workbook({TEAMS: teams})) == [
        "班组第 2 行“业务线”：没有编号为“L9”的业务线，请先填写在“业务线”表里",
        "班组第 2 行“班长工号”：工号“7777”不在坐席名单里，请先填写在“坐席”表里",
        "班组第 3 行“编号”：“C1”与第 2 行重复",
    ]


def test_users_are_of_one_agent_each() -> None:
    head = ("工号", "用户名", "班组", "生效日期")
    rows = [head, ("5000", "wang", "A1", "2026-01-01"), ("5001", "wang", "A1", "2026-01-01")]
    users: dict[str, str | None] = {"wang": None, "li": "4000"}
    (shared,) = told(workbook({AGENTS: rows}), users=users)
    assert shared == "坐席第 3 行“用户名”：用户“wang”已对应工号“5000”"
    (unknown,) = told(workbook({AGENTS: [head, ("5000", "nobody", "A1", "2026-01-01")]}), users=users)
    assert "没有用户“nobody”" in unknown
    (others,) = told(workbook({AGENTS: [head, ("5000", "li", "A1", "2026-01-01")]}), users=users)
    assert "已对应工号“4000”" in others
    draft = Draft(agents=(Row(AGENTS, 2, {"工号": "5000", "用户名": "wang"}),))
    with pytest.raises(RowsError) as caught:
        merge(Organisation(), draft, {"wang": None, "li": "5000"}, {"5000": "li"})
    assert [str(each) for each in caught.value.problems] == ["坐席第 2 行“用户名”：工号“5000”已属于用户“li”"]


def test_files_that_are_no_such_workbook() -> None:
    assert told(workbook({"Sheet1": [("a",)]})) == ["文件：没有“业务线”“班组”“坐席”工作表，请按模板填写"]
    assert told(workbook({AGENTS: [("工号", "姓名")]})) == [
        "坐席第 1 行“班组”：缺少这一列，请按模板填写",
        "坐席第 1 行“生效日期”：缺少这一列，请按模板填写",
    ]
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "no")
    for data in (b"", b"not a workbook", packed.getvalue()):
        with pytest.raises(InputError) as caught:
            read_workbook(data)
        assert caught.value.code == "xlsx"


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (datetime(2026, 11, 1), date(2026, 11, 1)),  # noqa: DTZ001 (as openpyxl gives it)
        (date(2026, 11, 1), date(2026, 11, 1)),
        ("２０２６－１１－０１", date(2026, 11, 1)),
        ("2026.11.1", date(2026, 11, 1)),
        (20261101, date(2026, 11, 1)),
        ("2026-11-01 00:00:00", date(2026, 11, 1)),
        (" ", None),
        (None, None),
    ],
)
def test_days_as_people_write_them(cell: object, day: date | None) -> None:
    assert date_of(cell) == day


DAYS = st.dates(date(2025, 1, 1), date(2025, 3, 1))


@given(rows=st.lists(st.tuples(DAYS, st.none() | DAYS), min_size=1, max_size=5), later=DAYS)
def test_nobody_is_in_two_teams_on_a_day(rows: list[tuple[date, date | None]], later: date) -> None:
    """However rows come, what is taken over has no overlap; what would have one is refused."""

    def draft(*days: tuple[date, date | None]) -> Draft:
        cells = [{"工号": "1", "班组": "T", "生效日期": since, "截止日期": until} for since, until in days]
        return Draft(agents=tuple(Row(AGENTS, n, cell) for n, cell in enumerate(cells, 2)))

    known = Organisation(teams={"T": Team("T", "班")})
    with suppress(RowsError):
        known = merge(known, draft(*rows), {}).organisation
        known = merge(known, draft((later, None)), {}).organisation
    for agent in known.agents.values():
        for number in range(70):
            day = date(2025, 1, 1) + timedelta(days=number)
            assert sum(held.holds_on(day) for held in agent.memberships) <= 1
