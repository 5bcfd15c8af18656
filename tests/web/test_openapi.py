"""The OpenAPI document holds: requests made up from it are answered as it says, whoever asks."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from ruamel.yaml import YAML
from schemathesis import GenerationMode, checks
from serving import let_in, opened
from small_calls import PACK, call

from assistant.settings import Settings
from assistant.store import users
from assistant.store.contact_keys import new_key
from assistant.web import app as application
from assistant.web.identity import SCOPES
from assistant.web.rules.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

EXAMPLES = 4
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
STREAM = "/stream"  # it has no end


@pytest.fixture(scope="module")
def served(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("openapi")
    (folder / "tiny.yml").write_text(PACK, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "load_engine", lambda _: engine)
        patch.setattr(Workshop, "_run", lambda _, job, arguments: job(*arguments))
        made = Settings(
            packs=(str(folder / "tiny.yml"),),
            database=str(folder / "calls.db"),
            cache_dir=folder / "cache",
            contact_key=new_key(),
            chat_secret="a secret of the house",
        )
        app = application.create_app(made)
        with opened(app) as client:
            let_in(app, "all", SCOPES)
            let_in(app, "none", [])
            client.headers["authorization"] = "Bearer all"
            turns = [{"role": message["role"], "text": message["text"]} for message in call()[1:]]
            client.post("/api/score?keep=true", json={"id": "c1", "turns": turns}).raise_for_status()
            client.post("/api/rules/drafts", json={"title": "一"}).raise_for_status()
            yield client


@cache
def document() -> dict[str, Any]:
    return application.create_app(Settings()).openapi()


SCHEMA = schemathesis.openapi.from_dict(document())
OPERATIONS = {
    operation.label: operation
    for result in SCHEMA.get_all_operations()
    if not (operation := result.ok()).path.endswith(STREAM)
}


@pytest.mark.parametrize("mode", GenerationMode, ids=str)
@pytest.mark.parametrize("label", OPERATIONS)
def test_requests_are_answered_as_documented(served: TestClient, label: str, mode: GenerationMode) -> None:
    operation = OPERATIONS[label]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
        pytest.skip("nothing can be wrong with it")

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        case.headers = {**(case.headers or {}), "authorization": "Bearer all"}
        conforms(served, case)

    ask()


def conforms(client: TestClient, case: schemathesis.Case) -> int:
    sent = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
    made = requests.Request(**sent).prepare()
    answer = client.request(
        made.method or "", made.url or "", headers=dict(made.headers), content=made.body or b""
    )
    case.validate_response(answer, checks=CHECKS)
    return answer.status_code


SECURED = {
    label: operation for label, operation in OPERATIONS.items() if operation.definition.raw.get("security")
}


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("none", 403)])
@pytest.mark.parametrize("label", SECURED)
def test_who_may_not_is_told_so(served: TestClient, label: str, token: str | None, status: int) -> None:
    operation = SECURED[label]
    scopes = operation.definition.raw["security"][-1]["token"]
    if token is not None and not scopes:
        pytest.skip("all who are known may")
    path = operation.path.replace("{number}", "1").replace("{name}", "a.yml")
    path = path.replace("{rule_id}", "a.b").replace("{call_id}", "c1")
    headers = {"authorization": f"Bearer {token}" if token else ""}
    answer = served.request(operation.method, path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    if token:
        assert answer.json()["detail"].removeprefix("没有权限：") in scopes


@pytest.mark.parametrize("label", [label for label, each in OPERATIONS.items() if each.body])
def test_a_body_that_is_too_large_is_refused(served: TestClient, label: str) -> None:
    operation = OPERATIONS[label]
    path = operation.path.replace("{number}", "1").replace("{name}", "a.yml")
    answer = served.request(operation.method, path, headers={"content-length": str(64 << 20)}, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert "413" in operation.definition.raw["responses"]


def test_a_locked_user_is_told_so(served: TestClient) -> None:
    asked = {"name": "锁", "password": "wrong"}
    job = partial(users.add_user, by="test", name="锁", role="agent", password="-", must_change=False)
    served.app.state.service.store.write(job).result(10)  # type: ignore[attr-defined]
    codes = [served.post("/api/session", json=asked).status_code for _ in range(users.FAILURES + 1)]
    assert codes == [401] * users.FAILURES + [429]


def test_the_document_can_be_built_on() -> None:
    told = document()
    tags = {tag["name"] for tag in told["tags"]}
    names = set(told["components"]["securitySchemes"])
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert set(operation["tags"]) <= tags, where
            assert all(set(way) <= names for way in operation["security"]), where
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None:
                assert "example" in body or _shown(told, body["schema"]), where
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], where


def test_examples_of_bodies_are_as_their_schemas_say() -> None:
    told = document()
    shown = set()
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in body:
                shown.add(f"{method.upper()} {path}")
                jsonschema.validate(body["example"], {**body["schema"], "components": told["components"]})
    written = (Path(application.__file__).parent / "examples.yml").read_text(encoding="utf-8")
    assert set(YAML(typ="safe", pure=True).load(written)) <= shown


def _shown(told: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a body's schema shows an example, or all it holds may be left out."""
    made = told["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return not made.get("required") or any("examples" in each for each in made["properties"].values())
