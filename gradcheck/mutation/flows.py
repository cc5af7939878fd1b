"""Which statements of a function that returns a value and its gradient belong to the gradient."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcheck.mutation.sites import Site
from gradcheck.mutation.source import FunctionNode

WITHIN = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.match_case, ast.ExceptHandler)
"""Statements with statements in them that run in the same frame."""


class GradientPart:
    """What of ``vjp(x) -> (y, pullback)`` the pullback depends on: names are followed, not values.

    Parameters
    ----------
    function
        The function; anything that returns a tuple whose first part is the value.
    is_forward
        Whether the value is all that there is of forward: then what it depends on is forward's, too.
    """

    def __init__(self, function: FunctionNode, *, is_forward: bool) -> None:
        returned = list(_returned(function))
        self._value = {id(part) for tuple_ in returned for part in ast.walk(tuple_.elts[0])}
        """The nodes of what is returned as the value, and the pairs themselves."""
        self._value |= {id(pair) for pair in returned}
        statements = list(_statements(function))
        self._functions = {part.name for part in statements if isinstance(part, ast.FunctionDef)}
        needed = set[str]().union(*(_names(part) for t in returned for part in t.elts[1:]))
        included = _depending(statements, needed)
        if is_forward:
            of_value = set[str]().union(*(_names(tuple_.elts[0]) for tuple_ in returned))
            included -= _depending(statements, of_value)
        self._is_all = not returned
        self._included = included

    def holds(self, site: Site, above: Any) -> bool:
        """Return whether a place belongs to the gradient; `above` is the statement of the function itself."""
        if self._is_all:
            return True
        if isinstance(above, ast.Return):
            is_function = isinstance(site.node, ast.Name) and site.node.id in self._functions
            return not is_function and id(site.node) not in self._value
        return id(above) in self._included


def outermost(function: FunctionNode) -> dict[int, Any]:
    """Return for each node of a function the innermost statement of its own frame that it stands in."""
    found: dict[int, Any] = {}
    for statement in _statements(function):  # outer ones come first
        found.update((id(part), statement) for part in ast.walk(statement))
    return found


def _statements(function: Any) -> Iterator[Any]:
    """Yield the statements of a function's own frame, outer ones first."""
    for part in ast.iter_child_nodes(function):
        if isinstance(part, ast.stmt):
            yield part
        if isinstance(part, WITHIN):
            yield from _statements(part)


def _returned(function: FunctionNode) -> Iterator[ast.Tuple]:
    """Yield the tuples of several parts that a function returns."""
    if isinstance(function, ast.Lambda):
        values: list[Any] = [function.body]
    else:
        values = [s.value for s in _statements(function) if isinstance(s, ast.Return)]
    yield from (v for v in values if isinstance(v, ast.Tuple) and len(v.elts) > 1)


def _depending(statements: list[Any], needed: set[str]) -> set[int]:
    """Return the statements that change what is needed, directly or through others."""
    flows = [(s, _stored(s), _names(s)) for s in statements if not isinstance(s, (ast.Return, *WITHIN))]
    found, before = set[int](), -1
    while len(found) != before:
        before = len(found)
        for statement, stored, used in flows:
            if stored & needed:
                found.add(id(statement))
                needed = needed | used
    for statement in reversed(statements):  # the heads of those that hold one
        if isinstance(statement, WITHIN) and any(id(part) in found for part in ast.walk(statement)):
            found.add(id(statement))
    return found


def _stored(statement: Any) -> set[str]:
    """Return the names that a statement changes: of a call alone, all that it is given."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Expr):
        return _names(statement)
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    return {name for target in targets if target is not None for name in _changed(target)}


def _changed(target: ast.AST) -> set[str]:
    """Return the names that an assignment changes: of an item, that of the array."""
    if isinstance(target, ast.Tuple | ast.List):
        return set[str]().union(*map(_changed, target.elts))
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    return _names(target)


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
