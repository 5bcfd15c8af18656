"""What verdicts teach about the rules, over REST."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from assistant.review.figures import interval
from assistant.review.learning import FEWEST, GOAL
from assistant.store import rulebook
from assistant.store.review.quality import example_into, list_drafts, rule_quality
from assistant.web.api.review.parts import Number, Reviewing, Told, told
from assistant.web.identity import Publishing
from assistant.web.problems import answers
from assistant.web.service import Serving

router = APIRouter(prefix="/api/qa", tags=["qa"], responses=answers(401, 403, 422))


@router.get("/rules", summary="Show how good the rules are", response_model=Told)
async def showing(
    service: Serving, who: Reviewing, since: date | None = None, until: date | None = None
) -> Response:
    """Show precision and recall of each rule by people's verdicts, with 95 % intervals.

    `standing` is work (the interval lies below the goal), open, good, or few (too few verdicts).
    """
    del who
    titles = {rule.id: rule.title for rule in service.engine.rules}
    found = await service.read(partial(rule_quality, since=since, until=until))
    items = [
        {
            **asdict(each), "title": titles.get(each.rule, each.rule), "precision": interval(each.precision),
            "recall": interval(each.recall),
        }
        for each in found
    ]  # fmt: skip
    return told({"goal": GOAL, "fewest": FEWEST, "items": items})


@router.get("/examples", summary="List drafts of examples", response_model=Told)
async def drafts(
    service: Serving, who: Reviewing, rule: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """List the examples that verdicts gave, for the rules' authors."""
    del who
    return told({"items": await service.read(partial(list_drafts, rule=rule))})


@router.post(
    "/examples/{number}/draft",
    summary="Put an example into a draft of the rules",
    response_model=Told,
    responses=answers(404, 409),
)
async def handing_over(number: Number, service: Serving, who: Publishing) -> Response:
    """Put an example beside those of its rule, in the draft 质检样例 of the version in force.

    Answers with the number of the draft and the file; from there it is checked and published as any draft.
    """
    base = await service.read(rulebook.latest_version)
    contents = await service.rules.contents(base)
    texts = {name: data.decode("utf-8-sig") for name, data in contents.items()}
    job = partial(example_into, by=who.name, number=number, base=base, texts=texts)
    return told(await service.write(job))
