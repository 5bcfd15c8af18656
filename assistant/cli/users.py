"""``huashu users``: who may sign in, and which programs may ask."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from assistant.cli.rules import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.store.database import Store

T = TypeVar("T")
BY = "command line"
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="An SQLite file, or postgresql://USER:PASSWORD@HOST/NAME."
    ),
]
Choose = Annotated[
    bool, typer.Option("--choose", help="Ask for the user's own password instead of printing one.")
]
RoleOption = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="agent, qa, trainer, supervisor or admin.")
]
ScopeOption = Annotated[
    list[str],
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help="A right: check, read, live and so on; repeatable.",
    ),
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="users",
        help="Look after users and the tokens of programs.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("list", epilog="Example: huashu users list")(list_command)
    group.command("add", epilog="Example: huashu users add 王芳 --role agent --agent-id 3056")(add_command)
    group.command("password", epilog="Example: huashu users password 王芳")(password_command)
    group.command("disable", epilog="Example: huashu users disable 王芳")(disable_command)
    group.command("enable", epilog="Example: huashu users enable 王芳")(enable_command)
    group.command("rank", epilog="Example: huashu users rank 李主管 manager")(rank_command)
    group.command("token", epilog="Example: huashu users token asr --scope live")(token_command)
    group.command("revoke", epilog="Example: huashu users revoke asr")(revoke_command)
    app.add_typer(group)


def list_command(database: Database = None) -> None:
    """List users and tokens."""
    from assistant.store import users

    found, tokens = within(
        database, lambda store: (store.read(users.list_users), store.read(users.list_tokens))
    )
    rows = [
        (user.name, user.role, user.agent_id or "", user.desk_rank or "", "" if user.active else "disabled")
        for user in found
    ] + [(token.name, "token", " ".join(token.scopes), "", _ending(token.until)) for token in tokens]
    sys.stdout.writelines(f"{line}\n" for line in table(rows))


def add_command(
    name: Name,
    role: RoleOption = "agent",
    agent_id: Annotated[
        str | None,
        typer.Option("--agent-id", metavar="ID", help="An agent's own id: they see its calls alone."),
    ] = None,
    choose: Choose = False,
    database: Database = None,
) -> None:
    """Add a user; prints a password to be used once."""
    from assistant.errors import UsageError
    from assistant.store import users

    if role not in users.ROLES:
        raise UsageError(f"--role: one of {', '.join(users.ROLES)}", code="bad-role")
    if role == "agent" and not agent_id:
        raise UsageError("an agent needs --agent-id", code="no-agent-id")
    if not 0 < len(name) <= 64:
        raise UsageError("a name has 1 to 64 characters", code="bad-name")

    def job(connection: Any, hashed: str) -> None:
        known: Any = role  # looked at above
        users.add_user(connection, BY, name, known, hashed, agent_id=agent_id, must_change=not choose)

    _with_password(database, job, name, choose=choose)


def password_command(name: Name, choose: Choose = False, database: Database = None) -> None:
    """Give a user another password; prints it, to be used once."""
    from assistant.store import users

    def job(connection: Any, hashed: str) -> None:
        users.set_password(connection, BY, _user(connection, name), hashed, must_change=not choose)

    _with_password(database, job, name, choose=choose)


def disable_command(name: Name, database: Database = None) -> None:
    """Let a user sign in no more, and sign them out; one administrator is left always."""
    _set_active(name, database, active=False)


def enable_command(name: Name, database: Database = None) -> None:
    """Let a user sign in again; a lock-out ends, too."""
    _set_active(name, database, active=True)


def rank_command(
    name: Name,
    rank: Annotated[
        str | None,
        typer.Argument(
            metavar="RANK",
            help="A rank of authority.yml: agent, supervisor, manager, director; none: that of the role.",
        ),
    ] = None,
    database: Database = None,
) -> None:
    """Give a user a rank at the complaint desk: what they may promise, pay and approve."""
    from assistant.bootstrap import load_desk
    from assistant.errors import UsageError
    from assistant.settings import load_settings
    from assistant.store import users

    known = [each.id for each in load_desk(load_settings()).rules.authority.ranks]
    if rank is not None and rank not in known:
        raise UsageError(f"RANK: one of {', '.join(known)}", code="bad-rank")

    def job(connection: Any) -> None:
        users.set_rank(connection, BY, _user(connection, name), rank)

    within(database, lambda store: store.write(job).result())
    _done(f"{name}：投诉台职级为 {rank}" if rank else f"{name}：投诉台职级按角色")


def token_command(
    name: Name,
    scope: ScopeOption,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=3_650, help="How long it is good for.", show_default="for ever"),
    ] = None,
    database: Database = None,
) -> None:
    """Make a token for a program; it is shown this once."""
    from assistant.errors import UsageError
    from assistant.store import users
    from assistant.web.identity import SCOPES
    from assistant.web.passwords import secret

    unknown = set(scope) - set(SCOPES)
    if unknown:
        raise UsageError(f"--scope: one of {', '.join(SCOPES)}", code="bad-scope")
    made = secret()
    until = datetime.now(UTC) + timedelta(days=days) if days else None
    within(
        database,
        lambda store: store.write(
            lambda connection: users.add_token(connection, BY, name, made, sorted(set(scope)), until=until)
        ).result(),
    )
    sys.stdout.write(f"{made}\n")


def revoke_command(name: Name, database: Database = None) -> None:
    """Let a token in no more."""
    from assistant.errors import UsageError
    from assistant.store import users

    gone = within(
        database,
        lambda store: store.write(lambda connection: users.drop_token(connection, BY, name)).result(),
    )
    if not gone:
        raise UsageError(f"there is no token {name}", code="no-token")
    _done(f"{name}：令牌已撤销")


def _set_active(name: str, database: str | None, *, active: bool) -> None:
    from assistant.store import users

    def job(connection: Any) -> None:
        users.set_active(connection, BY, _user(connection, name), active=active)

    within(database, lambda store: store.write(job).result())
    _done(f"{name}：已启用" if active else f"{name}：已停用")


def _done(what: str) -> None:
    sys.stdout.write(f"{what}\n")


def _with_password(database: str | None, job: Callable[[Any, str], None], name: str, *, choose: bool) -> None:
    """Do `job` with the hash of a new password, which is told, or is asked for (`choose`)."""
    from assistant.settings import load_settings
    from assistant.web.passwords import check, hashed, one_time

    if choose:
        password = _asked()
        check(password, name, load_settings().company)
    else:
        password = one_time()
    known = hashed(password)
    within(database, lambda store: store.write(lambda connection: job(connection, known)).result())
    if not choose:
        sys.stdout.write(f"{password}\n")


def _asked() -> str:
    """Return a password somebody types twice, or the first line of what is piped in."""
    if sys.stdin.isatty():
        return str(typer.prompt("密码", hide_input=True, confirmation_prompt="再输一次"))
    return sys.stdin.readline().rstrip("\r\n")


def _user(connection: Any, name: str) -> Any:
    from assistant.errors import UsageError
    from assistant.store import users

    user = users.find_user(connection, name)
    if user is None:
        raise UsageError(f"there is no user {name}", code="no-user")
    return user


def within(database: str | None, job: Callable[[Store], T], *, create: bool = False) -> T:
    """Do `job` with the database that is named, or that of the settings; it is there, or to be `create`d.

    Raises ConfigurationError (``no-database``).
    """
    from assistant.settings import load_settings
    from assistant.store.database import open_store

    store = open_store(load_settings({"database": database}).store, create=create)
    try:
        return job(store)
    finally:
        store.close()


def _ending(until: datetime | None) -> str:
    return "" if until is None else f"until {until:%Y-%m-%d}"
