"""The organisation, agents' parts in conversations, contact data, users: as they are stored."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from assistant.errors import ConfigurationError, ConflictError, InputError
from assistant.model import CallEvent, Conversation, Speaker, Turn
from assistant.organisation.sheets import AGENTS, LINES, TEAMS, Draft, Row
from assistant.store import audit, calls, contacts, conversations, organisation, users
from assistant.store import models as m
from assistant.store import organisation_models as o
from assistant.store.board import figures, running_calls
from assistant.store.contact_keys import key_ring, new_key, normalise_phone
from assistant.store.database import alembic_config
from assistant.store.reports import save_report
from assistant.store.shares import house_day, took_part
from assistant.store.transfer import export_conversations, import_conversation

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assistant.store.database import Store

DAY = date(2026, 11, 3)
NOON = "2026-11-03T12:00:00+08:00"
PHONE = "13800138000"


def house(*agents: tuple[str, str, str, str | None]) -> Draft:
    """Two teams of a line, led by 9001 and 9002, and agents: id, team, since, until."""
    people = [{"工号": "9001"}, {"工号": "9002"}] + [
        {"工号": agent_id, "班组": team, "生效日期": since, "截止日期": until}
        for agent_id, team, since, until in agents
    ]
    return Draft(
        (Row(LINES, 2, {"编号": "L1", "名称": "售后"}),),
        tuple(
            Row(TEAMS, n, {"编号": team, "名称": f"{team}班", "业务线": "L1", "班长工号": leader})
            for n, (team, leader) in enumerate((("A1", "9001"), ("A2", "9002")), 2)
        ),
        tuple(Row(AGENTS, n, cells) for n, cells in enumerate(people, 2)),
    )


def take_over(store: Store, *agents: tuple[str, str, str, str | None]) -> dict[str, int]:
    job = partial(organisation.take_over, by="t", draft=house(*agents))
    return dict(store.write(job).result(10))


def report(*turns: tuple[str, str | None], by_agent: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A report of agent turns: text and agent id."""
    score = {"total": 80.0, "max": 100.0, "grade": "良", **({"by_agent": by_agent} if by_agent else {})}
    return {
        "status": "scored", "ruleset_sha256": "0" * 64, "meta": {}, "packs": [], "findings": [],
        "score": score,
        "turns": [
            *({"role": "agent", "text": said, **({"agent_id": who} if who else {})} for said, who in turns),
            {"role": "customer", "text": "好"},
        ],
    }  # fmt: skip


TRANSFERRED = report(
    ("您好", "3056"), ("我转给同事", "3056"), ("您好", "4000"),
    by_agent=[
        {"agent_id": "3056", "total": 90.0, "max": 100.0, "grade": "优"},
        {"agent_id": "4000", "total": 60.0, "max": 100.0},
    ],
)  # fmt: skip


def keep(store: Store, call_id: str, told: dict[str, Any], agent_id: str | None = "3056") -> None:
    call = Conversation(
        call_id, (Turn(0, Speaker.AGENT, "您好"),), {"agent_id": agent_id, "started_at": NOON}
    )
    job = partial(conversations.keep_conversation, conversation=call, report=told, day=DAY)
    store.write(job).result(10)


def run(store: Store, call_id: str, agent_id: str | None, *items: Turn | CallEvent) -> calls.Hold:
    opening = calls.Opening(call_id, "hotline", "live", {"agent_id": agent_id}, DAY)
    hold, _ = store.write(lambda c: calls.hold_call(c, opening, "here", take_over=False)).result(10)
    entries = [calls.Entry(seq, item) for seq, item in enumerate(items, 1)]
    store.write(lambda c: calls.record(c, hold, entries)).result(10)
    return hold


def scores(store: Store) -> dict[tuple[str, str], tuple[Any, ...]]:
    """By call and agent: turns, total, grade, team."""
    score = o.AgentScore.__table__
    query = select(m.Conversation.call_id, score).join(score, score.c.conversation == m.Conversation.number)
    rows = store.read(lambda c: c.execute(query).mappings().all())
    return {
        (row["call_id"], row["agent_id"]): (row["turns"], row["total"], row["grade"], row["team"])
        for row in rows
    }


def found(store: Store, **wanted: Any) -> list[str]:
    job = partial(conversations.list_conversations, wanted=conversations.Filter(**wanted), limit=10)
    return [item["call_id"] for item in store.read(job)[0]]


