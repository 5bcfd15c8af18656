from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def test_text_marks_what_was_found(huashu: Callable[..., Any]) -> None:
    result = huashu("check", "这个不归我管")
    assert result.code == 0
    assert result.out.startswith("这个‹不归我管›[1]\n")
    assert "tiny.shirking.not-mine" in result.out
    assert result.err == ""


def test_text_says_when_nothing_was_found(huashu: Callable[..., Any]) -> None:
    assert huashu("check", "您好").out == "您好\n没有发现问题\n"


def test_json_of_one_utterance_is_an_object(huashu: Callable[..., Any]) -> None:
    found = json.loads(huashu("check", "这个不归我管", "--format", "json").out)
    assert found["schema"] == "huashu.check/1"
    assert found["role"] == "agent"
    (finding,) = found["findings"]
    assert found["text"][finding["start"] : finding["end"]] == "不归我管"


def test_customer_does_not_break_rules_of_agents(huashu: Callable[..., Any]) -> None:
    found = json.loads(huashu("check", "这个不归我管", "--role", "customer", "--format", "json").out)
    assert (found["role"], found["findings"]) == ("customer", [])


def test_private_data_is_masked(huashu: Callable[..., Any]) -> None:
    assert json.loads(huashu("check", "我的手机是13800138000", "--format", "json").out)["text"] == (
        "我的手机是[手机号]"
    )


@pytest.mark.parametrize(("severity", "code"), [("fatal", 0), ("major", 1), ("hint", 1), ("none", 0)])
def test_fail_on(huashu: Callable[..., Any], severity: str, code: int) -> None:
    assert huashu("check", "这个不归我管", "--fail-on", severity).code == code


def test_stdin_gives_an_object_a_line_and_divides_at_lf_alone(process: Callable[..., Any]) -> None:
    lines = ["您好", "", "这个\u2028不归我管", "a\x0bb", "末行"]
    done = process("check", "-", "--format", "jsonl", stdin="\n".join(lines).encode())
    objects = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert done.returncode == 0
    assert [each["text"] for each in objects] == ["您好", "", "这个\u2028不归我管", "ab", "末行"]


def test_stdin_as_json_is_an_array(process: Callable[..., Any]) -> None:
    assert len(json.loads(process("check", "--format", "json", stdin="您好\n再见\n".encode()).stdout)) == 2
    assert json.loads(process("check", "-", "--format", "json", stdin=b"").stdout) == []


def test_bad_line_gives_an_error_in_its_place(process: Callable[..., Any]) -> None:
    stdin = "您\n".encode() + b"\x80\x81\xff\n" + "好".encode()
    done = process("check", "-", "--format", "jsonl", stdin=stdin)
    objects = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 4
    assert [each["schema"] for each in objects] == ["huashu.check/1", "huashu.error/1", "huashu.check/1"]
    assert objects[1]["line"] == 2
    assert b"huashu: line 2:" in done.stderr


def test_gb18030_lines_are_read(process: Callable[..., Any]) -> None:
    done = process("check", "-", "--format", "jsonl", stdin="这个不归我管\n".encode("gb18030"))
    assert json.loads(done.stdout)["text"] == "这个不归我管"


def test_lone_surrogates_of_an_argument_become_replacement_characters(process: Callable[..., Any]) -> None:
    done = process("check", b"\xff\xe6\x82\xa8\xe5\xa5\xbd\xed\xa0\x80", "--format", "json")
    assert done.returncode == 0
    text = json.loads(done.stdout.decode("utf-8"))["text"]
    assert "您好" in text
    assert "\ufffd" in text


def test_an_utterance_steers_no_terminal(huashu: Callable[..., Any]) -> None:
    assert "\x1b" not in huashu("check", "您好\x1b[2J").out


def test_options_come_before_or_after(huashu: Callable[..., Any]) -> None:
    assert huashu("check", "--fail-on", "major", "这个不归我管").code == 1
    assert huashu("check", "--", "-您好").code == 0
