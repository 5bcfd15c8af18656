"""The list of judged findings: hashes that survive writing, entries that are refused when wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from finding_samples import finding

from benchmarks.accepted import Place, default_clean, load_accepted, sentence_digest, sentence_of
from benchmarks.real_turns import ACCEPTED

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = (
    '- {set: uss, id: "uss-1", turn: 5, hash: "0a1b2c3d4e5f", rule: banned.x.y, '
    "verdict: true, reason: 反问}\n"
)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "accepted.yml"


def test_digest_is_that_of_the_compared_form() -> None:
    clean = default_clean()
    digest = sentence_digest("這事 不归我管!", clean)
    assert digest == sentence_digest("这事不归我管", clean)
    assert digest != sentence_digest("这事归我管", clean)
    assert len(digest) == 12
    assert set(digest) <= set("0123456789abcdef")


def test_digest_stays_as_it_is() -> None:
    assert sentence_digest("abc", str) == "ba7816bf8f01"


def test_sentence_is_the_one_the_finding_begins_in() -> None:
    text = "您好。这事不归我管。再见。"
    assert sentence_of(text, finding(start=5)) == "这事不归我管。"
    assert sentence_of(text, finding(start=3)) == "这事不归我管。"
    assert sentence_of(text, finding(start=None)) == text


def test_entries_are_read(written: Path) -> None:
    written.write_text(
        ENTRY
        + ENTRY.replace("turn: 5", "turn: 6").replace("verdict: true", "verdict: false")
        + ENTRY.replace("turn: 5", "turn: 7").replace("verdict: true", "verdict: debatable"),
        encoding="utf-8",
    )
    verdicts = load_accepted(written)
    assert verdicts[Place("uss", "uss-1", 5, "0a1b2c3d4e5f", "banned.x.y")] == "true"
    assert sorted(verdicts.values()) == ["debatable", "false", "true"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("verdict: true", "verdict: maybe"), "verdict"),
        (("turn: 5", 'turn: "5"'), "turn"),
        (("reason: 反问", "reason: ' '"), "reason"),
        (('"0a1b2c3d4e5f"', "123456789012"), "hash"),
        (('"0a1b2c3d4e5f"', '"0a1b"'), "hash"),
        (("rule: banned.x.y", "rules: banned.x.y"), "keys"),
    ],
)
def test_wrong_entry_is_refused_with_its_line(written: Path, change: tuple[str, str], complaint: str) -> None:
    good = ENTRY.replace("turn: 5", "turn: 4")
    written.write_text(good + ENTRY.replace(*change), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"accepted\.yml:2: .*{complaint}"):
        load_accepted(written)


def test_judging_a_finding_twice_is_refused(written: Path) -> None:
    written.write_text(ENTRY + ENTRY.replace("verdict: true", "verdict: false"), encoding="utf-8")
    with pytest.raises(ValueError, match="twice"):
        load_accepted(written)


def test_list_of_the_repository_can_be_read() -> None:
    assert isinstance(load_accepted(ACCEPTED), dict)
