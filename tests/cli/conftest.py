"""A small pack of its own, so that no test here depends on the shipped ones."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

PACK = """\
pack: tiny
version: "1"
rules:
  - id: tiny.shirking.not-mine
    title: 推卸责任
    source: [B-3]
    kind: phrase
    severity: major
    match: {any: ["不归我(们)?管"], except: ["不归我管也会"]}
    message: 出现推卸责任的说法“{matched}”
    suggest: 我帮您转接到负责的同事,请稍等好吗?
    examples:
      hit: ["这个‹不归我们管›,您找别人"]
      miss: ["虽然不归我管也会帮您问"]
  - id: tiny.opening.greeting
    title: 开场问候
    source: [G-1]
    kind: required
    severity: minor
    match: {expect: {any: ["您好"]}, due: {first: 1}}
    message: 开场没有问候
    suggest: 您好,请问有什么可以帮您?
    examples:
      hit: ["坐席: 说吧\\n客户: 我想退货"]
      miss: ["坐席: 您好\\n客户: 我想退货"]
"""
GOOD = "坐席: 您好,请讲\n客户: 我想退货\n坐席: 好的,我帮您登记\n客户: 谢谢\n"
BAD = "坐席: 什么事\n客户: 我想退货\n坐席: 这个不归我管\n客户: 那找谁\n"
SETTINGS = ("CONFIG", "PACKS", "SCORECARD", "COMPANY", "WORKERS", "FAIL_ON", "DEBUG")


@dataclass(frozen=True, slots=True)
class Result:
    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests: compiling takes a second."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def house(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in with a pack, a good and a bad call; no settings from outside."""
    for name in SETTINGS:
        monkeypatch.delenv(f"HUASHU_{name}", raising=False)
    monkeypatch.setenv("HUASHU_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    (tmp_path / "good.txt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.txt").write_text(BAD, encoding="utf-8")
    monkeypatch.setenv("HUASHU_PACKS", "tiny.yml")
    return tmp_path


@pytest.fixture
def huashu(house: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command in this process."""
    del house

    def run(*arguments: str) -> Result:
        capfd.readouterr()
        code = main(arguments)
        captured = capfd.readouterr()
        return Result(int(code), captured.out, captured.err)

    return run


@pytest.fixture
def process(house: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run the command in a process of its own, with bytes on stdin."""

    def run(
        *arguments: str | bytes, stdin: bytes = b"", python: tuple[str, ...] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, *python, "-m", "assistant.cli.main", *arguments],
            input=stdin,
            capture_output=True,
            cwd=house,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=60,
            check=False,
        )

    return run
