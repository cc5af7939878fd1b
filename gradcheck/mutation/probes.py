"""Functions that note which of their statements run, in whatever thread, and compute what they did before."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from types import CodeType
from typing import Any

from gradcheck.mutation.rebuild import compile_function
from gradcheck.mutation.source import Source

PROBE = "probed by the workshop"
"""What probed functions call before each statement: no name that a user can write."""
LISTS = ("body", "orelse", "finalbody")
"""The fields of a node that hold statements."""


def probe(source: Source) -> CodeType:
    """Return a function's code with a note before each statement, for the place of its own."""
    node = deepcopy(source.node)
    if isinstance(node, ast.Lambda):
        pair = ast.Tuple([_note(source, node), node.body], ast.Load())
        node.body = ast.copy_location(ast.Subscript(pair, ast.Constant(1), ast.Load()), node.body)
    else:
        for part in list(ast.walk(node)):
            for name in LISTS:
                held = getattr(part, name, None)
                if isinstance(held, list) and held and isinstance(held[0], ast.stmt):
                    setattr(part, name, [each for own in held for each in _with_note(source, own)])
    return compile_function(replace(source, node=node), source.function.__code__.co_freevars, keep_cells=True)


@contextmanager
def notes() -> Iterator[set[tuple[str, int]]]:
    """Yield the statements of probed functions that ran inside the block so far, by file and first line."""
    ran: set[tuple[str, int]] = set()
    setattr(builtins, PROBE, lambda *place: ran.add(place))
    try:
        yield ran
    finally:
        delattr(builtins, PROBE)


def _with_note(source: Source, statement: Any) -> list[ast.stmt]:
    if isinstance(statement, ast.Global | ast.Nonlocal):
        return [statement]
    note = ast.copy_location(ast.Expr(_note(source, statement)), statement)
    return [note, statement]


def _note(source: Source, node: Any) -> ast.Call:
    place: list[ast.expr] = [ast.Constant(source.file), ast.Constant(node.lineno)]
    return ast.copy_location(ast.Call(ast.Name(PROBE, ast.Load()), place, []), node)
