"""The desk's clock as recurring jobs: deadlines told, the same complaint of many noticed, mail sent."""

from __future__ import annotations

import logging
import os
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.desk.calendar import unknown_year
from assistant.store.desk.clock import claim_deadlines, find_clusters
from assistant.store.desk.notices import claim_mail, texts_of
from assistant.store.jobs import DONE, Recurring, clear_jobs, enqueue
from assistant.web.jobs import AgainError, Patience, every

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.desk.definition import Mail
    from assistant.desk.house import Desk
    from assistant.settings import Settings
    from assistant.store.database import Connection
    from assistant.web.jobs import JobRunner, Work

CLOCK, CLUSTERS, MAIL = "desk.clock", "desk.clusters", "desk.mail"
EACH, CLUSTERS_EACH = timedelta(seconds=15), timedelta(minutes=5)
_KEPT = timedelta(minutes=10)
"""How long it can be seen what a look at the clock gave: there are thousands a day."""
_STEP = 200
_TIMEOUT_S = 20
PASSWORD = "HUASHU_SMTP_PASSWORD"  # noqa: S105 (the name of a variable)
_log = logging.getLogger("huashu.desk")


def install(runner: JobRunner, settings: Settings) -> None:
    """Let the desk's clock run, in whichever process has time."""
    del settings
    year = datetime.now(UTC).year
    if unknown_year(year):
        _log.warning(
            "no public holidays are known of %s: weekends count, and calendar: in deadlines.yml", year
        )
    runner.handle(CLOCK, _look)
    runner.handle(CLUSTERS, _compare)
    runner.handle(MAIL, _mail, patience=Patience(tries=8, first_s=30.0))
    runner.each(Recurring(CLOCK, CLOCK, every(EACH), at_once=True))
    runner.each(Recurring(CLUSTERS, CLUSTERS, every(CLUSTERS_EACH), at_once=True))


def _look(work: Work) -> dict[str, Any]:
    now = datetime.now(UTC)
    told = tell_due(work.write, work.service.desk, now)
    kinds = [CLOCK]
    work.write(partial(clear_jobs, ended=DONE, before=now - _KEPT, most=_STEP, kinds=kinds))
    return told


def tell_due(
    write: Callable[[Callable[[Connection], Any]], Any], desk: Desk, now: datetime
) -> dict[str, Any]:
    """Tell what is near or missed at `now`, and ask for the mail that is due; `write` runs a job."""
    told = 0
    while (step := write(partial(claim_deadlines, desk=desk, now=now, most=_STEP))) == _STEP:
        told += step
    letters = write(partial(_ask_for_mail, mail=desk.rules.authority.mail, now=now))
    return {"told": told + step, "letters": letters}


def _ask_for_mail(connection: Connection, mail: Mail, now: datetime) -> int:
    """Ask for a letter to each recipient something waits for, in the transaction that takes it."""
    if not mail.host:
        return 0
    letters = 0
    for recipient, numbers in claim_mail(connection, now, mail.digest_minutes).items():
        name = recipient.partition(":")[2]
        if mail.to.get(name):
            enqueue(connection, MAIL, {"to": name, "notices": numbers})
            letters += 1
    return letters


def _compare(work: Work) -> dict[str, Any]:
    job = partial(find_clusters, desk=work.service.desk, now=datetime.now(UTC))
    return {"clusters": work.write(job)}


def _mail(work: Work) -> dict[str, Any]:
    mail = work.service.desk.rules.authority.mail
    lines = work.read(partial(texts_of, numbers=work.payload["notices"]))
    addresses = mail.to.get(work.payload["to"], ())
    if not (mail.host and addresses and lines):  # the house has changed its files meanwhile
        return {"lines": 0}
    try:
        send(mail, addresses, lines)
    except (OSError, smtplib.SMTPException) as error:
        raise AgainError(type(error).__name__) from error
    return {"lines": len(lines)}


def send(mail: Mail, addresses: Sequence[str], lines: Sequence[str]) -> None:
    """Send what was gathered as one letter, over STARTTLS; raises OSError, smtplib.SMTPException."""
    letter = EmailMessage()
    letter["Subject"] = lines[0] if len(lines) == 1 else f"投诉台：{len(lines)} 条提醒"
    letter["From"], letter["To"] = mail.sender, ", ".join(addresses)
    letter.set_content("\n".join(lines) + "\n")
    with smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_S) as server:
        if mail.user:
            server.starttls()
            server.login(mail.user, os.environ.get(PASSWORD, ""))
        server.send_message(letter)
