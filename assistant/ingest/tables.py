"""Tables (CSV, TSV, sheets of a workbook): a row an utterance, the columns found by `columns`.

One file may hold many calls: rows with the same conversation id belong together; an empty id cell
goes with the row above, as merged cells come out. A row whose text is itself a dialogue with role
prefixes is a call of its own.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING

from assistant.ingest.columns import cell, find_columns, is_header
from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.metadata import GUESSED
from assistant.ingest.plain import has_prefixes, plain_drafts
from assistant.ingest.prefixes import begins_turn
from assistant.ingest.privacy import mask
from assistant.ingest.roles import Voice, voice
from assistant.model import Speaker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assistant.ingest.columns import Columns, Row

_DELIMITERS = ",\t;|，"
_SAMPLE_ROWS = 200


def sniff(text: str) -> str | None:
    """Return the delimiter of a table with a header, or None where the text is no such table."""
    first = next((line for line in text[:20_000].split("\n") if line.strip()), "")
    found = [one for one in _DELIMITERS if is_header([name.strip(' "\ufeff') for name in first.split(one)])]
    return max(found, key=first.count, default=None)


def csv_rows(text: str, delimiter: str, place: Place) -> Iterator[Row]:
    """Yield the rows of delimited text; raises InputError (``csv``)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        raise Place(place.path, place.stem, reader.line_num).error(
            f"not a valid table: {error}", "csv"
        ) from None


def guess_delimiter(text: str) -> str | None:
    """Return the delimiter that comes most often in the first lines; None for lines such as 客服: 您好."""
    head = text[:20_000]
    if "\t" not in head and begins_turn(head.lstrip().split("\n")[0]) and has_prefixes(head):
        return None
    return max(_DELIMITERS[:4], key=head.count)


def table_drafts(rows: Iterator[Row], place: Place) -> Iterator[Draft]:
    """Yield the calls of a table in the order they begin; raises InputError (``no-header``)."""
    first = list(islice(rows, _SAMPLE_ROWS))
    columns = find_columns(first)
    if columns is None:
        names = "会话编号, 角色, 内容 (conversation_id, role, text)"
        message = f"no column of utterances: name the columns, e.g. {names}"
        raise place.error(message, "no-header")
    names_row = list(first[columns.skip - 1]) if columns.names else None
    calls: dict[str, list[Row]] = {}
    latest = ""
    for row in chain(first[columns.skip :], rows):
        if names_row is not None and list(row) == names_row:
            continue
        latest = cell(row, columns.id) or latest
        whole = _whole(row, columns)
        if cell(whole, columns.text):
            calls.setdefault(latest, []).append(whole)
    for identity, members in zip(_ids(calls, columns), calls.values(), strict=True):
        yield from _call(identity, members, columns)


def _whole(row: Row, columns: Columns) -> Row:
    """Put a text in the last column together again that was cut at commas nobody has quoted."""
    last = len(columns.names) - 1
    if columns.text != last or len(row) <= last + 1:
        return row
    return [*row[:last], ",".join(str(value) for value in row[last:] if value not in {None, ""})]


def _ids(calls: Iterable[str], columns: Columns) -> Iterator[str]:
    """Yield the ids of `calls`: the names of recordings are masked, and stay different."""
    seen: Counter[str] = Counter()
    for identity in calls:
        shown = mask(identity.replace("_", " "))[0].replace(" ", "_") if columns.is_recording else identity
        seen[shown] += 1
        yield f"{shown}-{seen[shown]}" if seen[shown] > 1 else shown


def _call(identity: str, rows: Sequence[Row], columns: Columns) -> Iterator[Draft]:
    meta = {key: next(filter(None, (cell(row, at) for row in rows)), "") for key, at in columns.meta.items()}
    note = {GUESSED: columns.guessed} if columns.guessed else {}
    if columns.role is None and any(has_prefixes(cell(row, columns.text)) for row in rows[:3]):
        for number, row in enumerate(rows, 1):
            own = {key: cell(row, at) for key, at in columns.meta.items()}
            name = identity and (f"{identity}-{number}" if len(rows) > 1 else identity)
            for draft in plain_drafts(cell(row, columns.text)):
                known = {**own, **draft.meta, **note}
                yield Draft(draft.turns, id=name or draft.id, meta=known, events=draft.events)
        return
    yield Draft([_turn(row, columns) for row in rows], id=identity or None, meta={**meta, **note})


def _turn(row: Row, columns: Columns) -> DraftTurn:
    who = voice(cell(row, columns.role))
    agent = cell(row, columns.meta.get("agent_id"))
    if agent and who.role is Speaker.AGENT:
        who = Voice(who.role, who.label, agent, who.word)
    return DraftTurn(cell(row, columns.text), who, _time(row, columns.start), _time(row, columns.end))


def _time(row: Row, index: int | None) -> object:
    """Return a time cell as a number where it is one: whole numbers may be milliseconds."""
    value = row[index] if index is not None and index < len(row) else None
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) < 18:
            return int(text)
        return text
    return value
