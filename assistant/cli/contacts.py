"""``huashu contacts``: the keys of contact data."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import typer

from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from assistant.store.contact_keys import KeyRing
    from assistant.store.database import Store

_STEP = 200


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="contacts",
        help="Look after the keys of contact data.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("key", epilog='Example: export HUASHU_CONTACT_KEY="$(huashu contacts key)"')(key_command)
    group.command("rotate", epilog="Example: HUASHU_CONTACT_KEY=NEW,OLD huashu contacts rotate")(
        rotate_command
    )
    app.add_typer(group)


def key_command() -> None:
    """Print a new key for HUASHU_CONTACT_KEY; whoever loses it loses the contact data."""
    from assistant.store.contact_keys import new_key

    sys.stdout.write(f"{new_key()}\n")


def keys_of(database: str | None) -> KeyRing:
    """Return the keys of contact data of the house; raises ConfigurationError where there is none."""
    from assistant.settings import load_settings
    from assistant.store.contact_keys import house_key, key_ring

    settings = load_settings({"database": database})
    return key_ring(house_key(settings.contact_key, settings.store))


def rotate_command(database: Database = None) -> None:
    """Encrypt all contact data with the first key of HUASHU_CONTACT_KEY; older ones behind it may then go."""
    from assistant.store.contacts import rotate

    keys = keys_of(database)

    def run(store: Store) -> int:
        done = 0
        while some := store.write(partial(rotate, keys=keys, by=BY, most=_STEP)).result():
            done += some
        return done

    sys.stdout.write(f"{within(database, run)} encrypted with {keys.current.key_id}\n")
