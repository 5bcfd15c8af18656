"""The rules in force: list them, explain one, try a sentence."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from assistant.web.identity import needs
from assistant.web.problems import ProblemError, answers
from assistant.web.rules.jobs import try_sentence
from assistant.web.service import Serving

router = APIRouter(
    prefix="/api/rules", tags=["rules"], dependencies=[needs("rules")], responses=answers(401, 403)
)


class Rule(BaseModel):
    id: str
    severity: Literal["hint", "minor", "major", "fatal"]
    source: list[str]
    kind: str
    title: str
    family: str
    pack: str


class Pack(BaseModel):
    name: str
    version: str
    sha256: str


class Rules(BaseModel):
    version: int = Field(description="The published version; 0: the packs of the settings.")
    packs: list[Pack]
    rules: list[Rule]


class Explained(Rule):
    who: str = Field(description="Whose words it looks at, and when.")
    looks_for: list[str] = Field(description="What it looks for, a line a thought.")
    ignores: list[str]
    why: str
    valid_from: str | None
    valid_to: str | None
    message: str
    suggestion: str
    hit: list[str] = Field(description="Examples it finds, with ‹ › around the words.")
    miss: list[str] = Field(description="Examples it leaves alone.")


class TryRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(max_length=8_000, examples=["这个不归我管，您找别人吧"])
    role: Literal["agent", "customer"] = "agent"


class Near(BaseModel):
    rule: str
    title: str
    text: str
    reason: str


class Tried(BaseModel):
    """A `huashu.check/1` object, with the rules that nearly fired."""

    schema_: Literal["huashu.check/1"] = Field(alias="schema")
    text: str = Field(description="The text as it is after masking: positions count in it.")
    role: str
    findings: list[dict[str, Any]]
    packs: list[Pack]
    near: list[Near] = Field(description="Rules that would have fired but for what `reason` says.")


@router.get("", summary="List the rules", responses=answers(422))
async def listing(
    service: Serving,
    source: Annotated[list[str] | None, Query(description="Only these, such as B-3.")] = None,
    family: Annotated[list[str] | None, Query()] = None,
    severity: Annotated[list[Literal["hint", "minor", "major", "fatal"]] | None, Query()] = None,
) -> Rules:
    """List the rules in force and the versions of their packs; filters that are repeated add up."""
    found = [
        Rule(
            id=rule.id,
            severity=rule.severity.label,
            source=list(rule.source),
            kind=rule.kind,
            title=rule.title,
            family=rule.family,
            pack=rule.pack,
        )
        for rule in sorted(service.engine.rules, key=lambda each: str(each.id))
        if (not source or set(source) & set(rule.source))
        and (not family or rule.family in family)
        and (not severity or rule.severity.label in severity)
    ]
    return Rules(
        version=service.rules.number,
        packs=[Pack(**asdict(pack)) for pack in service.engine.packs],
        rules=found,
    )


@router.post("/try", summary="Try a sentence", responses=answers(413, 422, 503))
async def attempt(asked: TryRequest, service: Serving) -> Tried:
    """Say which rules in force a sentence fires, and which it nearly fires."""
    return Tried(**await service.work(partial(try_sentence, service.engine, asked.text, asked.role)))


@router.get("/{rule_id}", summary="Explain a rule", responses=answers(404, 422, 503))
async def one(
    service: Serving,
    rule_id: Annotated[str, Path(max_length=200, pattern=r"^[a-z0-9]+([.-][a-z0-9]+)+$")],
) -> Explained:
    """Explain a rule in words: what it looks for, what it leaves alone, its examples."""
    told = (await service.rules.catalogue()).get(rule_id)
    if told is None:
        raise ProblemError(404, "unknown-rule", "没有这条规则")
    return Explained(**told)
