from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from rule_samples import problems_of

from assistant.errors import UsageError
from assistant.rules import schema
from assistant.rules.skeleton import kinds, new_rule

if TYPE_CHECKING:
    from pathlib import Path


def test_there_is_a_skeleton_of_every_kind() -> None:
    union = get_args(get_args(schema.Rule)[0])
    known = {kind for each in union for kind in get_args(each.model_fields["kind"].annotation)}
    assert set(kinds()) == known


@pytest.mark.parametrize("kind", kinds())
def test_a_skeleton_is_a_sound_pack(kind: str, tmp_path: Path) -> None:
    text = new_rule("house.sample.one", kind)
    assert problems_of(tmp_path, text) == ()
    assert "id: house.sample.one " in text
    assert text.count("#") > 5


@pytest.mark.parametrize(
    ("rule_id", "kind", "said"),
    [
        ("house.a", "phrse", "did you mean phrase?"),
        ("House", "phrase", "lower-case"),
        ("house", "phrase", "two"),
    ],
)
def test_what_makes_no_rule_is_refused(rule_id: str, kind: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        new_rule(rule_id, kind)
