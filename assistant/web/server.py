"""Run the service with uvicorn."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING

import uvicorn

from assistant.errors import ConfigurationError, ConflictError, UsageError
from assistant.store import contacts, users
from assistant.store.contact_keys import house_key, make_key_file
from assistant.store.database import open_store
from assistant.store.signals import BOARD
from assistant.web import logs, passwords
from assistant.web.app import create_app
from assistant.web.guard import is_loopback
from assistant.web.passwords import hashed
from assistant.web.workers import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Event

    from fastapi import FastAPI

    from assistant.settings import Settings

_WEBSOCKET_BYTES = 1 << 20  # our own bound is narrower, and says so
_HEARTBEAT_S = 20.0
_SHUTDOWN_S = 10
_BACKLOG = 2_048
# Calls keep some ten thousand objects more each second, and leave few circles behind. Looked through are the
# latest few thousand alone: all of them took 0.3 s, in which every call waited. See LiveDesk for the others.
COLLECTED = (5_000, 2, 5_000)
_SWITCH_S = 0.0005  # a turn passes three threads: none shall wait 5 ms for each to be let in
ADMIN = "admin"


def serve(settings: Settings) -> None:
    """Serve until told to stop.

    Raises ConfigurationError for a database that can't be opened, UsageError for an address others can
    reach while no administrator has chosen a password, or that can't be listened on.
    """
    logs.configure(settings.log_level)
    with _bound(settings) as listening:
        first = _prepared(settings)
        key_contacts(settings)
        sys.stdout.write("正在准备规则和模型，首次启动约需一分钟…\n")
        sys.stdout.flush()
        if settings.serve_workers == 1:
            _run(settings, lambda port: _announce(settings, port, first), [listening])
            return
        listening.listen(_BACKLOG)
        port = listening.getsockname()[1]
        supervisor = Supervisor(settings.serve_workers, _work, (settings, listening))
        told = supervisor.run(lambda: _announce(settings, port, first))
        del supervisor
        gc.collect()  # its semaphores go with it: a signal would leave them behind
    if told < 0:
        raise ConfigurationError("no worker can start: its reason stands above", code="no-worker")
    signal.signal(told, signal.default_int_handler if told == signal.SIGINT else signal.SIG_DFL)
    signal.raise_signal(told)


def _work(settings: Settings, listening: socket.socket, ready: Event) -> None:
    """Serve as one of several workers."""
    logs.configure(settings.log_level)
    _run(settings, lambda _: ready.set(), [listening])


def _bound(settings: Settings) -> socket.socket:
    """Take the address, before what takes long; nobody is let in until something listens there."""
    bound = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if bound.family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        reason = f"{settings.host}:{settings.port} can't be listened on: {error.strerror or error}"
        raise UsageError(reason, code="not-listening") from error
    return bound


def _run(settings: Settings, serving: Callable[[int], None], sockets: list[socket.socket]) -> None:
    sys.setswitchinterval(_SWITCH_S)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_max_size=_WEBSOCKET_BYTES,
        ws_ping_interval=_HEARTBEAT_S,
        ws_ping_timeout=_HEARTBEAT_S,
        timeout_graceful_shutdown=_SHUTDOWN_S,
        forwarded_allow_ips=list(settings.trusted_proxies) or None,
        access_log=False,  # addresses hold ids of calls
        server_header=False,
        log_config=None,
        log_level="warning",
    )
    _Server(config, app, serving).run(sockets)


def _announce(settings: Settings, port: int, first: str | None) -> None:
    """Say where it listens, and the first password, if there is one."""
    host = settings.host if ":" not in settings.host else f"[{settings.host}]"
    if first is not None:
        sys.stdout.write(f"首次启动：用户名 {ADMIN}，一次性密码 {first}（登录后请设置自己的密码）\n")
    sys.stdout.write(f"话术 Huashu: http://{host}:{port} (Ctrl-C ends it)\n")
    sys.stdout.flush()


def _prepared(settings: Settings) -> str | None:
    """Open the database, and add the first administrator; return the password to tell, if any."""
    store = open_store(settings.store)
    try:
        settled = store.read(users.any_settled_admin)
        if not settled and not is_loopback(settings.host):
            raise UsageError(
                f"{settings.host}: an administrator has to choose a password first, on loopback "
                "(or: huashu users add NAME --role admin --choose)",
                code="not-loopback",
            )
        if settled is not None:
            return None
        password = passwords.one_time()
        job = partial(users.add_user, by="first start", name=ADMIN, role="admin", password=hashed(password))
        try:
            store.write(job).result()
        except ConflictError:  # another worker was first
            return None
        return password
    finally:
        store.close()


def key_contacts(settings: Settings) -> None:
    """Make the key of contact data where there is none and none was needed yet, and say so.

    With PostgreSQL nothing is made: its key belongs on the server that keeps the house's secrets.
    """
    if house_key(settings.contact_key, settings.store).strip():
        return
    store = open_store(settings.store)
    try:
        kept = store.read(contacts.any_kept)
    finally:
        store.close()
    path = None if kept else make_key_file(settings.store)
    if path is not None:
        sys.stdout.write(
            f"联系方式密钥已生成：{path}（仅当前用户可读；请另行备份，丢失后已保存的联系方式无法恢复）\n"
        )


class _Server(uvicorn.Server):
    """Says so once it serves (`serving` is told the port), and ends streams when it stops."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, serving: Callable[[int], None]) -> None:
        super().__init__(config)
        self._app = app
        self._serving = serving

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        service = self._app.state.service
        service.stopping = True  # streams end by themselves
        service.signals.wake(BOARD)
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        gc.collect()
        gc.freeze()  # engine and models stay: looking through them would hold up all calls
        gc.set_threshold(*COLLECTED)
        if self.started:
            self._serving(self.servers[0].sockets[0].getsockname()[1])
