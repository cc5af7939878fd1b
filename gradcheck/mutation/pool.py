"""What may stand in a place by mistake, or be missing there: a function's names and expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

from gradcheck.mutation.build import LOAD, attribute, binary, call, name, number, power
from gradcheck.mutation.safety import local_names
from gradcheck.mutation.sites import Site
from gradcheck.mutation.source import FunctionNode

LONGEST = 60
"""A longer expression is no slip of the pen."""


@dataclass(frozen=True)
class Pool:
    """Names and expressions that a function has at hand.

    `bound` has for each name the line after which it stands for something; `own` are copies of the function's
    own expressions, `foreign` those of others, `axes` the axes of both that are not numbers.
    """

    names: tuple[str, ...]
    bound: dict[str, int]
    own: tuple[ast.expr, ...]
    foreign: tuple[ast.expr, ...]
    axes: tuple[ast.expr, ...]

    @classmethod
    def of(cls, function: FunctionNode, sites: Iterable[Site], others: Sequence[FunctionNode]) -> Pool:
        """Return what a function has at hand, and what others have that is made of the same names."""
        bound = _bound(function)
        names = tuple(bound)
        own = _expressions(site.node for site in sites if not site.is_index)
        seen = {ast.unparse(part) for part in own}
        foreign = []
        for other in others:
            locals_of_other = local_names(other)
            for part in _expressions(ast.walk(other)):
                used = {n.id for n in ast.walk(part) if isinstance(n, ast.Name)} & locals_of_other
                if used and used <= set(names) and ast.unparse(part) not in seen:
                    foreign.append(part)
        axes = {
            ast.unparse(part.value): deepcopy(part.value)
            for each in (function, *others)
            for part in ast.walk(each)
            if isinstance(part, ast.keyword)
            and part.arg == "axis"
            and not isinstance(part.value, ast.Constant)
        }
        return cls(names, bound, tuple(own), tuple(foreign), tuple(axes.values()))

    def names_at(self, site: Site) -> list[ast.Name]:
        """Return the names that stand for something at a place."""
        line = site.statement.lineno
        return [name(text) for text in self.names if self.bound[text] < line]

    def at(self, site: Site) -> Iterator[ast.expr]:
        """Yield the function's own expressions all of whose names stand for something at a place."""
        yield from (part for part in self.own if self._is_known(part, site))

    def foreign_at(self, site: Site) -> Iterator[ast.expr]:
        """Yield those of the others."""
        yield from (part for part in self.foreign if self._is_known(part, site))

    def axes_at(self, site: Site) -> list[ast.expr]:
        """Return the axes that are not numbers, along which the functions sum and the like."""
        return [part for part in self.axes if self._is_known(part, site)]

    def _is_known(self, part: ast.expr, site: Site) -> bool:
        line = site.statement.lineno
        return all(self.bound.get(n.id, 0) < line for n in ast.walk(part) if isinstance(n, ast.Name))


def factors(names: Iterable[ast.Name]) -> Iterator[ast.expr]:
    """Yield what derivatives are made of: names, complements, squares and the like, the simplest first."""
    found = list(names)
    yield from found
    yield from (number(2), number(0.5), number(3))
    for part in found:
        yield binary(number(1), ast.Sub, part)
        yield power(part, 2)
        yield binary(number(1), ast.Sub, power(part, 2))
        yield binary(part, ast.Mult, binary(number(1), ast.Sub, part))
    for part in found:
        for function in ("exp", "log", "sqrt", "sign", "cos", "sin", "conj", "abs"):
            yield call(attribute(name("np"), function), part)
        yield call(name("len"), part)
        yield attribute(part, "size")
        for axis in (0, 1, -1):
            yield ast.Subscript(attribute(part, "shape"), number(axis), LOAD)


def _bound(function: FunctionNode) -> dict[str, int]:
    """Return each name with the last line of what gives it its first value; 0 for parameters."""
    bound: dict[str, int] = {}
    inner = {part.name for part in ast.walk(function) if isinstance(part, ast.FunctionDef)}
    for part in ast.walk(function):
        if isinstance(part, ast.arg):
            bound[part.arg] = 0 if part in _parameters(function) else part.lineno - 1
    for part in ast.walk(function):
        if isinstance(part, ast.Assign | ast.For | ast.AnnAssign):
            for target in part.targets if isinstance(part, ast.Assign) else [part.target]:
                end = part.iter.end_lineno if isinstance(part, ast.For) else part.end_lineno
                for leaf in ast.walk(target):
                    if (
                        isinstance(leaf, ast.Name)
                        and isinstance(leaf.ctx, ast.Store)
                        and leaf.id not in inner
                    ):
                        bound[leaf.id] = min(bound.get(leaf.id, end or 0), end or 0)
    return bound


def _parameters(function: FunctionNode) -> list[ast.arg]:
    args = function.args
    extra = [part for part in (args.vararg, args.kwarg) if part is not None]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *extra]


def _expressions(nodes: Iterable[ast.AST]) -> list[ast.expr]:
    """Return the different expressions that have a value of their own, the shortest first."""
    found: dict[str, ast.expr] = {}
    for node in nodes:
        if not isinstance(
            node, ast.BinOp | ast.Call | ast.Attribute | ast.Subscript | ast.UnaryOp | ast.Compare
        ):
            continue
        if isinstance(getattr(node, "ctx", LOAD), ast.Load):
            text = ast.unparse(node)
            is_function = isinstance(node, ast.Attribute) and text.startswith(
                ("np.", "numpy.", "math.", "scipy.")
            )
            if (
                len(text) <= LONGEST
                and not is_function
                and any(isinstance(n, ast.Name) for n in ast.walk(node))
            ):
                found.setdefault(text, node)
    # Copies: an expression that is put into one of its own parts would have no end.
    return [deepcopy(found[text]) for text in sorted(found, key=lambda text: (len(text), text))]
