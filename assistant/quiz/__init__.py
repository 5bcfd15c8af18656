"""The quiz: items kept as data, how answers are judged, which item comes next. Nothing is stored here."""

from assistant.quiz.bank import Bank
from assistant.quiz.checking import Judged
from assistant.quiz.definition import Item, Question
from assistant.quiz.memory import Card
from assistant.quiz.selection import Chosen, choose

__all__ = ["Bank", "Card", "Chosen", "Item", "Judged", "Question", "choose"]
