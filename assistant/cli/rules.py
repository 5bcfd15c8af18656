"""``huashu rules``: lint, test, explain, list, diff, new."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="rules", help="Look after rule packs.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("new", epilog="Example: huashu rules new house.refund.promise --kind near > refund.yml")(
        new_command
    )
    app.add_typer(group)


def new_command(
    rule_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the rule, such as house.refund.promise.")
    ],
    kind: Annotated[
        str, typer.Option("--kind", help="Kind of rule; docs/rules.md shows them all.")
    ] = "phrase",
) -> None:
    """Print a commented pack with one rule to begin with."""
    from assistant.rules.skeleton import new_rule

    sys.stdout.write(new_rule(rule_id, kind))