def test_who_was_in_which_team_on_a_day(store: Store) -> None:
    changes = take_over(
        store, ("3056", "A1", "2026-01-01", "2026-10-31"), ("3056", "A2", "2026-11-01", None),
        ("4000", "A1", "2026-01-01", None),
    )  # fmt: skip
    assert changes == {"lines.new": 1, "teams.new": 2, "agents.new": 4, "memberships.new": 3}

    def on(day: date) -> tuple[str | None, list[str]]:
        member = store.read(lambda c: organisation.agent_on(c, "3056", day))
        team = store.read(lambda c: organisation.agents_of_team(c, "A1", day))
        assert member is not None
        return member.team, [each.agent_id for each in team]

    assert on(date(2025, 12, 31)) == (None, [])
    assert on(date(2026, 10, 31)) == ("A1", ["3056", "4000"])
    assert on(date(2026, 11, 1)) == ("A2", ["4000"])
    member = store.read(lambda c: organisation.agent_on(c, "4000", DAY))
    assert member is not None
    assert (member.line, member.supervisor) == ("L1", "9001")
    assert store.read(lambda c: organisation.agent_on(c, "none", DAY)) is None
    assert [team.team_id for team in store.read(lambda c: organisation.teams(c, supervisor="9002"))] == ["A2"]
    assert [team.team_id for team in store.read(lambda c: organisation.teams(c, line="L1"))] == ["A1", "A2"]
    assert [line.name for line in store.read(organisation.lines)] == ["售后"]


def test_a_dry_run_and_a_wrong_row_change_nothing(store: Store) -> None:
    job = partial(organisation.take_over, by="t", draft=house(("1", "A1", "2026-01-01", None)), dry_run=True)
    assert store.write(job).result(10)["agents.new"] == 3
    wrong = partial(organisation.take_over, by="t", draft=house(("1", "Z9", "2026-01-01", None)))
    with pytest.raises(InputError):
        store.write(wrong).result(10)
    known = store.read(organisation.read_organisation)
    assert (known.lines, known.teams, known.agents) == ({}, {}, {})
    assert store.read(lambda c: audit.list_entries(c, audit.Wanted(), limit=9))[0] == []


def test_users_get_the_agent_id_and_lead_their_teams(store: Store) -> None:
    store.write(partial(users.add_user, by="t", name="赵敏", role="supervisor", password="x")).result(10)
    cells = {"工号": "9001", "用户名": "赵敏"}
    draft = house()
    linked = Draft(draft.lines, draft.teams, (Row(AGENTS, 2, cells), Row(AGENTS, 3, {"工号": "9002"})))
    store.write(partial(organisation.take_over, by="t", draft=linked)).result(10)
    user = store.read(lambda c: users.find_user(c, "赵敏"))
    assert user is not None
    assert user.agent_id == "9001"
    assert store.read(lambda c: organisation.teams_led_by(c, "赵敏")) == ["A1"]
    assert store.read(organisation.read_organisation).agents["9001"].user == "赵敏"


def test_each_agents_own_score_is_kept_with_their_team_of_that_day(store: Store) -> None:
    take_over(store, ("3056", "A1", "2026-01-01", "2026-11-03"), ("4000", "A2", "2026-11-04", None))
    keep(store, "moved", TRANSFERRED)
    keep(store, "alone", report(("您好", None), ("再见", None)))
    keep(store, "named", report(("您好", "4000")), agent_id="3056")
    keep(store, "nobody", report(("您好", None)), agent_id=None)
    unscored = {**report(("您好", "3056")), "score": None}
    keep(store, "unscored", unscored)
    assert scores(store) == {
        ("moved", "3056"): (2, 90.0, "优", "A1"),
        ("moved", "4000"): (1, 60.0, None, None),
        ("alone", "3056"): (2, 80.0, "良", "A1"),
        ("named", "4000"): (1, 80.0, "良", None),
        ("unscored", "3056"): (1, None, None, "A1"),
    }
    take_over(store, ("4000", "A2", "2026-11-01", "2026-11-03"))
    assert scores(store)["moved", "4000"] == (1, 60.0, None, "A2"), "what is learned later counts"


def test_another_report_takes_the_place_of_the_first(store: Store) -> None:
    hold = run(store, "c1", "3056", Turn(0, Speaker.AGENT, "您好"))
    store.write(lambda c: calls.end_call(c, hold, TRANSFERRED, [])).result(10)
    assert set(scores(store)) == {("c1", "3056"), ("c1", "4000")}
    again = report(("您好", "4000"))
    store.write(lambda c: save_report(c, hold.number, again)).result(10)
    assert scores(store) == {("c1", "4000"): (1, 80.0, "良", None)}


