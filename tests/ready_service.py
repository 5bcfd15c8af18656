"""Reads the modules of `huashu serve`, which takes longer than all else, and forks services.

Each line on stdin asks for one: its folder, its options, the files its output goes to. The answer is its pid.
"""

from __future__ import annotations

import json
import os
import signal
import sys


def _serve(folder: str, options: list[str], out: str, log: str) -> None:
    """Become the service that was asked for, in a process of its own."""
    from assistant.cli.main import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    code = 1
    try:
        for descriptor, path in ((0, os.devnull), (1, out), (2, log)):
            opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(opened, descriptor)
            os.close(opened)
        code = main(["serve", "--port", "0", *options])
        sys.stdout.flush()
    finally:
        os._exit(code)


def _main() -> None:
    import alembic.command  # noqa: F401 (the service imports it when it opens its database)

    import assistant.web.server  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    while asked := sys.stdin.readline():
        child = os.fork()
        if not child:
            _serve(**json.loads(asked))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main()
