from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CUSTOMER = {"role": "customer", "text": "我想退货"}
GOOD = {"id": "good", "turns": [{"role": "agent", "text": "您好"}, CUSTOMER]}
BAD = {"id": "bad", "turns": [{"role": "agent", "text": "不归我管"}, CUSTOMER]}
CARD = """\
scorecard: own
version: "1"
title: 自定
grades: [{name: 全部, at_least: 0}]
deduct: {hint: 0, minor: 1, major: 2, fatal: 4}
sections:
  - name: 服务
    items:
      - {id: words, title: 用语, kind: penalty, points: 10, findings: {source: [B-3]}}
"""


def jsonl(*items: Any) -> bytes:
    return b"".join(
        (item if isinstance(item, bytes) else json.dumps(item, ensure_ascii=False).encode()) + b"\n"
        for item in items
    )


def test_one_call_as_text(huashu: Callable[..., Any]) -> None:
    result = huashu("score", "bad.txt")
    assert result.code == 0
    assert "不归我管" in result.out
    assert "得分" in result.out


def test_several_calls_as_a_table(huashu: Callable[..., Any]) -> None:
    out = huashu("score", "bad.txt", "good.txt").out
    assert out.index("bad") < out.index("good")
    assert "这个不归我管" not in out


def test_json_is_always_an_array(huashu: Callable[..., Any]) -> None:
    (report,) = json.loads(huashu("score", "bad.txt", "--format", "json").out)
    assert report["schema"] == "huashu.report/1"
    assert {finding["rule"] for finding in report["findings"]} == {
        "tiny.shirking.not-mine",
        "tiny.opening.greeting",
    }
    assert report["scorecard"]["id"] == "standard"


@pytest.mark.parametrize(
    ("call", "card"),
    [
        ({"channel": "hotline"}, "standard"),
        ({"channel": "chat"}, "standard"),
        ({"channel": "ecommerce"}, "ecommerce"),
        ({"channel": "chat", "business_line": "电商"}, "ecommerce"),
        ({"channel": "somewhere"}, "standard"),
    ],
)
def test_a_call_chooses_its_scorecard(process: Callable[..., Any], call: dict[str, str], card: str) -> None:
    line = call.pop("business_line", None)
    stdin = jsonl({**BAD, **call, "meta": {"business_line": line} if line else {}})
    report = json.loads(process("score", "-", "--format", "jsonl", stdin=stdin).stdout)
    assert report["scorecard"]["id"] == card
    forced = process("score", "-", "--format", "jsonl", "--scorecard", "standard", stdin=stdin).stdout
    assert json.loads(forced)["scorecard"]["id"] == "standard"


def test_errors_stand_in_their_place(huashu: Callable[..., Any]) -> None:
    result = huashu("score", "bad.txt", "nowhere.txt", "good.txt", "--format", "jsonl")
    objects = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 4
    assert [each["schema"] for each in objects] == ["huashu.report/1", "huashu.error/1", "huashu.report/1"]
    assert objects[1]["path"] == "nowhere.txt"
    assert result.err == "huashu: nowhere.txt: no such file\n"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_bad_lines_of_stdin_keep_the_order(process: Callable[..., Any], workers: str) -> None:
    stdin = jsonl(GOOD, b"{nonsense", b"", BAD, b"\xff\xff", GOOD)
    done = process("score", "-", "--format", "jsonl", "--workers", workers, stdin=stdin)
    objects = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert done.returncode == 4
    assert [each.get("id", each.get("line")) for each in objects] == ["good", 2, 3, "bad", 5, "good"]
    assert done.stderr.count(b"\n") == 3


def test_workers_change_nothing(process: Callable[..., Any]) -> None:
    stdin = jsonl(*({**(GOOD if number % 3 else BAD), "id": f"c{number}"} for number in range(40)))
    one, two = (
        process("score", "-", "--format", "json", "--workers", workers, stdin=stdin).stdout
        for workers in ("1", "2")
    )
    assert one == two
    assert len(json.loads(one)) == 40


def test_folders_are_read_in_order(huashu: Callable[..., Any], house: Path) -> None:
    folder = house / "calls" / "deep"
    folder.mkdir(parents=True)
    (folder / "b.txt").write_text("坐席: 您好\n客户: 退货\n坐席: 好的\n", encoding="utf-8")
    (house / "calls" / "a.txt").write_text("坐席: 您好\n客户: 退货\n坐席: 好的\n", encoding="utf-8")
    reports = json.loads(huashu("score", "calls", "--format", "json").out)
    assert [report["id"] for report in reports] == ["a", "b"]


