"""What the runtime doesn't support is refused when it is loaded, with its place."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import pytest

from assistant.bootstrap import shipped_intents
from assistant.chat.intents import MODEL, IntentModel
from assistant.chat.reading import load_project, nlu_digest, nlu_files
from assistant.errors import ChatError
from assistant.nlp import MODELS

HEAD = 'version: "3.1"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped project to spoil."""
    source = shipped_intents()
    for part in ("nlu", "rules"):
        shutil.copytree(source / part, tmp_path / part)
    shutil.copy(source / "domain.yml", tmp_path)
    return tmp_path


def test_the_shipped_model_fits_the_shipped_sentences() -> None:
    assert IntentModel(MODELS / MODEL).learnt_from == nlu_digest(nlu_files(shipped_intents()))


def test_the_project_keeps_its_promises() -> None:
    project = load_project(shipped_intents())
    taught = {intent: sum(name == intent for name, _ in project.examples) for intent in project.intents}
    assert len(taught) >= 25
    assert min(taught.values()) >= 40
    assert len({sentence for _, sentence in project.examples}) > 0.97 * len(project.examples)
    by_sentence: dict[str, set[str]] = {}
    for intent, sentence in project.examples:
        by_sentence.setdefault(sentence, set()).add(intent)
    assert {sentence: names for sentence, names in by_sentence.items() if len(names) > 1} == {}


@pytest.mark.parametrize(
    ("file", "content", "line", "says"),
    [
        ("rules/x.yml", "rules:\n- rule: a\n  steps:\n  - checkpoint: b\n", 5, "a step is one of"),
        ("rules/x.yml", "rules:\n- rule: a\n  steps:\n  - intent: nowhere\n", 5, "no such intent"),
        ("rules/x.yml", "rules:\n- rule: a\n  steps:\n  - action: nothing\n", 5, "no such action"),
        ("rules/x.yml", "rules:\n- rule: a\n  conversation_start: true\n  steps: []\n", 4, "not supported"),
        (
            "rules/x.yml",
            "rules:\n- rule: a\n  steps:\n  - intent: greet\n  - action: utter_greet\n  - intent: thank\n",
            7,
            "one intent",
        ),
        (
            "rules/x.yml",
            "stories:\n- story: a\n  steps:\n  - intent: greet\n  - action: utter_goodbye\n",
            6,
            "the rules say utter_greet",
        ),
        ("nlu/x.yml", "nlu:\n- intent: nowhere\n  examples: |\n    - a\n", 3, "not an intent"),
        ("nlu/x.yml", "nlu:\n- regex: phrase\n  examples: |\n    - (a\n", 5, "no regular expression"),
        ("nlu/x.yml", "nlu:\n- intent: greet\n  examples: |\n    a\n", 5, "begins with"),
        ("nlu/x.yml", "responses:\n  faq:\n  - text: a\n", 2, "not supported"),
    ],
)
def test_refused_with_its_place(folder: Path, file: str, content: str, line: int, says: str) -> None:
    (folder / file).write_text(HEAD + content, encoding="utf-8")
    with pytest.raises(ChatError) as caught:
        load_project(folder)
    (problem, *_) = caught.value.problems
    assert (problem.path, problem.line) == (str(folder / file), line)
    assert says in problem.message


def test_rules_that_contradict_each_other_are_refused(folder: Path) -> None:
    rule = "rules:\n- rule: a\n  steps:\n  - intent: greet\n  - action: utter_goodbye\n"
    (folder / "rules" / "x.yml").write_text(HEAD + rule, encoding="utf-8")
    with pytest.raises(ChatError, match="different actions"):
        load_project(folder)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("type: from_text", "type: from_trigger_intent", "mapping not supported"),
        ("type: categorical", "type: strange", "slots are"),
        ("required_slots: [scenario]", "required_slots: [nothing]", "no such slot"),
        ('version: "3.1"', 'version: "2.0"', "is what is read"),
    ],
)
def test_a_domain_that_asks_for_more_is_refused(folder: Path, old: str, new: str, says: str) -> None:
    path = folder / "domain.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ChatError) as caught:
        load_project(folder)
    assert any(says in problem.message and problem.line > 0 for problem in caught.value.problems)


def test_the_questions_of_the_knowledge_are_those_it_is_taught(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Path(__file__).parents[2] / ".ci" / "rasa" / "known_questions.py"
    monkeypatch.setattr(sys, "path", [*sys.path])
    module = runpy.run_path(str(script))
    assert module["TARGET"].read_text(encoding="utf-8") == module["made"]()
