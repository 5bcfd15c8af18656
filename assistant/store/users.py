"""Users, the browsers they are signed in with, and the tokens of programs.

Passwords come here hashed; cookies and tokens are known by their SHA-256 alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from sqlalchemy import and_, delete, func, insert, or_, select, union_all, update

from assistant.errors import ConflictError
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.dialect import adding, upsert
from assistant.store.sign_in_models import EVERYWHERE, SignInTry

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, Connection, RowMapping

Role = Literal["agent", "qa", "trainer", "supervisor", "admin"]
ROLES: tuple[str, ...] = get_args(Role)
FAILURES = 5
LOCKED = timedelta(minutes=15)
MANY = 50
"""Wrong guesses of a name from anywhere within a quarter of an hour that slow down all others."""
SLOW = timedelta(seconds=10)
TRUSTED = timedelta(days=30)
"""How long an address somebody has signed in from is spared what is tried elsewhere."""


@dataclass(frozen=True, slots=True)
class User:
    number: int
    name: str
    role: Role
    agent_id: str | None
    password: str
    must_change: bool
    active: bool
    locked_until: datetime | None
    desk_rank: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    scopes: tuple[str, ...]
    until: datetime | None


def key_of(secret: str) -> str:
    """Return what a cookie or token is known by; it has enough chance in it to need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_user(
    connection: Connection, by: str, name: str, role: Role, password: str, *,
    agent_id: str | None = None, must_change: bool = True,
) -> None:  # fmt: skip
    """Add a user with a hashed password; raises ConflictError (``exists``, ``agent-id-taken``)."""
    _keep_ids_apart(connection, agent_id, name)
    values = {
        "name": name, "role": role, "agent_id": agent_id, "password": password, "must_change": must_change,
        "active": True, "made_at": datetime.now(UTC),
    }  # fmt: skip
    put = upsert(connection, m.User, values, key=["name"], change=[]).returning(m.User.number)
    if connection.execute(put).scalar() is None:
        raise ConflictError("已有同名用户", code="exists")
    note(connection, by, "user.add", name, {"role": role, "agent_id": agent_id})


def list_users(connection: Connection) -> list[User]:
    rows = connection.execute(select(m.User.__table__).order_by(m.User.name)).mappings()
    return [_user(row) for row in rows]


def find_user(connection: Connection, name: str) -> User | None:
    row = connection.execute(select(m.User.__table__).where(m.User.name == name)).mappings().first()
    return None if row is None else _user(row)


def any_settled_admin(connection: Connection) -> bool | None:
    """Whether an administrator has chosen a password; None where there is no user at all."""
    if not connection.execute(select(func.count()).select_from(m.User)).scalar():
        return None
    settled = select(m.User.number).where(
        m.User.role == "admin", m.User.active, m.User.must_change.is_(False)
    )
    return connection.execute(settled.limit(1)).first() is not None


def set_password(connection: Connection, by: str, user: User, password: str, *, must_change: bool) -> None:
    """Give a user another password: whoever is signed in with the old one is signed out."""
    values = {"password": password, "must_change": must_change, "locked_until": None}
    _let_try(connection, user.name)
    connection.execute(update(m.User).where(m.User.number == user.number).values(values))
    connection.execute(delete(m.SignIn).where(m.SignIn.user == user.number))
    note(connection, by, "user.password", user.name)


def change_user(
    connection: Connection, by: str, user: User, *, role: Role, agent_id: str | None, active: bool
) -> None:
    """Give a user another role or agent id, or let them in no more; they are signed out.

    Raises ConflictError (``last-admin``) where nobody would be left to administer, and (``agent-id-taken``)
    where another active user has that agent id.
    """
    if role != "admin":
        _keep_an_admin(connection, user)
    if active:
        _keep_ids_apart(connection, agent_id, user.name)
    here = m.User.number == user.number
    values = {"role": role, "agent_id": agent_id}
    if values != {"role": user.role, "agent_id": user.agent_id}:
        connection.execute(update(m.User).where(here).values(values))
        connection.execute(delete(m.SignIn).where(m.SignIn.user == user.number))
        note(connection, by, "user.change", user.name, values)
    if active != user.active:
        set_active(connection, by, replace(user, agent_id=agent_id), active=active)


def set_rank(connection: Connection, by: str, user: User, rank: str | None) -> None:
    """Give a user a rank at the complaint desk; None: that of the role."""
    if rank != user.desk_rank:
        connection.execute(update(m.User).where(m.User.number == user.number).values(desk_rank=rank))
        note(connection, by, "user.rank", user.name, {"rank": rank})


