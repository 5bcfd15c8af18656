from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from assistant import __version__
from assistant.cli import check
from assistant.cli.main import app
from assistant.cli.output import Tally, gravest
from assistant.errors import ExitCode, HuashuError, InputError
from assistant.report import schema_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


DOCUMENTATION = Path(__file__).parents[2] / "docs" / "cli.md"


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = tuple(commands(get_command(app), "huashu"))


def section(path: str) -> str:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    begin = re.search(rf"^#+ `{re.escape(path)}\b[^\n]*`\n", text, re.MULTILINE)
    return re.split(r"^##", text[begin.end() :], maxsplit=1, flags=re.MULTILINE)[0] if begin else ""


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_and_option_is_documented(path: str, command: Any) -> None:
    text = section(path)
    assert text, f"docs/cli.md has no section for {path}"
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("-") and option not in ("--help", "-h"):
                assert f"`{option}" in text or f" {option} " in text, f"{path} {option} is not documented"


def test_no_section_is_left_of_a_command_that_has_gone() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    sections = set(re.findall(r"^#+ `(huashu(?: [a-z]+)+)", text, re.MULTILINE))
    groups = {
        "huashu rules",
        "huashu procedures",
        "huashu model",
        "huashu users",
        "huashu org",
        "huashu contacts",
        "huashu webhooks",
        "huashu desk",
        "huashu qa",
        "huashu report",
    }
    assert sections - groups == {path for path, _ in COMMANDS}


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_has_help_with_an_example(huashu: Callable[..., Any], path: str, command: Any) -> None:
    result = huashu(*path.split()[1:], "--help")
    assert result.code == 0
    assert f"Usage: {path}" in result.out
    assert "Example" in result.out
    assert all(parameter.help for parameter in command.params)


def test_version(huashu: Callable[..., Any]) -> None:
    assert huashu("--version").out == f"huashu {__version__}\n"


