"""Edits of one place that need nothing else: a sign, an operator, a number, an axis, a part left out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from copy import copy
from functools import partial
from itertools import combinations
from typing import Any

from gradcheck.mutation.build import (
    LOAD,
    SIMPLE,
    attribute,
    binary,
    call,
    exchanged,
    item,
    method,
    name,
    negative,
    number,
    replaced,
)
from gradcheck.mutation.sites import Site

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult, ast.Div),
    ast.Mult: (ast.Div, ast.MatMult, ast.Add, ast.Sub),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
"""What stands for an operator by mistake."""
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE, ast.Eq),
    ast.LtE: (ast.Lt, ast.GtE, ast.Gt, ast.Eq),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq),
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt, ast.Eq),
    ast.Eq: (ast.NotEq, ast.Lt, ast.Gt, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Gt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
FUNCTIONS = (
    *(("sum", "mean", "max", "min", "prod"), ("max", "min", "sum", "argmax"), ("sin", "cos"), ("exp", "log")),
    *(
        ("log", "log10", "log2", "log1p"),
        ("exp", "expm1", "exp2"),
        ("tanh", "cosh", "sinh"),
        ("ceil", "floor"),
    ),
    *(("zeros_like", "ones_like"), ("zeros", "ones"), ("tril", "triu"), ("cumsum", "cumprod")),
    *(("maximum", "minimum"), ("argmax", "argmin"), ("var", "std"), ("real", "imag"), ("fft", "ifft")),
    *(("rfft", "irfft"), ("repeat", "tile"), ("greater", "less"), ("sqrt", "square"), ("sign", "abs")),
    *(("conj", "conjugate"), ("outer", "dot"), ("hstack", "vstack"), ("arcsin", "arccos"), ("exp", "sqrt")),
)
"""Functions and methods of which one is taken for another."""
COUNTS = ("shape", "size", "ndim", "dtype")
"""Attributes that are no arrays."""
PLAIN = ("T", "real", "imag")
"""Attributes that are arrays of the same numbers."""


def turns(site: Site) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node, of its own parts alone; the most usual first."""
    for kind, make in _MAKERS:
        if isinstance(site.node, kind):
            yield from make(site)


def _constants(site: Site) -> Iterator[ast.AST]:
    value = site.node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        near = [value + 1, value - 1, -value, 2 * value, value / 2, 0, 1, -1, 2, 3, 0.5]
        if site.is_index:
            near = [value + 1, value - 1, -1, 0, 1, -2, 2]
        for other in dict.fromkeys(near):
            if other != value and not (site.is_index and isinstance(other, float)):
                yield number(int(other) if float(other).is_integer() and isinstance(value, int) else other)
        if isinstance(site.parent, ast.keyword) and site.parent.arg == "axis":
            yield from (ast.Constant(None), _axes(0, 1), _axes(1, 2), _axes(0, 2), _axes(0, 1, 2))
    elif value is None and isinstance(site.parent, ast.keyword):
        yield from (number(0), number(1), number(-1))
    elif isinstance(value, str):
        yield from map(ast.Constant, _subscripts(value))


def _axes(*axes: int) -> ast.expr:
    return ast.Tuple([number(axis) for axis in axes], LOAD)


def _subscripts(text: str) -> Iterator[str]:
    """Yield the subscripts of a contraction with two letters of one operand exchanged."""
    operands, arrow, result = text.partition("->")
    if not arrow:
        return
    parts = [*operands.split(","), result]
    for k, part in enumerate(parts):
        for i, j in combinations(range(len(part)), 2):
            moved = "".join(exchanged(part, i, j))
            changed = [*parts[:k], moved, *parts[k + 1 :]]
            yield ",".join(changed[:-1]) + "->" + changed[-1]


def _unary(site: Site) -> Iterator[ast.AST]:
    yield site.node.operand


def _binary(site: Site) -> Iterator[ast.AST]:
    node = site.node
    for other in OPERATORS.get(type(node.op), ()):
        yield binary(node.left, other, node.right)
    yield node.left
    yield node.right
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        yield binary(node.right, type(node.op), node.left)
    if isinstance(node.op, ast.Sub):
        yield negative(node.right)
        yield negative(binary(node.left, ast.Add, node.right))
    if isinstance(node.op, ast.Div) and not site.is_index:
        yield binary(number(1), ast.Div, node.right)
    if isinstance(node.op, ast.Mult | ast.Div) and not site.is_index:
        yield from _regrouped(node)
        yield from _carried(node)


