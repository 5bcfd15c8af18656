"""Read a report back from its wire object, so that a stored report can be rendered anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.errors import InputError
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

_Json = Mapping[str, Any]
_REPORT = "huashu.report/1"


def report_from_object(data: _Json) -> Report:
    """Return the report that `report_object` wrote as `data`; keys added later are ignored.

    Raises:
        InputError: `data` isn't a ``huashu.report/1`` object or lacks a part of one.
    """
    if not isinstance(data, Mapping) or data.get("schema") != _REPORT:
        raise InputError(f"不是 {_REPORT} 对象", code="not-a-report")
    try:
        return _report(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{_REPORT} 对象不完整：{error!r}", code="bad-report") from error


def finding_from_object(data: _Json) -> Finding:
    """Return the finding that `finding_object` wrote as `data`; raises KeyError or ValueError."""
    explanation = data["explanation"]
    return Finding(
        rule=data["rule"],
        source=tuple(data["source"]),
        family=data["family"],
        severity=Severity.of(data["severity"]),
        turn=data["turn"],
        start=data["start"],
        end=data["end"],
        text=data["text"],
        how=tuple(data["how"]),
        confidence=data["confidence"],
        message=data["message"],
        suggestion=data["suggestion"],
        explanation=Explanation(
            explanation["matched"],
            explanation["normalised"],
            explanation["because"],
            explanation.get("score"),
        ),
        spans=tuple(Span(span["turn"], span["start"], span["end"]) for span in data.get("spans", ())),
        agent_id=data.get("agent_id"),
        pending=data.get("pending", False),
        title=data.get("title", ""),
    )


def _report(data: _Json) -> Report:
    turns = data["turns"]
    return Report(
        id=data["id"],
        channel=data["channel"],
        origin=data["origin"],
        status=data["status"],
        turns=tuple(_turn(turn) for turn in turns),
        findings=tuple(finding_from_object(finding) for finding in data["findings"]),
        requirements=tuple(_requirement(requirement) for requirement in data["requirements"]),
        packs=tuple(PackInfo(pack["name"], pack["version"], pack["sha256"]) for pack in data["packs"]),
        ruleset_sha256=data["ruleset_sha256"],
        software=data["software"],
        meta=data["meta"],
        reason=data.get("reason"),
        model=data["model"],
        emotions={turn["index"]: _emotion(turn["emotion"]) for turn in turns if "emotion" in turn},
        intents={turn["index"]: _intents(turn["intents"]) for turn in turns if "intents" in turn},
        complaint=data["complaint"],
        emotion=data["emotion"],
        procedures=tuple(data["procedures"]),
        prompts=tuple(_prompt(prompt) for prompt in data.get("prompts", ())),
        score=data["score"] and _score(data["score"], data["scorecard"]),
        path=data.get("path"),
    )


def _turn(data: _Json) -> Turn:
    return Turn(
        index=data["index"],
        role=Speaker(data["role"]),
        text=data["text"],
        masks=tuple(
            Mask(mask["type"], mask["start"], mask["end"], mask.get("tail")) for mask in data["masks"]
        ),
        start_s=data.get("start_s"),
        end_s=data.get("end_s"),
        agent_id=data.get("agent_id"),
        role_inferred=data.get("role_inferred", False),
    )


def _emotion(data: _Json) -> Emotion:
    return Emotion(data["label"], data["intensity"], data["confidence"])


def _intents(data: list[_Json]) -> tuple[Intent, ...]:
    return tuple(Intent(intent["name"], intent["score"]) for intent in data)


def _requirement(data: _Json) -> Requirement:
    nearest = data.get("nearest")
    return Requirement(
        rule=data["rule"],
        source=tuple(data["source"]),
        status=data["status"],
        level=data["level"],
        turn=data.get("turn"),
        score=data.get("score"),
        missing=tuple(data["missing"]),
        nearest=nearest and Nearest(nearest["turn"], nearest["text"], nearest["score"]),
        title=data.get("title", ""),
        parts=data.get("parts", 0),
    )


def _prompt(data: _Json) -> Prompt:
    return Prompt(
        id=data["id"],
        kind=data["kind"],
        priority=data["priority"],
        phrases=tuple(data["phrases"]),
        reason=data["reason"],
        expires_s=data["expires_s"],
        status=data["status"],
        followed_turn=data.get("followed_turn"),
    )


def _score(data: _Json, scorecard: _Json) -> Scorecard:
    return Scorecard(
        id=scorecard["id"],
        version=scorecard["version"],
        total=data["total"],
        max=data["max"],
        grade=data["grade"],
        sections=tuple(_section(section) for section in data["sections"]),
        fatal=tuple(data["fatal"]),
        by_agent=tuple(
            AgentScore(agent["agent_id"], agent["total"], agent["max"], agent.get("grade", ""))
            for agent in data.get("by_agent", ())
        ),
        reached=data.get("reached"),
        unscored=tuple(data.get("unscored", ())),
    )


def _section(data: _Json) -> ScoreSection:
    items = tuple(_item(item) for item in data["items"])
    return ScoreSection(data["name"], data["score"], data["max"], items, data.get("reached"))


def _item(data: _Json) -> ScoreItem:
    return ScoreItem(
        rule=data["rule"],
        title=data.get("title", ""),
        points=data["points"],
        max=data["max"],
        status=data["status"],
        evidence=tuple(data["evidence"]),
        note=data.get("note", ""),
        reached=data.get("reached"),
    )
