"""Which parts of what a function returns a statement can reach: by names, without looking at values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from gradcheck.mutation.sites import Site
from gradcheck.mutation.source import FunctionNode


class Reach:
    """What of a function's returned tuple each of its places can change.

    Parameters
    ----------
    function
        The function.
    parts
        How many parts the tuple has.
    is_inner
        Whether the tuple is what a function inside of it returns, such as a pullback.
    """

    def __init__(self, function: FunctionNode, parts: int, *, is_inner: bool) -> None:
        self._elements: dict[int, int] = {}
        """The nodes of returned elements and all below them, each with its position."""
        inner = [part for part in ast.walk(function) if isinstance(part, ast.FunctionDef | ast.Lambda)][1:]
        bodies = inner if is_inner else [function]
        found = [t for body in bodies for t in _returned(body)]
        returned = [t for t in found if isinstance(t, ast.Tuple) and len(t.elts) == parts]
        self._needed: list[set[str]] = []
        if parts < 2 or not returned:
            return
        flows = list(_flows(function))
        for i in range(parts):
            needed = set()
            for tuple_ in returned:
                needed |= _names(tuple_.elts[i])
                self._elements.update((id(part), i) for part in ast.walk(tuple_.elts[i]))
            self._needed.append(_closure(needed, flows))
        self._stored = {id(statement): stored for statement, stored, _ in flows}

    def of(self, site: Site) -> frozenset[int] | None:
        """Return the positions of the parts that a place can change; None where that is not known."""
        if not self._needed:
            return None
        if id(site.node) in self._elements:
            return frozenset([self._elements[id(site.node)]])
        stored = self._stored.get(id(site.statement))
        if stored is None:
            return None
        return frozenset(i for i, needed in enumerate(self._needed) if stored & needed)


def _returned(function: FunctionNode) -> Iterator[ast.expr]:
    """Yield what a function returns."""
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    waiting: list[Any] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.If | ast.For):
            waiting += [*node.body, *node.orelse]


def _flows(function: FunctionNode) -> Iterator[tuple[Any, set[str], set[str]]]:
    """Yield each statement with the names that it changes and those on which these then depend."""

    def walk(statements: list[Any], conditions: set[str]) -> Iterator[tuple[Any, set[str], set[str]]]:
        for statement in statements:
            if isinstance(statement, ast.If | ast.For):
                within = conditions | _names(
                    statement.test if isinstance(statement, ast.If) else statement.iter
                )
                body = list(walk([*statement.body, *statement.orelse], within))
                stored = set[str]().union(*(changed for _, changed, _ in body))
                if isinstance(statement, ast.For):
                    targets = _names(statement.target)
                    yield statement.target, targets, within
                    stored |= targets
                yield statement, stored, within
                yield from body
            elif isinstance(statement, ast.FunctionDef):
                yield from walk(statement.body, conditions)
            elif not isinstance(statement, ast.Return):
                stored = _changed(statement)
                if stored:
                    yield statement, stored, _names(statement) | conditions

    if isinstance(function, ast.FunctionDef):
        yield from walk(function.body, set())


def _changed(statement: Any) -> set[str]:
    """Return the names whose value a statement changes: of a call alone, all that it is given."""
    if isinstance(statement, ast.Assign):
        return set[str]().union(*map(_root_names, statement.targets))
    if isinstance(statement, ast.AugAssign | ast.AnnAssign):
        return _root_names(statement.target)
    return _names(statement) if isinstance(statement, ast.Expr) else set()


def _root_names(target: ast.expr) -> set[str]:
    """Return the names that an assignment changes: of an item, that of the array."""
    if isinstance(target, ast.Tuple | ast.List):
        return set[str]().union(*map(_root_names, target.elts))
    while isinstance(target, ast.Subscript | ast.Starred):
        target = target.value
    return _names(target)


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _closure(needed: set[str], flows: list[tuple[Any, set[str], set[str]]]) -> set[str]:
    """Return the names that some names depend on, themselves among them."""
    before = 0
    while len(needed) != before:
        before = len(needed)
        for _, stored, used in flows:
            if stored & needed:
                needed = needed | used
    return needed
