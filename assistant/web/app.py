"""The application: routes, guard, errors, and what lives as long as it does."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import FastAPI, WebSocket

from assistant import __version__
from assistant.bootstrap import load_desk, load_engine, load_scorecards
from assistant.errors import ConfigurationError, RulePackError
from assistant.model import Conversation, Speaker, Turn
from assistant.store.contact_keys import house_key, key_ring
from assistant.store.database import AWAY, open_store
from assistant.store.review.cards import Shelf
from assistant.web import interrupted, pages, problems, qa, retention, ticking, webhooks
from assistant.web.api import (
    attachments,
    board,
    callbacks,
    cases,
    chat,
    classrooms,
    contacts,
    conversations,
    course_quizzes,
    courses,
    days,
    drafts,
    health,
    jobs,
    kpi,
    live,
    organisation,
    practice,
    quiz,
    review,
    rules,
    scenarios,
    session,
    sheets,
    texts,
    users,
    versions,
    whole,
)
from assistant.web.api import webhooks as webhooks_api
from assistant.web.guard import Guard, is_loopback
from assistant.web.identity import known
from assistant.web.live.session import Close
from assistant.web.logs import Requests
from assistant.web.openapi import document
from assistant.web.samples import load_samples
from assistant.web.service import Service, service_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from assistant.engine.fold import Engine
    from assistant.settings import Settings

_log = logging.getLogger("huashu.service")
LOOPBACK = frozenset(["localhost", "127.0.0.1", "::1"])
_KIB = 1024
_BODY = 256 * _KIB
_UPLOAD = 32 * _KIB * _KIB
_WORKBOOK = 8 * _KIB * _KIB
_PACKS = 8 * _KIB * _KIB
_PARTS = (
    session,
    texts,
    whole,
    conversations,
    versions,
    drafts,
    rules,
    live,
    board,
    cases,
    attachments,
    days,
    sheets,
    callbacks,
    kpi,
    quiz,
    practice,
    course_quizzes,
    courses,
    classrooms,
    scenarios,
    organisation,
    contacts,
    users,
    jobs,
    webhooks_api,
    chat,
    health,
)
_DESCRIPTION = """\
Script and phrase compliance for Chinese customer service: checks sentences, scores conversations, tells
customers' emotions and intents, and follows live calls over the WebSocket at `/live`.

Texts come back masked, and every position counts code points of the masked text. Errors are
`application/problem+json`.
"""


def create_app(settings: Settings) -> FastAPI:
    """Return the service; it opens its engine and its store when it is started."""
    settings = replace(settings, contact_key=house_key(settings.contact_key, settings.store))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.contact_key:
            key_ring(settings.contact_key)  # what is wrong with it is said now
        engine = load_engine(settings)
        warm(engine)
        app.state.service = service = Service(
            settings,
            engine,
            open_store(settings.store),
            load_desk(settings),
            Shelf(load_scorecards(settings)),
        )
        await _take_rules(service)
        beside = asyncio.create_task(service.rules.watch())
        for work in (retention, interrupted, webhooks, qa, ticking):
            work.install(service.jobs, settings)
        service.jobs.start()
        yield
        beside.cancel()
        await service.close()

    app = FastAPI(
        title="话术 Huashu",
        version=__version__,
        summary="Live prompts, scoring and search for calls",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    # Included routers would build each route anew, with all its models: half a second of the first request.
    for router in (*(part.router for part in _PARTS), conversations.follow, *review.ROUTERS):
        app.routes.extend(router.routes)
    pages.install(app)

    @app.websocket("/live")
    async def connected(socket: WebSocket) -> None:
        try:
            who = await known(socket)
        except AWAY as error:
            _log.warning("a live connection is sent away: %s", type(error).__name__)
            await socket.close(Close.FAILED, "the database doesn't answer")
            return
        await service_of(socket).live.serve(socket, who)

    problems.install(app, pages.missing)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_middleware(
        Guard,
        hosts=LOOPBACK | {settings.host, *settings.public_names}
        if is_loopback(settings.host)
        else frozenset(),
        largest={
            "/api/score": _UPLOAD,
            "/api/next": _UPLOAD,
            "/api/qa/import": _UPLOAD,
            "/api/qa/imports/": _UPLOAD,
            "/api/organisation": _WORKBOOK,
            "/api/rules/drafts/": _PACKS,
            "/api/attachments/": _UPLOAD,
            "/api/sheets/": _WORKBOOK,
        },
        usual=_BODY,
    )
    app.add_middleware(Requests)
    return app


async def _take_rules(service: Service) -> None:
    """Take the rules in force; says how to go on where this software can't read them."""
    try:
        await service.rules.look()
    except (RulePackError, ConfigurationError):
        _log.error("the published rules can't be read: go back with `huashu rules restore 0 --why TEXT`")
        await service.close()
        raise


def warm(engine: Engine) -> None:
    """Let the engine read its models and dictionaries before the first call waits for them."""
    for sample in load_samples():
        turns = (Turn(place, Speaker(role), text) for place, (role, text) in enumerate(sample.turns))
        engine.run(Conversation(sample.id, tuple(turns), sample.meta, sample.channel))
