"""``huashu rules versions`` and ``restore``: what was published, and the way back where no page can help."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from assistant.store.database import Store
    from assistant.store.rulebook import Version

_MOST = 100


def register(group: typer.Typer) -> None:
    group.command("versions", epilog="Example: huashu rules versions")(versions_command)
    group.command("restore", epilog="Example: huashu rules restore 0 --why 新版本读不了第 3 版")(
        restore_command
    )


def versions_command(database: Database = None) -> None:
    """List the latest published versions of the rules, the one in force first."""
    from assistant.cli.rules import table
    from assistant.store.rulebook import list_versions

    found = within(database, lambda store: store.read(partial(list_versions, most=_MOST)))
    rows = [
        (str(each.number), f"{each.published_at:%Y-%m-%d %H:%M}", each.published_by, _packs(each), each.why)
        for each in found
    ]
    sys.stdout.writelines(f"{line}\n" for line in table(rows))


def restore_command(
    number: Annotated[
        int, typer.Argument(metavar="NUMBER", min=0, help="A version; 0: the packs of the settings.")
    ],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the audit log.")],
    database: Database = None,
) -> None:
    """Put an earlier version of the rules in force again, as a new version; services take it within seconds.

    Also where the service doesn't start because this software can't read the rules in force.
    """
    told = within(database, partial(_restore, number=number, why=why))
    sys.stdout.write(f"{told}\n")


def _restore(store: Store, number: int, why: str) -> int:
    """Return the number of the new version; raises RulePackError for one that can't be read, UsageError."""
    from assistant.bootstrap import compile_contents
    from assistant.errors import UsageError
    from assistant.settings import load_settings
    from assistant.store import rulebook

    version = store.read(partial(rulebook.find_version, number=number)) if number else None
    if number and version is None:
        raise UsageError(f"there is no version {number} of the rules", code="no-such-version")
    if version is not None and version.sha256 is not None:
        texts = store.read(partial(rulebook.texts_of, files=version.files))
        compile_contents({name: text.encode() for name, text in texts.items()}, load_settings().cache_dir)
    job = partial(
        rulebook.publish,
        by=BY,
        base=store.read(rulebook.latest_version),
        why=why,
        files=version.files if version else {},
        sha256=version.sha256 if version else None,
        packs=version.packs if version else [],
        restores=number,
    )
    return store.write(job).result()


def _packs(version: Version) -> str:
    if version.sha256 is None:
        return "settings"
    return " ".join(f"{pack['name']} {pack['version']}" for pack in version.packs)
