"""``huashu webhooks``: which systems hear of alerts and finished reports."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.rules import table
from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number `huashu webhooks list` shows.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="webhooks",
        help="Say which systems hear of alerts and finished reports.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("list", epilog="Example: huashu webhooks list")(list_command)
    group.command("add", epilog="Example: huashu webhooks add https://crm.example/huashu --type alert")(
        add_command
    )
    group.command("remove", epilog="Example: huashu webhooks remove 1")(remove_command)
    group.command("enable", epilog="Example: huashu webhooks enable 1")(enable_command)
    group.command("test", epilog="Example: huashu webhooks test 1")(try_command)
    app.add_typer(group)


def list_command(database: Database = None) -> None:
    """List endpoints: number, state, what waits and was given up, types, address."""
    from assistant.store import outbox

    found = within(database, lambda store: store.read(outbox.list_endpoints))
    rows = [
        (
            str(each.number), _state(each), f"{each.waiting} waiting", f"{each.failed} failed",
            " ".join(each.types), each.url,
        )
        for each in found
    ]  # fmt: skip
    sys.stdout.writelines(f"{line}\n" for line in table(rows))


def add_command(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages are posted.")],
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            show_default="alert and report.finished",
            help="alert, report.finished, "
            "case.opened, case.changed, deadline.near, deadline.missed or complaint.cluster; repeatable.",
        ),
    ] = None,
    database: Database = None,
) -> None:
    """Add an endpoint; prints its number and the secret its messages are signed with, this once."""
    from assistant.errors import UsageError
    from assistant.store import outbox
    from assistant.web.webhooks import checked

    wanted = sorted(set(types or outbox.CALL_TYPES))
    if not set(wanted) <= set(outbox.TYPES):
        raise UsageError(f"--type: one of {', '.join(outbox.TYPES)}", code="bad-type")
    job = partial(outbox.add_endpoint, by=BY, url=checked(url), types=wanted)
    number, secret = within(database, lambda store: store.write(job).result())
    sys.stdout.write(f"{number} {secret}\n")


def remove_command(number: Number, database: Database = None) -> None:
    """Let an endpoint hear no more; what waits for it is deleted."""
    from assistant.store import outbox

    _change(database, partial(outbox.drop_endpoint, by=BY, number=number), number)


def enable_command(number: Number, database: Database = None) -> None:
    """Tell an endpoint again that was told no more, beginning with what waited or was given up."""
    from assistant.store import outbox

    _change(database, partial(outbox.enable_endpoint, by=BY, number=number), number)


def try_command(number: Number, database: Database = None) -> None:
    """Send an endpoint a message of the type test; prints what came back."""
    from assistant.errors import InputError
    from assistant.settings import load_settings
    from assistant.store import outbox
    from assistant.web.api.webhooks import tried
    from assistant.web.webhooks import Sender, arrived

    found = within(database, lambda store: store.read(partial(outbox.address_of, number=number)))
    if found is None:
        raise _unknown(number)
    answer = tried(Sender(load_settings()), *found)
    if not arrived(answer):
        raise InputError(f"it didn't take the message: {answer}", code="not-delivered", path=found[0])
    sys.stdout.write(f"{answer}\n")


def _change(database: str | None, job: Callable[[Any], bool], number: int) -> None:
    if not within(database, lambda store: store.write(job).result()):
        raise _unknown(number)


def _unknown(number: int) -> Exception:
    from assistant.errors import UsageError

    return UsageError(f"there is no webhook {number}", code="no-webhook")


def _state(endpoint: Any) -> str:
    if not endpoint.active:
        return f"disabled ({endpoint.disabled_why})"
    return (
        "active"
        if endpoint.failing_since is None
        else f"failing since {endpoint.failing_since:%Y-%m-%d %H:%M}"
    )
