"""The model of moves: what it has a say in, what stays with the rules, how it is trained."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.bootstrap import MODELS, load_engine, load_moves
from assistant.engine.fold import Engine
from assistant.engine.foresight import moves_model, points, train_moves
from assistant.errors import ConfigurationError
from assistant.model import Conversation, Speaker, Turn
from assistant.nlp.linear import LinearModel, load_model
from assistant.procedure.moves import HEAD, MODEL, MOVES, OTHER, MoveModel
from assistant.report.wire import report_object
from assistant.settings import Settings

TALKS = (
    ("你好 空气炸锅的纸买多大的", "answer"),
    ("帮我查一下到哪了", "identify"),
    ("地址写错了能改吗", "answer"),
    ("查下我那单", "identify"),
)


def sure_of(move: str) -> MoveModel:
    """A model that says the same move everywhere."""
    shipped = load_moves().model
    bias = np.where(np.array(shipped.heads[HEAD].labels) == move, 50, 0).astype(np.float32)
    return MoveModel.of(without_words(shipped, bias))


def without_words(model: LinearModel, bias: np.ndarray) -> LinearModel:
    """Return the model with `bias` alone: whatever is said, its scores are these."""
    weights = np.zeros((len(model.vocabulary), len(bias)), np.float32)
    return replace(model, weights=weights, bias=bias, steps=None, layers=())


@pytest.fixture(scope="module")
def rules_alone() -> Engine:
    return load_engine(Settings(), scoring=False, guiding=True, foreseeing=False)


@pytest.fixture
def heard(rules_alone, monkeypatch):
    """Return the counsel after these turns ("坐席:…" or "客户:…") where the model is sure of `move`."""

    def counsel(*lines: str, move: str | None, meta: dict | None = None, agents: tuple[str, ...] = ()):
        model = None if move is None else sure_of(move)
        monkeypatch.setattr(rules_alone.guide, "_foresight", model)
        state = rules_alone.start(meta or {}, id="one", channel="hotline")
        for index, line in enumerate(lines):
            side, _, text = line.partition(":")
            role = Speaker.AGENT if side == "坐席" else Speaker.CUSTOMER
            agent = agents[index] if agents and role is Speaker.AGENT else None
            rules_alone.feed(state, Turn(index, role, text, agent_id=agent))
        return rules_alone.counsel(state)

    return counsel


PARCEL = ("坐席:您好,请问有什么可以帮您?", "客户:我的快递一直没到,等了一个礼拜了,气死我了")


@pytest.mark.parametrize("move", [move for move in MOVES if move != OTHER])
def test_every_move_that_is_due_has_an_advice_and_sentences(heard, move):
    for lines in (PARCEL, ("坐席:您好,请讲", "客户:帮我查一下到哪了")):
        counsel = heard(*lines, move=move)
        assert counsel.move == move
        assert counsel.phrases
        assert counsel.acts


def test_the_first_advice_of_the_move_that_fits_is_given(heard):
    assert heard(*PARCEL, move=None).move == "1"
    assert heard(*PARCEL, move="identify").advice.id == "due-who"
    assert heard(*PARCEL, move="3").advice.id == "apologise"  # the rules' own, before one for any moment
    assert heard(*PARCEL, move="1").advice == heard(*PARCEL, move=None).advice


@pytest.mark.parametrize(
    "lines",
    [
        ("客户:家里煤气泄漏了,一股味道",),
        ("坐席:您好", "客户:在吗"),
        (*PARCEL, "坐席:感谢您的来电,再见", "客户:再见"),
    ],
    ids=["danger", "calling", "parted"],
)
def test_what_is_firm_or_silent_stays(heard, lines):
    assert heard(*lines, move="identify") == heard(*lines, move=None)


def test_who_takes_over_asks_first(heard):
    lines = (*PARCEL, "坐席:我帮您转给同事", "坐席:您好,我是新来的同事", "客户:好的")
    agents = ("1", "", "1", "2", "")
    assert heard(*lines, move=None, agents=agents).advice.id == "taken-over"
    assert heard(*lines, move="close", agents=agents).advice.id == "taken-over"


def test_a_procedure_that_was_asked_for_is_followed(heard):
    forced = {"procedure": "P-SIX"}
    assert heard(*PARCEL, move="close", meta=forced) == heard(*PARCEL, move=None, meta=forced)


def test_after_the_agents_turn_the_rules_say_what_is_open(heard):
    lines = (*PARCEL, "坐席:让您等了这么久,换成谁都会着急。")
    assert heard(*lines, move="close") == heard(*lines, move=None)


def test_a_move_must_be_surer_than_that_of_the_rules():
    model = load_moves().model
    labels = model.heads[HEAD].labels
    even = without_words(model, np.zeros(len(labels), np.float32))
    even.bias[labels.index("close")] = 0.5
    assert MoveModel.of(even, 0.0).due((), "1") == "close"
    assert MoveModel.of(even, 0.0).due((), "close") is None
    assert MoveModel.of(even, 0.2).due((), "1") is None


def test_a_call_fed_live_ends_as_its_recording(rules_alone):
    engine = load_engine(Settings(), scoring=False, guiding=True)
    lines = json.loads(_talk("t", 9))["turns"] + [
        ["agent", "请问订单号是多少"],
        ["customer", "不知道 你自己查"],
    ]
    turns = tuple(Turn(i, Speaker(role), text) for i, (role, text) in enumerate(lines))
    call = Conversation("t", turns, channel="chat")
    live, recorded = (engine.run(replace(call, origin=origin)) for origin in ("live", "import"))
    left = {"prompts": [], "origin": ""}
    assert {**report_object(live), **left} == {**report_object(recorded), **left}


def _talk(name: str, count: int = 4) -> str:
    turns, following = [], {}
    for text, move in (TALKS * 3)[:count]:
        following[str(len(turns))] = [move]
        turns += [["customer", text], ["agent", "好的"]]
    talk = {"id": name, "channel": "chat", "complaint": False, "turns": turns[:-1], "next": following}
    return json.dumps(talk, ensure_ascii=False)


def test_training_gives_the_same_file_and_what_it_was_told(rules_alone, tmp_path):
    (tmp_path / "talks").mkdir()
    path = tmp_path / "talks" / "a.jsonl"
    path.write_text("\n".join(_talk(f"t{n}") for n in range(6)), encoding="utf-8")
    made = [train_moves(rules_alone, path.parent, tmp_path / name) for name in ("one", "two")]
    assert made[0] == made[1]
    assert made[0]["points"] == 24
    one, two = ((tmp_path / name / MODEL).read_bytes() for name in ("one", "two"))
    assert one == two
    served = MoveModel(tmp_path / "one" / MODEL, margin=0.0)
    trained = MoveModel.of(moves_model(list(points(rules_alone, path.parent))), margin=0.0)
    for moment in points(rules_alone, path.parent):
        for model in (served, trained):
            assert (model.due(moment.voices, moment.move) or moment.move) in moment.wanted
    assert served.knows("P-ONLINE")
    assert not served.knows("P-CALLIN")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no talks"),
        ("{", "not labelled talks"),
        ("{}", "'turns'"),
        (_talk("t").replace("identify", "x"), "no such move"),
    ],
)
def test_talks_that_cannot_be_read_are_told(rules_alone, tmp_path, content, told):
    if content is not None:
        (tmp_path / "a.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        list(points(rules_alone, tmp_path))


def test_the_shipped_model_is_small_and_knows_every_move():
    model: LinearModel = load_model(MODELS / MODEL)
    assert Path(MODELS / MODEL).stat().st_size < 1_500_000  # its networks are two thirds of it
    assert model.heads[HEAD].labels == MOVES
