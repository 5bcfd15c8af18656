"""``huashu erase``: delete stored conversations, contact data, the practice of a learner."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from assistant.store.database import Connection


def register(app: typer.Typer) -> None:
    app.command("erase", epilog="Examples: huashu erase call-17 · huashu erase --days 180")(erase_command)


def erase_command(
    call_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[CALL_ID]...", help="Conversations to delete.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", min=1, max=36_500, help="Ended ones older than this, too.")
    ] = None,
    phone: Annotated[
        str | None,
        typer.Option(
            "--phone",
            metavar="NUMBER",
            help="The customer with this phone number: contact data, and what their cases tell of them.",
        ),
    ] = None,
    learner: Annotated[
        str | None,
        typer.Option("--learner", metavar="NAME", help="All role-plays and quiz answers of this user."),
    ] = None,
    database: Database = None,
) -> None:
    """Delete stored conversations for good: turns, events, findings, reports, prompts, contact data.

    The audit log keeps that it was done, by id and number; backups of the database are yours to look after.
    """
    from assistant.errors import UsageError
    from assistant.store.conversations import erase

    if not call_ids and days is None and phone is None and learner is None:
        raise UsageError("name conversations, or say --days, --phone or --learner", code="nothing-named")
    if learner is not None:
        _erase_learner(learner, database)
    if phone is not None:
        _erase_customer(phone, database)
    if not call_ids and days is None:
        return
    before = datetime.now().astimezone() - timedelta(days=days) if days else None
    job = partial(erase, by=BY, call_ids=call_ids or (), before=before)
    gone = within(database, lambda store: store.write(job).result())
    sys.stdout.write(f"{gone} erased\n")
    if gone < len(call_ids or ()):
        raise UsageError("not all of them are there", code="unknown-conversation")


def _erase_learner(learner: str, database: str | None) -> None:
    from assistant.store.practice.erasure import forget_learner

    job = partial(forget_learner, learner=learner, by=BY)
    gone = within(database, lambda store: store.write(job).result())
    told = ", ".join(f"{count} {what}" for what, count in gone.items())
    sys.stdout.write(f"erased of {learner}: {told}\n")


def _erase_customer(phone: str, database: str | None) -> None:
    from assistant.cli.contacts import keys_of
    from assistant.store import contacts
    from assistant.store.desk import erasure
    from assistant.store.desk.customers import CASE

    hashes = keys_of(database).hashes(phone)

    def job(connection: Connection) -> tuple[int, int]:
        cases = erasure.cases_of(connection, hashes=hashes)
        subjects = [contacts.Subject(CASE, str(number)) for number in cases]
        gone = contacts.erase(connection, BY, subjects=subjects, hashes=hashes)
        return gone, erasure.erase_customer(connection, BY, cases)

    gone, cases = within(database, lambda store: store.write(job).result())
    sys.stdout.write(f"{gone} contacts erased\n")
    if cases:
        sys.stdout.write(f"{cases} cases tell no more whose they are\n")
