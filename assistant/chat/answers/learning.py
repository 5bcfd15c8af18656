"""Answers in role-plays and quizzes: both go on turn by turn until the user ends them."""

from __future__ import annotations

from secrets import randbelow
from typing import TYPE_CHECKING, Any

from assistant.chat.advisor import Reply
from assistant.chat.wording import printed
from assistant.report.labels import EMOTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.chat.advisor import Advisor, Asked

ANY = "随便"
_ANYTHING = ("随便", "都行", "随机", "任意", "你定", "任何")
_SEEDS = 10_000
_BAR = 10  # signs of the bar that shows the customer's mood
_SHOWN = 2  # weak sentences told at the end
_NO_PRACTICE = Reply(
    "这里没有装对练模块，没法陪您练。可以先发一句客户的话，我帮您听情绪、想怎么接；或者问“六步法是哪六步”。",
    (("六步法是哪六步", "/ask_procedure"),),
    {"kind": "practice"},
)
_NO_QUIZ = Reply(
    "这里没有装题库，出不了题。您可以反过来考我：“重要投诉几天办完”“六步法是哪六步”。", (), {"kind": "quiz"}
)
_IN_CALL = (("提示", "/ask_hint"), ("结束", "/stop_roleplay"))
_IN_QUIZ = (("提示", "/ask_hint"), ("换一题", "/start_quiz"), ("不做了", "/stop_roleplay"))
_NOTHING_ON = Reply(
    "现在没有正在进行的练习。", (("来一场对练", "/start_roleplay"), ("考考我", "/start_quiz"))
)


def _seed(asked: Asked) -> int:
    """Return the seed that the message carries, else one drawn: the same seed, the same customer."""
    given = asked.metadata.get("seed")
    return int(given) if isinstance(given, int) else randbelow(_SEEDS)


def take_scenario(advisor: Advisor, asked: Asked) -> Reply:
    """Note which role-play is wanted; any where the user leaves it open, or there is none to choose from."""
    if advisor.practice is None:
        return Reply("", slots={"scenario": ANY})
    named = advisor.practice.named(" ".join([asked.text, *asked.entities.get("scenario", ())]))
    if named is None and any(word in asked.text for word in _ANYTHING):
        named = ANY
    return Reply("", slots={"scenario": named})


def ask_scenario(advisor: Advisor, asked: Asked) -> Reply:
    """Ask which role-play."""
    del asked
    titles = advisor.practice.titles() if advisor.practice else ()
    listed = "\n".join(f"· {title}" for title in titles)
    others = "说行业（快递、物业、车店……）或客户类型（主导型、难缠的）也行，“随便来一个”也行。"
    text = f"想练哪个场景？比如：\n{listed}\n{others}"
    return Reply(text, (*((title, title) for title in titles[:3]), (ANY, ANY)), {"kind": "ask"})


def start_practice(advisor: Advisor, asked: Asked) -> Reply:
    """Begin a role-play: the user speaks first."""
    if advisor.practice is None:
        return _with(_NO_PRACTICE, scenario=None)
    wanted = advisor.practice.named(str(asked.slots.get("scenario") or ""))
    begun = advisor.practice.start(asked.sender, wanted, _seed(asked))
    role = "您打给客户，请先开口。" if begun["outbound"] else "电话接通了，请先开口。"
    text = (
        f"【对练】{begun['title']}\n{printed(begun['briefing'])}\n您是{begun['company']}工号{begun['agent_id']}。{role}"
        "（卡住了说“提示”，每次扣 2 分；不练了说“结束”。）"
    )
    data = {"kind": "practice", "scenario": begun["id"]}
    slots = {"practice": begun["record"], "said": None, "scenario": None}
    return Reply(text, _IN_CALL, data, slots, followup="practice_form")


def practice_turn(advisor: Advisor, asked: Asked) -> Reply:
    """Say the message to the customer; where that ends the call, look back on it."""
    record = asked.slots.get("practice")
    if advisor.practice is None or not record:
        return _with(_NOTHING_ON, said=None)
    said = str(asked.slots.get("said") or "").strip()
    told = advisor.practice.say(asked.sender, record, said)
    filled = round(told["intensity"] * _BAR)
    mood = f"{'●' * filled}{'○' * (_BAR - filled)} {EMOTION[told['emotion']]}"
    text = f"客户：{told['reply']}\n（{mood}）"
    data = {"kind": "practice", "emotion": told["emotion"], "intensity": told["intensity"]}
    if not told["over"]:
        return Reply(
            text, _IN_CALL, data, {"practice": told["record"], "said": None}, followup="practice_form"
        )
    debrief = advisor.practice.finish(asked.sender, told["record"])
    ended = _looked_back(debrief)
    return Reply(f"{text}\n{ended.text}", ended.buttons, ended.data, ended.slots)


def ask_said(advisor: Advisor, asked: Asked) -> Reply:
    """Wait for what is said next."""
    del advisor, asked
    return Reply("")