def test_a_call_without_a_zone_began_in_the_houses_time(store: Store) -> None:
    call = Conversation("c1", (Turn(0, Speaker.AGENT, "您好"),), {"started_at": "2026-11-01 00:12:05"})
    job = partial(conversations.keep_conversation, conversation=call, report=report(), day=DAY)
    store.write(job).result(10)
    began = store.read(lambda c: c.execute(select(m.Conversation.started_at)).scalar_one())
    assert began == datetime(2026, 10, 31, 16, 12, 5, tzinfo=UTC)
    assert house_day(began) == date(2026, 11, 1)


def test_who_had_a_part_finds_the_call(store: Store) -> None:
    keep(store, "moved", TRANSFERRED)
    run(store, "running", "3056", CallEvent("transfer", 3.0, "4000"))
    run(store, "other", None, Turn(0, Speaker.AGENT, "您好", agent_id="5000"))
    assert found(store, agent_id="4000") == ["running", "moved"]
    assert found(store, agent_id="3056") == ["running", "moved"]
    assert found(store, agent_id="5000") == ["other"]
    assert found(store, agent_id="") == []
    assert store.read(lambda c: took_part(c, "moved", "4000"))
    assert not store.read(lambda c: took_part(c, "other", "4000"))


def test_calls_count_for_teams(store: Store) -> None:
    take_over(store, ("3056", "A1", "2026-01-01", None), ("4000", "A2", "2026-01-01", None))
    keep(store, "moved", TRANSFERRED)
    keep(store, "one", report(("您好", "3056")))
    run(store, "running", None, CallEvent("answer", 0.0, "4000"))
    assert found(store, teams=("A1",)) == ["one", "moved"]
    assert found(store, teams=("A2",)) == ["running", "moved"]
    assert found(store, teams=("A1", "A2")) == ["running", "one", "moved"]
    assert found(store, teams=()) == []
    assert [call["call_id"] for call in store.read(lambda c: running_calls(c, ["A2"]))] == ["running"]
    assert store.read(lambda c: running_calls(c, ["A1"])) == []
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert [store.read(lambda c, t=t: figures(c, since, t))["calls"] for t in (["A1"], ["A2"], None)] == [
        2,
        2,
        3,
    ]


def test_parts_in_stored_reports_are_taken_over(store: Store) -> None:
    keep(store, "moved", TRANSFERRED)
    keep(store, "alone", report(("您好", None)))
    before = scores(store)
    with store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0003")
    with store.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    assert scores(store) == before


def test_an_imported_call_counts_for_the_teams_of_its_new_house(store: Store) -> None:
    keep(store, "moved", TRANSFERRED)
    (told,) = store.read(lambda c: list(export_conversations(c)))
    store.write(lambda c: conversations.erase(c, "t", call_ids=["moved"])).result(10)
    assert scores(store) == {}
    take_over(store, ("4000", "A2", "2026-01-01", None))
    assert store.write(lambda c: import_conversation(c, told)).result(10)
    assert scores(store)["moved", "4000"] == (1, 60.0, None, "A2")


KEY = new_key()
KEYS = key_ring(KEY)
CALL = contacts.Subject("call", "c1")
DETAILS = contacts.Details("王女士", "+86 138-0013-8000", "wang@example.com", "杭州市文三路 1 号")


def add_contact(store: Store, subject: contacts.Subject = CALL, details: contacts.Details = DETAILS) -> None:
    store.write(partial(contacts.add, keys=KEYS, by="王芳", subject=subject, details=details)).result(10)


def looked(store: Store, subject: contacts.Subject = CALL, keys: Any = KEYS) -> list[contacts.Details]:
    job = partial(contacts.read, keys=keys, who="李明", why="回访", subject=subject)
    return [contact.details for contact in store.write(job).result(10)]


def everything(connection: Connection) -> str:
    """All rows of all tables, as text."""
    rows = [connection.execute(select(table)).all() for table in m.Base.metadata.sorted_tables]
    return repr(rows)


