"""Hand-made reports: one that fills every optional key, one that fills none, one that can't be scored."""

from __future__ import annotations

from hypothesis import strategies as st

from assistant.model import (
    AgentScore,
    Emotion,
    Explanation,
    Finding,
    Intent,
    Mask,
    Nearest,
    PackInfo,
    Prompt,
    Report,
    Requirement,
    Scorecard,
    ScoreItem,
    ScoreSection,
    Severity,
    Span,
    Speaker,
    Turn,
)

PACK = PackInfo("hotline", "2026.11", "ab" * 32)


def finding(turn: int = 0, start: int | None = 0, end: int | None = 1, **changes: object) -> Finding:
    """Return a finding at these characters; `changes` replace single fields."""
    fields: dict[str, object] = {
        "rule": "banned.shirking.not-mine",
        "source": ("B-3",),
        "family": "shirking",
        "severity": Severity.MAJOR,
        "text": None if start is None else "词",
        "how": ("absence",) if start is None else ("exact",),
        "confidence": 0.97,
        "message": "出现推卸责任的说法“不是我办的”",
        "suggestion": "我帮您转接到负责的同事，请稍等好吗？",
        "explanation": Explanation("不是我办的", "不是我办的", "与词条“不是我办的”一字不差"),
    }
    return Finding(turn=turn, start=start, end=end, **{**fields, **changes})  # type: ignore[arg-type]


FINDINGS = (
    finding(2, 2, 7, text="不是我办的", agent_id="1001", title="推卸责任"),
    finding(
        2,
        2,
        13,
        rule="banned.brushing.dont-know",
        severity=Severity.MINOR,
        text="不是我办的，我不知道哦",
        how=("homophone", "separator"),
        confidence=0.812345,
        message="一问三不知，没有说明怎样解决",
        suggestion="",
        explanation=Explanation("不知道", "不是我办的我不知道", "读音与词条“不知道”相同", 0.912345),
        title="敷衍",
    ),
    finding(
        3,
        4,
        6,
        rule="banned.temper.retort",
        source=("B-1", "B-23"),
        family="retort",
        severity=Severity.FATAL,
        text="你爱",
        how=("pattern",),
        message="顶撞客户",
        suggestion="我理解您很着急，我马上为您核实。",
        explanation=Explanation("你爱…去哪投诉", "你爱去哪投诉去哪投诉", "一句话分在两轮，合起来符合句式"),
        spans=(Span(3, 4, 6), Span(4, 0, 8)),
        title="顶撞",
    ),
    finding(
        5,
        None,
        None,
        rule="standard.closing",
        source=("G-13",),
        family="standard",
        severity=Severity.HINT,
        message="结束时没有致谢道别",
        suggestion="感谢您的来电，欢迎再次拨打，再见。",
        explanation=Explanation("感谢来电 · 再见", "就这样吧", "最接近的一句缺少致谢与道别"),
        title="结束语",
        pending=True,
    ),
)

FULL = Report(
    id="call-0001",
    channel="hotline",
    origin="import",
    status="scored",
    turns=(
        Turn(
            0,
            Speaker.AGENT,
            "您好，天天宽带，工号1001为您服务，请问有什么可以帮到您？",
            (),
            0.0,
            4.25,
            "1001",
        ),
        Turn(
            1,
            Speaker.CUSTOMER,
            "我的宽带断了三天了！电话是[手机号]",
            (Mask("phone", 13, 18, "5678"),),
            5.123456,
            9.0,
            role_inferred=True,
        ),
        Turn(2, Speaker.AGENT, "这个不是我办的，我不知道哦", (), 9.5, 12.0, "1001"),
        Turn(3, Speaker.AGENT, "投诉嘛，你爱", (), 12.0, 13.0, "1001"),
        Turn(4, Speaker.AGENT, "去哪投诉去哪投诉", (), 13.2, 15.0, "1001"),
        Turn(5, Speaker.AGENT, "就这样吧", (), 3675.0, 3677.0, "1001"),
    ),
    findings=FINDINGS,
    requirements=(
        Requirement("standard.opening", ("G-1",), "met", "verbatim", 0, 98.76543, (), None, "开头语"),
        Requirement("standard.empathy", ("G-23",), "met", "functional", 2, 71.5),
        Requirement(
            "standard.closing",
            ("G-13",),
            "missed",
            None,
            5,
            None,
            ("感谢来电", "欢迎再次拨打", "再见"),
            Nearest(5, "就这样吧", 12.34567),
            "结束语",
            4,
        ),
        Requirement("standard.hold", ("G-16",), "not_applicable", title="请客户等候"),
        Requirement("standard.check", ("G-18",), "pending", title="确认是否讲清楚"),
    ),
    packs=(PACK, PackInfo("house", "1", "cd" * 32)),
    ruleset_sha256="ef" * 32,
    software="huashu-assistant 0.1.0",
    meta={
        "company": "天天宽带",
        "agent_id": "1001",
        "direction": "in",
        "started_at": "2026-11-02T09:30:00+08:00",
    },
    model={"name": "small", "sha256": "01" * 32},
    emotions={1: Emotion("dissatisfied", 0.612345, 0.9)},
    intents={1: (Intent("complaint", 0.912345), Intent("help", 0.4))},
    complaint={
        "is_complaint": True,
        "confidence": 0.912345,
        "kinds": [{"name": "service", "score": 0.7}],
        "severity": "important",
        "danger": False,
        "reasons": ["断网三天没有人处理"],
        "signals": [{"turn": 1, "what": "断了三天"}],
    },
    emotion={
        "start": "dissatisfied",
        "peak": {"turn": 1, "label": "dissatisfied", "intensity": 0.6},
        "end": "dissatisfied",
        "turning_point": {"turn": 1, "after_agent_turn": 0},
        "curve": [{"turn": 1, "intensity": 0.6}],
    },
    procedures=(
        {
            "id": "P-SIX",
            "main": True,
            "steps": [
                {
                    "step": 1,
                    "name": "倾听",
                    "status": "done",
                    "turns": [0],
                    "evidence": [{"turn": 0, "start": 0, "end": 2}],
                },
                {"step": 2, "name": "致歉与共情", "status": "missing", "turns": [], "evidence": []},
            ],
            "current": 2,
            "next": {"step": 2, "why": "客户已经说完，还没有得到安抚", "phrases": ["非常抱歉给您带来不便。"]},
            "conformance": 0.5,
        },
    ),
    score=Scorecard(
        "hotline",
        "3",
        0.0,
        100.0,
        "不合格",
        (
            ScoreSection(
                "规范用语",
                0.0,
                30.0,
                (
                    ScoreItem("standard.opening", "开头语", 0.0, 15.0, "met", reached=15.0),
                    ScoreItem("standard.closing", "结束语", 0.0, 15.0, "partly", (3,), "缺少致谢", 7.123456),
                    ScoreItem("standard.hold", "请客户等候", 0.0, 5.0, "not_applicable", reached=0.0),
                    ScoreItem("manual.warmth", "语气热情", 0.0, 5.0, "manual", reached=0.0),
                ),
                22.123456,
            ),
            ScoreSection(
                "服务忌语",
                0.0,
                70.0,
                (
                    ScoreItem("banned.shirking", "推卸责任", 0.0, 70.0, "missed", (0,), reached=40.0),
                    ScoreItem("banned.temper", "顶撞客户", 0.0, 0.0, "fatal", (2,), reached=0.0),
                ),
                40.0,
            ),
        ),
        ("banned.temper.retort",),
        (AgentScore("1001", 0.0, 100.0),),
        62.123456,
        (1,),
    ),
    path="recordings/call-0001.txt",
)

