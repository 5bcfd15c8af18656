from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_an_address_in_use_is_told_before_anything_is_made_ready(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "assistant.cli.main", "serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(  # noqa: S603
            [*command, "--database", str(tmp_path / "calls.db")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert "can't be listened on" in ended.stderr
    assert ended.stdout == ""
