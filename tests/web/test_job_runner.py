"""Jobs as the service does them: progress, retries, the end of the process, two processes."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from serving import let_in, opened
from waiting import until

from assistant.errors import InputError
from assistant.settings import Settings
from assistant.store import jobs
from assistant.web import app as application
from assistant.web import retention
from assistant.web.jobs import AgainError, JobRunner, Patience, Work

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

AT_ONCE = Patience(tries=3, first_s=0.0)
Handler = Any


@pytest.fixture
def start(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FastAPI]:
    """Make services that do jobs of the kind ``k`` with a handler of the test's."""
    monkeypatch.setattr(application, "load_engine", lambda _: engine)

    def make(handler: Handler, **more: Any) -> FastAPI:
        def install(runner: JobRunner, _: Settings) -> None:
            runner.handle("k", handler, **more)

        monkeypatch.setattr(retention, "install", install)
        return application.create_app(Settings(database=database))

    return make


def ask(app: FastAPI, **more: Any) -> int:
    return app.state.service.store.write(partial(jobs.enqueue, kind="k", payload={"n": 7}, **more)).result(10)


def stands(client: TestClient, number: int, *statuses: str) -> dict[str, Any]:
    """Wait until a job is as wanted; return it."""

    def job() -> dict[str, Any]:
        told: dict[str, Any] = client.get(f"/api/jobs/{number}").json()
        return told if told["status"] in statuses else {}

    return until(job)


def manager(app: FastAPI, client: TestClient) -> None:
    let_in(app, "boss", ["admin"])
    client.headers["authorization"] = "Bearer boss"


@pytest.mark.parametrize("computes", [True, False])
def test_a_job_tells_how_far_it_has_come(start: Callable[..., FastAPI], computes: bool) -> None:
    go_on = Event()

    def handler(work: Work) -> dict[str, Any]:
        work.progress(1, 2)
        go_on.wait(20)
        work.progress(2, 2)
        return {"n": work.payload["n"]}

    app = start(handler, computes=computes)
    with opened(app) as client:
        manager(app, client)
        number = ask(app)
        until(lambda: stands(client, number, "running", "waiting")["done"])
        job = stands(client, number, "running")
        assert (job["done"], job["total"]) == (1, 2)
        go_on.set()
        job = stands(client, number, "done")
        assert (job["done"], job["total"], job["result"]) == (2, 2, {"n": 7})
        told = client.get("/api/jobs").json()["items"]  # the service's own recurring jobs among them
        assert [each["number"] for each in told if each["kind"] == job["kind"]] == [number]
        assert client.get("/api/jobs", params={"status": "dead"}).json() == {"items": [], "next": None}


def test_a_job_that_fails_is_tried_again_and_given_up(start: Callable[..., FastAPI]) -> None:
    tries: list[int] = []

    def handler(work: Work) -> None:
        tries.append(work.claim.attempts)
        if len(tries) == 1:
            raise AgainError("not yet")
        if len(tries) == 2:
            raise InputError("第 3 行读不出来")
        raise RuntimeError("客户说：13800138000")

    app = start(handler, patience=AT_ONCE)
    with opened(app) as client:
        manager(app, client)
        number = ask(app)
        job = stands(client, number, "dead")
        assert tries == [1, 2, 3]
        assert job["error"] == "RuntimeError"
        assert client.post(f"/api/jobs/{number}/retry").status_code == 204
        until(lambda: len(tries) >= 6)
        assert tries[3:] == [1, 2, 3]


def test_some_failures_need_no_second_try(start: Callable[..., FastAPI]) -> None:
    def handler(work: Work) -> None:
        raise AgainError("gone", dead=True)

    app = start(handler, patience=AT_ONCE)
    with opened(app) as client:
        manager(app, client)
        job = stands(client, ask(app), "dead")
        assert (job["attempts"], job["error"]) == (1, "gone")


def test_a_job_is_left_when_the_service_ends_and_taken_up_by_the_next(
    start: Callable[..., FastAPI],
) -> None:
    begun = Event()

    def endless(work: Work) -> None:
        for step in range(10_000):
            begun.set()
            work.progress(step, 10_000)
            time.sleep(0.005)

    app = start(endless, computes=True)
    with opened(app):
        number = ask(app)
        assert begun.wait(20)
    app = start(lambda work: {"tries": work.claim.attempts})
    with opened(app) as client:
        manager(app, client)
        assert stands(client, number, "done")["result"] == {"tries": 1}


def test_a_worker_that_died_each_time_ends_the_job(start: Callable[..., FastAPI]) -> None:
    app = start(lambda work: None, patience=Patience(tries=1))
    with opened(app) as client:
        manager(app, client)
        store = app.state.service.store

        def died(connection: Any) -> int:
            number = jobs.enqueue(connection, "k", {})
            assert jobs.claim(connection, ["k"], "dead", lease_s=0) is not None
            return number

        job = stands(client, store.write(died).result(10), "dead")
        assert job["error"] == "its worker died each time"


def test_who_asked_for_a_job_follows_it_and_no_other(start: Callable[..., FastAPI]) -> None:
    app = start(lambda work: None)
    with opened(app) as client:
        let_in(app, "mine", ["check"])
        number, other = ask(app, by="token:mine"), ask(app, by="token:other")
        assert client.get("/api/jobs").status_code == 401
        client.headers["authorization"] = "Bearer mine"
        assert stands(client, number, "done")["asked_by"] == "token:mine"
        assert client.get(f"/api/jobs/{other}").status_code == 404
        assert [job["number"] for job in client.get("/api/jobs").json()["items"]] == [number]
        assert client.post(f"/api/jobs/{number}/retry").status_code == 403


def test_waits_grow_and_differ() -> None:
    patience = Patience(first_s=10, factor=2, most_s=100)
    for attempts, longest in ((1, 10), (2, 20), (4, 80), (5, 100), (5_000, 100)):
        waits = {patience.wait(attempts) for _ in range(20)}
        assert len(waits) > 1
        assert all(timedelta(seconds=longest / 2) <= wait <= timedelta(seconds=longest) for wait in waits)
