"""The service in tests: in this process, or a real `huashu serve` on a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.testclient import TestClient

from assistant.store import users
from assistant.store.database import open_store
from assistant.web.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fastapi import FastAPI

    from assistant.store.database import Store


@dataclass(frozen=True, slots=True)
class Served:
    """A service under way: where it listens, its process, the password it printed at its first start."""

    address: str
    process: subprocess.Popen[str]
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


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Run `huashu serve` with `options` in `folder` until the block ends."""
    environment = {**os.environ, "PYTHONWARNINGS": "default", "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "assistant.cli.main", "serve", "--port", "0", *options]
    with (folder / "server.log").open("a+", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            yield _served(process, folder)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def _served(process: subprocess.Popen[str], folder: Path) -> Served:
    password = ""
    for line in process.stdout or ():
        once = re.search(r"一次性密码 ([\w-]+)", line)
        password = once[1] if once else password
        found = re.search(r"http://[\w.:\[\]]+", line)
        if found:
            return Served(found[0], process, password)
    raise AssertionError((folder / "server.log").read_text(encoding="utf-8")[-2000:])


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
