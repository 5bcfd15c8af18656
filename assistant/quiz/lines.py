"""An item as plain lines: its options with letters, what a typed line chooses of them, the right answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.quiz.bank import Bank
    from assistant.quiz.definition import Item, Question

KINDS = {"single": "单选", "multiple": "多选", "fill": "填空", "fault": "找错", "order": "排序"}
HINTS = {
    "single": "输入一个字母",
    "multiple": "输入全部正确的字母，如 ACD",
    "order": "按先后次序输入字母，如 BADC",
    "fault": "输入句段的数字和条目的字母，如 2C",
}


def letter(at: int) -> str:
    return chr(ord("A") + at)


def choices(question: Question) -> Iterator[str]:
    """Yield what is chosen from: clauses by number, options by letter."""
    for at, clause in enumerate(question.clauses, 1):
        yield f"{at}. {clause}"
    for at, option in enumerate(question.options):
        name = f"{option} {question.names[at]}" if question.names else option
        yield f"{letter(at)}. {name}"


def chosen(question: Question, line: str) -> list[str] | None:
    """Return the options a line means (2C: second clause, third rule), None where it is no answer."""
    signs = [sign for sign in line.upper() if sign.isalnum()]
    numbers = [int(sign) - 1 for sign in signs if sign.isdecimal()]
    letters = [ord(sign) - ord("A") for sign in signs if not sign.isdecimal()]
    if any(not 0 <= at < len(question.options) for at in letters) or len(set(letters)) < len(letters):
        return None
    options = [question.options[at] for at in letters]
    if question.kind == "fault":
        fits = len(numbers) == len(options) == 1 and 0 <= numbers[0] < len(question.clauses)
        return [question.clauses[numbers[0]], *options] if fits else None
    wanted = {"single": 1, "order": len(question.options)}.get(question.kind)
    return None if numbers or not options or wanted not in (None, len(options)) else options


def right_answer(bank: Bank, item: Item, question: Question) -> str:
    """Return the right answer as it would be typed, or said."""
    if item.kind == "fill":
        return "；".join(accepted[0] for accepted in item.blanks)
    if item.kind == "fault":
        return f"“{item.faulty.rstrip('，。！？；')}”，{item.right[0]} {bank.rules[item.right[0]]}"
    letters = [letter(question.options.index(option)) for option in item.right]
    return "".join(letters if item.kind == "order" else sorted(letters))
