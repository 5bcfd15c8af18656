"""The actions: which function of the assistant answers for each."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from actions.base import HuashuAction
from assistant.chat.answers import calls, certain, complaints, learning, phrases, standard, talk

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.chat.advisor import Advisor, Asked, Reply

    Answer = Callable[[Advisor, Asked], Reply]


def _ask_sentence(form: str, advisor: Advisor, asked: Asked) -> Reply:
    del advisor, asked
    return phrases.ask_sentence(form)


_QUIET: dict[str, Answer] = {  # these only take notes, or ask for what a form needs
    "action_take_phrase": phrases.take_sentence,
    "action_take_call": calls.take_call,
    "action_ask_score_form_call_id": calls.ask_call,
    "action_take_scenario": learning.take_scenario,
    "action_ask_roleplay_form_scenario": learning.ask_scenario,
    "action_ask_practice_form_said": learning.ask_said,
    "action_ask_quiz_form_quiz_answer": learning.ask_item,
    "action_ask_check_form_phrase": partial(_ask_sentence, "check_form"),
    "action_ask_rewrite_form_phrase": partial(_ask_sentence, "rewrite_form"),
    "action_ask_emotion_form_phrase": partial(_ask_sentence, "emotion_form"),
}
_ANSWERS: dict[str, Answer] = {
    "action_check_phrase": phrases.check,
    "action_rewrite_phrase": phrases.rewrite,
    "action_explain_finding": phrases.explain,
    "action_emotion": phrases.emotion,
    "action_next_step": standard.next_step,
    "action_standard_phrase": standard.standard_phrase,
    "action_list_banned": standard.banned,
    "action_required_phrases": standard.required,
    "action_objection": standard.objection,
    "action_procedure": standard.procedure,
    "action_deadline": complaints.deadline,
    "action_severity": complaints.severity,
    "action_escalation": complaints.escalation,
    "action_knowledge": complaints.knowledge,
    "action_score_call": calls.score,
    "action_show_calls": calls.listed,
    "action_statistics": calls.statistics,
    "action_switch_pack": talk.switch_pack,
    "action_start_roleplay": learning.start_practice,
    "action_practice_turn": learning.practice_turn,
    "action_stop_roleplay": learning.stop,
    "action_hint": learning.hint,
    "action_start_quiz": learning.start_quiz,
    "action_answer_quiz": learning.answer_quiz,
    "action_help": talk.help_,
    "action_affirm": talk.affirm,
    "action_deny": talk.deny,
    "action_more": talk.more,
    "action_clarify": talk.clarify,
}


_HEARD_OUT = frozenset({  # these are about a sentence, or the trainee's own: what it says happened to nobody
    "action_check_phrase", "action_rewrite_phrase", "action_explain_finding", "action_emotion",
    "action_start_roleplay", "action_practice_turn", "action_stop_roleplay", "action_hint",
    "action_start_quiz", "action_answer_quiz",
})  # fmt: skip


def _certain_first(name: str, answer: Answer) -> Answer:
    """Return an answer that lets what is certain come first."""
    if name in _HEARD_OUT:
        return answer
    return lambda advisor, asked: certain.certain(advisor, asked) or answer(advisor, asked)


def _action(name: str, answer: Answer, *, quiet: bool) -> type[HuashuAction]:
    """Return the class of an action, as the SDK wants one."""

    class Made(HuashuAction):
        action = name

        def answer(self, advisor: Advisor, asked: Asked) -> Reply:
            return answer(advisor, asked)

        def __reduce__(self) -> tuple[Callable[[str], HuashuAction], tuple[str]]:
            return _named, (name,)  # the SDK's server hands its actions to processes of its own

    Made.quiet = quiet
    Made.__name__ = Made.__qualname__ = "".join(part.capitalize() for part in name.split("_"))
    return Made


ACTIONS: tuple[type[HuashuAction], ...] = (
    *(_action(name, answer, quiet=True) for name, answer in _QUIET.items()),
    *(_action(name, _certain_first(name, answer), quiet=False) for name, answer in _ANSWERS.items()),
)


def _named(name: str) -> HuashuAction:
    """Return an action by its name."""
    return next(made for made in ACTIONS if made.action == name)()
