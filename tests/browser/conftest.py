"""A real Chromium before a real server. Set HUASHU_REQUIRE_BROWSER to fail instead of skip without one."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from serving import Forge, Served

WAIT_MS = 30_000


@pytest.fixture(scope="module")  # while it is open no other test can run an event loop
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import expect, sync_playwright

        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if path is None:
            raise FileNotFoundError("no Chromium on the PATH")  # noqa: TRY301
        expect.set_options(timeout=WAIT_MS)
        started = sync_playwright().start()
        opened = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
    except Exception as error:
        if os.environ.get("HUASHU_REQUIRE_BROWSER"):
            raise
        pytest.skip(f"no browser: {error}")
    yield opened
    opened.close()
    started.stop()


@pytest.fixture
def served(forge: Forge, sqlite_tables: Path, tmp_path: Path) -> Iterator[Served]:
    """A service over the shipped packs that starts for the first time."""
    shutil.copyfile(sqlite_tables, tmp_path / "calls.db")
    with forge.serving(tmp_path, "--database", str(tmp_path / "calls.db")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page that fails the test for any error in its console."""
    errors: list[str] = []
    context = browser.new_context(
        base_url=served.address, viewport={"width": 1366, "height": 768}, locale="zh-CN"
    )
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []
