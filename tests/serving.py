"""The service in tests: in this process, or a real `huashu serve` on a port of its own."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from fastapi.testclient import TestClient

from assistant.store import users
from assistant.store.database import open_store
from assistant.web.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fastapi import FastAPI

    from assistant.store.database import Store


_START_S = 180


@dataclass(frozen=True, slots=True)
class Served:
    """A service under way: where it listens, its process, the password it printed at its first start."""

    address: str
    process: subprocess.Popen[str] | None
    password: str = ""

    @property
    def live(self) -> str:
        return self.address.replace("http", "ws", 1) + "/live"

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(30)

    @property
    def workers(self) -> list[int]:
        """The processes of a service of several workers that serve."""
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        commands = {int(each): Path(f"/proc/{each}/cmdline") for each in tasks.read_text().split()}
        return [each for each, command in commands.items() if b"spawn_main" in command.read_bytes()]

    def kill_all(self) -> None:
        """End it and its workers as a power cut would."""
        for worker in self.workers:
            os.kill(worker, signal.SIGKILL)
        self.kill()

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


class Forge:
    """Starts services from a process that has read their modules: each takes half as long as a new one.

    They are `huashu serve` as it is, but for how they came about; for an exit code take `serving`.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", str(Path(__file__).with_name("ready_service.py"))],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self, folder: Path, *options: str) -> Iterator[Served]:
        """Run a service as `serving` does."""
        out, log = folder / f"{uuid4().hex}.out", folder / "server.log"
        asked = {"folder": str(folder), "options": options, "out": str(out), "log": str(log)}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        pid = int(self._process.stdout.readline())
        process = os.pidfd_open(pid)
        try:
            yield _forked(process, out, log)
        finally:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            select.select([process], [], [], 30)
            os.close(process)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def _forked(process: int, out: Path, log: Path) -> Served:
    """Wait until the service behind a pidfd serves."""
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        ended = select.select([process], [], [], 0.05)[0]
        lines = out.read_text(encoding="utf-8").splitlines(keepends=True) if out.exists() else []
        password, address = _announced(line for line in lines if line.endswith("\n"))
        if address:
            return Served(address, None, password)
        if ended:
            break
    raise AssertionError(log.read_text(encoding="utf-8")[-2000:] if log.exists() else "")


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Run `huashu serve` with `options` in `folder` until the block ends."""
    command = [sys.executable, "-m", "assistant.cli.main", "serve", "--port", "0", *options]
    with (folder / "server.log").open("a+", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            yield _served(process, folder)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def _environment() -> dict[str, str]:
    environment = {**os.environ, "PYTHONWARNINGS": "default", "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    return environment


def _served(process: subprocess.Popen[str], folder: Path) -> Served:
    password, address = _announced(process.stdout or ())
    if not address:
        raise AssertionError((folder / "server.log").read_text(encoding="utf-8")[-2000:])
    return Served(address, process, password)


def _announced(lines: Iterable[str]) -> tuple[str, str]:
    """Return the password and the address a service tells, as soon as it tells the address."""
    password = ""
    for line in lines:
        once = re.search(r"一次性密码 ([\w-]+)", line)
        password = once[1] if once else password
        found = re.search(r"http://[\w.:\[\]]+", line)
        if found:
            return password, found[0]
    return password, ""


@contextmanager
def opened(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


def let_in(app: FastAPI, token: str, scopes: Sequence[str]) -> None:
    """Let in whoever shows `token`."""
    store: Store = app.state.service.store
    store.write(partial(users.add_token, by="test", name=token, secret=token, scopes=scopes)).result(10)


def let_program_in(database: str, token: str) -> dict[str, str]:
    """Let a program do everything with a database nobody serves yet; return its headers."""
    store = open_store(database)
    job = partial(users.add_token, by="test", name=token, secret=token, scopes=SCOPES)
    store.write(job).result(10)
    store.close()
    return {"authorization": f"Bearer {token}"}
