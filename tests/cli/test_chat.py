from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.request import urlopen

from assistant.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["chat", "--once", "重要投诉几天要办完", "--database", str(tmp_path / "none.db")]) == 0
    assert "3天内处理完" in capsys.readouterr().out
    assert not (tmp_path / "none.db").exists()


def test_lines_on_stdin_are_one_conversation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("“不归我管”能说吗\n\n那换个说法呢\n"))
    assert main(["chat", "--format", "jsonl", "--database", str(tmp_path / "none.db")]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["intent"] == "check_phrase"
    assert first["messages"][0]["data"]["findings"]
    assert second["actions"] == ["action_take_phrase", "rewrite_form", "action_rewrite_phrase"]


def test_the_action_server_answers_on_loopback(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assistant.cli.main", "actions", "--port", str(port)]
    with subprocess.Popen(  # noqa: S603
        command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        try:
            until = time.monotonic() + 60
            told = None
            while told is None and time.monotonic() < until:
                try:
                    with urlopen(f"http://127.0.0.1:{port}/actions") as answer:
                        told = json.load(answer)
                except OSError:
                    time.sleep(0.2)
        finally:
            os.killpg(server.pid, 15)
    assert told is not None
    assert "action_check_phrase" in {each["name"] for each in told}
