"""Answers about stored calls: only to whom the pass allows it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from assistant.chat.advisor import Reply
from assistant.chat.passes import STATISTICS
from assistant.chat.wording import printed
from assistant.report import labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.chat.advisor import Advisor, Asked
    from assistant.chat.passes import Pass
    from assistant.chat.seams import Calls

LATEST = "latest"
_THIS = re.compile(r"[这本该]通|这条|这一?(个电话|次通话|段|份)|当前(这|的)?(通|个)?(电话|通话)")
_LATEST = re.compile(r"最近|刚(才|刚|打|挂|接)|上一|最后|上次|昨天那|今天那")
_SHOWN = 5
_CLOSED = Reply(
    "通话记录只给登录的人看。请在网页上登录后再问我；走自建渠道的，消息里要带有效的通行令牌。",
    data={"kind": "declined"},
)
_EMPTY = Reply("还没有接上通话库，暂时看不了通话。", data={"kind": "declined"})
_LOW = 60.0
_DISPLEASED = ("angry", "furious")


def _may(advisor: Advisor, asked: Asked) -> tuple[Pass, Calls] | Reply:
    """Return who asks, and the calls; or what is said to those who may see none."""
    who = advisor.who(asked)
    if who is None:
        return _CLOSED
    return _EMPTY if advisor.calls is None else (who, advisor.calls)


def take_call(advisor: Advisor, asked: Asked) -> Reply:
    """Note which call is meant: named, the one on the screen, or the last one; else it is asked."""
    named = asked.named("call_id") or _pointed(asked, asked.text)
    if named is None and not isinstance(_may(advisor, asked), tuple):
        named = LATEST  # there is nothing to choose from: it is declined
    return Reply("", slots={"call_id": named})


def _pointed(asked: Asked, words: str) -> str | None:
    """Return the call that words point at: “this” one is that of the page, else the one told of before."""
    shown = asked.metadata.get("call_id") or asked.slots.get("call_id")
    if shown and _THIS.search(words):
        return str(shown)
    return LATEST if _LATEST.search(words) else None


def ask_call(advisor: Advisor, asked: Asked) -> Reply:
    """Ask which call."""
    del advisor, asked
    return Reply(
        "要给哪一通打分？请报通话编号，或者说“最近一通”。", (("最近一通", "最近一通"),), {"kind": "ask"}
    )


def score(advisor: Advisor, asked: Asked) -> Reply:
    """Tell the score of a call, and what cost the most."""
    allowed = _may(advisor, asked)
    if isinstance(allowed, Reply):
        return allowed
    who, calls = allowed
    named = str(asked.slots.get("call_id") or LATEST)
    named = _pointed(asked, named) or named
    call_id = calls.latest(who.only) if named == LATEST else named.strip()
    if call_id is None:
        return Reply("还没有已经结束的通话可以打分。", data={"kind": "score"})
    report = calls.report(call_id, who.only)
    if report is None:
        return Reply(
            "没有找到这通，或者它还没结束，也可能不是您能看的。编号可以在“通话”页里查。",
            (("看看我的通话", "/show_calls"),),
        )
    return _scored(call_id, report)


def _scored(call_id: str, report: Mapping[str, Any]) -> Reply:
    card = report.get("score")
    data: dict[str, Any] = {"kind": "score", "call_id": call_id, "url": f"/calls/{call_id}"}
    if report["status"] != "scored" or not card:
        return Reply(
            f"{call_id}：这通没法评分（{printed(str(report.get('reason') or '内容太少'))}）。", (), data
        )
    findings = sorted(report["findings"], key=lambda each: _RANK.get(each["severity"], 0), reverse=True)
    missed = [each for each in report["requirements"] if each["status"] == "missed"]
    lines = [f"{call_id}：{card['total']:g} 分（满分 {card['max']:g}），等级 {card['grade']}。"]
    lines += [
        f"· 【{labels.named(labels.SEVERITY, each['severity'])}】{printed(each['message'])}"
        for each in findings[:3]
    ]
    if missed:
        lines.append(f"· 漏说 {len(missed)} 项必说内容。")
    if not findings and not missed:
        lines.append("· 没有查出违规，该说的都说到了。")
    if card.get("fatal"):
        lines.append("· 有致命项，整通按不合格算。")
    data |= {"total": card["total"], "grade": card["grade"], "findings": [each["rule"] for each in findings]}
    first = findings[0]["text"] if findings and findings[0].get("text") else None
    return Reply(
        "\n".join(lines),
        (("为什么", "/explain_finding"),) if first else (),
        data,
        {"phrase": first} if first else {},
    )


_RANK = {"hint": 0, "minor": 1, "major": 2, "fatal": 3}


def listed(advisor: Advisor, asked: Asked) -> Reply:
    """List calls: one's own, or those one may see, by day, agent, score, feeling."""
    allowed = _may(advisor, asked)
    if isinstance(allowed, Reply):
        return allowed
    who, calls = allowed
    found = calls.listed(who.only, **_wanted(asked))
    page = asked.page if asked.intent == "more" else 0
    shown = found[page * _SHOWN : (page + 1) * _SHOWN]
    data = {"kind": "calls", "calls": [each["call_id"] for each in shown]}
    if not shown:
        return Reply("没有符合条件的通话。" if page == 0 else "就这些，没有更多了。", (), data, {"page": 0.0})
    lines = [_call(each) for each in shown]
    more = "还有更早的，说“还有吗”接着看。" if len(found) > (page + 1) * _SHOWN else ""
    text = f"找到 {len(found)} 通{'（最多列 30 通）' if len(found) >= 30 else ''}：\n" + "\n".join(lines)
    ended = next((each for each in shown if each["status"] == "ended"), None)
    if ended is None or page:
        return Reply(
            f"{text}\n{more}".strip(), (), data, {"page": page + 1.0}, topic="calls", about=asked.text
        )
    return Reply(
        f"{text}\n{more}要给最近的一通打分吗？",
        (("好，打分", "/affirm"), ("不用", "/deny")),
        data,
        {"page": page + 1.0, "call_id": ended["call_id"]},
        "score",
        "calls",
    )