def _keep_an_admin(connection: Connection, user: User) -> None:
    if user.role != "admin" or not user.active:
        return
    others = select(m.User.number).where(m.User.role == "admin", m.User.active, m.User.number != user.number)
    if connection.execute(others.limit(1)).first() is None:
        raise ConflictError("至少要保留一名启用的管理员", code="last-admin")


def _keep_ids_apart(connection: Connection, agent_id: str | None, name: str) -> None:
    if agent_id is None:
        return
    query = select(m.User.name).where(m.User.agent_id == agent_id, m.User.active, m.User.name != name)
    other = connection.execute(query.limit(1)).scalar()
    if other is not None:
        raise ConflictError(f"工号“{agent_id}”已属于用户“{other}”", code="agent-id-taken")


def set_active(connection: Connection, by: str, user: User, *, active: bool) -> None:
    """Let a user in again, or no more; raises ConflictError (``last-admin``, ``agent-id-taken``)."""
    if active:
        _keep_ids_apart(connection, user.agent_id, user.name)
    else:
        _keep_an_admin(connection, user)
    values = {"active": active, "locked_until": None}
    _let_try(connection, user.name)
    connection.execute(update(m.User).where(m.User.number == user.number).values(values))
    connection.execute(delete(m.SignIn).where(m.SignIn.user == user.number))
    note(connection, by, "user.enable" if active else "user.disable", user.name)


def blocked_until(connection: Connection, name: str, address: str) -> datetime | None:
    """Return until when nobody is let in by this name from this address; None: they may try.

    It is the same for names nobody has. Who has signed in from an address lately isn't slowed down there by
    what others try elsewhere.
    """
    now = datetime.now(UTC)
    tries = SignInTry
    query = select(tries.address, tries.until, tries.good_at).where(
        tries.name == key_of(name), tries.address.in_((address, EVERYWHERE))
    )
    rows = {row.address: row for row in connection.execute(query)}
    here, everywhere = rows.get(address), rows.get(EVERYWHERE)
    until: datetime | None = here.until if here is not None else None
    if until is not None and until > now:
        return until
    if here is not None and here.good_at is not None and here.good_at > now - TRUSTED:
        return None
    slow: datetime | None = everywhere.until if everywhere is not None else None
    return slow if slow is not None and slow > now else None


def failed(connection: Connection, name: str, address: str, user: User | None) -> None:
    """Count a wrong password for a name, whoever has it (`user`; None: nobody).

    The fifth in a row locks the name out at that address for a quarter of an hour; after many from anywhere
    only one try every few seconds is looked at.
    """
    now = datetime.now(UTC)
    _forget_tries(connection, now)
    failures = _count(connection, name, address, now)
    everywhere = _count(connection, name, EVERYWHERE, now)
    if everywhere >= MANY:
        _block(connection, name, EVERYWHERE, now + SLOW)
    if user is not None:
        note(connection, user.name, "sign-in.failed", user.name, {"failures": failures})
    if failures >= FAILURES:
        _block(connection, name, address, now + LOCKED)
        if user is not None:
            locked = update(m.User).where(m.User.number == user.number).values(locked_until=now + LOCKED)
            connection.execute(locked)
            note(connection, user.name, "user.locked", user.name)


def _count(connection: Connection, name: str, address: str, now: datetime) -> int:
    values = {"name": key_of(name), "address": address, "failures": 1, "last_at": now}
    key = ("name", "address")
    connection.execute(adding(connection, SignInTry, key=key, columns=["failures"]).values(values))
    here = _tries(name, address)
    connection.execute(update(SignInTry).where(here).values(last_at=now))
    return connection.execute(select(SignInTry.failures).where(here)).scalar_one()


def _block(connection: Connection, name: str, address: str, until: datetime) -> None:
    values: dict[str, Any] = {"until": until}
    if address != EVERYWHERE:
        values["failures"] = 0
    connection.execute(update(SignInTry).where(_tries(name, address)).values(values))


def _tries(name: str, address: str) -> ColumnElement[bool]:
    return and_(SignInTry.name == key_of(name), SignInTry.address == address)