BARE = Report(
    id="call-0002",
    channel="chat",
    origin="chat",
    status="scored",
    turns=(Turn(0, Speaker.CUSTOMER, "在吗"), Turn(1, Speaker.AGENT, "")),
    findings=(),
    requirements=(),
    packs=(),
    ruleset_sha256="",
    software="huashu-assistant 0.1.0",
)

UNSCORABLE = Report(
    id="call-0003",
    channel="hotline",
    origin="live",
    status="unscorable",
    turns=(),
    findings=(),
    requirements=(),
    packs=(PACK,),
    ruleset_sha256="ef" * 32,
    software="huashu-assistant 0.1.0",
    reason="没有坐席的话",
)

PROMPT = Prompt(
    "p-1",
    "next_step",
    5,
    ("非常抱歉给您带来不便。",),
    {"step": "P-SIX/2", "source": "P-SIX", "turn": 1},
    20.0,
    "followed",
    3,
)

CHARACTERS = st.characters(exclude_categories=())
"""Any code point at all: lone surrogates, controls and direction marks too."""

AWKWARD = " \n\t\r<>&\"'{}%#=-@[]/\\\0\x1b\x85\u200f\u202e\u2066\u2028\ud800\ufffe你😀"

TEXTS = st.text(AWKWARD, max_size=12) | st.text(CHARACTERS, max_size=30)


@st.composite
def marked_texts(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> tuple[str, tuple[Finding, ...]]:
    """Return a text of turn 0 and findings in it that overlap, touch, are empty or reach beyond it."""
    text = draw(texts)
    edge = st.integers(0, len(text) + 2)
    spans = draw(st.lists(st.tuples(edge, edge), max_size=5))
    severities = st.sampled_from(Severity)
    return text, tuple(
        finding(0, min(span), max(span), severity=draw(severities), message=draw(texts)) for span in spans
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Return a report whose every text is arbitrary."""
    said, findings = draw(marked_texts())
    absence = finding(0, None, None, title=draw(TEXTS), rule=draw(TEXTS), suggestion=draw(TEXTS))
    near = Nearest(0, draw(TEXTS), draw(st.floats(0, 100)))
    item = ScoreItem(draw(TEXTS), draw(TEXTS), 1.0, draw(st.floats(0, 9)), "partly", (0,), draw(TEXTS))
    section = ScoreSection(draw(TEXTS), 1.0, 2.0, (item,))
    return Report(
        id=draw(TEXTS),
        channel=draw(TEXTS),
        origin="import",
        status="scored",
        turns=(
            Turn(0, Speaker.AGENT, said, agent_id=draw(TEXTS) or None),
            Turn(1, Speaker.CUSTOMER, draw(TEXTS)),
        ),
        findings=(*findings, absence, finding(7, 0, 1)),
        requirements=(Requirement(draw(TEXTS), ("G-1",), "missed", None, 0, None, (draw(TEXTS),), near),),
        packs=(PackInfo(draw(TEXTS), draw(TEXTS), "00"),),
        ruleset_sha256="00",
        software=draw(TEXTS),
        meta={draw(TEXTS): draw(TEXTS), "agent_id": draw(TEXTS)},
        score=Scorecard(draw(TEXTS), "1", 1.0, 2.0, draw(TEXTS), (section,), (draw(TEXTS),)),
    )
