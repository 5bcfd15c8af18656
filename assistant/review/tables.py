"""The figures of a period as tables: for a workbook, a terminal, a printer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.report.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]
_SCORES = "通话数 9 平均分 9 合格率 9 一票否决 9 结束时更平静 24"


def tables_of(body: Json) -> list[Table]:
    """Return the tables of a ``huashu.qa-report/1`` object."""
    period = body["since"] if body["since"] == body["until"] else f"{body['since']} 至 {body['until']}"
    return [
        _table("总览", f"期间 20 {_SCORES}", [(period, *_scores(body["whole"]))]),
        _table("坐席", f"坐席 14 班组 14 {_SCORES}", [
            (each["agent_id"] or "未知", each["team_name"], *_scores(each)) for each in body["agents"]
        ]),
        _table("班组", f"班组 14 {_SCORES}", [
            (each["team_name"] or "未分组", *_scores(each)) for each in body["teams"]
        ]),
        _table("抽检排名", "坐席 14 估计均分 10 95%区间 18 复核通数 9 与相邻难分高下 14", [
            (each["agent_id"] or "未知", _one(each["value"]), _span(each, 1), each["n"],
             "是" if each["tied"] else "")
            for each in body["sample"]["ranking"]
        ]),
        _table("趋势", f"周（周一） 14 {_SCORES}", [
            (each["week"], *_scores(each)) for each in body["trend"]
        ]),
        _table("评分项", "评分项 40 编号 24 评分表 14 评到通数 9 失分率 9 每通失分 9", [
            (each["title"], each["item"], each["card"], each["calls"], percent(each["lost"]),
             each["lost_points"])
            for each in body["items"]
        ]),
        _table("规则", "规则 30 编号 40 通话数 9 发现数 9 占通话 9", [
            (each["title"], each["rule"], each["calls"], each["findings"], percent(each["share"]))
            for each in body["rules"]
        ]),
        _table("缓和之前的话", "坐席的话 44 对情绪激动的客户说过 18 随后缓和 9 占比 9 95%区间 16", [
            (each["phrase"], each["said"], each["eased"], percent(each["value"]), _span(each, 100))
            for each in body["phrases"]["phrases"]
        ]),
    ]  # fmt: skip


def _table(title: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> Table:
    """Return a table; `columns` names each and, behind it, its width in characters."""
    words = columns.split()
    return Table(title, tuple(zip(words[::2], map(int, words[1::2]), strict=True)), tuple(rows))


def _scores(counted: Json) -> tuple[Any, ...]:
    calmer = counted["calmer"]
    told = f"{percent(calmer['value'])}（{_span(calmer, 100)}）" if calmer["value"] is not None else ""
    return counted["calls"], counted["mean"], percent(counted["pass_rate"]), counted["fatal"], told


def percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f}%"


def _one(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _span(estimate: Json, times: int) -> str:
    if estimate["low"] is None:
        return ""
    sign = "%" if times == 100 else ""
    return f"{estimate['low'] * times:.1f}–{estimate['high'] * times:.1f}{sign}"
