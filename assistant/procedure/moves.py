"""What an experienced agent would do next: a small learnt model beside the rules of advice.

Rules written by hand don't foresee every turn a talk takes. The model reads the customer's last words, what
was done so far and what the rules advise, and says which move is due; training shares its features.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.nlp.features import Grams, Voice, tidy
from assistant.procedure.situation import Situation

if TYPE_CHECKING:
    from assistant.nlp.linear import LinearModel

MODEL = "moves.npz"
HEAD = "move"
PROCEDURES = "procedures"  # entry of the model card: those it has learnt from
OTHER = "other"
# Steps of P-SIX, an answer, a question for what is wanted, another proposal, somebody in charge, safety
# first, the end of the talk, a question for who or which order, anything else.
MOVES = (
    "1", "2", "3", "4", "5", "6",
    "answer", "demand", "adjust", "superior", "safety", "close", "identify", OTHER,
)  # fmt: skip
MARGIN = 0.2  # how much surer a move must be than that of the rules (benchmarks.moves)
_SIZES = (1, 2, 3)
_WORDS_TAIL, _SAID_TAIL = 60, 24  # characters of the customer's and of the agent's last words that are read
_LENGTHS = (4, 8, 16, 24, 32)
_TURNS = 6
_CHANCES = (0.1, 0.25, 0.5, 0.75, 0.9)
_FACTS = tuple(name for name, field in Situation.__dataclass_fields__.items() if field.type in ("bool", bool))


class MoveModel:
    """Says which move is due, where it is surer than that of the rules."""

    def __init__(self, path: Path, margin: float = MARGIN) -> None:
        """Serve the model at `path`, read when it is first needed."""
        self._path = path
        self._margin = margin

    @classmethod
    def of(cls, model: LinearModel, margin: float = MARGIN) -> MoveModel:
        """Return what serves a model that was just trained."""
        made = cls(Path(model.name), margin)
        made.model = model
        return made

    @cached_property
    def model(self) -> LinearModel:
        """The weights; raises ConfigurationError for a file that is no model."""
        from assistant.nlp.linear import load_model

        return load_model(self._path)

    def knows(self, procedure: str | None) -> bool:
        """Whether it has learnt from talks of this procedure (None: of no procedure)."""
        return procedure in self.model.card[PROCEDURES]

    def due(self, voices: Iterable[Voice], move: str) -> str | None:
        """Return the move that is due instead of `move`, which the rules advise; None where that will do."""
        head = self.model.heads[HEAD]
        chances = head.probabilities(self.model.read([tuple(voices)])[0])
        best = int(chances.argmax())
        known = float(chances[head.labels.index(move)]) if move in head.labels else 0.0
        surer = head.labels[best] != move and float(chances[best]) - known >= self._margin
        return head.labels[best] if surer else None


def voices(
    words: str,
    situation: Situation,
    *,
    said: str,
    acts: Iterable[str],
    earlier: Iterable[str],
    procedure: str | None,
    steps: Mapping[int, bool],
    chance: float,
    move: str,
) -> tuple[Voice, ...]:
    """Return what the model sees of a moment.

    `words` are the customer's since the agent spoke, `said` the agent's before, in plain characters; `acts`
    what the agent did by that, `earlier` in the whole talk; `steps` of `procedure` and whether they are
    done; `chance` of a complaint; `move` that of the rules' advice.
    """
    told, asked = tidy(words, {}), tidy(said, {})[-_SAID_TAIL:]
    facts = {f"#{name}" for name in _FACTS if getattr(situation, name)}
    facts |= {f"#mood-{situation.mood}", *(f"#refusals{n}" for n in (1, 2) if situation.refusals >= n)}
    course = {f"=step{number}" for number, done in steps.items() if done}
    course |= {f"={procedure}", f"=turn{min(situation.turns, _TURNS)}"}
    course |= {f"=chance{least}" for least in _CHANCES if chance >= least}
    form = {f"=long{least}" for least in _LENGTHS if len(told) > least}
    form |= {"=asks"} if "?" in told else set()
    return (
        Voice(3.0, (Grams(f"^{told[-_WORDS_TAIL:]}$", _SIZES),)),
        Voice(1.0, others=frozenset(form)),
        Voice(1.0, (Grams(f"{asked}$", (1, 2), "<"),)),
        Voice(2.0, others=frozenset(f"<<{act}" for act in acts)),
        Voice(2.0, others=frozenset(f">>{act}" for act in earlier)),
        Voice(2.0, others=frozenset(facts)),
        Voice(2.0, others=frozenset(course)),
        Voice(1.5, others=frozenset((f"!move-{move}",))),
    )
