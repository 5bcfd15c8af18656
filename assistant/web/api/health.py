"""Whether the service lives, and whether it can take calls."""

from __future__ import annotations

import logging
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from assistant.store import jobs, outbox
from assistant.store.database import up_to_date
from assistant.web.metrics import TYPE, backlog
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

router = APIRouter(tags=["health"])
_log = logging.getLogger("huashu.web")


class Well(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Well:
    """Answer as long as the process does."""
    return Well()


@router.get(
    "/metrics",
    summary="What does the service count?",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(service: Serving) -> PlainTextResponse:
    """Tell the metrics of this process, and the backlog of all, as Prometheus reads them."""
    told = service.live.metrics.told()
    try:
        told += backlog(await service.read(jobs.figures), await service.read(outbox.figures))
    except Exception as error:
        _log.warning("no figures of the backlog: %s", type(error).__name__)
    return PlainTextResponse(told, media_type=TYPE)


@router.get("/readyz", summary="Can it take calls?", responses=answers(503))
async def readyz(service: Serving) -> Well:
    """Ask the database, too."""
    if service.stopping:
        raise ProblemError(503, "stopping", "服务正在停止")
    try:
        ready = await service.read(up_to_date)
    except Exception as error:
        _log.warning("not ready: %s", type(error).__name__)
        ready = False
    if not ready:
        raise ProblemError(503, "no-database", "数据库没有应答，或者数据表的版本不一致")
    return Well()
