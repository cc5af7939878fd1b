"""Small expressions put together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

LOAD = ast.Load()
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.expr)
"""Statements of one expression, and what a lambda returns."""


def name(text: str) -> ast.Name:
    """Return a name."""
    return ast.Name(text, LOAD)


def number(value: complex) -> ast.expr:
    """Return a number, a negative one as it is written."""
    if isinstance(value, complex) or value >= 0:
        return ast.Constant(value)
    return ast.UnaryOp(ast.USub(), ast.Constant(-value))


def binary(left: ast.expr, operator: type[ast.operator], right: ast.expr) -> ast.BinOp:
    """Return two operands with an operator."""
    return ast.BinOp(left, operator(), right)


def negative(of: ast.expr) -> ast.UnaryOp:
    """Return the negative of an expression."""
    return ast.UnaryOp(ast.USub(), of)


def attribute(of: ast.expr, attr: str) -> ast.Attribute:
    """Return an attribute."""
    return ast.Attribute(of, attr, LOAD)


def call(function: ast.expr, *args: ast.expr, **keywords: Any) -> ast.Call:
    """Return a call; keywords are constants or expressions."""
    values = {key: v if isinstance(v, ast.expr) else ast.Constant(v) for key, v in keywords.items()}
    return ast.Call(function, list(args), [ast.keyword(key, value) for key, value in values.items()])


def method(of: ast.expr, attr: str, *args: ast.expr, **keywords: Any) -> ast.Call:
    """Return the call of a method."""
    return call(attribute(of, attr), *args, **keywords)


def item(of: ast.expr, index: ast.expr) -> ast.Subscript:
    """Return an item."""
    return ast.Subscript(of, index, LOAD)


def power(of: ast.expr, exponent: float) -> ast.BinOp:
    """Return a power."""
    return binary(of, ast.Pow, ast.Constant(exponent))


def exchanged(parts: Sequence[Any], i: int, j: int) -> list[Any]:
    """Return a list with two of its parts exchanged."""
    found = list(parts)
    found[i], found[j] = found[j], found[i]
    return found


def replaced(node: Any, change: Callable[[ast.AST], ast.AST]) -> Any:
    """Return a node with what `change` makes of every part; what stays as it is remains the same object.

    What is written for a changed part has the text of those that stay as they are.
    """
    fields = {}
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            parts = [replaced(part, change) if isinstance(part, ast.AST) else part for part in value]
            if any(new is not old for new, old in zip(parts, value, strict=True)):
                fields[field] = parts
        elif isinstance(value, ast.AST):
            part = replaced(value, change)
            if part is not value:
                fields[field] = part
    if fields:
        node = copy(node)
        for field, value in fields.items():
            setattr(node, field, value)
    return change(node)
