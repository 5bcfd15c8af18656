"""What keeps turns from waiting: rules compiled beforehand, old garbage looked for while nobody speaks."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest
from serving import opened
from waiting import until

from assistant.engine.fold import Engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_the_rules_in_force_are_compiled_beforehand(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    def prepare(_: Engine) -> Iterator[None]:
        for step in range(3):
            steps.append(step)
            yield

    monkeypatch.setattr(Engine, "prepare", prepare)
    with opened(app):
        until(lambda: steps == [0, 1, 2])


@pytest.mark.usefixtures("client")
def test_old_garbage_is_looked_for_while_there_is_no_call(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    rounds = [0, 0, 99]
    live = app.state.service.live
    monkeypatch.setattr(gc, "get_count", lambda: tuple(rounds))
    monkeypatch.setattr(gc, "collect", lambda *_: looks.append(1) or 0)
    asyncio.run(live._tidy())
    assert not looks
    rounds[2] = 100
    monkeypatch.setitem(live._sessions, "c1", object())
    asyncio.run(live._tidy())
    assert not looks
    monkeypatch.delitem(live._sessions, "c1")
    asyncio.run(live._tidy())
    assert looks == [1]
