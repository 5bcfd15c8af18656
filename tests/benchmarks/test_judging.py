"""What counts as found, as milder, as a false alarm on the judging set."""

from __future__ import annotations

import json
import lzma
from typing import TYPE_CHECKING, Any

import pytest
from finding_samples import finding

from assistant.model import Severity, Span, Speaker
from benchmarks.judging import Item, interval, item, judge, outcome, read_items, summary
from benchmarks.wordings import phrase_engine

if TYPE_CHECKING:
    from pathlib import Path

RULE = "banned.shirking.not-mine"
BANNED = frozenset([RULE])


def sample(**changes: Any) -> Item:
    record = {
        "id": "j-1",
        "role": "agent",
        "text": "这不归我管",
        "family": "B-3",
        "near": None,
        "manner": "rewording",
    }
    return item({**record, **changes})


def test_item_is_a_conversation_around_the_judged_turn() -> None:
    one = sample(
        context=[{"role": "customer", "text": "发票呢"}], after=[{"role": "customer", "text": "那找谁"}]
    )
    assert one.judged == 1
    assert one.text == "这不归我管"
    assert [turn.role for turn in one.conversation.turns] == [
        Speaker.CUSTOMER,
        Speaker.AGENT,
        Speaker.CUSTOMER,
    ]
    assert one.conversation.channel == "hotline"


def test_items_are_masked() -> None:
    assert sample(text="打13812345678").text == "打[手机号]"


def test_positive_is_found_at_its_turn_and_severity() -> None:
    one = sample(context=[{"role": "customer", "text": "发票呢"}])
    assert outcome(one, [finding(turn=1)], BANNED) == "found"
    assert outcome(one, [finding(turn=0)], BANNED) == "missed"
    assert outcome(one, [finding(turn=0, spans=(Span(0, 0, 2), Span(1, 0, 2)))], BANNED) == "found"
    assert outcome(one, [finding(turn=1, severity=Severity.MINOR)], BANNED) == "milder"
    assert outcome(one, [finding(turn=1, source=("B-5",))], BANNED) == "missed"
    assert outcome(one, [finding(turn=1, start=None, how="absence")], BANNED) == "missed"


def test_positive_is_found_by_a_family_its_readers_accept_too() -> None:
    assert outcome(sample(also=["B-5"]), [finding(source=("B-5",))], BANNED) == "found"
    mild = finding(source=("B-5",), severity=Severity.HINT)
    assert outcome(sample(also=["B-5"]), [mild], BANNED) == "milder"
    assert outcome(sample(also=["B-7"]), [mild], BANNED) == "missed"


def test_graver_than_the_family_counts_as_found() -> None:
    assert outcome(sample(), [finding(severity=Severity.FATAL)], BANNED) == "found"


@pytest.mark.parametrize("family", ["B-8", "B-11", "B-16", "B-27", "B-28"])
def test_families_over_several_turns_count_anywhere(family: str) -> None:
    one = sample(family=family, after=[{"role": "agent", "text": "您好"}])
    assert outcome(one, [finding(turn=1, source=(family,), severity=Severity.MINOR)], BANNED) == "found"


def test_near_miss_is_flagged_by_banned_rules_from_minor_on() -> None:
    near = sample(family=None, near="B-3")
    assert outcome(near, [finding(severity=Severity.MINOR)], BANNED) == "flagged"
    assert outcome(near, [finding(severity=Severity.HINT)], BANNED) == "clean"
    assert outcome(near, [finding("advertising.x.y")], BANNED) == "clean"
    assert outcome(near, [finding(turn=1)], BANNED) == "clean"


def test_packed_and_plain_files_are_read(tmp_path: Path) -> None:
    record = {"id": "j", "role": "agent", "text": "您好", "family": None, "near": "B-1", "manner": "near"}
    line = (json.dumps(record) + "\n").encode()
    (tmp_path / "a.jsonl").write_bytes(line)
    (tmp_path / "a.jsonl.xz").write_bytes(lzma.compress(line * 2))
    assert len(read_items(tmp_path / "a.jsonl")) == 1
    assert len(read_items(tmp_path / "a.jsonl.xz")) == 2


def test_summary_counts_recall_and_alarms() -> None:
    items = [
        sample(text="我们不管发票"),
        sample(text="您好"),
        sample(text="我们不管发票", family=None, near="B-3"),
    ]
    rows = [line.split() for line in summary(judge(items, phrase_engine(["不管发票"])))]
    assert [row[:5] for row in rows if row[:1] == ["rewording"]] == [["rewording", "1", "of", "2", "50.0%"]]
    # The generated pack isn't the banned one: what it finds at a near miss is no alarm.
    assert rows[-1][:5] == ["B-3", "0", "of", "1", "0.0%"]


def test_interval_is_wilsons() -> None:
    low, high = interval(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(0, 225)[0] == pytest.approx(0.0)
