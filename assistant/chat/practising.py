"""Role-plays inside the conversation: the practice room behind a record that the conversation keeps."""

from __future__ import annotations

from collections import OrderedDict
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any

from assistant.practice.scenario import HARD_CASES, TRADES, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assistant.practice.room import Room, Session
    from assistant.practice.scenario import Scenario

_SESSIONS = 500  # kept at hand; others are made again from their records
_HARD = (
    "难缠",
    "暴躁",
    "火爆",
    "骂人",
    "难搞",
    "刁钻",
    "暴脾气",
    "脾气大",
    "最难",
    "难一点",
    "高难度",
    "凶",
    "不讲理",
)
_EASY = ("简单", "容易", "入门", "温和", "好说话")
_TRADES = {
    "telecom": ("宽带", "话费", "电信", "流量", "会员"),
    "ecommerce": ("退货", "退款", "买家", "网店", "电商", "淘宝"),
    "express": ("快递", "物流", "丢件", "催件"),
    "property": ("物业", "业主", "停电", "漏水", "噪音"),
    "dealer": ("车店", "4S", "车主", "修车", "保养", "收音机"),
    "clinic": ("门诊", "医院", "体检", "牙", "疫苗"),
    "insurance": ("保险", "续保", "理赔"),
    "parking": ("停车", "月卡", "刮"),
    "hotel": ("酒店", "订房"),
    "training": ("培训机构", "退课", "课程", "家长"),
}


class PracticeTalk:
    """Holds sessions by their senders; the room is opened at the first of them."""

    def __init__(self, open_room: Callable[[], Room]) -> None:
        self._open = open_room
        self._room: Room | None = None
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._lock = Lock()

    @property
    def room(self) -> Room:
        """The practice room."""
        with self._lock:
            if self._room is None:
                self._room = self._open()
            return self._room

    def titles(self) -> Sequence[str]:
        """Return what the easier scenarios are called, one of each trade."""
        easy = sorted(self.room.scenarios.values(), key=lambda case: (case.difficulty, case.id))
        return list({case.trade: case.title for case in reversed(easy)}.values())[::-1]

    def named(self, text: str) -> str | None:
        """Return the scenario a text names by id, title, trade or kind of customer; of several the easiest.

        None where it names none.
        """
        found = [(_fit(case, text), -case.difficulty, case.id) for case in self.room.scenarios.values()]
        fit, _, name = max(found)
        return name if fit else None

    def start(self, sender: str, scenario: str | None, seed: int) -> Mapping[str, Any]:
        known = self.room.scenarios
        drawn = Random(seed).choice(sorted(known))  # noqa: S311 - no secret hangs on it
        name = scenario if scenario is not None and scenario in known else drawn
        session = self.room.start(name, seed)
        self._keep(sender, session)
        case = session.scenario
        return {
            "id": case.id, "title": case.title, "briefing": case.briefing, "company": case.company,
            "agent_id": case.agent_id, "outbound": case.outbound, "record": session.record(),
        }  # fmt: skip

    def say(self, sender: str, record: Mapping[str, Any], text: str) -> Mapping[str, Any]:
        session = self._session(sender, record)
        reply = self.room.say(session, text)
        self._keep(sender, session)
        return {
            "reply": reply.text, "emotion": reply.emotion, "intensity": reply.intensity,
            "over": session.over, "record": session.record(),
        }  # fmt: skip

    def hint(self, sender: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        session = self._session(sender, record)
        said = self.room.hint(session)
        self._keep(sender, session)
        return {"hint": said, "record": session.record()}

    def finish(self, sender: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.room.finish(self._session(sender, record))

    def _session(self, sender: str, record: Mapping[str, Any]) -> Session:
        """Take the session out: the one at hand if it stands where the record does, else made again."""
        with self._lock:
            session = self._sessions.pop(sender, None)
        if session is not None and session.record() == record:
            return session
        return self.room.restore(record)

    def _keep(self, sender: str, session: Session) -> None:
        with self._lock:
            self._sessions[sender] = session
            while len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)


def _fit(case: Scenario, text: str) -> int:
    """Return how much a text speaks of a scenario."""
    if case.id in text or case.title in text:
        return 100
    names = (
        TYPES[case.type],
        TYPES[case.type].removesuffix("型"),
        HARD_CASES.get(case.case or "", ""),
        TRADES[case.trade],
    )
    named = sum(bool(name) and name in text for name in names)
    about = case.title + case.briefing
    told = sum(word in text for word in _TRADES[case.trade])
    meant = sum(2 for word in _TRADES[case.trade] if word in text and word in about)
    hard = any(word in text for word in _HARD) and case.difficulty == max(_LEVELS)
    easy = any(word in text for word in _EASY) and case.difficulty == min(_LEVELS)
    return 2 * named + told + meant + 3 * hard + 3 * easy


_LEVELS = (1, 2, 3)
