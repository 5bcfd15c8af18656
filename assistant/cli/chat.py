"""``huashu chat`` and ``huashu actions``: the assistant in the terminal, and its action server for Rasa."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import Company, Packs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from assistant.chat.runtime import Answer, Runtime, Said
    from assistant.settings import Settings

_SENDER = "terminal"
_LEAVING = frozenset(["/quit", "/exit", "退出", "quit", "exit"])
_GOODBYE = "goodbye"
_PACE_S = 0.008  # a character


class Format(StrEnum):
    text = "text"
    jsonl = "jsonl"


def register(app: typer.Typer) -> None:
    app.command("chat", epilog="Examples: huashu chat · huashu chat --once “不归我管”能说吗")(chat_command)
    app.command("actions", epilog="Example: huashu actions --port 5055")(actions_command)


def chat_command(
    once: Annotated[str | None, typer.Option("--once", metavar="TEXT", help="Answer this and exit.")] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="URL", help="Calls it may tell of: an SQLite file, or postgresql://…"
        ),
    ] = None,
    pack: Packs = None,
    company: Company = None,
) -> None:
    """Ask the assistant in plain Chinese; lines on stdin are answered one by one."""
    from assistant.settings import load_settings

    settings = load_settings({"packs": pack, "company": company, "database": database})
    runtime, metadata = _opened(settings)
    if once is not None:
        _write(runtime.answer(_SENDER, once, metadata), output_format, None)
    elif sys.stdin.isatty() and output_format is Format.text:
        _talk(runtime, metadata)
    else:
        for line in sys.stdin:
            if line.strip():
                _write(runtime.answer(_SENDER, line.strip(), metadata), output_format, None)


def _opened(settings: Settings) -> tuple[Runtime, dict[str, str]]:
    """Return the assistant, and the metadata that let it tell of the calls on this machine."""
    import secrets

    from assistant.bootstrap import load_advisor, load_chat
    from assistant.chat.passes import KEY, signed

    secret = secrets.token_hex(16)
    stored = "://" in settings.store or Path(settings.store).is_file()
    advisor = load_advisor(settings, stored=stored, secret=secret)
    return load_chat(settings, advisor), {KEY: signed(secret, _SENDER, "admin", lasts_s=86_400)}


def _write(answer: Answer, output_format: Format, console: Console | None) -> None:
    if output_format is Format.jsonl:
        from assistant.report.wire import dumps

        said = [
            {"text": each.text, "buttons": list(each.buttons), "data": _data(each)} for each in answer.said
        ]
        told = {"intent": answer.intent, "confidence": round(answer.confidence, 4),
                "actions": list(answer.actions), "messages": said}  # fmt: skip
        sys.stdout.write(dumps(told) + "\n")
    elif console is None:
        sys.stdout.writelines(each.text + "\n" for each in answer.said)
    else:
        _show(answer, console)
    sys.stdout.flush()


def _data(said: Said) -> object:
    return said.data.get("data", said.data)


def _talk(runtime: Runtime, metadata: dict[str, str]) -> None:
    """Hold a conversation: arrow keys bring earlier questions back, a number stands for a button."""
    from threading import Thread

    from rich.console import Console

    console = Console(highlight=False)
    console.print("[bold]话术助手[/]  直接问就行；输入数字选按钮，输入“退出”离开。")
    Thread(target=runtime.warm, daemon=True).start()
    buttons: list[str] = []
    for line in _lines(console):
        text = buttons[int(line) - 1] if line.isdigit() and 0 < int(line) <= len(buttons) else line
        answer = runtime.answer(_SENDER, text, metadata)
        _write(answer, Format.text, console)
        buttons = [button["payload"] for each in answer.said for button in each.buttons]
        if answer.intent == _GOODBYE:
            return


def _lines(console: Console) -> Iterator[str]:
    """Yield what is typed until the user leaves."""
    import contextlib

    with contextlib.suppress(ImportError):  # Windows has none
        import readline  # noqa: F401 - gives input() its history
    while True:
        try:
            line = console.input("[bold cyan]您：[/]").strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        if line in _LEAVING:
            return
        if line:
            yield line


def _show(answer: Answer, console: Console) -> None:
    """Print an answer as if it were typed; its buttons are numbered."""
    from time import sleep

    from rich.text import Text

    number = 0
    for said in answer.said:
        console.print("[bold green]助手：[/]", end="")
        for sign in said.text:
            console.print(Text(sign), end="", soft_wrap=True)
            sleep(_PACE_S)
        console.print()
        for button in said.buttons:
            number += 1
            console.print(Text(f"  [{number}] {button['title']}", style="cyan"))


def actions_command(
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="The port.")] = 5055,
) -> None:
    """Serve the assistant's actions to a Rasa server, over rasa-sdk's protocol."""
    from assistant.bootstrap import shipped_actions
    from assistant.chat.server import serve_actions

    serve_actions(shipped_actions(), host, port)