def _forget_tries(connection: Connection, now: datetime) -> None:
    """Let wrong guesses of more than a quarter of an hour ago count no more."""
    tries = SignInTry
    old = tries.last_at < now - LOCKED
    connection.execute(delete(tries).where(old, or_(tries.good_at.is_(None), tries.good_at < now - TRUSTED)))
    connection.execute(update(tries).where(old, tries.failures > 0).values(failures=0))


def _let_try(connection: Connection, name: str) -> None:
    """End what keeps a name out, everywhere."""
    values = {"failures": 0, "until": None}
    connection.execute(update(SignInTry).where(SignInTry.name == key_of(name)).values(values))


def sign_in(
    connection: Connection, user: User, secret: str, csrf: str, until: datetime, *, address: str = ""
) -> None:
    """Let a browser be signed in as `user`; it came from `address`."""
    now = datetime.now(UTC)
    here = m.User.number == user.number
    connection.execute(update(m.User).where(here).values(locked_until=None))
    tried = {
        "name": key_of(user.name), "address": address, "failures": 0, "until": None, "last_at": now,
        "good_at": now,
    }  # fmt: skip
    change = ["failures", "until", "last_at", "good_at"]
    connection.execute(upsert(connection, SignInTry, tried, key=["name", "address"], change=change))
    connection.execute(delete(m.SignIn).where(m.SignIn.until < now))
    connection.execute(insert(m.SignIn).values(key=key_of(secret), user=user.number, csrf=csrf, until=until))
    note(connection, user.name, "sign-in", user.name)


def signed_in(connection: Connection, secret: str) -> tuple[User, str] | None:
    """Return the user of a cookie, and the CSRF token that goes with it."""
    query = (
        select(m.User.__table__, m.SignIn.csrf)
        .join(m.SignIn.__table__, m.SignIn.user == m.User.number)
        .where(m.SignIn.key == key_of(secret), m.SignIn.until > datetime.now(UTC), m.User.active)
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else (_user(row), str(row["csrf"]))


def still_in(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return which keys (of cookies or tokens) still let somebody in: not ended, not of a disabled user."""
    now = datetime.now(UTC)
    signed = (
        select(m.SignIn.key)
        .join(m.User.__table__, m.SignIn.user == m.User.number)
        .where(m.SignIn.key.in_(keys), m.SignIn.until > now, m.User.active)
    )
    tokens = select(m.ApiToken.key).where(
        m.ApiToken.key.in_(keys), or_(m.ApiToken.until.is_(None), m.ApiToken.until > now)
    )
    return set(connection.execute(union_all(signed, tokens)).scalars())


def sign_out(connection: Connection, secret: str) -> None:
    connection.execute(delete(m.SignIn).where(m.SignIn.key == key_of(secret)))


def add_token(
    connection: Connection,
    by: str,
    name: str,
    secret: str,
    scopes: Sequence[str],
    *,
    until: datetime | None = None,
) -> None:
    """Let whoever shows `secret` in; raises ConflictError (``exists``)."""
    values = {
        "key": key_of(secret), "name": name, "scopes": list(scopes), "made_at": datetime.now(UTC),
        "until": until,
    }  # fmt: skip
    put = upsert(connection, m.ApiToken, values, key=["name"], change=[]).returning(m.ApiToken.name)
    if connection.execute(put).scalar() is None:
        raise ConflictError("已有同名令牌", code="exists")
    note(connection, by, "token.add", name, {"scopes": list(scopes)})


def list_tokens(connection: Connection) -> list[Token]:
    rows = connection.execute(select(m.ApiToken.__table__).order_by(m.ApiToken.name)).mappings()
    return [_token(row) for row in rows]


def find_token(connection: Connection, secret: str) -> Token | None:
    query = select(m.ApiToken.__table__).where(m.ApiToken.key == key_of(secret))
    row = connection.execute(query).mappings().first()
    if row is None or (row["until"] is not None and row["until"] <= datetime.now(UTC)):
        return None
    return _token(row)


def drop_token(connection: Connection, by: str, name: str) -> bool:
    gone = connection.execute(delete(m.ApiToken).where(m.ApiToken.name == name)).rowcount == 1
    if gone:
        note(connection, by, "token.drop", name)
    return gone


def _user(row: RowMapping) -> User:
    return User(
        row["number"], row["name"], row["role"], row["agent_id"], row["password"], row["must_change"],
        row["active"], row["locked_until"], row["desk_rank"],
    )  # fmt: skip


def _token(row: RowMapping) -> Token:
    return Token(row["name"], tuple(row["scopes"]), row["until"])
