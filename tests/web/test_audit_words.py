"""Everything the code notes in the audit log is said in words on its page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from assistant.store.outbox import TYPES
from assistant.web.identity import SCOPES

ROOT = Path(__file__).parents[2] / "assistant"
STATIC = ROOT / "web" / "static"
WORDS = (STATIC / "audit_words.js").read_text(encoding="utf-8")
PEOPLE = (STATIC / "people.js").read_text(encoding="utf-8")
PATTERNED = {
    "case.": set(),  # a house's own steps have their titles from states.yml
    "qa.appeal.": {"granted", "partly", "rejected", "escalate", "accept", "lapsed", "overdue"},
}


def table(source: str, name: str) -> dict[str, str]:
    (body,) = re.findall(rf"export const {name} = {{(.*?)\n}};", source, re.DOTALL)
    return {key.strip('"'): word for key, word in re.findall(r'("[^"]+"|[a-z_]\w*): "([^"]+)"', body)}


def noted() -> tuple[set[str], set[str]]:
    """The actions of all calls of `note`, and the names of the details that stand in them."""
    actions: set[str] = set()
    details: set[str] = set()
    for path in (
        *(ROOT / "store").rglob("*.py"),
        *(ROOT / "web").rglob("*.py"),
        *(ROOT / "cli").rglob("*.py"),
    ):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = [each.value for each in node.keywords if each.arg == "action"]
            if getattr(node.func, "id", "") == "note":
                named += node.args[2:3]
                for given in node.args[4:5]:
                    if isinstance(given, ast.Dict):
                        details |= {key.value for key in given.keys if isinstance(key, ast.Constant)}
            elif not (node.args and getattr(node.args[0], "id", "") == "note"):
                continue
            for action in named:
                actions |= worded(action)
    return actions, details


def worded(action: ast.expr) -> set[str]:
    if isinstance(action, ast.Constant):
        return {str(action.value)}
    if isinstance(action, ast.IfExp):
        return worded(action.body) | worded(action.orelse)
    assert isinstance(action, ast.JoinedStr), ast.dump(action)
    begin = action.values[0]
    assert isinstance(begin, ast.Constant)
    return {f"{begin.value}{end}" for end in PATTERNED[begin.value]}


def test_every_action_and_detail_has_a_word() -> None:
    actions, details = noted()
    known = table(WORDS, "ACTIONS")
    assert len(actions) > 60
    assert actions - set(known) == set()
    assert set(known) - actions == set(), "words nothing is noted by"
    assert {action.partition(".")[0] for action in actions} <= set(table(WORDS, "KINDS"))
    assert details - set(table(WORDS, "DETAILS")) == set()


@pytest.mark.parametrize(("name", "wanted"), [("SCOPES", SCOPES), ("MESSAGES", TYPES)])
def test_rights_and_messages_have_words(name: str, wanted: tuple[str, ...]) -> None:
    assert set(table(PEOPLE, name)) == set(wanted)
