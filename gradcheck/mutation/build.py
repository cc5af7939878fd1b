"""Small expressions put together."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

LOAD = ast.Load()


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