def _call(row: Mapping[str, Any]) -> str:
    from assistant.desk.calendar import SHANGHAI

    when = row["started_at"].astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    total = "未评分" if row["total"] is None else f"{row['total']:g} 分"
    agent = f" 工号 {row['agent_id']}" if row["agent_id"] else ""
    state = "进行中" if row["status"] == "running" else total
    return f"· {row['call_id']} {when}{agent} {row['turns']} 句 {state}"


def _wanted(asked: Asked) -> dict[str, Any]:
    """Return what calls have to be like, as the store's Filter takes it."""
    from assistant.desk.calendar import SHANGHAI  # the desk's definitions take long to load

    words = asked.words
    wanted: dict[str, Any] = {}
    if asked.named("agent_id"):
        wanted["agent_id"] = asked.named("agent_id")
    today = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    week = today - day * today.weekday()
    spans = {"今天": (today, None), "昨天": (today - day, today), "前天": (today - 2 * day, today - day),
             "本周": (week, None), "这周": (week, None), "上周": (week - 7 * day, week)}  # fmt: skip
    for name, (since, until) in spans.items():
        if name in words:
            wanted |= {"since": since, "until": until}
            break
    if re.search(r"低分|分数低|不及格|差的", words):
        wanted["most"] = _LOW
    elif re.search(r"高分|优秀|好的录音|示范", words):
        wanted["least"] = 90.0
    if re.search(r"生气|发火|愤怒|暴怒", words):
        wanted["emotion"] = _DISPLEASED[0]
    if re.search(r"正在|进行中|在线的", words):
        wanted["status"] = "running"
    return wanted


def statistics(advisor: Advisor, asked: Asked) -> Reply:
    """Tell how the day goes; to those who look after all calls."""
    allowed = _may(advisor, asked)
    if isinstance(allowed, Reply):
        return allowed
    who, calls = allowed
    if who.role not in STATISTICS:
        return Reply(
            "全组的统计只有班长和管理员能看。您可以问“我今天的通话”。",
            (("我今天的通话", '/show_calls{"date": "今天"}'),),
            {"kind": "declined"},
        )
    told = calls.today()
    mean = "还没有评分" if told["mean"] is None else f"平均 {told['mean']:g} 分"
    counts = f"今天到现在共 {told['calls']} 通，{told['running']} 通正在进行"
    text = f"{counts}，{mean}，{told['grave']} 通有严重以上的违规。"
    return Reply(text, (("看看通话", "/show_calls"),), {"kind": "statistics", **told})
