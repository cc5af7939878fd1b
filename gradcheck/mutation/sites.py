"""Where a function can be edited: its expressions and statements, each with what surrounds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradcheck.mutation.source import FunctionNode

COUNTING = frozenset(
    [
        "range",
        "zeros",
        "ones",
        "empty",
        "full",
        "eye",
        "tri",
        "reshape",
        "swapaxes",
        "transpose",
        "expand_dims",
        "squeeze",
        "moveaxis",
        "tile",
        "repeat",
        "roll",
        "split",
        "array_split",
        "argsort",
        "broadcast_to",
        "arange",
        "len",
        "tensordot",
    ]
)
"""Functions and methods that take sizes and axes: their arguments are no parts of a gradient."""
SIZED = ("range", "zeros", "ones", "empty", "eye", "tri", "arange", "len")
"""Those that take nothing else."""
SHAPED = ("axis", "keepdims", "shape", "ndmin", "dtype", "ddof", "axes", "k", "offset")
"""Keywords of that kind."""


@dataclass(frozen=True)
class Site:
    """An expression or statement, and the field of its parent that holds it.

    `statement` is the innermost statement around it, or the lambda itself; `is_index` says that it counts
    or selects entries and is no part of a gradient's value, `is_bound` that an attribute is taken of it.
    """

    node: Any
    parent: Any
    field: str
    index: int | None
    statement: Any
    is_index: bool = False
    is_bound: bool = False

    def put(self, node: ast.AST) -> None:
        """Put another node in its place."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def sites_of(function: FunctionNode) -> list[Site]:
    """Return all places of a function's body that can be edited, in the order of the text."""
    if isinstance(function, ast.Lambda):
        return list(_below(function, "body", None, function.body, function, False))
    return [
        site
        for i, part in enumerate(function.body)
        for site in _below(function, "body", i, part, part, False)
    ]


def _below(
    parent: Any, field: str, index: int | None, node: Any, statement: Any, is_index: bool
) -> Iterator[Site]:
    """Yield a node and all below it."""
    if isinstance(
        node, ast.expr_context | ast.operator | ast.cmpop | ast.unaryop | ast.boolop | ast.arguments
    ):
        return
    statement = node if isinstance(node, ast.stmt) else statement
    is_index = is_index or _counts(parent, field, index)
    if isinstance(node, ast.stmt | ast.expr):
        is_bound = isinstance(parent, ast.Attribute)
        yield Site(node, parent, field, index, statement, is_index, is_bound)
    if isinstance(node, ast.JoinedStr | ast.Raise | ast.Assert):
        return
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            for i, part in enumerate(value):
                if isinstance(part, ast.AST):
                    yield from _below(node, name, i, part, statement, is_index)
        elif isinstance(value, ast.AST):
            yield from _below(node, name, None, value, statement, is_index)


def _counts(parent: Any, field: str, index: int | None) -> bool:
    """Return whether what stands in a field of a node selects or counts."""
    if isinstance(parent, ast.Subscript):
        return field == "slice"
    if isinstance(parent, ast.keyword):
        return parent.arg in SHAPED
    if isinstance(parent, ast.For):
        return field == "iter"
    if isinstance(parent, ast.Call) and field == "args":
        called = parent.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        of_function = isinstance(called, ast.Name) or _is_module(called)
        first = (
            1
            if of_function and name not in ("range", "zeros", "ones", "empty", "eye", "tri", "arange")
            else 0
        )
        return name in COUNTING and (index or 0) >= first
    return False


def _is_module(called: Any) -> bool:
    """Return whether a chain of attributes begins as one of a module does: by its usual name."""
    while isinstance(called, ast.Attribute):
        called = called.value
    return isinstance(called, ast.Name) and called.id in ("np", "numpy", "scipy", "math")