def _looked_back(debrief: Mapping[str, Any]) -> Reply:
    """Return the end of a role-play: the result, what was done, what would have been better."""
    points = debrief["points"]
    parts = f"评分表 {points['scorecard']:g}，演练 {points['exercise']:g}，提示 {points['hints']:g}"
    lines = [f"【复盘】{debrief['outcome']['meaning']}。得分 {points['total']:g}（{parts}）"]
    for head, done in (("做到了", True), ("没做到", False)):
        named = [one["what"] for one in debrief["must"] if one["done"] is done]
        if named:
            lines.append(f"{head}：{'、'.join(named)}")
    for weak in debrief["weak"][:_SHOWN]:
        better = f"换成：{printed(weak['better'][0])}" if weak["better"] else ""
        lines.append(f"可以更好：“{weak['text']}”——{printed(weak['why'])}。{better}".replace("。。", "。"))
    asks = [one["ask"] for one in debrief["unasked"] if one["key"]]
    if asks:
        lines.append(f"一直没有问到：{printed('；'.join(asks))}")
    data = {"kind": "debrief", "outcome": debrief["outcome"]["name"], "points": dict(points),
            "scenario": debrief["scenario"]["id"]}  # fmt: skip
    return Reply(
        "\n".join(lines), (("再来一场", "/start_roleplay"), ("考考我", "/start_quiz")), data,
        {"practice": None, "said": None},
    )  # fmt: skip


def start_quiz(advisor: Advisor, asked: Asked) -> Reply:
    """Choose the first item, or the next one; the form asks it."""
    if advisor.quiz is None:
        return _with(_NO_QUIZ, quiz=None)
    before = asked.slots.get("quiz")
    standing = advisor.quiz.ask(_learner(advisor, asked), asked.text, before, str(_seed(asked)))
    if standing is None:
        return Reply("这个主题没有题了。", slots={"quiz": None})
    head = "" if before else "好，一题一题来；不做了说“不做了”。"
    return Reply(head, slots={"quiz": standing, "quiz_answer": None}, followup="quiz_form")


def ask_item(advisor: Advisor, asked: Asked) -> Reply:
    """Put the item that is open."""
    standing = asked.slots.get("quiz")
    if advisor.quiz is None or not standing:
        return _NO_QUIZ
    shown = advisor.quiz.shown(standing)
    lines = [
        f"第 {standing['answered'] + 1} 题（{shown['topic']}，{shown['kind']}）：{shown['text']}",
        *shown["choices"],
    ]
    text = "\n".join(lines) + f"\n（{shown['how']}）"
    return Reply(text, _IN_QUIZ, {"kind": "quiz", **shown})


def answer_quiz(advisor: Advisor, asked: Asked) -> Reply:
    """Judge the answer, explain it, choose the next item."""
    standing = asked.slots.get("quiz")
    if advisor.quiz is None or not standing:
        return _with(_NO_QUIZ, quiz=None, quiz_answer=None)
    learner = _learner(advisor, asked)
    judged = advisor.quiz.judge(learner, standing, str(asked.slots.get("quiz_answer") or ""))
    if judged is None:
        return Reply("没看懂这个答案，请再答一次。", slots={"quiz_answer": None}, followup="quiz_form")
    right = "答对了。" if judged["right"] else f"答错了，正确答案：{judged['answer']}。"
    better = f"可以改成：{judged['better']}\n" if judged["better"] else ""
    text = f"{right}\n{better}{judged['explain']}（依据 {'、'.join(judged['source'])}）"
    following = advisor.quiz.ask(learner, "", judged["standing"], "")
    data = {"kind": "judged", "right": judged["right"], "item": standing["item"], "source": judged["source"]}
    slots = {"quiz": following, "quiz_answer": None}
    return Reply(text, (), data, slots, followup="quiz_form" if following else None)


def hint(advisor: Advisor, asked: Asked) -> Reply:
    """Give a hint in a role-play or quiz."""
    record, standing = asked.slots.get("practice"), asked.slots.get("quiz")
    if advisor.practice is not None and record:
        told = advisor.practice.hint(asked.sender, record)
        text = f"提示（扣 2 分）：{printed(told['hint'])}"
        return Reply(text, _IN_CALL, {"kind": "hint"}, {"practice": told["record"]})
    if advisor.quiz is not None and standing:
        return Reply(f"提示：{advisor.quiz.hint(standing)}", (), {"kind": "hint"})
    return Reply(
        "现在没有在练的场景。真在通话的话，告诉我客户说了什么，我给您一句能接的。", (), {"kind": "practice"}
    )


def stop(advisor: Advisor, asked: Asked) -> Reply:
    """End a role-play or quiz with its result."""
    record, standing = asked.slots.get("practice"), asked.slots.get("quiz")
    if advisor.practice is not None and record:
        if not record["turns"]:
            return Reply("好，这场不练了。", slots={"practice": None, "said": None})
        return _looked_back(advisor.practice.finish(asked.sender, record))
    if standing:
        text = f"好，先到这里。这次答了 {standing['answered']} 题，答对 {standing['right']} 题。"
        return Reply(text, (), {"kind": "quiz"}, {"quiz": None, "quiz_answer": None})
    return _NOTHING_ON


def _learner(advisor: Advisor, asked: Asked) -> str | None:
    who = advisor.who(asked)
    return who.user if who else None


def _with(reply: Reply, **slots: Any) -> Reply:
    return Reply(reply.text, reply.buttons, reply.data, slots)
