"""An engine made ready beforehand: no turn compiles anything, and what is found stays the same."""

from __future__ import annotations

import gc
import re

import pytest
from small_packs import engine_of, rule, run

from assistant.match.view import View

RULES = (
    rule("{any: [不归我管, '(没|不)办法', '退款…到账']}"),
    rule("{any: [骗子]}", id="sample.two.rule", extra="when: {speaker: customer}"),
)
SAID = "客户：你们是骗子吗?\n坐席：这不归我管。\n坐席：退款到账,没办法,退 款很快到账。"


def test_nothing_is_compiled_once_it_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = engine_of(*RULES)
    assert len(list(ready.prepare())) > len(list(ready.prepare()))  # patterns are made once
    expected = run(engine_of(*RULES), SAID)

    def compiled(*_: object) -> None:
        raise AssertionError("compiled in a turn")

    monkeypatch.setattr(re, "compile", compiled)
    assert run(ready, SAID) == expected
    assert len(expected.findings) >= 4


def views() -> int:
    return sum(isinstance(each, View) for each in gc.get_objects())


def test_turns_are_let_go_without_the_collector() -> None:
    engine = engine_of(*RULES)
    gc.collect()
    gc.disable()
    try:
        held = views()  # by other tests
        run(engine, "客户：你们是骗子吗?\n坐席：这不归我管。")
        assert views() == held
    finally:
        gc.enable()
