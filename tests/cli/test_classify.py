"""``huashu classify`` and ``huashu model``."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from assistant.nlp import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCHEMA = json.loads(files("assistant.report").joinpath("schemas/classify.schema.json").read_text())
LINES = [
    "好的谢谢",
    "",
    json.dumps({"id": 7, "text": "那算了", "context": [{"role": "agent", "text": "退不了的"}]}),
    "我的手机13800138000",
]


@pytest.fixture
def told(huashu: Callable[..., Any], tmp_path: Path):
    """Return a function that classifies lines: exit code, objects, errors."""

    def run(*lines: str, options: tuple[str, ...] = ()) -> tuple[int, list[Any], str]:
        path = tmp_path / "lines.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        result = huashu("classify", str(path), *options)
        return result.code, [json.loads(line) for line in result.out.splitlines()], result.err

    return run


def test_each_line_gives_an_object_of_the_contract(told):
    code, objects, errors = told(*LINES, "再见", options=("--scores",))
    assert (code, errors) == (0, "")
    assert [each["line"] for each in objects] == [1, 2, 3, 4, 5]
    for each in objects:
        jsonschema.validate(each, SCHEMA)
        assert sum(each["scores"]["emotion"].values()) == pytest.approx(1, abs=0.01)
    assert objects[0]["emotion"]["label"] == "grateful"
    assert objects[2]["id"] == 7
    assert objects[3]["text"] == "我的手机[手机号]"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"x": 1}',
        '{"text": 3}',
        '{"text": "a", "context": [{"role": "king"}]}',
        '{"text":"a","context":3}',
        '{"text":"a","context":["b"]}',
    ],
)
def test_a_bad_line_gives_an_error_in_its_place(told, line):
    code, objects, errors = told("你好", line, "再见")
    assert code == 4
    assert [each["schema"] for each in objects] == [
        "huashu.classify/1", "huashu.error/1", "huashu.classify/1",
    ]  # fmt: skip
    assert objects[1]["line"] == 2
    assert errors.count("\n") == 1
    assert "indices" not in errors


def test_a_file_that_isnt_there(huashu):
    assert huashu("classify", "nowhere.txt").code == 4


def test_stdin(process):
    done = process("classify", stdin="你好\n".encode())
    assert json.loads(done.stdout)["intents"][0]["name"] == "greeting"


def test_model_info(huashu):
    shown = huashu("model", "info").out
    assert shown.startswith("huashu-customer")
    assert "grateful" in shown


def test_model_evaluate(huashu, tmp_path):
    rows = [
        {"text": "好的谢谢", "emotion": "grateful", "intents": ["thanks", "accept"]},
        {
            "text": "再见",
            "emotion": "calm",
            "intents": ["goodbye"],
            "context": [{"role": "agent", "text": "再见"}],
        },
    ]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    shown = huashu("model", "evaluate", str(path)).out
    assert shown.startswith("2 turns\n")
    assert any(line.split() == ["thanks", "1", "1.000", "1.000", "1.000"] for line in shown.splitlines())


@pytest.mark.parametrize("content", ["[]", '{"text": "a"}', "x", '{"text":"a","emotion":"calm","intents":3}'])
def test_model_evaluate_of_something_else(huashu, tmp_path, content):
    path = tmp_path / "other.jsonl"
    path.write_text(content)
    result = huashu("model", "evaluate", str(path))
    assert result.code == 4
    assert "not labelled turns" in result.err


_ACTS = """\
- before: ""
  said:
  - ["您好,请讲", [greeting]]
  - ["真是抱歉", [apology]]
  - ["马上给您换", [action, deadline]]
