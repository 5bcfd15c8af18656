"""The wire format: core types as the JSON objects of the output contract, and back.

Optional keys are left out when there is nothing to say; keys the contract doesn't mark optional are
always there, with null where a thing doesn't exist. Numbers carry four digits. `meta` is passed on
as the reader gave it. Beyond the contract, `title` and `note` are added where they are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.report.plain import DIGITS, dumps, plain, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assistant.errors import HuashuError
    from assistant.model import (
        Emotion,
        Finding,
        Intent,
        Mask,
        PackInfo,
        Prompt,
        Report,
        Requirement,
        Scorecard,
        ScoreItem,
        ScoreSection,
        Span,
        Speaker,
        Turn,
    )

__all__ = [
    "check_object",
    "classify_object",
    "dumps",
    "error_object",
    "finding_object",
    "next_object",
    "prompt_object",
    "report_object",
    "requirement_object",
    "score_object",
    "turn_object",
]

Json = dict[str, Any]


def check_object(
    text: str, role: Speaker | str, findings: Iterable[Finding], packs: Iterable[PackInfo]
) -> Json:
    """Return the ``huashu.check/1`` object of one utterance; `text` is what the spans index (masked)."""
    return {
        "schema": "huashu.check/1",
        "text": text,
        "role": str(role),
        "findings": [finding_object(finding) for finding in findings],
        "packs": [_pack(pack) for pack in packs],
    }


def classify_object(
    line: int,
    text: str,
    emotion: Emotion,
    intents: Iterable[Intent],
    *,
    id: str | int | None = None,  # noqa: A002  (the wire's name)
    scores: Mapping[str, Mapping[str, float]] | None = None,
) -> Json:
    """Return the ``huashu.classify/1`` object of a customer's utterance in line `line` (from 1)."""
    return {
        "schema": "huashu.classify/1",
        "line": line,
        **_known({"id": id}),
        "text": text,
        "emotion": _emotion(emotion),
        "intents": [_intent(intent) for intent in intents],
        **_known({"scores": scores and plain(scores, digits=DIGITS)}),
    }


def error_object(error: HuashuError, *, path: str | None = None, line: int | None = None) -> Json:
    """Return the ``huashu.error/1`` object of `error`; `path` and `line` stand in where it has none."""
    place = {"path": error.path or path, "line": line if error.line is None else error.line}
    return {
        "schema": "huashu.error/1",
        **_known(place),
        "code": error.code,
        "message": error.message,
    }


def finding_object(finding: Finding) -> Json:
    """Return a Finding; `start`, `end` and `text` are null for an absence."""
    written = {
        "rule": finding.rule,
        "title": finding.title,
        "source": list(finding.source),
        "family": finding.family,
        "severity": finding.severity.label,
        "turn": finding.turn,
        "agent_id": finding.agent_id,
        "start": finding.start,
        "end": finding.end,
        "spans": [_span(span) for span in finding.spans],
        "text": finding.text,
        "how": list(finding.how),
        "confidence": rounded(finding.confidence),
        "pending": finding.pending,
        "message": finding.message,
        "suggestion": finding.suggestion,
        "explanation": _explanation(finding),
    }
    return _lean(written, "title", "agent_id", "spans", "pending")


def requirement_object(requirement: Requirement) -> Json:
    """Return one entry of a report's `requirements`."""
    near = requirement.nearest
    written = {
        "rule": requirement.rule,
        "title": requirement.title,
        "source": list(requirement.source),
        "status": requirement.status,
        "level": requirement.level,
        "turn": requirement.turn,
        "score": _rounded(requirement.score),
        "missing": list(requirement.missing),
        "parts": requirement.parts or None,
        "nearest": near and {"turn": near.turn, "text": near.text, "score": rounded(near.score)},
    }
    return _lean(written, "title", "turn", "score", "parts", "nearest")


def prompt_object(prompt: Prompt) -> Json:
    """Return a Prompt as ``huashu.next/1`` and prompt events carry it."""
    return {
        "id": prompt.id,
        "kind": prompt.kind,
        "priority": prompt.priority,
        "phrases": list(prompt.phrases),
        "reason": plain(prompt.reason),
        "expires_s": rounded(prompt.expires_s),
        "status": prompt.status,
        **_known({"followed_turn": prompt.followed_turn}),
    }


def turn_object(turn: Turn, emotion: Emotion | None = None, intents: tuple[Intent, ...] = ()) -> Json:
    """Return one entry of a report's `turns`, with what the classifiers said of it."""
    written = {
        "index": turn.index,
        "role": turn.role.value,
        "role_inferred": turn.role_inferred,
        "agent_id": turn.agent_id,
        "text": turn.text,
        "masks": [_mask(mask) for mask in turn.masks],
        "start_s": _rounded(turn.start_s),
        "end_s": _rounded(turn.end_s),
        "emotion": emotion and _emotion(emotion),
        "intents": [_intent(intent) for intent in intents],
    }
    return _lean(written, "role_inferred", "agent_id", "start_s", "end_s", "emotion", "intents")


