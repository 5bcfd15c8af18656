"""The combinations of nodes as formulas, to ask whether one can hold at all or holds of nothing said."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from assistant.rules import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel

MAX_LEAVES = 12


class ExpressionError(ValueError):
    """An expression that can't be read; `offset` counts its characters (its bytes, inside this module)."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Leaf:
    """Anything that may hold or not; equal leaves hold together."""

    key: str


@dataclass(frozen=True, slots=True)
class Every:
    inner: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    inner: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    inner: Formula


Formula: TypeAlias = Leaf | Every | Some | Negation


def formula_of(node: BaseModel) -> Formula:
    """Return the formula of a node; raises ExpressionError for a faulty expression in it."""
    if isinstance(node, schema.AllNode):
        return Every(tuple(map(formula_of, node.all_of)))
    if isinstance(node, schema.AnyNode):
        return Some(tuple(map(formula_of, node.any_of)))
    if isinstance(node, schema.NotNode):
        return Negation(formula_of(node.not_))
    if isinstance(node, schema.ExpressionNode):
        return read_expression(node.expr, {name: formula_of(inner) for name, inner in node.with_.items()})
    return Leaf(f"{type(node).__name__} {node.model_dump_json()}")


def names_in(text: str) -> tuple[str, ...]:
    """Return the names an expression uses; raises ExpressionError if it can't be read."""
    return tuple(node.id for node in ast.walk(_tree(text)) if isinstance(node, ast.Name))


def read_expression(text: str, names: Mapping[str, Formula]) -> Formula:
    """Read ``a and not (b or c)`` over named formulas; raises ExpressionError for anything else."""
    try:
        return _formula(_tree(text), names)
    except ExpressionError as error:
        error.offset = len(text.encode()[: error.offset].decode(errors="ignore"))
        raise


def _tree(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        message = "an expression is made of names, and, or, not and parentheses"
        before = text[: max(0, (error.offset or 1) - 1)]
        raise ExpressionError(message, len(before.encode())) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError("the expression can't be read") from error


def _formula(tree: ast.expr, names: Mapping[str, Formula]) -> Formula:
    if isinstance(tree, ast.BoolOp):
        inner = tuple(_formula(value, names) for value in tree.values)
        return Every(inner) if isinstance(tree.op, ast.And) else Some(inner)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return Negation(_formula(tree.operand, names))
    if isinstance(tree, ast.Name):
        if tree.id not in names:
            raise ExpressionError(f"unknown name {tree.id}; known here: {', '.join(names)}", tree.col_offset)
        return names[tree.id]
    raise ExpressionError("only names, and, or, not and parentheses are allowed", tree.col_offset)


def leaves(formula: Formula) -> Iterator[Leaf]:
    """Yield the leaves, equal ones repeatedly."""
    if isinstance(formula, Leaf):
        yield formula
    elif isinstance(formula, Negation):
        yield from leaves(formula.inner)
    else:
        for inner in formula.inner:
            yield from leaves(inner)


def holds(formula: Formula, true: frozenset[Leaf]) -> bool:
    """Whether a formula holds when exactly these leaves hold."""
    if isinstance(formula, Leaf):
        return formula in true
    if isinstance(formula, Negation):
        return not holds(formula.inner, true)
    quantifier = all if isinstance(formula, Every) else any
    return quantifier(holds(inner, true) for inner in formula.inner)


def holds_of_nothing(formula: Formula) -> bool:
    """Whether it holds in a turn in which nothing of it is said."""
    return holds(formula, frozenset())


def can_hold(formula: Formula) -> bool:
    """Whether any turn can fulfil it (formulas of many leaves are taken to be fulfillable)."""
    known = list(dict.fromkeys(leaves(formula)))
    return len(known) > MAX_LEAVES or any(holds(formula, true) for true in _subsets(known))


def _subsets(known: list[Leaf]) -> Iterable[frozenset[Leaf]]:
    for size in range(len(known), -1, -1):
        yield from map(frozenset, itertools.combinations(known, size))
