"""Callbacks: the queue, the script of one, what was tried and said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field

from assistant.report.plain import plain
from assistant.store.desk import callbacks as store
from assistant.store.desk import customers
from assistant.web.api.answers import written
from assistant.web.api.cases import Handling, Name, Number, Strict, Text, Why, acted
from assistant.web.api.contacts import Contact, keys_of, told_of
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

if TYPE_CHECKING:
    from assistant.store.contact_keys import KeyRing
    from assistant.store.desk.ledger import Acting

router = APIRouter(prefix="/api/callbacks", tags=["callbacks"], responses=answers(401, 403))

_MOST = 1_000


class Tried(Strict):
    outcome: Literal["reached", "no_answer", "busy", "refused"]
    note: Text = ""
    consent: bool | None = None
    satisfaction: Annotated[int | None, Field(ge=1, le=5)] = None
    suggestions: Text = ""
    call_id: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]+$")] = None


Phone = Annotated[
    str | None, Field(max_length=40, pattern=r"^[^\x00]*$", description="Kept encrypted, with the callbacks.")
]


class Policy(Strict):
    """A policy that expires: its contacts are put on the queue."""

    policy: Name
    customer: Name
    phone: Phone = None
    expiry: date
    detail: Annotated[dict[str, Text], Field(default_factory=dict)]


class Sale(Strict):
    """A sale: care callbacks follow after three and seven days."""

    sale: Name
    customer: Name
    phone: Phone = None
    sold_at: AwareDatetime
    detail: Annotated[dict[str, Text], Field(default_factory=dict)]


@router.get("", summary="List callbacks", responses=answers(422))
async def listing(
    service: Serving,
    who: Handling,
    *,
    status: Literal["waiting", "done", "given_up", "refused", "dropped", "all"] = "waiting",
    campaign: Annotated[str | None, Query(max_length=32, pattern=r"^\w*$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """List callbacks by the time they are due; agents see those an agent leads."""
    ranks = None if who.only is None else (service.desk.rules.authority.ranks[0].id, "supervisor")
    job = partial(
        store.list_callbacks,
        status=None if status == "all" else status,
        campaign=campaign or None,
        ranks=ranks,
        limit=limit + 1,
        offset=offset,
    )
    rows = await service.read(job)
    counted = await service.read(partial(store.count_callbacks, now=datetime.now(UTC)))
    following = offset + limit if len(rows) > limit else None
    return written({"items": plain(rows[:limit]), "next": following, "counts": counted})


@router.post("/renewals", summary="Put renewals on the queue", responses=answers(422))
async def renewals(
    policies: Annotated[list[Policy], Field(max_length=_MOST)], service: Serving, who: Handling
) -> dict[str, int]:
    """Put the contacts of policies that expire on the queue; those known already stay as they are."""
    keys = keys_of(service) if any(each.phone for each in policies) else None

    def job(acting: Acting) -> int:
        return sum(
            _with_phone(acting, keys, each, f"policy/{each.policy}",
                        store.add_renewal(acting, each.policy, each.customer, each.expiry, each.detail))
            for each in policies
        )  # fmt: skip

    return {"added": await acted(service, who, job)}


@router.post("/sales", summary="Put care callbacks on the queue", responses=answers(422))
async def sales(
    sold: Annotated[list[Sale], Field(max_length=_MOST)], service: Serving, who: Handling
) -> dict[str, int]:
    """Put the care callbacks of sales on the queue; those known already stay as they are."""
    keys = keys_of(service) if any(each.phone for each in sold) else None

    def job(acting: Acting) -> int:
        return sum(
            _with_phone(acting, keys, each, f"sale/{each.sale}",
                        store.add_sale(acting, each.sale, each.customer, each.sold_at, each.detail))
            for each in sold
        )  # fmt: skip

    return {"added": await acted(service, who, job)}


def _with_phone(acting: Acting, keys: KeyRing | None, given: Policy | Sale, key: str, added: int) -> int:
    """Keep the number of new callbacks; return how many there are."""
    if added and given.phone and keys is not None:
        customers.keep_for_callback(acting, keys, key, given.phone, given.customer)
    return added


@router.get("/{number}", summary="Show a callback", responses=answers(404, 422))
async def one(number: Number, service: Serving, who: Handling) -> Response:
    """Show a callback with its script, its attempts, and what a live call for it is opened with."""
    found = await service.read(partial(store.read_callback, number=number))
    if found is None:
        raise ProblemError(404, "unknown-callback", "没有这个回访")
    rules = service.desk.rules
    meta: dict[str, Any] = {"company": next(iter(service.settings.company), ""), "agent_id": who.only or ""}
    campaign = rules.campaign(found["campaign"])
    call = {"customer": found["customer"], "callback": str(number), **{k: v for k, v in meta.items() if v}}
    if campaign.procedure == "P-RENEWAL":
        call["business_line"] = "renewal"
    told = {
        **found,
        "script": store.script_of(rules, found, meta),
        "title": campaign.title,
        "asks": campaign.asks,
        "procedure": campaign.procedure,
        "most": rules.callbacks.tries.most,
        "call": {"meta": call, "channel": "hotline" if "business_line" in call else "callback"},
    }
    return written(plain(told))


@router.post("/{number}/contacts/read", summary="Look at contact data", responses=answers(404, 422, 503))
async def reach(number: Number, asked: Why, service: Serving, who: Handling) -> list[Contact]:
    """Show how the customer can be reached; who looked, and why, goes into the audit log."""
    found = await service.read(partial(store.read_callback, number=number))
    if found is None:
        raise ProblemError(404, "unknown-callback", "没有这个回访")
    of = {name: found["detail"][name] for name in ("policy", "sale") if name in found["detail"]}
    job = partial(customers.reach, case=found["case"], callback="/".join(*of.items()) if of else "")
    return [told_of(each) for each in await acted(service, who, job, keys_of(service), asked.why)]


@router.post("/{number}/attempts", summary="Keep an attempt", responses=answers(404, 409, 422))
async def tried(number: Number, made: Tried, service: Serving, who: Handling) -> dict[str, str]:
    """Keep an attempt; answers what the callback is now: waiting, done, given_up, refused."""
    return {"status": await acted(service, who, store.attempt, number, store.Attempt(**made.model_dump()))}