def score_object(score: Scorecard) -> Json:
    """Return the `score` of a report."""
    by_agent = [
        {
            "agent_id": agent.agent_id,
            "total": rounded(agent.total),
            "max": rounded(agent.max),
            **_known({"grade": agent.grade or None}),
        }
        for agent in score.by_agent
    ]
    return {
        "total": rounded(score.total),
        "max": rounded(score.max),
        "grade": score.grade,
        "fatal": list(score.fatal),
        **_known({"reached": _rounded(score.reached), "unscored": list(score.unscored) or None}),
        **({"by_agent": by_agent} if by_agent else {}),
        "sections": [_section(section) for section in score.sections],
    }


def report_object(report: Report) -> Json:
    """Return the ``huashu.report/1`` object of a conversation."""
    score = report.score
    return {
        "schema": "huashu.report/1",
        "id": report.id,
        "channel": report.channel,
        "origin": report.origin,
        "status": report.status,
        **_known({"reason": report.reason, "path": report.path}),
        "meta": plain(report.meta),
        "packs": [_pack(pack) for pack in report.packs],
        "ruleset_sha256": report.ruleset_sha256,
        "model": plain(report.model),
        "scorecard": score and {"id": score.id, "version": score.version},
        "software": report.software,
        "turns": [
            turn_object(turn, report.emotions.get(turn.index), report.intents.get(turn.index, ()))
            for turn in report.turns
        ],
        "findings": [finding_object(finding) for finding in report.findings],
        "requirements": [requirement_object(requirement) for requirement in report.requirements],
        "complaint": plain(report.complaint, digits=DIGITS),
        "emotion": plain(report.emotion, digits=DIGITS),
        "procedures": plain(report.procedures, digits=DIGITS),
        **_known({"prompts": [prompt_object(prompt) for prompt in report.prompts] or None}),
        "score": score and score_object(score),
    }


def next_object(
    id: str,  # noqa: A002  (the wire's name)
    procedures: Sequence[Mapping[str, Any]],
    prompts: Iterable[Prompt],
) -> Json:
    """Return the ``huashu.next/1`` object of a running conversation; the main procedure comes first."""
    told = [plain(procedure, digits=DIGITS) for procedure in procedures]
    return {
        "schema": "huashu.next/1",
        "id": id,
        "procedure": told[0] if told else None,
        "others": told[1:],
        "prompts": [prompt_object(prompt) for prompt in prompts],
    }


def _lean(written: Json, *optional: str) -> Json:
    """Leave out the `optional` keys that say nothing (null, false, empty); zero says something."""
    silent = {
        key for key in optional if written[key] is None or written[key] is False or written[key] in ("", [])
    }
    return {key: value for key, value in written.items() if key not in silent}


def _known(optional: Mapping[str, Any]) -> Json:
    return {key: value for key, value in optional.items() if value is not None}


def _rounded(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _explanation(finding: Finding) -> Json:
    explanation = finding.explanation
    return {
        "matched": explanation.matched,
        "normalised": explanation.normalised,
        **_known({"score": _rounded(explanation.score)}),
        "because": explanation.because,
    }


def _span(span: Span) -> Json:
    return {"turn": span.turn, "start": span.start, "end": span.end}


def _pack(pack: PackInfo) -> Json:
    return {"name": pack.name, "version": pack.version, "sha256": pack.sha256}


def _mask(mask: Mask) -> Json:
    return {"type": mask.type, "start": mask.start, "end": mask.end, **_known({"tail": mask.tail})}


def _emotion(emotion: Emotion) -> Json:
    return {
        "label": emotion.label,
        "intensity": rounded(emotion.intensity),
        "confidence": rounded(emotion.confidence),
    }


def _intent(intent: Intent) -> Json:
    return {"name": intent.name, "score": rounded(intent.score)}


def _section(section: ScoreSection) -> Json:
    return {
        "name": section.name,
        "score": rounded(section.score),
        "max": rounded(section.max),
        **_known({"reached": _rounded(section.reached)}),
        "items": [_item(item) for item in section.items],
    }


def _item(item: ScoreItem) -> Json:
    return {
        "rule": item.rule,
        **_known({"title": item.title or None}),
        "points": rounded(item.points),
        "max": rounded(item.max),
        **_known({"reached": _rounded(item.reached)}),
        "status": item.status,
        "evidence": list(item.evidence),
        **_known({"note": item.note or None}),
    }
