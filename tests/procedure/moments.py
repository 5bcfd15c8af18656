"""Moments written in a test: what an agent does, what a customer feels and means."""

from __future__ import annotations

from assistant.model import Emotion, Intent, Speaker, Turn
from assistant.nlp.acts import Act
from assistant.procedure.definition import Moment, Procedure, Sign, Step


def agent(index: int, *acts: str, text: str = "好的,我来处理。", agent_id: str | None = None) -> Moment:
    turn = Turn(index, Speaker.AGENT, text, agent_id=agent_id)
    return Moment(turn, tuple(Act(name, 0.9, 0, len(text)) for name in acts))


def customer(index: int, *intents: str, text: str = "你们怎么回事", emotion: str = "calm") -> Moment:
    turn = Turn(index, Speaker.CUSTOMER, text)
    return Moment(
        turn, emotion=Emotion(emotion, 0.5, 0.8), intents=tuple(Intent(name, 0.9) for name in intents)
    )


def step(number: int, *acts: str, **more: object) -> Step:
    return Step(number, f"第{number}件事", {"做": (Sign(acts=frozenset(acts)),)}, **more)  # type: ignore[arg-type]


def procedure(*steps: Step, **more: object) -> Procedure:
    return Procedure("P-TEST", "测试", "1", "conversation", steps, **more)  # type: ignore[arg-type]
