"""Stored calls, as the assistant reads them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.desk.calendar import SHANGHAI
from assistant.store import board
from assistant.store.calls import ENDED
from assistant.store.conversations import Filter, Stored, list_conversations, read_conversation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.model import Turn
    from assistant.store.database import Store

_MOST = 30


class StoredCalls:
    """Reads calls of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def latest(self, only: str | None) -> str | None:
        found = self.listed(only, status=ENDED)
        return str(found[0]["call_id"]) if found else None

    def report(self, call_id: str, only: str | None) -> Mapping[str, Any] | None:
        found = self._one(call_id, only)
        return None if found is None else found.report

    def turns(self, call_id: str, only: str | None) -> Sequence[Turn] | None:
        found = self._one(call_id, only)
        return None if found is None else found.turns

    def listed(self, only: str | None, **wanted: Any) -> Sequence[Mapping[str, Any]]:
        if only is not None:
            wanted["agent_id"] = only
        read = partial(list_conversations, wanted=Filter(**wanted), limit=_MOST)
        return self._store.read(read)[0]

    def today(self) -> Mapping[str, Any]:
        since = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return self._store.read(partial(board.figures, since=since))

    def _one(self, call_id: str, only: str | None) -> Stored | None:
        found = self._store.read(partial(read_conversation, call_id=call_id))
        if found is None or (only is not None and found.summary["agent_id"] != only):
            return None
        return found
