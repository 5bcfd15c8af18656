"""What a guided turn costs, and whether a call fed live ends as its recording does.

Run ``python -m benchmarks.guidance [--conversations N] [--seed N] [--data DIR]``. Speed is measured on
real dialogues where they are at hand; the conversations of the comparison are generated from our own text.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from assistant.bootstrap import load_engine, shipped_intents
from assistant.ingest import mask_turn
from assistant.model import Conversation, Prompt, Report, Speaker, Turn
from assistant.nlp.corpus import read_acts, read_customers, read_dialogues
from assistant.settings import Settings
from benchmarks.contenders import turn_by_turn
from benchmarks.goals import Goal
from benchmarks.machine import machine
from benchmarks.realdata import DIALOGUES, data_folder, read_set
from benchmarks.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant.engine.fold import Engine

GOALS = (
    Goal("p99-ms", "one guided turn, p99 (processor)", 3, " ms"),
    Goal("agreement", "live and at once alike", 1, "", at_most=False),
)
CONVERSATIONS = 2_000
TIMED, WARMING = 300, 20  # dialogues that are timed, and those before them that aren't
LENGTHS = (4, 36)  # turns of a generated conversation
CHANNELS = ("hotline", "chat", "callback", "ecommerce", "parking", "online")
# What an agent may do next in a generated conversation, good and bad.
ACTS = (
    "empathy", "listen", "restate", "ask_detail", "ask_demand", "apology", "action", "deadline", "offer",
    "compensate", "escalate", "beyond", "decline", "hold", "vague", "explain", "inform", "agree_ask",
    "followup", "take_contact", "satisfaction", "anything_else", "thanks_feedback", "thanks_courtesy",
    "farewell",
)  # fmt: skip
# What a customer may want to say, complaining or not.
WANTS = {
    True: (
        "complaint",
        "complaint",
        "criticism",
        "demand",
        "threat",
        "refuse",
        "inquiry",
        "inform",
        "accept",
    ),
    False: ("inquiry", "inquiry", "inform", "help", "accept", "thanks", "refuse", "goodbye"),
}
METADATA: tuple[dict[str, str], ...] = (
    {},
    {"customer": "王先生", "deadline": "明天18:00前", "department": "售后部"},
    {"customer": "李敏", "gender": "女", "customer_type": "analytical"},
    {"customer_type": "dominant", "agent_id": "0216"},
    {"procedure": "P-THREE"},
)


@dataclass(frozen=True, slots=True)
class Pool:
    """Our own sentences: the agent's by what they do, the customer's by what they want."""

    agent: Mapping[str, Sequence[str]]
    customer: Mapping[str, Sequence[str]]


def pool(intents: Path) -> Pool:
    """Read the sentences the models learn from; raises ConfigurationError."""
    agent, customer = defaultdict(list), defaultdict(list)
    for turn in read_acts(intents / "acts"):
        for sentence, acts in turn.said:
            for act in acts:
                agent[act].append(sentence)
    for example in (*read_customers(intents / "customer"), *read_dialogues(intents / "dialogues")):
        for intent in example.intents:
            customer[intent].append(example.text)
    return Pool(agent, customer)


def generated(count: int, seed: int, sentences: Pool) -> Iterator[Conversation]:
    """Yield `count` conversations, the same ones for the same seed and text."""
    for number in range(count):
        chance = Random(f"{seed}/{number}")  # noqa: S311 (no secret)
        turns = tuple(_turns(chance, sentences))
        yield Conversation(
            f"own-{number:05}", turns, channel=chance.choice(CHANNELS), meta=dict(chance.choice(METADATA))
        )


def _turns(chance: Random, sentences: Pool) -> Iterator[Turn]:
    complains, timed = chance.random() < 0.6, chance.random() < 0.5
    side, clock, agent = chance.choice((Speaker.AGENT, Speaker.CUSTOMER)), 0.0, "1001"
    for index in range(chance.randint(*LENGTHS)):
        if side is Speaker.AGENT:
            names = chance.sample(ACTS, chance.randint(1, 3)) if index else ["greeting"]
            text = "".join(chance.choice(sentences.agent[name]) for name in names)
            agent = "1002" if chance.random() < 0.01 else agent
        else:
            text = chance.choice(sentences.customer[chance.choice(WANTS[complains])])
        end = clock + 0.2 * len(text)
        yield mask_turn(
            Turn(
                index,
                side,
                text,
                start_s=clock if timed else None,
                end_s=end if timed else None,
                agent_id=agent if side is Speaker.AGENT else None,
            )
        )
        clock = end + chance.choice((0.5, 2.0, 30.0))
        if chance.random() < 0.85:  # else the same one goes on
            side = Speaker.CUSTOMER if side is Speaker.AGENT else Speaker.AGENT


def live(engine: Engine, conversation: Conversation) -> tuple[Report, dict[str, Any]]:
    """Feed a call turn by turn, asking for advice and standing after each; return the report and the prompts.

    The prompts are those that were told on the way, each in its latest state.
    """
    state = engine.start(conversation.meta, id=conversation.id, channel=conversation.channel)
    prompts = {}
    for item in conversation.items:
        state, events = engine.feed(state, item)
        prompts.update({event.data.id: event.data for event in events if isinstance(event.data, Prompt)})
        engine.counsel(state)
        engine.standing(state)
    return engine.finish(state), prompts


def disagreements(one: Engine, other: Engine, conversations: Sequence[Conversation]) -> list[str]:
    """Return the ids of conversations that end otherwise live (`one`) than at once (`other`)."""
    differing = []
    for conversation in conversations:
        report, prompts = live(one, conversation)
        whole = other.run(replace(conversation, origin="live"))
        told = {prompt.id: prompt for prompt in whole.prompts}
        same = (report.procedures, report.prompts, report.findings, report.emotion, report.complaint) == (
            whole.procedures, whole.prompts, whole.findings, whole.emotion, whole.complaint,
        )  # fmt: skip
        if not same or prompts != told:
            differing.append(conversation.id)
    return differing


def timed(engine: Engine, conversations: Sequence[Conversation]) -> dict[str, list[tuple[int, int]]]:
    """Return nanoseconds (processor, clock) of every turn fed, by who speaks; each is fed once."""
    turn_by_turn(engine, conversations[:WARMING])
    gc.collect()
    gc.freeze()
    chosen = conversations[WARMING:]
    times = turn_by_turn(engine, chosen)
    gc.unfreeze()
    sides = [turn.role for conversation in chosen for turn in conversation.turns]
    rows = {
        side: [row for row, role in zip(times, sides, strict=True) if role == side]
        for side in ("agent", "customer")
    }
    return {**rows, "both": [row for side in rows.values() for row in side]}


def real(folder: Path, count: int) -> list[Conversation]:
    """Return `count` real dialogues of customer service, spread evenly over the sets."""
    found = [one for name in DIALOGUES if name != "crosswoz" for one in read_set(folder, name)]
    return found[:: max(1, len(found) // count)][:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS, help="to compare")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="folder of the real dialogues")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    here = machine()
    _say(f"{here['measured_at']}; {here['processor']}, load {here['load_1_min']}; {here['commit']}")
    sentences = pool(shipped_intents())
    folder = data_folder(options.data)
    engine = load_engine(Settings(), scoring=False, guiding=True)
    chosen = (
        real(folder, TIMED + WARMING)
        if folder
        else list(generated(TIMED + WARMING, options.seed + 1, sentences))
    )
    rows = timed(engine, chosen)
    _say(
        f"{'real' if folder else 'generated'} dialogues, {len(rows['both']):,} turns, each fed once, one core"
    )
    figures = {}
    for side, times in rows.items():
        for at, clock in enumerate(("processor", "clock")):
            shares = [percentile([row[at] for row in times], share) / 1e6 for share in (0.5, 0.99, 0.999)]
            _say(f"{side:<10}{clock:<11}p50 {shares[0]:.3f}  p99 {shares[1]:.3f}  p99.9 {shares[2]:.3f} ms")
            if (side, clock) == ("both", "processor"):
                figures["p99-ms"] = shares[1]
    compared = list(generated(options.conversations, options.seed, sentences))
    differing = disagreements(engine, load_engine(Settings(), scoring=False, guiding=True), compared)
    _say(f"{len(compared):,} generated conversations, {sum(len(one.items) for one in compared):,} turns")
    _say(f"live and at once differ in {len(differing)}{': ' if differing else ''}{' '.join(differing[:9])}")
    figures["agreement"] = 1 - len(differing) / max(1, len(compared))
    for goal in GOALS:
        value = figures[goal.key]
        _say(f"{goal.title:<42}{goal.wanted:<16}{value:>10.3f}  {goal.verdict(value)}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
