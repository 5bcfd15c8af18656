"""Counting findings in real turns: whose turns, which are false, what isn't counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from finding_samples import finding

from assistant.model import Severity, Speaker
from benchmarks.accepted import Place, default_clean, sentence_digest
from benchmarks.real_turns import UNJUDGED, Found, is_absence, main, measure, rate, summary
from benchmarks.realdata import VARIABLE, conversation, data_folder, read_set
from benchmarks.wordings import phrase_engine

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.model import Conversation
    from benchmarks.accepted import Verdict

RULE = "generated.phrases.n0"


def dialogue(*said: tuple[str, str]) -> Conversation:
    turns = [{"role": role, "text": text} for role, text in said]
    return conversation({"id": "d-1", "turns": turns}, "chat")


def found(severity: Severity, verdict: str = UNJUDGED, *, absence: bool = False) -> Found:
    return Found(Place("uss", "d-1", 0, "0" * 12, RULE), severity, verdict, "", "", absence)


def test_replies_are_agent_turns() -> None:
    replies = conversation({"id": "r", "agent_reply": ["您好", "请稍等"]}, "chat")
    assert [(turn.role, turn.text) for turn in replies.turns] == [
        (Speaker.AGENT, "您好"),
        (Speaker.AGENT, "请稍等"),
    ]


def test_texts_are_masked_on_the_way_in() -> None:
    [turn] = dialogue(("agent", "请打13812345678")).turns
    assert turn.text == "请打[手机号]"
    assert turn.masks[0].type == "phone"


def test_set_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "eval-only").mkdir()
    line = json.dumps({"id": "e", "turns": [{"role": "agent", "text": "您好"}]}, ensure_ascii=False)
    (tmp_path / "eval-only" / "ecd.jsonl").write_text(line + "\n", encoding="utf-8")
    [one] = read_set(tmp_path, "ecd", "ecommerce")
    assert (one.id, one.channel, one.turns[0].text) == ("e", "ecommerce", "您好")


def test_option_counts_more_than_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("option", "variable"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "variable"))
    assert data_folder() == tmp_path / "variable"
    assert data_folder(str(tmp_path / "option")) == tmp_path / "option"
    with pytest.raises(FileNotFoundError, match="no such folder"):
        data_folder(str(tmp_path / "nowhere"))


def test_agent_turns_and_verdicts_are_counted() -> None:
    talk = dialogue(("customer", "你不管发票"), ("agent", "我们不管发票"), ("agent", "您好"))
    digest = sentence_digest("我们不管发票", default_clean())
    verdicts: dict[Place, Verdict] = {Place("uss", "d-1", 1, digest, RULE): "true"}
    engine = phrase_engine(["不管发票"])
    judged = measure("uss", [talk], engine, verdicts, default_clean())
    assert (judged.conversations, judged.agent_turns) == (1, 2)
    assert [(one.place.turn, one.verdict, one.text) for one in judged.found] == [(1, "true", "不管发票")]
    assert judged.quiet == (("d-1", 2, "您好"),)
    assert [one.verdict for one in measure("uss", [talk], engine, {}, default_clean()).found] == [UNJUDGED]


def test_judgement_of_another_sentence_does_not_count() -> None:
    digest = sentence_digest("我们不管运费", default_clean())
    verdicts: dict[Place, Verdict] = {Place("uss", "d-1", 0, digest, RULE): "true"}
    judged = measure(
        "uss", [dialogue(("agent", "我们不管发票"))], phrase_engine(["不管发票"]), verdicts, default_clean()
    )
    assert [one.verdict for one in judged.found] == [UNJUDGED]


def test_rate_leaves_out_what_is_no_false_finding() -> None:
    every = [
        found(Severity.MAJOR),
        found(Severity.FATAL, "false"),
        found(Severity.MAJOR, "true"),
        found(Severity.MAJOR, "debatable"),
        found(Severity.MAJOR, absence=True),
        found(Severity.MINOR),
        found(Severity.HINT),
    ]
    assert rate(every, 4000, Severity.MAJOR) == pytest.approx(0.5)
    assert rate(every, 4000, Severity.MINOR) == pytest.approx(0.75)
    assert rate([], 0, Severity.HINT) == 0


def test_absence_is_what_has_no_place() -> None:
    assert is_absence(finding(start=None, how="absence"))
    assert not is_absence(finding(how="absence"))
    assert not is_absence(finding(start=None, how="timing"))


def test_summary_joins_dialogues_and_keeps_replies_apart() -> None:
    clean = default_clean()
    engine = phrase_engine(["不管发票"])
    talk = dialogue(("agent", "我们不管发票"))
    rows = [
        line.split()
        for line in summary([measure(n, [talk], engine, {}, clean) for n in ("uss", "ecd", "replies")])
    ]
    assert ["dialogues", "2", "2", "2", "0", "0", "2", "1000.00", "1000.00"] in rows
    assert ["all", "3", "3", "3", "0", "0", "3", "1000.00", "1000.00"] in rows


def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "accepted.yml").write_text("- {set: uss}\n", encoding="utf-8")
    arguments = ["--data", str(tmp_path), "--accepted", str(tmp_path / "accepted.yml")]
    assert main(arguments) == 2
    assert "accepted.yml:1: an entry has the keys" in capsys.readouterr().err
    assert main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
