from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import let_in, opened

import assistant.web

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

ALL = {"authorization": "Bearer all"}
HERE = Path(assistant.web.__file__).parent
TEMPLATES = sorted((HERE / "templates").glob("*.html"))
PAGES = [
    "/",
    "/desk",
    "/board",
    "/calls",
    "/calls/c1",
    "/rules",
    "/quiz",
    "/practice",
    "/practice/sessions/1",
    "/practice/together",
    "/practice/scenarios",
    "/courses",
    "/courses/1",
    "/courses/1/certificate",
    "/organisation",
    "/settings/users",
    "/settings/audit",
    "/password",
    "/cases",
    "/cases/1",
    "/callbacks",
    "/callbacks/1",
    "/kpi",
    "/qa",
    "/my",
    "/reports",
    "/qa/import",
    "/qa/draws",
    "/qa/appeals",
    "/qa/calibration",
    "/qa/coaching",
    "/qa/cards",
    "/qa/rules",
    "/qa/review/1",
    "/explain/c1",
]


@pytest.mark.parametrize("path", PAGES)
def test_who_isnt_signed_in_is_led_to_the_sign_in(steady: TestClient, path: str) -> None:
    answer = steady.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_the_security_headers(steady: TestClient, path: str) -> None:
    answer = steady.get(path, headers=ALL)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_are_shown_to_whom_they_are_for(app: FastAPI) -> None:
    with opened(app) as client:
        let_in(app, "reader", ["read"])
        client.headers["authorization"] = "Bearer reader"
        for path in ("/", "/desk", "/board", "/rules", "/quiz"):
            answer = client.get(path, follow_redirects=False)
            assert answer.headers["location"] == "/calls", path
        assert "班长台" not in client.get("/calls").text


def test_what_stands_in_an_address_is_escaped(steady: TestClient) -> None:
    assert "<script>alert" not in steady.get("/calls/<script>alert(1)</script>", headers=ALL).text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_pages_load_nothing_from_elsewhere_and_hold_no_script(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", text)
    assert not re.search(r"\s(?:on\w+|style)=", text)
    for name in re.findall(r"/static/([\w.]+)", text):
        assert (HERE / "static" / name).is_file(), name


def test_scripts_build_no_markup_from_texts() -> None:
    for script in (HERE / "static").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text), (
            script.name
        )
