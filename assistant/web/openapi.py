"""The OpenAPI document, with the published schemas of the wire format among its components."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from ruamel.yaml import YAML

from assistant.report.json_schema import raw_schema, schema_names
from assistant.web.identity import COOKIE, someone
from assistant.web.problems import Problem, answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant

Json = dict[str, Any]
_URN = re.compile(r"urn:huashu:(\w+):1(?:#(\w+))?")
_COMPONENTS = "#/components/schemas/"
_SAFE = frozenset(["GET", "HEAD"])
_SECURITY: Json = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": "What `POST /api/session` sets. Requests that change something carry `csrf` as well.",
    },
    "csrf": {
        "type": "apiKey", "in": "header", "name": "X-CSRF-Token",
        "description": "The `csrf` of `GET /api/session`.",
    },
    "token": {
        "type": "http", "scheme": "bearer",
        "description": "A token with scopes, made by `huashu users token`.",
    },
}  # fmt: skip
TAGS = [
    {"name": "texts", "description": "Single sentences: check, classify."},
    {
        "name": "conversations",
        "description": "Whole conversations: score them, say where one stands, find stored ones.",
    },
    {
        "name": "live",
        "description": "What came of live calls; they run over the WebSocket `/live`.",
    },
    {"name": "board", "description": "The supervisors' board."},
    {"name": "rules", "description": "The rules in force: list, explain, try."},
    {"name": "rule versions", "description": "What was published, by whom and why; publish, go back."},
    {
        "name": "rule drafts",
        "description": "The next version: edit, check, compare on stored calls.",
    },
    {
        "name": "qa",
        "description": "The QA desk: draws, reviews, appeals, calibration, coaching, reports.",
    },
    {"name": "cases", "description": "The complaint desk: cases, their deadlines, hand-over, remedies."},
    {"name": "days", "description": "Working days at the desk: what was marked, what cases tell of it."},
    {"name": "callbacks", "description": "Callbacks that are due, their scripts and outcomes."},
    {"name": "kpi", "description": "The figures of the complaint desk, with the way down to the cases."},
    {"name": "quiz", "description": "Items to learn by, answers, results."},
    {"name": "practice", "description": "Role-play with a simulated customer; sessions, debriefs, comments."},
    {"name": "courses", "description": "Courses of practice: who has to pass what until when."},
    {"name": "classrooms", "description": "Exercises of two people, with others who watch and mark."},
    {"name": "scenarios", "description": "Scenarios of the house: drafted from a call, edited, released."},
    {"name": "chat", "description": "The assistant: ask it in plain Chinese."},
    {"name": "organisation", "description": "Business lines, teams, agents."},
    {"name": "contacts", "description": "Contact data, encrypted; each look is audited."},
    {"name": "administration", "description": "Users, tokens, the audit log."},
    {"name": "jobs", "description": "What is done in the background."},
    {"name": "webhooks", "description": "Which systems are told of what happens."},
    {"name": "session", "description": "Sign in and out, the password."},
    {"name": "health", "description": "For orchestration and monitoring; these ask for no sign-in."},
]
BINARY: Json = {"schema": {"type": "string", "format": "binary"}}


def wire(name: str) -> Json:
    """Return a reference to the schema of a wire object."""
    return {"$ref": f"{_COMPONENTS}{_component(name)}"}


def gives(name: str, description: str, *, many: bool = False) -> dict[int | str, Json]:
    """Return what the document says of an answer that is a wire object, or a list of them and of errors."""
    schema = {"type": "array", "items": {"anyOf": [wire(name), wire("error")]}} if many else wire(name)
    return {200: {"description": description, "content": {"application/json": {"schema": schema}}}}


def document(app: FastAPI) -> Json:
    """Return the OpenAPI document of `app`, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=TAGS,
        )
        for route in _routes(app.routes):
            _complete(made["paths"][route.path_format], route)
        made["components"]["securitySchemes"] = _SECURITY
        components = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            components.pop(name, None)
        components["Problem"] = Problem.model_json_schema(ref_template=_COMPONENTS + "{model}")
        for name in schema_names():
            components.update(_parts(name))
        app.openapi_schema = made
    return app.openapi_schema


def _routes(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """Yield the routes that are documented."""
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            yield route


def _complete(path: Json, route: APIRoute) -> None:
    """Say of a route who may ask it, what right they need, and what is said of a body that can't be read."""
    asked = list(_calls(route.dependant))
    scopes = sorted({scope for call in asked if (scope := getattr(call, "scope", None))})
    for method in route.methods or ():
        operation = path[method.lower()]
        if "requestBody" in operation:
            _show(operation["requestBody"]["content"], f"{method} {route.path_format}")
            unread = answers(400, 413)
            told = operation["responses"]
            told |= {str(status): said for status, said in unread.items() if str(status) not in told}
        for told in operation["responses"].values():
            for content in told.get("content", {}).values():
                content["schema"] = content.get("schema") or {"type": "object"}
        faulty = operation["responses"].get("422", {})
        if "application/json" in faulty.get("content", {}):  # FastAPI's own; ours are problems
            operation["responses"] |= {str(status): said for status, said in answers(422).items()}
        if someone not in asked:
            operation["security"] = []
            continue
        browser: Json = {"session": []} if method in _SAFE else {"session": [], "csrf": []}
        operation["security"] = [browser, {"token": scopes}]
        if scopes:
            rights = ", ".join(f"`{scope}`" for scope in scopes)
            operation["description"] = f"{operation['description']}\n\nNeeds the right to: {rights}."


def _show(content: Json, what: str) -> None:
    """Put the example of a body into the document, if there is one."""
    example = _examples().get(what)
    if example is not None and "application/json" in content:
        content["application/json"]["example"] = example


@cache
def _examples() -> Json:
    text = (files("assistant.web") / "examples.yml").read_text(encoding="utf-8")
    read: Json = YAML(typ="safe", pure=True).load(text)
    return read


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def _parts(name: str) -> Json:
    """Return a schema and those inside it as components that refer to each other."""
    whole = raw_schema(name)
    parts = {_component(name, inner): part for inner, part in whole.pop("$defs", {}).items()}
    return {key: _rewritten(part, name) for key, part in {_component(name): whole, **parts}.items()}


def _rewritten(node: Any, name: str) -> Any:
    if isinstance(node, list):
        return [_rewritten(item, name) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _rewritten(value, name) for key, value in node.items() if key not in _ITS_OWN}
    target = kept.get("$ref")
    if isinstance(target, str):
        kept["$ref"] = _COMPONENTS + _target(target, name)
    return kept


_ITS_OWN = frozenset(["$id", "$schema", "$anchor"])


def _target(reference: str, name: str) -> str:
    found = _URN.fullmatch(reference)
    if found:
        return _component(found[1], found[2])
    return _component(name, reference.removeprefix("#/$defs/"))


def _component(name: str, inner: str | None = None) -> str:
    return "".join(word.capitalize() for word in [*name.split("-"), *(inner or "").split("_")])