def _regrouped(node: ast.BinOp) -> Iterator[ast.AST]:
    """Yield a product with what belongs into a sum below it, and a sum with what belongs beside it."""
    if isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Add | ast.Sub):
        within = node.right
        yield binary(binary(node.left, type(node.op), within.left), type(within.op), within.right)
    if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub):
        within = node.left
        yield binary(within.left, type(within.op), binary(within.right, type(node.op), node.right))


def _carried(node: ast.BinOp) -> Iterator[ast.AST]:
    """Yield a factor that stands beside a call inside of it."""
    for called, factor in ((node.left, node.right), (node.right, node.left)):
        if isinstance(called, ast.Call) and (called is node.left or isinstance(node.op, ast.Mult)):
            if isinstance(called.func, ast.Attribute) and not _is_module(called.func.value):
                within = binary(called.func.value, type(node.op), factor)
                yield ast.Call(attribute(within, called.func.attr), called.args, called.keywords)
            elif called.args and not isinstance(called.args[0], ast.Starred):
                within = binary(called.args[0], type(node.op), factor)
                yield ast.Call(called.func, [within, *called.args[1:]], called.keywords)


def _released(site: Site) -> Iterator[ast.AST]:
    """Yield a factor that stands inside of a call beside it."""
    node = site.node
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        within = node.func.value
        if isinstance(within, ast.BinOp) and isinstance(within.op, ast.Mult | ast.Div):
            outer = ast.Call(attribute(within.left, node.func.attr), node.args, node.keywords)
            yield binary(outer, type(within.op), within.right)
    elif node.args and isinstance(node.args[0], ast.BinOp) and not site.is_index:
        within = node.args[0]
        if isinstance(within.op, ast.Mult | ast.Div):
            outer = ast.Call(node.func, [within.left, *node.args[1:]], node.keywords)
            yield binary(outer, type(within.op), within.right)


def _boolean(site: Site) -> Iterator[ast.AST]:
    node = site.node
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    yield from node.values


def _compare(site: Site) -> Iterator[ast.AST]:
    node = site.node
    for i, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)
    if len(node.ops) == 1 and not isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
        (other,) = node.comparators
        yield ast.Compare(call(attribute(name("np"), "abs"), node.left), node.ops, [other])
        yield ast.Compare(negative(node.left), node.ops, [other])


def _call(site: Site) -> Iterator[ast.AST]:
    node = site.node
    called = node.func
    own = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    for group in FUNCTIONS:
        if own in group:
            for other in group:
                if other != own:
                    function = copy(called)
                    setattr(function, "attr" if isinstance(called, ast.Attribute) else "id", other)
                    yield ast.Call(function, node.args, node.keywords)
    for i, keyword in enumerate(node.keywords):
        yield ast.Call(called, node.args, [*node.keywords[:i], *node.keywords[i + 1 :]])
        if keyword.arg == "axis":
            yield from _keeping(node, i)
    if own in ("sum", "mean", "max", "min", "prod", "cumsum", "argmax") and not node.keywords:
        yield from (ast.Call(called, node.args, [ast.keyword("axis", number(axis))]) for axis in (0, 1, -1))
        for axis in (0, 1, -1):
            axis_of = [ast.keyword("axis", number(axis)), ast.keyword("keepdims", ast.Constant(True))]
            yield ast.Call(called, node.args, axis_of)
    if isinstance(called, ast.Attribute) and not _is_module(called.value):
        yield called.value
    for part in node.args:
        if not isinstance(part, ast.Starred | ast.GeneratorExp) and not site.is_index:
            yield part
    if len(node.args) == 1 and not site.is_index and isinstance(node.args[0], ast.expr):
        back = ast.Slice(None, None, number(-1))  # what runs from the start should run from the end
        yield item(ast.Call(called, [item(node.args[0], back)], node.keywords), back)
    for i, j in combinations(range(len(node.args)), 2):
        yield ast.Call(called, exchanged(node.args, i, j), node.keywords)


def _keeping(node: ast.Call, axis: int) -> Iterator[ast.AST]:
    """Yield the call along another axis with and without that axis kept."""
    others = [keyword for i, keyword in enumerate(node.keywords) if i != axis]
    if any(keyword.arg == "keepdims" for keyword in others):
        return
    for value in (node.keywords[axis].value, number(0), number(1), number(-1)):
        keywords = [ast.keyword("axis", value), ast.keyword("keepdims", ast.Constant(True)), *others]
        yield ast.Call(node.func, node.args, keywords)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math", "scipy")