def test_contacts_lie_encrypted_and_every_look_is_audited(store: Store) -> None:
    add_contact(store)
    assert looked(store) == [DETAILS]
    stored = store.read(everything)
    for secret in ("王女士", "8000", "wang@", "文三路"):
        assert secret not in stored
        assert secret not in repr(DETAILS)
    entries, _ = store.read(lambda c: audit.list_entries(c, audit.Wanted(action="contact"), limit=9))
    assert [(e["actor"], e["action"], e["target"]) for e in entries] == [
        ("李明", "contact.read", "call/c1"), ("王芳", "contact.add", "call/c1"),
    ]  # fmt: skip
    assert entries[0]["detail"]["why"] == "回访"
    assert entries[1]["detail"]["fields"] == ["name", "phone", "email", "address"]


def test_a_reason_is_needed_and_kept_masked(store: Store) -> None:
    for why in ("", "  "):
        with pytest.raises(InputError, match="原因"):
            store.write(partial(contacts.read, keys=KEYS, who="x", why=why, subject=CALL)).result(10)
    store.write(partial(contacts.read, keys=KEYS, who="x", why=f"回电{PHONE}", subject=CALL)).result(10)
    assert PHONE not in store.read(everything)


def test_contacts_are_found_by_number_however_it_is_written(store: Store) -> None:
    add_contact(store)
    add_contact(
        store, contacts.Subject("complaint", "T7"), contacts.Details(phone="１３８　００１３ ８０００")
    )
    add_contact(store, contacts.Subject("complaint", "T8"), contacts.Details(phone="13900139000"))

    def find(phone: str) -> list[str]:
        job = partial(contacts.find_by_phone, keys=KEYS, who="李明", why="查重", phone=phone)
        return [str(subject) for subject in store.write(job).result(10)]

    assert find(PHONE) == find("0086-138 0013 8000") == ["complaint/T7", "call/c1"]
    assert find("13700137000") == []
    assert PHONE not in store.read(everything)


def test_contacts_go_with_their_call_and_on_request(store: Store) -> None:
    for call_id in ("c1", "c2", "c3"):
        keep(store, call_id, report(("您好", None)))
        add_contact(store, contacts.Subject("call", call_id))
    add_contact(store, contacts.Subject("complaint", "c1"))
    store.write(lambda c: conversations.erase(c, "t", call_ids=["c1"])).result(10)
    assert [len(looked(store, contacts.Subject("call", name))) for name in ("c1", "c2")] == [0, 1]
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert store.write(lambda c: conversations.expire(c, later, 1)).result(10) == 1
    assert [len(looked(store, contacts.Subject("call", name))) for name in ("c2", "c3")] == [0, 1]
    store.write(lambda c: conversations.erase(c, "t", before=later)).result(10)
    assert looked(store, contacts.Subject("call", "c3")) == []
    assert len(looked(store, contacts.Subject("complaint", "c1"))) == 1
    gone = store.write(lambda c: contacts.erase(c, "t", hashes=KEYS.hashes(PHONE))).result(10)
    assert gone == 1
    assert store.write(lambda c: contacts.erase(c, "t")).result(10) == 0


def test_contacts_are_no_part_of_an_export(store: Store) -> None:
    keep(store, "c1", report(("您好", None)))
    add_contact(store)
    (told,) = store.read(lambda c: list(export_conversations(c)))
    assert "contact" not in repr(told)


def test_keys_rotate(store: Store) -> None:
    add_contact(store)
    fresh = new_key()
    both, new = key_ring(f"{fresh},{KEY}"), key_ring(fresh)
    with pytest.raises(ConfigurationError, match="缺少密钥"):
        looked(store, keys=new)
    assert looked(store, keys=both) == [DETAILS]
    assert store.write(partial(contacts.rotate, keys=both, by="t", most=10)).result(10) == 1
    assert store.write(partial(contacts.rotate, keys=both, by="t", most=10)).result(10) == 0
    assert looked(store, keys=new) == [DETAILS]
    find = partial(contacts.find_by_phone, keys=new, who="x", why="查重", phone=PHONE)
    assert store.write(find).result(10) == [CALL]


def test_a_field_that_was_moved_is_refused(store: Store) -> None:
    add_contact(store)
    store.write(lambda c: c.execute(text("UPDATE contacts SET subject_id = 'c2'"))).result(10)
    with pytest.raises(ConfigurationError) as caught:
        looked(store, contacts.Subject("call", "c2"))
    assert caught.value.code == "bad-contact"


