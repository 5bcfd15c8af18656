"""Tries the actions on stored calls, the quiz and a role-play over Rasa's REST channel, with signed passes.

`python .ci/rasa/signed.py prepare` puts two calls into the database of the settings ($DATABASE_URL);
`python .ci/rasa/signed.py try http://127.0.0.1:5005` talks to the server and exits with 1 where an answer is
not as it should be. $HUASHU_CHAT_SECRET is that of the action server.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from assistant.bootstrap import load_engine  # noqa: E402
from assistant.chat.passes import KEY, signed  # noqa: E402
from assistant.model import Conversation, Speaker, Turn  # noqa: E402
from assistant.report.wire import report_object  # noqa: E402
from assistant.settings import load_settings  # noqa: E402

_SAID = (
    "您好，华数科技，工号3056为您服务，请问有什么可以帮到您？",
    "我的宽带坏了两天了，没人管！",
    "这不归我管，你到维修部门问问吧。",
    "那我投诉你们。",
    "非常理解您的心情，给您带来不便真的很抱歉，我马上为您登记，今天下班前给您回电。",
    "好吧。",
    "请问您还有什么需要帮助？",
    "没有了。",
    "感谢您的来电，再见。",
)


def prepare() -> None:
    """Store a call of each of two agents."""
    from assistant.store.conversations import keep_conversation
    from assistant.store.database import open_store

    settings = load_settings()
    engine, store = load_engine(settings), open_store(settings.store)
    try:
        for agent in ("3056", "1024"):
            speakers = (Speaker.AGENT, Speaker.CUSTOMER)
            turns = tuple(Turn(at, speakers[at % 2], text) for at, text in enumerate(_SAID))
            call = Conversation(f"c-{agent}", turns, {"agent_id": agent}, "hotline", "import")
            report: dict[str, Any] = report_object(engine.run(call))
            keep = lambda it, call=call, report=report: keep_conversation(it, call, report, day=date.today())  # noqa: DTZ011, E731
            store.write(keep).result()
    finally:
        store.close()


def attempt(url: str) -> int:
    """Ask as an agent, as a supervisor and as nobody; return 1 where an answer is wrong."""
    import httpx

    settings = load_settings()
    client = httpx.Client(base_url=url, timeout=60)
    passes = {
        "agent": signed(settings.chat_secret, "3056", "agent", "3056"),
        "supervisor": signed(settings.chat_secret, "boss", "supervisor"),
        "forged": signed("not the secret of the server", "3056", "admin"),
        "nobody": None,
    }
    failed = 0
    for who, question, wanted in (
        ("nobody", "我今天的通话", "只给登录的人看"),
        ("forged", "我今天的通话", "只给登录的人看"),
        ("agent", "我今天的通话", "c-3056"),
        ("agent", "最近一通多少分", "c-3056："),
        ("agent", '/score_call{"call_id": "c-1024"}', "没有找到这通"),
        ("agent", "今天的统计", "只有班长和管理员"),
        ("supervisor", "今天的统计", "今天到现在共 2 通"),
        ("supervisor", '/score_call{"call_id": "c-1024"}', "c-1024："),
        ("agent", "考考我忌语", "第 1 题"),
        ("agent", "不做了", "答了 0 题"),
        ("agent", "接通率目标是多少", "K-17"),
    ):
        message = {"sender": who, "message": question, "metadata": {KEY: passes[who]}}
        said = client.post("/webhooks/rest/webhook", json=message).json()
        told = "\n".join(each.get("text", "") for each in said)
        right = wanted in told
        failed |= not right
        first = told.splitlines()[0][:60] if told else "-"
        print(f"{'ok  ' if right else 'WRONG'} {who}: {question} -> {first}")  # noqa: T201
    return int(failed)


if __name__ == "__main__":
    sys.exit(attempt(sys.argv[2]) if sys.argv[1] == "try" else prepare())
