"""Examples are added to the text of rule files, and nothing else of it changes."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from assistant.rules.adding import with_example

SAID = '坐席: "好"\n客户: 不'
TEXTS = (
    'rules:\n  - id: a.b.c\n    kind: phrase  # why\n    examples:\n      miss:\n        - "b"  # kept\n',
    "rules:\n- id: a.b.c\n  kind: phrase\n",
    'rules:\n- id: a.b.c\n  examples: {hit: ["a"], miss: []}\n',
    'rules:\n- id: a.b.c\n  examples:\n    hit: ["a"]\n',
    "rules:\n- {id: a.b.c, kind: phrase}",
    'rules:\n- id: a.b.c\n  examples:\n    hit:\n    - "a"\n',
)


@pytest.mark.parametrize("text", TEXTS)
def test_an_example_is_added_once_and_the_rest_stays(text: str) -> None:
    before = YAML(typ="safe").load(text)["rules"][0]
    added = with_example(text, "a.b.c", "miss", SAID)
    assert added is not None
    after = YAML(typ="safe").load(added)["rules"][0]
    assert after.pop("examples")["miss"] == [SAID, *before.pop("examples", {}).get("miss", ())]
    assert after == before
    assert added.count("#") == text.count("#")
    assert with_example(added, "a.b.c", "miss", SAID) == added


def test_a_rule_that_isnt_there_gets_nothing() -> None:
    assert with_example(TEXTS[0], "a.b", "hit", "x") is None
    assert with_example("", "a.b", "hit", "x") is None
