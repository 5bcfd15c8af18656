"""Real conversations, where they are at hand: never part of the repository, found by option or variable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.ingest import mask_turn
from assistant.model import Conversation, Speaker, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VARIABLE = "HUASHU_BENCH_DATA"
ROOT = Path(__file__).resolve().parents[1]
DIALOGUES: Mapping[str, str] = {
    "uss": "eval-only/jddc_uss_valid.jsonl",
    "jddc": "eval-only/jddc_chat.jsonl",
    "ecd": "eval-only/ecd.jsonl",
    "crosswoz": "licensed/crosswoz_val.jsonl",
}
REPLIES: Mapping[str, str] = {"replies": "eval-only/jddc_10k_qa.jsonl"}
SETS: Mapping[str, str] = {**DIALOGUES, **REPLIES}


def data_folder(option: str | None = None) -> Path | None:
    """Return the folder of the data: the option, else $HUASHU_BENCH_DATA, else ../shared/data.

    None where it isn't there. Raises FileNotFoundError for a folder that was named and isn't there.
    """
    named = option or os.environ.get(VARIABLE)
    if named:
        if not Path(named).is_dir():
            raise FileNotFoundError(f"{named}: there is no such folder (--data or {VARIABLE})")
        return Path(named)
    beside = ROOT.parent / "shared" / "data"
    return beside if beside.is_dir() else None


def read_set(folder: Path, name: str, channel: str = "chat") -> list[Conversation]:
    """Return the conversations of set `name` (a key of `SETS`), masked; raises OSError, KeyError."""
    with (folder / SETS[name]).open(encoding="utf-8") as lines:
        return [conversation(json.loads(line), channel) for line in lines]


def conversation(record: Mapping[str, Any], channel: str) -> Conversation:
    """Return one record as a conversation; agent replies alone make one without a customer."""
    said = _said(record)
    turns = [mask_turn(Turn(index, role, text)) for index, (role, text) in enumerate(said)]
    return Conversation(id=str(record["id"]), items=tuple(turns), channel=channel)


def _said(record: Mapping[str, Any]) -> Iterator[tuple[Speaker, str]]:
    if "agent_reply" in record:
        yield from ((Speaker.AGENT, str(reply)) for reply in record["agent_reply"])
    else:
        yield from ((Speaker(turn["role"]), str(turn["text"])) for turn in record["turns"])
