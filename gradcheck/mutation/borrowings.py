"""Edits of one place with something that stands elsewhere: another name, a factor, a term, an expression."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from gradcheck.mutation.build import (
    LOAD,
    SIMPLE,
    attribute,
    binary,
    call,
    item,
    method,
    name,
    number,
    power,
    replaced,
)
from gradcheck.mutation.pool import Pool, factors
from gradcheck.mutation.sites import Site
from gradcheck.mutation.turns import COUNTS

SUMS = ("sum", "mean", "max", "min", "prod", "var", "std", "cumsum", "cumprod", "argmax")
"""Functions and methods that work along axes."""
MODULES = ("np", "numpy", "math", "scipy")


def other_names(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield the names that may stand for a name, also in what is assigned to at an index."""
    node = site.node
    if site.is_index and isinstance(node, ast.Constant):
        yield from pool.names_at(site)
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in MODULES:
        return
    if isinstance(site.parent, ast.Call) and site.field == "func":
        return
    yield from (other for other in pool.names_at(site) if other.id != node.id)


def other_names_throughout(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a statement in which one name stands several times, with another one in all these places."""
    if not isinstance(site.node, SIMPLE):
        return
    if site.node is not site.statement and not isinstance(site.parent, ast.Lambda):
        return
    read = [
        part.id
        for part in ast.walk(site.node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id not in MODULES
    ]
    for own in sorted({each for each in read if read.count(each) > 1}):
        for other in pool.names_at(site):
            if other.id != own:
                yield replaced(site.node, partial(_renamed, own=own, other=other))


def _renamed(node: ast.AST, own: str, other: ast.Name) -> ast.AST:
    is_read = isinstance(node, ast.Name) and node.id == own and isinstance(node.ctx, ast.Load)
    return other if is_read else node


def new_factors(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a term with one factor more, or divided by something."""
    if not is_value(site) or isinstance(site.node, ast.Constant):
        return
    node = site.node
    if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Mult | ast.Div):
        return
    if isinstance(site.parent, ast.UnaryOp | ast.Compare | ast.BoolOp):
        return
    for part in [*factors(pool.names_at(site)), *pool.at(site)]:
        yield binary(node, ast.Mult, part)
        yield binary(node, ast.Div, part)


def new_products(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a matrix product more."""
    if is_value(site):
        for part in pool.names_at(site):
            for turned in (part, attribute(part, "T")):
                yield binary(site.node, ast.MatMult, turned)
                yield binary(turned, ast.MatMult, site.node)


def new_names(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a value with a name more or less."""
    yield from _terms(site, [number(1), *pool.names_at(site)])


def new_terms(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a value with an expression more or less."""
    yield from _terms(site, [*pool.at(site), *pool.foreign_at(site)])


def _terms(site: Site, terms: Sequence[ast.expr]) -> Iterator[ast.AST]:
    node = site.node
    if not is_value(site) or isinstance(node, ast.Constant):
        return
    if isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.Add | ast.Sub):
        return
    for part in terms:
        yield binary(node, ast.Add, part)
        yield binary(node, ast.Sub, part)


def other_axes(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a sum or the like along the axes of others."""
    node = site.node
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Attribute)
        or node.func.attr not in SUMS
    ):
        return
    others = [keyword for keyword in node.keywords if keyword.arg not in ("axis", "keepdims")]
    for axis in pool.axes_at(site):
        along = [*others, ast.keyword("axis", axis)]
        yield ast.Call(node.func, node.args, along)
        yield ast.Call(node.func, node.args, [*along, ast.keyword("keepdims", ast.Constant(True))])