def test_output_to_a_file(huashu: Callable[..., Any], house: Path) -> None:
    result = huashu("score", "bad.txt", "--format", "html", "-o", "out.html")
    assert (result.code, result.out) == (0, "")
    assert "不归我管" in (house / "out.html").read_text(encoding="utf-8")


def test_output_that_cannot_be_written(huashu: Callable[..., Any]) -> None:
    result = huashu("score", "bad.txt", "--format", "json", "-o", "nowhere/out.json")
    assert result.code == 4
    assert result.err.startswith("huashu: nowhere/out.json: ")


def test_workbook_on_stdout(process: Callable[..., Any]) -> None:
    done = process("score", "bad.txt", "--format", "xlsx")
    assert openpyxl.load_workbook(io.BytesIO(done.stdout)).sheetnames


def test_pack_replaces_and_shipped_adds(huashu: Callable[..., Any], house: Path) -> None:
    other = (house / "tiny.yml").read_text(encoding="utf-8").replace("tiny", "other")
    (house / "other.yml").write_text(other, encoding="utf-8")
    (report,) = json.loads(huashu("score", "bad.txt", "--format", "json", "--pack", "other.yml").out)
    assert [pack["name"] for pack in report["packs"]] == ["other"]
    both = ("--pack", "other.yml", "--pack", "tiny.yml")
    (report,) = json.loads(huashu("score", "bad.txt", "--format", "json", *both).out)
    assert [pack["name"] for pack in report["packs"]] == ["other", "tiny"]


def test_scorecard_of_a_house(huashu: Callable[..., Any], house: Path) -> None:
    (house / "card.yml").write_text(CARD, encoding="utf-8")
    (report,) = json.loads(huashu("score", "bad.txt", "--format", "json", "--scorecard", "card.yml").out)
    assert report["scorecard"]["id"] == "own"
    assert report["score"]["total"] == 80


def test_reader_that_goes_away(house: Path, process: Callable[..., Any]) -> None:
    (house / "many.jsonl").write_bytes(jsonl(*[BAD] * 400))
    command = [sys.executable, "-m", "assistant.cli.main", "score", "many.jsonl", "--format", "jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) == 141


@pytest.mark.parametrize("output_format", ["text", "jsonl"])
def test_progress_is_shown_on_a_terminal_and_leaves_the_data_alone(
    process: Callable[..., Any], house: Path, output_format: str
) -> None:
    arguments = ("score", "bad.txt", "nowhere.txt", "good.txt", "--format", output_format)
    terminal, other = pty.openpty()
    command = [sys.executable, "-m", "assistant.cli.main", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm"}
    done = subprocess.run(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=other, cwd=house, env=environment, timeout=60, check=False
    )
    os.close(other)
    shown = os.read(terminal, 65_536).decode()
    os.close(terminal)
    assert "conversations" in shown
    assert "huashu: nowhere.txt: no such file" in shown
    assert done.stdout == process(*arguments).stdout


@pytest.mark.parametrize(("output_format", "times"), [("text", 1), ("jsonl", 2)])
def test_a_bad_file_is_told_once_on_a_terminal(house: Path, output_format: str, times: int) -> None:
    terminal, other = pty.openpty()
    command = [sys.executable, "-m", "assistant.cli.main", "score", "nowhere.txt", "--format", output_format]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "dumb"}
    done = subprocess.run(  # noqa: S603 - our own command
        command, stdout=other, stderr=other, cwd=house, env=environment, timeout=60, check=False
    )
    os.close(other)
    shown = os.read(terminal, 65_536).decode()
    os.close(terminal)
    assert done.returncode == 4
    assert shown.count("no such file") == times


def test_guessed_columns_are_told(huashu: Callable[..., Any], house: Path) -> None:
    rows = "a,09:00:01,客服,您好请讲\na,09:00:04,客户,我想退货\nb,09:10:01,客服,您好请讲\n"
    (house / "guess.csv").write_text(f"会话ID,时间,发言人,这一句\n{rows}", encoding="utf-8")
    (house / "known.csv").write_text(f"会话ID,时间,发言人,话术内容\n{rows}", encoding="utf-8")
    told = huashu("score", "guess.csv", "known.csv").err
    assert told.count("guess.csv: warning: columns guessed from their cells (text: 这一句)") == 1
    assert "known.csv" not in told
