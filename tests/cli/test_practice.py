from __future__ import annotations

import json

import pytest
from published import problems

from assistant.cli.main import main

SCRIPT = """# a comment
您好，驰远汽车，工号603，想回访一下您保养后的用车情况，您现在方便吗？
/hint
@20 自己听惯的台没了，换了我也会不舒服，您的心情我理解。
您是说保养以后收音机里存好的台被人换了，也没有调回去，对吗？
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "turns.txt"
    path.write_text(SCRIPT, encoding="utf-8")
    return str(path)


def test_a_script_gives_the_same_bytes_each_time(script, capsys):
    arguments = ["practice", "dealer-radio", "--script", script, "--seed", "3", "--format", "json"]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert main(arguments) == 0
    assert capsys.readouterr().out == first
    told = json.loads(first)
    assert told["schema"] == "huashu.practice-run/1"
    assert [turn["at_s"] for turn in told["turns"]] == [0.0, 20.0, 32.0]
    assert told["hints"][0]["before"] == 1
    assert told["debrief"]["report"]["origin"] == "practice"
    assert "tell" not in told["turns"][0]["reply"]


def test_what_is_written_is_what_the_schemas_say(script, capsys):
    assert main(["practice", "dealer-radio", "--script", script, "--seed", "3", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert problems("practice-run", told, closed=True) == []
    assert problems("debrief", told["debrief"]) == []
    assert problems("practice", told["debrief"]["session"], closed=True) == []
    del told["debrief"]["session"]["seed"]
    assert problems("practice-run", told) == ["$.debrief.session"]
    assert main(["practice", "--list", "--format", "json"]) == 0
    assert problems("scenarios", json.loads(capsys.readouterr().out), closed=True) == []


def test_a_script_is_told_as_text(script, capsys):
    assert main(["practice", "dealer-radio", "--script", script, "--seed", "3"]) == 0
    out = capsys.readouterr().out
    assert "客户：" in out
    assert "复盘" in out
    assert "步骤：" in out


def test_the_scenarios_are_listed(capsys):
    assert main(["practice", "--list"]) == 0
    assert "dealer-radio" in capsys.readouterr().out
    assert main(["practice", "--list", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["scenarios"]) >= 24


def test_a_person_plays(monkeypatch, capsys):
    said = iter(["", "/help", "/hint", "您好，请讲。", "/case", "真的很抱歉。", "/end"])
    monkeypatch.setattr("builtins.input", lambda *_: next(said))
    assert main(["practice", "shop-cooker", "--seed", "2"]) == 0
    out = capsys.readouterr().out
    assert "提示：" in out
    assert "没做到" in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nothing"], 2),
        (["dealer-radio", "--format", "json"], 2),
        (["dealer-radio", "--script", "/no/file"], 4),
    ],
)
def test_what_can_not_be_done_is_said(arguments, code, capsys):
    assert main(["practice", *arguments]) == code
    assert capsys.readouterr().err.count("\n") == 1
