"""Strategies for what people and recognisers write: any Unicode, mixed with what rules look at."""

from __future__ import annotations

from hypothesis import strategies as st

from assistant.model import Conversation, Speaker, Turn

# Invisible characters, combining marks, emoji sequences, right-to-left, wide and odd forms, line ends.
ODD = (
    "\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "e\u0301", "\u0300", "\U0001f469\u200d\U0001f4bb",
    "😀", "❤\ufe0f", "\u202e", "שלום", "مرحبا", "\u2067", "ＡＢＣ", "１２３", "㎏", "①", "％", "İ", "ß",
    "ﬁ", "𝒜", "🄰", "𠮷", "\r\n", "\n", "\u2028", "\x00", "_", " ", "\u3000", "\t", "、", ",", "。", "!",
    "?", "…", "......", "~~", ";", "·", "*",
)  # fmt: skip
WORDS = (
    "您好", "请问", "这个", "不归我管", "不歸我管", "不归我馆", "不归归我管", "不是我办的", "绝对没问题",
    "保证", "收益", "投诉", "投宿", "抱歉", "给您添麻烦了", "不会", "没有说", "您刚才说", "“", "”", "说:",
    "芣归莪菅", "13812345678", "[手机号]", "沪A12345", "王先生", "8012", "八零一二", "嗯", "那个", "妈的",
    "妈妈的手机", "谢谢", "再见", "不知道", "你自己看",
)  # fmt: skip

characters = st.characters(exclude_categories=["Cs"])
pieces = st.sampled_from(WORDS) | st.sampled_from(ODD) | characters
texts = st.lists(pieces, max_size=14).map("".join)
"""Texts without lone surrogates."""

roles = st.sampled_from([Speaker.AGENT, Speaker.AGENT, Speaker.CUSTOMER, Speaker.BOT, Speaker.SYSTEM])


@st.composite
def conversations(draw: st.DrawFn, words: st.SearchStrategy[str] = texts) -> Conversation:
    """Calls of up to eight turns, with times or without, on any channel."""
    from assistant.ingest import mask

    said = draw(st.lists(st.tuples(roles, words, st.floats(0, 30)), max_size=8))
    timed = draw(st.booleans())
    turns = []
    now = 0.0
    for index, (role, text, seconds) in enumerate(said):
        masked, masks = mask(text)
        begin, now = now, now + seconds
        times = (begin, now) if timed else (None, None)
        turns.append(Turn(index, role, masked, masks, *times))
    channel = draw(st.sampled_from(["hotline", "callback", "chat", "ecommerce"]))
    meta = draw(
        st.fixed_dictionaries({}, optional={
            "company": st.just("青禾科技"), "agent_id": st.sampled_from(["8012", "甲", ""]),
            "customer": st.sampled_from(["王", "王先生", "\u200b"]),
            "direction": st.sampled_from(["in", "out"]),
        })
    )  # fmt: skip
    return Conversation("any", tuple(turns), meta, channel)
