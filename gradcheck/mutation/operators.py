"""The mistakes that people make in a backward pass, as edits of one place: what mutants are made of.

Those of `turns` and `borrowings` look for the way back from any mistake to what is right, and so are many and
odd. These are few: each one is typical, and leaves a function that somebody could have written.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from itertools import combinations, pairwise
from typing import Any, TypeAlias

from gradcheck.mutation.borrowings import is_value
from gradcheck.mutation.build import LOAD, attribute, binary, call, exchanged, method, name, negative, number
from gradcheck.mutation.pool import Pool
from gradcheck.mutation.sites import Site
from gradcheck.mutation.source import FunctionNode

Operator: TypeAlias = Callable[[Site, Pool], Iterator[ast.AST]]

SLIGHTLY = 1.001
"""By so much a constant is off. Half is as typical; a hundredth of it is a slip that nobody makes."""
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "var", "std", "amax", "amin")
ALONG = (*REDUCTIONS, "cumsum", "argmax", "argmin", "flip", "roll", "repeat", "diff", "concatenate", "stack")
"""Functions and methods that take an axis."""
ALIKE = (
    *(("sum", "mean"), ("max", "min"), ("amax", "amin"), ("maximum", "minimum"), ("argmax", "argmin")),
    *(("zeros_like", "ones_like"), ("zeros", "ones"), ("tril", "triu"), ("sin", "cos"), ("sinh", "cosh")),
    *(("exp", "expm1"), ("log", "log1p"), ("fft2", "ifft2"), ("rfft2", "irfft2"), ("fft", "ifft")),
    *(("floor", "ceil"), ("var", "std"), ("logical_and", "logical_or"), ("sqrt", "square"), ("tanh", "sinh")),
)
"""Pairs of functions of which one is written for the other."""
TURNS = ("swapaxes", "transpose", "moveaxis", "permute", "conj", "conjugate", "flip", "mT")
"""Functions and methods that only turn what they are given."""
NEAR: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.GtE),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
"""What is written for a comparison: the same with or without equality, and its opposite."""
EXCHANGED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mod,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.MatMult: ast.Mult,
}
"""What is written for an operator."""


def signs(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield another sign: of what is returned or assigned, of a term, or none where one stood."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not site.is_index:
        yield node.operand
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub) and not site.is_index:
        yield binary(node.left, EXCHANGED[type(node.op)], node.right)
    elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        yield ast.AugAssign(node.target, EXCHANGED[type(node.op)](), node.value)
    if is_whole(site) and not isinstance(node, ast.UnaryOp):
        yield negative(node)


def operators(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield another operator than a plus or minus."""
    node = site.node
    if isinstance(node, ast.BinOp | ast.AugAssign) and not isinstance(node.op, ast.Add | ast.Sub):
        other = EXCHANGED.get(type(node.op))
        if other is not None and isinstance(node, ast.BinOp):
            yield binary(node.left, other, node.right)
        elif other is not None and isinstance(node, ast.AugAssign):
            yield ast.AugAssign(node.target, other(), node.value)


def factors(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a product without one of its factors, a power without its exponent, and twice what is whole."""
    node = site.node
    if isinstance(node, ast.BinOp) and not site.is_index:
        if isinstance(node.op, ast.Mult | ast.MatMult):
            yield from (node.left, node.right)
        elif isinstance(node.op, ast.Div | ast.Pow):
            yield node.left
    if is_whole(site):
        yield binary(number(2), ast.Mult, node)


def terms(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a sum without one of its terms, and a condition without one of its parts."""
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.BitAnd | ast.BitOr):
        yield node.left
        yield negative(node.right) if isinstance(node.op, ast.Sub) else node.right
    elif isinstance(node, ast.BoolOp):
        yield from node.values