@pytest.mark.parametrize(
    "details",
    [
        contacts.Details(), contacts.Details(name=" "), contacts.Details(phone="没有"),
        contacts.Details(phone="12"), contacts.Details(email="wang"), contacts.Details(name="王" * 101),
        contacts.Details(address="一\n二"),
    ],
)  # fmt: skip
def test_what_is_no_contact(details: contacts.Details, tmp_path: Any) -> None:
    from assistant.store.database import open_store

    store = open_store(str(tmp_path / "c.db"))
    with pytest.raises(InputError):
        add_contact(store, details=details)
    store.close()


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", PHONE), ("+86 138 0013 8000", PHONE), ("8613800138000", PHONE),
        ("(+86)138-0013-8000", PHONE), ("0086 13800138000", PHONE), ("１３８００１３８０００", PHONE),
        ("010-6552 1234", "01065521234"), ("+86 10 6552 1234", "01065521234"),
        ("(010)65521234转8", "01065521234"), ("400-810-8888", "4008108888"),
        ("+86 400 810 8888", "4008108888"), ("+1 (212) 555-0100", "+12125550100"), ("95588", "95588"),
        ("001 212 555 0100", "+12125550100"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(written: str, number: str) -> None:
    assert normalise_phone(written) == number


@given(number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), data=st.data())
def test_separators_make_no_difference(number: str, data: st.DataObject) -> None:
    signs = data.draw(st.lists(st.sampled_from(["", " ", "-", "　", "."]), min_size=11, max_size=11))
    wide = data.draw(st.booleans())
    digits = [chr(ord(digit) + 0xFEE0) if wide else digit for digit in number]
    prefix = data.draw(st.sampled_from(["", "+86", "0086-", "+86 "]))
    written = prefix + "".join(digit + sign for digit, sign in zip(digits, signs, strict=True))
    assert normalise_phone(written) == number
    assert normalise_phone(normalise_phone(written)) == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "no-contact-key"), ("k1", "bad-contact-key"), ("k1:c2hvcnQ=", "bad-contact-key"),
        ("k 1:" + "A" * 43 + "=", "bad-contact-key"),
        (f"k1:{'A' * 43}=,k1:{'A' * 43}=", "bad-contact-key"),
    ],
)  # fmt: skip
def test_wrong_keys(written: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        key_ring(written)
    assert caught.value.code == code
    if code == "no-contact-key":
        assert "huashu contacts key" in caught.value.message


def test_somebody_is_left_to_administer(store: Store) -> None:
    for name in ("a", "b"):
        store.write(partial(users.add_user, by="t", name=name, role="admin", password="x")).result(10)

    def change(name: str, **values: Any) -> None:
        def job(connection: Connection) -> None:
            user = users.find_user(connection, name)
            assert user is not None
            wanted = {"role": user.role, "agent_id": user.agent_id, "active": user.active, **values}
            users.change_user(connection, "t", user, **wanted)

        store.write(job).result(10)

    change("a", role="qa")
    for values in ({"active": False}, {"role": "trainer"}):
        with pytest.raises(ConflictError) as caught:
            change("b", **values)
        assert caught.value.code == "last-admin"
    change("a", role="admin")
    change("b", active=False)
    user = store.read(lambda c: users.find_user(c, "b"))
    assert user is not None
    assert not user.active


def test_the_audit_log_is_filtered_and_paged(store: Store) -> None:
    deeds = [
        ("王芳", "user.add", "x"),
        ("李明", "user.password", "100%"),
        ("王芳", "users", "x"),
        ("王芳", "sign-in", "y"),
    ]
    for deed in deeds:
        store.write(partial(audit.note, actor=deed[0], action=deed[1], target=deed[2])).result(10)

    def listed(limit: int = 10, before: int | None = None, **wanted: Any) -> tuple[list[str], int | None]:
        job = partial(audit.list_entries, wanted=audit.Wanted(**wanted), limit=limit, before=before)
        items, following = store.read(job)
        return [item["action"] for item in items], following

    assert listed()[0] == ["sign-in", "users", "user.password", "user.add"]
    assert listed(action="user")[0] == ["user.password", "user.add"]
    assert listed(action="user.add")[0] == ["user.add"]
    assert listed(actor="李明")[0] == ["user.password"]
    assert listed(target="0%")[0] == ["user.password"]
    assert listed(since=datetime(2100, 1, 1, tzinfo=UTC))[0] == []
    assert listed(until=datetime(2100, 1, 1, tzinfo=UTC), actor="王芳", target="x")[0] == [
        "users",
        "user.add",
    ]
    first, following = listed(limit=3)
    assert (len(first), listed(limit=3, before=following)) == (3, (["user.add"], None))
