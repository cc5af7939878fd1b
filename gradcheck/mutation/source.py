"""The source of a plain function as a tree whose positions are those of its file."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, TypeAlias

FunctionNode: TypeAlias = ast.FunctionDef | ast.Lambda


@dataclass(frozen=True)
class Source:
    """A function with its tree, and the lines of the file in which it stands."""

    function: FunctionType
    node: FunctionNode
    lines: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file's name, as Python has it."""
        return self.function.__code__.co_filename


def read_source(function: Any) -> Source | None:
    """Return the source of a function; None where there is none, or where it is not one plain function."""
    if not isinstance(function, FunctionType):
        return None
    code = function.__code__
    lines = tuple(linecache.getlines(code.co_filename, function.__globals__))
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return None
    found = [node for node in _functions(tree) if _begins(node) == code.co_firstlineno and _holds(node, code)]
    return Source(function, found[0], lines) if len(found) == 1 else None


def _functions(tree: ast.Module) -> Iterator[FunctionNode]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            yield node


def _begins(node: FunctionNode) -> int:
    """Return the line that Python calls a function's first: that of its first decorator."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return min(part.lineno for part in (node, *decorators))


def _holds(node: FunctionNode, code: CodeType) -> bool:
    """Return whether a function's instructions stand inside of a node: a line may have many lambdas."""
    name = node.name if isinstance(node, ast.FunctionDef) else "<lambda>"
    if name != code.co_name or isinstance(node, ast.FunctionDef):
        return name == code.co_name
    first, last = (node.body.lineno, node.body.col_offset), (node.body.end_lineno, node.body.end_col_offset)
    places = [p for p in code.co_positions() if None not in p and p[3]]
    return bool(places) and all(
        first <= (line, column) and (end, end_column) <= last for line, end, column, end_column in places
    )