def axes(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield other axes than those that are written, and none."""
    node = site.node
    if isinstance(site.parent, ast.keyword) and site.parent.arg in ("axis", "dim", "axes"):
        value = _whole_number(node)
        if value is not None:
            yield from (number(other) for other in (0, 1, -1, -2) if other != value)
        elif isinstance(node, ast.Tuple):
            yield from (part for part in node.elts if isinstance(part, ast.expr))
    if isinstance(node, ast.Call) and _called(node) in ALONG:
        for i, keyword in enumerate(node.keywords):
            if keyword.arg in ("axis", "dim", "keepdims", "keepdim"):
                yield ast.Call(node.func, node.args, [*node.keywords[:i], *node.keywords[i + 1 :]])


def kept_dimensions(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a reduction that keeps its axes, or keeps them not."""
    node = site.node
    if isinstance(node, ast.Constant) and isinstance(site.parent, ast.keyword):
        if site.parent.arg in ("keepdims", "keepdim"):
            yield ast.Constant(not node.value)
    elif isinstance(node, ast.Call) and _called(node) in REDUCTIONS:
        named = {keyword.arg for keyword in node.keywords}
        if "axis" in named and "keepdims" not in named:
            kept = ast.keyword("keepdims", ast.Constant(True))
            yield ast.Call(node.func, node.args, [*node.keywords, kept])


def transposes(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a matrix transposed, or not; two letters of a contraction exchanged; other axes exchanged."""
    node = site.node
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT", "H"):
        yield node.value
    elif isinstance(site.parent, ast.BinOp) and isinstance(site.parent.op, ast.MatMult):
        yield attribute(node, "T")
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value:
        yield from map(ast.Constant, _contractions(node.value))
    if isinstance(node, ast.Call) and _called(node) in TURNS:
        plain = _argument(node)
        if plain is not None:
            yield plain


def sums(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield no sum where one stands, and one more."""
    node = site.node
    if isinstance(node, ast.Call) and _called(node) in (*REDUCTIONS, "cumsum"):
        plain = _argument(node)
        if plain is not None:
            yield plain
    if isinstance(node, ast.Return | ast.Assign) or not is_whole(site):
        return
    yield method(node, "sum", axis=0)


def functions(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a call of another function of its kind."""
    node = site.node
    if not isinstance(node, ast.Call):
        return
    own = _called(node)
    for pair in ALIKE:
        if own in pair:
            function = copy(node.func)
            other = pair[own == pair[0]]
            setattr(function, "attr" if isinstance(function, ast.Attribute) else "id", other)
            yield ast.Call(function, node.args, node.keywords)


def calls(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield what a function of one array is called of, and no copy."""
    node = site.node
    if isinstance(node, ast.Call) and not site.is_index:
        is_bare = not node.args and not node.keywords
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            if is_bare or node.func.attr in ("astype", "clip", "reshape", "ravel", "squeeze"):
                yield node.func.value
        elif len(node.args) == 1 and _called(node) not in REDUCTIONS:
            (plain,) = node.args
            yield from () if isinstance(plain, ast.Starred | ast.GeneratorExp) else (plain,)


def assignments(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield ``=`` for ``+=`` and the other way round, and a statement that is missing."""
    node = site.node
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
        yield ast.Pass()
    elif isinstance(node, ast.Assign) and len(node.targets) == 1:
        (target,) = node.targets
        if isinstance(target, ast.Subscript):
            yield ast.AugAssign(target, ast.Add(), node.value)
            yield ast.Pass()
        elif isinstance(target, ast.Attribute):
            yield ast.AugAssign(target, ast.Add(), node.value)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
        added = node.value
        if _called(added) == "at" and len(added.args) == 3:
            place = ast.Subscript(added.args[0], added.args[1], ast.Store())
            yield ast.AugAssign(place, ast.Add(), added.args[2])


def flips(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield an order that is reversed, or is not."""
    node = site.node
    if isinstance(node, ast.Slice) and node.step is not None:
        yield ast.Slice(node.lower, node.upper, None)
    if isinstance(node, ast.Call) and _called(node) == "reversed" and node.args:
        yield node.args[0]
    elif isinstance(site.parent, ast.For) and site.field == "iter":
        yield call(name("reversed"), call(name("list"), node))
    if isinstance(node, ast.Call) and is_whole(site) and not isinstance(site.statement, ast.For):
        yield ast.Subscript(node, ast.Slice(None, None, number(-1)), LOAD)


def neighbours(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield one more and one less: of bounds, indices, strides, paddings, sizes and numbers of rounds."""
    node = site.node
    is_along = isinstance(site.parent, ast.keyword)
    if not site.is_index or is_along or not isinstance(getattr(node, "ctx", LOAD), ast.Load):
        return
    if isinstance(site.parent, ast.Attribute | ast.Compare) or _called(site.parent) in TURNS:
        return
    value = _whole_number(node)
    if value is not None and not isinstance(node, ast.UnaryOp):
        yield from (number(value + 1), number(value - 1))
    elif isinstance(site.parent, ast.Slice | ast.Call | ast.Tuple) and isinstance(
        node, ast.Name | ast.BinOp | ast.Attribute | ast.Subscript
    ):
        if isinstance(site.parent, ast.Tuple) and isinstance(node, ast.Subscript | ast.Attribute):
            return
        yield from (binary(node, ast.Add, number(1)), binary(node, ast.Sub, number(1)))


def counts(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield n − 1 for n where something is divided by a number of entries, and another axis's number."""
    node = site.node
    is_length = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
    is_size = isinstance(node, ast.Attribute) and node.attr == "size"
    is_shape = (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "shape"
        and _whole_number(node.slice) is not None
    )
    if (is_length or is_size or is_shape) and isinstance(getattr(node, "ctx", LOAD), ast.Load):
        yield binary(node, ast.Sub, number(1))
    if is_size:
        yield ast.Subscript(attribute(node.value, "shape"), number(0), LOAD)


def comparisons(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield another comparison, and a condition that is turned round."""
    node = site.node
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            of_words = isinstance(getattr(node.comparators[i], "value", None), str)
            for other in NEAR.get(type(operator), ())[: 1 if of_words else None]:
                yield ast.Compare(node.left, [*node.ops[:i], other(), *node.ops[i + 1 :]], node.comparators)


def other_names(site: Site, pool: Pool) -> Iterator[ast.AST]:
    """Yield the names before and after one, as x for y in the derivative of an activation."""
    node = site.node
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or _is_called(site):
        return
    known = [part.id for part in pool.names_at(site)]
    if node.id in known:
        at = known.index(node.id)
        yield from (name(other) for other in known[max(at - 1, 0) : at + 2] if other != node.id)


def orders(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield neighbours exchanged: arguments, operands, parts of what is returned."""
    node = site.node
    if isinstance(node, ast.Call):
        for i, _j in pairwise(range(len(node.args))):
            yield ast.Call(node.func, exchanged(node.args, i, i + 1), node.keywords)
    elif isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.MatMult | ast.Div | ast.Pow) or (
            isinstance(node.op, ast.Sub) and not site.is_index
        ):
            yield binary(node.right, type(node.op), node.left)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and not site.is_index:
        for i, j in combinations(range(len(node.elts)), 2):
            yield ast.Tuple(exchanged(node.elts, i, j), LOAD)


def branches(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a condition that always or never holds, and one of two values."""
    node = site.node
    if site.field == "test" and isinstance(site.parent, ast.If | ast.IfExp | ast.While):
        if not _guards(site.parent):
            yield from (ast.Constant(True), ast.Constant(False))
    elif isinstance(node, ast.Call) and _called(node) == "where" and len(node.args) == 3:
        yield from (node.args[1], node.args[2])
        yield ast.Call(node.func, [node.args[0], node.args[2], node.args[1]], node.keywords)


def constants(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield another number: slightly off, one more or less, another sign, or nothing."""
    node = site.node
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Constant) or isinstance(value, bool | str) or site.is_index:
        return
    if isinstance(value, int | float) and not isinstance(
        site.parent, ast.keyword | ast.Subscript | ast.Slice
    ):
        found = (value * SLIGHTLY, value + 1, value - 1) if value else (1,)
        yield from (number(other) for other in found)


def scales(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield what is returned, off by a thousandth."""
    if _is_array(site) and is_returned(site):
        yield binary(number(SLIGHTLY), ast.Mult, site.node)


def precisions(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield what is returned in single precision."""
    if _is_array(site) and is_returned(site):
        yield method(site.node, "astype", ast.Constant("float32"))


def keywords(site: Site, _: Pool) -> Iterator[ast.AST]:
    """Yield a call that does not hand an option on."""
    node = site.node
    if isinstance(node, ast.Call) and _called(node) not in ALONG:
        for i, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                yield ast.Call(node.func, node.args, [*node.keywords[:i], *node.keywords[i + 1 :]])


OPERATORS: dict[str, Operator] = {
    "sign": signs,
    "operator": operators,
    "factor": factors,
    "term": terms,
    "axis": axes,
    "keepdims": kept_dimensions,
    "transpose": transposes,
    "sum": sums,
    "function": functions,
    "call": calls,
    "assignment": assignments,
    "flip": flips,
    "off by one": neighbours,
    "count": counts,
    "comparison": comparisons,
    "name": other_names,
    "order": orders,
    "branch": branches,
    "constant": constants,
    "scale": scales,
    "precision": precisions,
    "keyword": keywords,
}
"""Every kind of mistake, by the word that reports call it."""


def default_of(function: FunctionNode) -> dict[str, ast.expr]:
    """Return what each option of a function is where nobody gives it."""
    arguments = function.args
    last = [*arguments.posonlyargs, *arguments.args]
    given = zip(last[len(last) - len(arguments.defaults) :], arguments.defaults, strict=True)
    found = {argument.arg: value for argument, value in given}
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return found | {argument.arg: value for argument, value in named if value is not None}


def ignore_option(site: Site, defaults: dict[str, ast.expr]) -> Iterator[ast.AST]:
    """Yield what an option is by default in its place."""
    node = site.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in defaults:
        yield defaults[node.id]


def is_whole(site: Site) -> bool:
    """Return whether a place holds a whole value: what is assigned, or a part of what is returned.

    A name alone is none: what it stands for is a whole value where it is assigned.
    """
    return _is_array(site) and not isinstance(site.node, ast.Name)


def _is_array(site: Site) -> bool:
    if not is_value(site) or isinstance(site.node, ast.Constant | ast.Compare | ast.BoolOp):
        return False
    if isinstance(site.parent, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return):
        return site.field == "value" and not isinstance(site.node, ast.Tuple)
    return is_returned(site)


def is_returned(site: Site) -> bool:
    """Return whether a place holds what is returned, or a part of a tuple that is."""
    if isinstance(site.parent, ast.Return | ast.Lambda):
        return True
    returned = site.statement.value if isinstance(site.statement, ast.Return) else None
    return isinstance(site.parent, ast.Tuple) and site.parent is returned


def _guards(node: Any) -> bool:
    """Return whether a condition only keeps wrong arguments out."""
    body = getattr(node, "body", None)
    return isinstance(body, list) and all(isinstance(part, ast.Raise) for part in body)


def _called(node: Any) -> str:
    """Return the last name of what is called."""
    function = getattr(node, "func", None)
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_called(site: Site) -> bool:
    return isinstance(site.parent, ast.Call) and site.field == "func"


def _is_module(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math", "scipy", "torch", "jnp", "jax")


def _argument(node: ast.Call) -> ast.expr | None:
    """Return the array that a function or method is called of."""
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        return node.func.value
    return node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None


def _whole_number(node: Any) -> int | None:
    """Return a whole number that is written, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _whole_number(node.operand)
        return None if value is None else -value
    value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _contractions(text: str) -> Iterator[str]:
    """Yield the subscripts of a contraction with two neighbours of one operand exchanged."""
    operands, _, result = text.partition("->")
    parts: Sequence[str] = [*operands.split(","), result]
    for k, part in enumerate(parts):
        for i, j in pairwise(range(len(part))):
            moved = "".join(exchanged(part, i, j))
            changed = [*parts[:k], moved, *parts[k + 1 :]]
            yield ",".join(changed[:-1]) + "->" + changed[-1]