def _attribute(site: Site) -> Iterator[ast.AST]:
    if site.node.attr in PLAIN:
        yield site.node.value


def _sequence(site: Site) -> Iterator[ast.AST]:
    node = site.node
    if not isinstance(node.ctx, ast.Load):
        return
    for i, j in combinations(range(len(node.elts)), 2):
        yield type(node)(exchanged(node.elts, i, j), LOAD)
    if len(node.elts) > 2:  # in the order in which another function has them
        yield type(node)([*node.elts[1:], node.elts[0]], LOAD)
        yield type(node)([node.elts[-1], *node.elts[:-1]], LOAD)


def _subscript(site: Site) -> Iterator[ast.AST]:
    if isinstance(site.node.ctx, ast.Load) and not site.is_index:
        yield site.node.value


def _slice(site: Site) -> Iterator[ast.AST]:
    node = site.node
    for lower, upper, step in (
        (node.upper, node.lower, node.step),
        (None, node.upper, node.step),
        (node.lower, None, node.step),
        (node.lower, node.upper, None),
        (number(1), node.upper, node.step),
        (node.lower, number(-1), node.step),
        (node.lower, node.upper, number(-1)),
        (node.lower, node.upper, number(2)),
    ):
        if (lower, upper, step) != (node.lower, node.upper, node.step):
            yield ast.Slice(lower, upper, step)


def _index(site: Site) -> Iterator[ast.AST]:
    """Yield neighbours of an index or a bound that is not a number alone."""
    node = site.node
    if site.is_index and not isinstance(node, ast.Constant | ast.Tuple | ast.Slice | ast.List | ast.Starred):
        if isinstance(site.parent, ast.BinOp | ast.UnaryOp | ast.Attribute) or isinstance(node, ast.Call):
            return
        yield from (binary(node, ast.Sub, number(1)), binary(node, ast.Add, number(1)), negative(node))


def _test(site: Site) -> Iterator[ast.AST]:
    if site.field == "test" and isinstance(site.parent, ast.If | ast.IfExp):
        yield ast.UnaryOp(ast.Not(), site.node)
        yield from (ast.Constant(True), ast.Constant(False))


def _choice(site: Site) -> Iterator[ast.AST]:
    node = site.node
    yield from (ast.IfExp(node.test, node.orelse, node.body), node.body, node.orelse)


def _assign(site: Site) -> Iterator[ast.AST]:
    node = site.node
    if len(node.targets) == 1:
        (target,) = node.targets
        if isinstance(target, ast.Name | ast.Subscript):
            yield ast.AugAssign(target, ast.Add(), node.value)
            yield ast.AugAssign(target, ast.Sub(), node.value)
        if isinstance(target, ast.Tuple):
            for i, j in combinations(range(len(target.elts)), 2):
                yield ast.Assign([ast.Tuple(exchanged(target.elts, i, j), ast.Store())], node.value)
    yield ast.Pass()


def _augmented(site: Site) -> Iterator[ast.AST]:
    node = site.node
    for other in OPERATORS.get(type(node.op), ()):
        yield ast.AugAssign(node.target, other(), node.value)
    yield ast.Assign([node.target], node.value)
    if isinstance(node.target, ast.Subscript) and isinstance(node.op, ast.Add | ast.Sub):
        ufunc = "add" if isinstance(node.op, ast.Add) else "subtract"
        at = attribute(attribute(name("np"), ufunc), "at")
        place = _loaded(node.target.slice)
        yield ast.Expr(call(at, node.target.value, place, node.value))
    yield ast.Pass()


def _loaded(index: ast.expr) -> ast.expr:
    """Return an index as an argument: a slice is written as a call there."""
    if isinstance(index, ast.Slice):
        parts = (index.lower, index.upper, index.step)
        return call(name("slice"), *(part or ast.Constant(None) for part in parts))
    if isinstance(index, ast.Tuple):
        return ast.Tuple([_loaded(part) for part in index.elts], LOAD)
    return index


