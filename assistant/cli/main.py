"""The command ``huashu``: its commands, and what becomes of errors.

Modules of commands import nothing of the product at their top: a command pays for what it uses.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from assistant import __version__
from assistant.cli import (
    chat,
    check,
    classify,
    contacts,
    desk,
    erase,
    init,
    model,
    organisation,
    practice,
    procedures,
    qa,
    quiz,
    rules,
    schema,
    score,
    serve,
    transfer,
    users,
    webhooks,
)  # fmt: skip
from assistant.cli import next as following
from assistant.cli.output import complain, complain_text, debugging, prepare_streams, silence
from assistant.errors import ExitCode, HuashuError

if TYPE_CHECKING:
    from collections.abc import Sequence

READER_GONE = 141
INTERRUPTED = 130

app = typer.Typer(
    name="huashu",
    help="Script and phrase compliance for Chinese customer service: scores calls, explains every finding.",
    epilog="Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 invalid rule pack or "
    "configuration, 4 unreadable input, 5 internal error.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"huashu {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None: ...


check.register(app)
score.register(app)
classify.register(app)
following.register(app)
rules.register(app)
procedures.register(app)
model.register(app)
serve.register(app)
users.register(app)
organisation.register(app)
contacts.register(app)
desk.register(app)
transfer.register(app)
erase.register(app)
webhooks.register(app)
practice.register(app)
qa.register(app)
schema.register(app)
init.register(app)
chat.register(app)
quiz.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never raises for what users do."""
    prepare_streams()
    stdout = sys.stdout
    try:
        code = _run(arguments)
        stdout.flush()
    except BrokenPipeError:
        code = READER_GONE
    if code == READER_GONE:
        sys.stdout = stdout
        silence(stdout)
    elif code == INTERRUPTED:
        complain_text("interrupted")
    return code


def _run(arguments: Sequence[str] | None) -> int:
    command = get_command(app)
    try:
        code = command.main(args=arguments, prog_name="huashu", standalone_mode=False)
    except TyperException as error:
        return _misused(error)
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # Typer's way of taking it
            return READER_GONE
        raise
    except HuashuError as error:
        if debugging():
            raise
        complain(error)
        return int(error.exit_code)
    except Exception as error:
        if debugging():
            raise
        complain_text(f"internal error: {type(error).__name__}: {error} (HUASHU_DEBUG=1 shows where)")
        return ExitCode.INTERNAL
    return int(code or 0)


def _misused(error: TyperException) -> int:
    """Say what is wrong with a call; without any argument the help is what was asked for."""
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "huashu")
    message = error.format_message().rstrip(".")
    if message.startswith("Usage:"):
        sys.stdout.write(message + "\n")
    else:
        complain_text(f"{message} (see {path} --help)")
    return ExitCode.USAGE


if __name__ == "__main__":
    sys.exit(main())