"""
_CORPUS = """\
version: "3.1"
nlu:
- intent: any
  examples:
  - {{text: "{0}一", metadata: {1}}}
  - {{text: "{0}二", metadata: {1}}}
  - {{text: "{2}三", metadata: {3}}}
  - {{text: "{2}四", metadata: {3}}}
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus with an example of each label, no more."""
    from assistant.model import EMOTIONS, INTENTS

    rows = [
        f'  - {{text: "情绪{label}", metadata: {{emotion: {label}, intents: [other]}}}}' for label in EMOTIONS
    ]
    rows += [
        f'  - {{text: "意图{label}", metadata: {{emotion: calm, intents: [{label}]}}}}' for label in INTENTS
    ]
    rows += [
        f'  - {{text: "类别{kind}", metadata: {{emotion: angry, intents: [complaint], kind: {kind}}}}}'
        for kind in ("delivery", "billing", "quality")
    ]
    for name in ("customer", "agent"):
        (tmp_path / name).mkdir()
    head = 'version: "3.1"\nnlu:\n- intent: any\n  examples:\n'
    (tmp_path / "customer" / "all.yml").write_text(head + "\n".join(rows), encoding="utf-8")
    agents = _CORPUS.format("别吵", "{family: B-2}", "请稍等", "{near: B-2}")
    agents += "\n".join(f'  - {{text: "不归我管{n}", metadata: {{family: B-3}}}}' for n in range(3)) + "\n"
    agents += "\n".join(f'  - {{text: "你懂什么{n}", metadata: {{family: B-4}}}}' for n in range(3))
    (tmp_path / "agent" / "all.yml").write_text(agents, encoding="utf-8")
    (tmp_path / "acts").mkdir()
    (tmp_path / "acts" / "all.yml").write_text(_ACTS, encoding="utf-8")
    return tmp_path


def test_training_gives_the_same_files_each_time(huashu, corpus, tmp_path):
    made = []
    for name in ("one", "two"):
        result = huashu("model", "train", "--intents", str(corpus), "-o", str(tmp_path / name))
        assert result.code == 0, result.err
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert made[0] == made[1]
    # Of a Rasa project and of labelled talks, which this corpus holds none of.
    assistants = {"chat.npz", "moves.npz"}
    assert made[0].keys() == {path.name for path in MODELS.iterdir()} - assistants


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "not YAML"),
        ("nlu: 1\n", "not training sentences"),
        ("nlu: []\n", None),
        ("nlu:\n- examples:\n  - {text: a, metadata: {emotion: x}}", "no such label"),
    ],
)  # fmt: skip
def test_a_wrong_corpus_is_told(huashu, corpus, text, told):
    (corpus / "customer" / "wrong.yml").write_text(text, encoding="utf-8")
    result = huashu("model", "train", "--intents", str(corpus), "-o", str(corpus / "out"))
    assert result.code == (3 if told else 0)
    assert (told or "") in result.err


_DIALOGUE = """\
- turns:
  - {customer: "在吗", emotion: calm, intents: [greeting]}
  - {agent: "您好"}
  - {customer: "杯子裂了", emotion: dissatisfied, intents: [complaint], kind: quality}
"""


@pytest.mark.parametrize("measured", [False, True])
def test_what_each_source_adds(huashu, corpus, tmp_path, measured):
    (corpus / "dialogues").mkdir()
    (corpus / "dialogues" / "shop-01.yml").write_text("dialogues:\n" + _DIALOGUE * 9, encoding="utf-8")
    labelled = tmp_path / "labelled.jsonl"
    row = {"text": "情绪angry", "emotion": "angry", "intents": ["other"]}
    labelled.write_text(json.dumps(row), encoding="utf-8")
    options = ("--on", str(labelled)) if measured else ()
    result = huashu("model", "train", "--intents", str(corpus), "--sources", *options)
    assert result.code == 0, result.err
    told = {line.split()[0]: line.split()[-3:] for line in result.out.splitlines()[1:]}
    assert told.keys() == {"all", "customer", "dialogues/shop"}
    assert told["all"][0] == str(int(told["customer"][0]) + int(told["dialogues/shop"][0]))


def test_training_needs_a_folder(huashu):
    assert huashu("model", "train").code == 2