def _expression(site: Site) -> Iterator[ast.AST]:
    """Yield what a call that adds at indices may be taken for, and nothing in its place."""
    value = site.node.value
    is_at = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "at"
    if is_at and len(value.args) == 3:
        target = ast.Subscript(value.args[0], value.args[1], ast.Store())
        yield ast.AugAssign(target, ast.Add(), value.args[2])
        yield ast.Assign([target], value.args[2])
    if not isinstance(value, ast.Constant):
        yield ast.Pass()


def _wrapped(site: Site) -> Iterator[ast.AST]:
    """Yield the value turned: its sign, its axes, its conjugate, its order."""
    node = site.node
    if site.is_index or not isinstance(getattr(node, "ctx", LOAD), ast.Load):
        return
    if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Starred | ast.Lambda | ast.Slice):
        return
    if _is_module(node) or (isinstance(site.parent, ast.Call) and site.field == "func"):
        return
    if isinstance(node, ast.Attribute) and node.attr in COUNTS and node.attr != "size":
        return
    if _is_count(node):
        yield from (binary(node, ast.Sub, number(1)), binary(node, ast.Add, number(1)))
        return
    is_factor = isinstance(site.parent, ast.BinOp | ast.UnaryOp) and not isinstance(
        getattr(site.parent, "op", None), ast.Add | ast.Sub | ast.MatMult | ast.BitAnd
    )
    if not is_factor and not site.is_bound:
        yield negative(node)
    if isinstance(node, ast.Compare):
        yield ast.UnaryOp(ast.Invert(), node)
        return
    if isinstance(node, ast.UnaryOp | ast.BoolOp):
        return
    yield attribute(node, "T")
    yield method(node, "conj")
    if isinstance(node, ast.Name | ast.Subscript | ast.Call):
        yield item(node, ast.Slice(None, None, number(-1)))
        yield item(node, ast.Tuple([ast.Slice(), ast.Slice(None, None, number(-1))], LOAD))
    yield method(node, "swapaxes", number(-1), number(-2))
    if isinstance(node, ast.Name):
        yield binary(number(1), ast.Sub, node)
        yield ast.UnaryOp(ast.Invert(), node)


def _is_count(node: ast.expr) -> bool:
    """Return whether an expression is a number of entries."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "len"
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return isinstance(node, ast.Attribute) and node.attr == "size"


def _along_another_axis(site: Site) -> Iterator[ast.AST]:
    """Yield a statement whose sums all go over one axis with all of them over another one."""
    if site.node is not site.statement and not isinstance(site.parent, ast.Lambda):
        return
    given = [
        ast.unparse(part.value)
        for part in ast.walk(site.node)
        if isinstance(part, ast.keyword) and part.arg == "axis" and ast.unparse(part.value) in _ALONG
    ]
    for axis in sorted({each for each in given if given.count(each) > 1}):
        for other in _ALONG:
            if other == axis:
                continue
            for keep in (False, True):
                yield replaced(site.node, partial(_sum_along, axis=axis, other=other, keep=keep))


_ALONG = ("0", "1", "-1")
"""The axes of matrices."""


def _sum_along(node: ast.AST, axis: str, other: str, *, keep: bool) -> ast.AST:
    """Return a call along one axis with that call along another one, and any other node as it is."""
    if not isinstance(node, ast.Call):
        return node
    along = [k for k in node.keywords if k.arg == "axis" and ast.unparse(k.value) == axis]
    if not along:
        return node
    others = [k for k in node.keywords if k not in along and not (keep and k.arg == "keepdims")]
    kept = [ast.keyword("keepdims", ast.Constant(True))] if keep else []
    return ast.Call(node.func, node.args, [ast.keyword("axis", number(int(other))), *others, *kept])


_MAKERS: tuple[tuple[Any, Callable[[Site], Iterator[ast.AST]]], ...] = (
    (ast.Constant, _constants),
    (ast.UnaryOp, _unary),
    (ast.BinOp, _binary),
    (ast.BoolOp, _boolean),
    (ast.Compare, _compare),
    (ast.Call, _call),
    (ast.Call, _released),
    (ast.Attribute, _attribute),
    (ast.Tuple | ast.List, _sequence),
    (ast.Subscript, _subscript),
    (ast.Slice, _slice),
    (ast.IfExp, _choice),
    (ast.Assign, _assign),
    (ast.AugAssign, _augmented),
    (ast.Expr, _expression),
    (ast.If, lambda _: iter([ast.Pass()])),
    (SIMPLE, _along_another_axis),
    (ast.expr, _index),
    (ast.expr, _test),
    (ast.expr, _wrapped),
)