def test_without_arguments_the_help_is_shown(huashu: Callable[..., Any]) -> None:
    result = huashu()
    assert "Commands:" in result.out
    assert result.code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("chekc",),
        ("score",),
        ("check", "您好", "--format", "xml"),
        ("check", "您好", "--nonsense"),
        ("score", "good.txt", "--workers", "0"),
        ("schema", "nonsense"),
        ("rules", "new", "NoId"),
    ],
)
def test_misuse_is_one_line_and_2(huashu: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    result = huashu(*arguments)
    assert result.code == 2
    assert result.err.startswith("huashu: ")
    assert result.err.count("\n") == 1
    assert result.out == ""


def test_invalid_pack_is_3_and_names_the_place(huashu: Callable[..., Any], house: Path) -> None:
    (house / "broken.yml").write_text("pack: x\nversion: 1\n", encoding="utf-8")
    for command in (("check", "您好"), ("score", "nowhere.txt")):
        result = huashu(*command, "--pack", "broken.yml")
        assert result.code == 3
        assert result.err.startswith("huashu: broken.yml:2:")
        assert result.out == ""


def test_of_many_problems_the_first_are_shown(huashu: Callable[..., Any], house: Path) -> None:
    unknown = "".join(f"key{number}: 1\n" for number in range(30))
    (house / "broken.yml").write_text(f'pack: x\nversion: "1"\n{unknown}', encoding="utf-8")
    lines = huashu("check", "您好", "--pack", "broken.yml").err.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "huashu: and 20 more problems (huashu rules lint shows all)"


def test_missing_pack_is_3(huashu: Callable[..., Any]) -> None:
    assert huashu("check", "您好", "--pack", "nowhere").code == 3


def test_unreadable_input_before_findings(huashu: Callable[..., Any]) -> None:
    assert huashu("score", "bad.txt", "--fail-on", "major", "--format", "json").code == 1
    assert huashu("score", "bad.txt", "nowhere.txt", "--fail-on", "major", "--format", "json").code == 4


def test_internal_error_before_all(huashu: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.engine.fold import Engine

    def crash(*_: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Engine, "run", crash)
    result = huashu("score", "bad.txt", "nowhere.txt", "--format", "jsonl", "--fail-on", "hint")
    assert result.code == 5
    first, second = map(json.loads, result.out.splitlines())
    assert (first["code"], first["path"]) == ("internal", "bad.txt")
    assert second["code"] == "not-found"


def test_unforeseen_errors_are_one_line(huashu: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("assistant.bootstrap.load_engine", crash)
    result = huashu("check", "您好")
    assert result.code == 5
    assert result.err == "huashu: internal error: ZeroDivisionError: oops (HUASHU_DEBUG=1 shows where)\n"
    monkeypatch.setenv("HUASHU_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        huashu("check", "您好")


@pytest.mark.parametrize(
    ("codes", "winner"), [([], 0), ([1, 4], 4), ([4, 3, 1], 3), ([3, 5, 4], 5), ([1], 1), ([0, 1], 1)]
)
def test_precedence(codes: list[int], winner: int) -> None:
    assert gravest(map(ExitCode, codes)) == winner


def test_errors_are_one_line_even_with_line_feeds_in_them(capfd: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    tally.error(InputError("bad\nworse\x1b[31m", code="x", path="a\nb"))
    tally.error(HuashuError("ours"))
    assert tally.code == ExitCode.INTERNAL
    assert capfd.readouterr().err.splitlines() == ["huashu: a b: bad worse␛[31m", "huashu: ours"]


def test_schemas(huashu: Callable[..., Any]) -> None:
    assert huashu("schema").out.split() == list(schema_names())
    for name in schema_names():
        assert "$schema" in json.loads(huashu("schema", name).out)


def test_completion(house: Path) -> None:
    """Completion is for the shell that asks; `exit` keeps that shell from becoming the command."""
    asked = f"{shlex.quote(sys.executable)} -m assistant.cli.main --show-completion; exit $?"
    environment = {**os.environ, "PYTHONPATH": str(DOCUMENTATION.parents[1])}
    told = subprocess.run(  # noqa: S603
        ["bash", "-c", asked],  # noqa: S607
        cwd=house,
        env=environment,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (told.returncode, b"huashu" in told.stdout) == (0, True), told.stderr


FORBIDDEN = (
    "pydantic", "pydantic_settings", "yaml", "ruamel.yaml", "rich", "spacy", "sklearn", "openpyxl", "jinja2",
    "opencc", "pypinyin", "jieba", "multiprocessing",
)  # fmt: skip


def test_a_check_imports_nothing_heavy(
    process: Callable[..., Any], house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUASHU_PACKS")
    (house / "config.yml").write_text("language: zh\nassistant:\n  packs: [tiny.yml]\n", encoding="utf-8")
    assert process("check", "您好").returncode == 0
    done = process("check", "您好", python=("-X", "importtime"))
    assert done.stdout.decode() == "您好\n没有发现问题\n"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "typer" in imported
    assert imported.intersection(FORBIDDEN) == set()


def test_ctrl_c(house: Path) -> None:
    root = str(DOCUMENTATION.parents[1])
    command = [sys.executable, "-m", "assistant.cli.main", "check", "-", "--pack", str(house / "tiny.yml")]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root
    ) as running:
        signal.signal(signal.SIGINT, before)
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write("您好\n您好\n".encode())
        running.stdin.flush()
        assert [running.stdout.readline() for _ in range(2)] == ["您好\n".encode()] * 2  # it waits for more
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
        assert running.stderr is not None
        assert running.stderr.read() == b"huashu: interrupted\n"


def test_roles_are_those_of_the_contract() -> None:
    assert [role.value for role in check.Role] == ["agent", "customer"]


def test_closed_streams(house: Path, process: Callable[..., Any]) -> None:
    assert process("check", "您好").returncode == 0
    shell = f"{sys.executable} -m assistant.cli.main check - --pack {house / 'tiny.yml'}"
    root = DOCUMENTATION.parents[1]
    for closed in ("<&-", ">&- </dev/null", "2>&- </dev/null"):
        done = subprocess.run(  # noqa: S602 - only a shell closes streams
            f"{shell} {closed}", shell=True, cwd=root, capture_output=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