def other_expressions(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield other expressions of the function in the place of one."""
    if is_value(site) or (site.is_index and isinstance(site.node, ast.Name | ast.Subscript | ast.Attribute)):
        if isinstance(site.node, ast.Name):
            yield from pool.at(site)
        else:
            yield from [*pool.names_at(site), *pool.at(site)]


def foreign_expressions(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield expressions of other functions, of the same names, in the place of one and as factors of it."""
    if is_value(site):
        for part in pool.foreign_at(site):
            yield part
            yield binary(site.node, ast.Mult, part)
            yield binary(site.node, ast.Div, part)


def functions_of_it(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield functions of a value: reductions, masks, roots and powers."""
    if not is_value(site):
        return
    node = site.node
    for function in (
        "sqrt",
        "exp",
        "log",
        "abs",
        "sign",
        "tanh",
        "cos",
        "sin",
        "tril",
        "triu",
        "diag",
        "cumsum",
    ):
        yield call(attribute(name("np"), function), node)
    for function in ("linalg.inv", "linalg.norm"):
        module, _, own = function.partition(".")
        yield call(attribute(attribute(name("np"), module), own), node)
    yield from (power(node, 2), power(node, 3), power(node, 0.5))
    yield binary(number(1), ast.Div, node)
    yield binary(node, ast.Sub, method(node, "mean"))
    yield binary(node, ast.Add, attribute(node, "T"))
    yield binary(binary(node, ast.Add, attribute(node, "T")), ast.Div, number(2))
    yield binary(node, ast.Add, attribute(method(node, "conj"), "T"))
    for axis in [*pool.axes_at(site), *map(number, (0, 1, 2, -1))]:
        for how in ("sum", "mean"):
            yield method(node, how, axis=axis)
            yield method(node, how, axis=axis, keepdims=True)
        yield binary(node, ast.Sub, method(node, "mean", axis=axis, keepdims=True))
    yield from (method(node, "sum"), method(node, "mean"))
    yield from (item(node, number(place)) for place in (0, 1, -1))
    for along in (0, 1, -1):
        for shift in (1, -1):
            yield call(attribute(name("np"), "roll"), node, number(shift), axis=number(along))
    for axes in ((1, 0), (0, 2), (1, 2)):
        yield method(node, "swapaxes", *map(number, axes))
    yield item(node, ast.Tuple([ast.Slice(), ast.Constant(None)], LOAD))
    yield item(node, ast.Constant(None))
    yield call(attribute(name("np"), "zeros_like"), node)


def new_sums(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a term times or divided by a sum of something, along the axes that are summed over elsewhere."""
    if is_value(site) and not isinstance(site.parent, ast.BinOp | ast.UnaryOp):
        for part in pool.names_at(site):
            for axis in [*pool.axes_at(site), *map(number, (0, 1, -1))]:
                for keywords in ({"axis": axis}, {"axis": axis, "keepdims": True}):
                    yield binary(site.node, ast.Div, method(part, "sum", **keywords))
                    yield binary(site.node, ast.Mult, method(part, "sum", **keywords))


def subtracted_totals(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a product less its own total times something, as the derivative of shares has it."""
    node = site.node
    is_product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
    if is_product and is_value(site) and not isinstance(site.parent, ast.BinOp | ast.UnaryOp):
        for axis in [*pool.axes_at(site), *map(number, (-1, 0, 1))]:
            total = method(node, "sum", axis=axis, keepdims=True)
            for part in pool.names_at(site):
                yield binary(node, ast.Sub, binary(part, ast.Mult, total))


def masks(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a term where something is positive alone, and where another is."""
    if not is_value(site) or isinstance(site.parent, ast.BinOp | ast.UnaryOp):
        return
    compared = [part for part in [*pool.at(site), *pool.foreign_at(site)] if isinstance(part, ast.Compare)]
    yield from (binary(site.node, ast.Mult, part) for part in compared)
    names = pool.names_at(site)
    for part in names:
        for other in names:
            if part.id != other.id:
                yield binary(site.node, ast.Mult, ast.Compare(part, [ast.Gt()], [other]))
    for value in [*names, *pool.at(site), *pool.foreign_at(site)]:
        if not isinstance(value, ast.Compare):
            yield binary(site.node, ast.Mult, ast.Compare(value, [ast.Gt()], [number(0)]))
            yield binary(site.node, ast.Mult, ast.Compare(value, [ast.Lt()], [number(0)]))


def new_comparisons(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield a comparison with another one beside it, which holds as well."""
    node = site.node
    if (
        isinstance(node, ast.Compare)
        and not site.is_index
        and not isinstance(site.parent, ast.If | ast.IfExp)
    ):
        names = pool.names_at(site)
        for operator in (ast.Lt, ast.Gt):
            for part in names:
                for other in [*names, number(0)]:
                    beside = ast.Compare(part, [operator()], [other])
                    yield binary(node, ast.BitAnd, beside)
                    yield binary(node, ast.BitOr, beside)


def is_value(site: Site) -> bool:
    """Return whether a place holds a part of what is computed: no index, no name of a module or function."""
    node = site.node
    if (
        site.is_index
        or not isinstance(node, ast.expr)
        or not isinstance(getattr(node, "ctx", LOAD), ast.Load)
    ):
        return False
    if isinstance(node, ast.Starred | ast.Lambda | ast.Slice | ast.GeneratorExp | ast.ListComp):
        return False
    if isinstance(site.parent, ast.Call) and site.field == "func":
        return False
    if isinstance(site.parent, ast.keyword) or (isinstance(node, ast.Constant) and not _is_number(node)):
        return False
    if isinstance(node, ast.Tuple | ast.List) or (isinstance(node, ast.Name) and node.id in MODULES):
        return False
    if isinstance(node, ast.Attribute) and node.attr in COUNTS:
        return False
    is_target = isinstance(site.parent, ast.Subscript) and isinstance(site.parent.ctx, ast.Store)
    return not is_target and not (site.is_bound and isinstance(node, ast.Attribute) and _is_module_part(node))


def _is_module_part(node: Any) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in MODULES


def _is_number(node: ast.Constant) -> bool:
    return isinstance(node.value, int | float | complex) and not isinstance(node.value, bool)


TIERS: tuple[tuple[Callable[[Site, Pool], Iterator[ast.AST]], ...], ...] = (
    (other_names, other_names_throughout, other_axes),
    (new_factors,),
    (new_names, subtracted_totals),
    (other_expressions, functions_of_it),
    (new_comparisons, new_terms, foreign_expressions, new_sums, masks, new_products),
)
"""Edits of this kind, the most usual first."""
