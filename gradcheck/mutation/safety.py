"""Which functions may run edited: those that compute with arrays, and can do nothing else.

An edit may turn the name of a file into another one. So a function is left alone unless all that it does is
known: this is a list of what may be done, not of what may not.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

from gradcheck._util import is_fixed
from gradcheck.mutation.source import FunctionNode, Source, read_source


def _each(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


MODULES = (
    *("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "math", "cmath", "operator"),
    *("scipy", "scipy.special", "scipy.linalg", "scipy.fft", "scipy.signal", "scipy.stats"),
)
"""Modules of functions of numbers and arrays. The global generators of `numpy.random` have to be put back."""
IMPURE = _each(
    "save savez savez_compressed savetxt load loadtxt genfromtxt fromfile fromregex memmap",
    "open_memmap DataSource seterr seterrcall setbufsize set_printoptions set_string_function",
    "as_strided frompyfunc vectorize apply_along_axis apply_over_axes fromfunction piecewise",
    "from_dlpack frombuffer getattr setattr delattr",
)
"""Those of their functions that touch files, change NumPy, read memory anywhere, or call what they get."""
HARMLESS = _each(
    "abs all any bool complex dict divmod enumerate float int isinstance len list max min pow range",
    "reversed round set slice sorted str sum tuple zip ValueError TypeError",
)
"""Builtins that do nothing but return something, and what is raised."""
METHODS = _each(
    "all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy",
    "cumprod cumsum diagonal dot fill flatten item max mean min nonzero partition prod ptp put ravel",
    "repeat reshape round searchsorted sort squeeze std sum swapaxes take tolist trace transpose var",
    "view at reduce accumulate outer reduceat append count extend get index insert items keys pop",
    "reverse setdefault update values format join lower upper split startswith endswith binomial",
    "choice exponential gamma integers laplace normal permutation permuted poisson random shuffle",
    "standard_normal uniform",
)
"""Methods of arrays, ufuncs, lists, dicts, strings and generators, in this order, by name."""
PLAIN = (np.ndarray, np.generic, np.random.Generator, list, tuple, dict, str, int, float, complex)
"""What of a file's own objects methods are called of: those of others may do anything."""
STATEMENTS = (
    *(ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.If, ast.For, ast.Pass, ast.Assert),
    *(ast.Break, ast.Continue, ast.FunctionDef, ast.Raise),
)
EXPRESSIONS = (
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.Call, ast.Attribute),
    *(ast.Subscript, ast.Slice, ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Starred),
    *(ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.Set, ast.SetComp, ast.JoinedStr, ast.FormattedValue),
)
DEEPEST = 4
"""Functions that call functions: so many levels are looked at, the function itself being the first."""


def may_run_edited(source: Source, deepest: int = DEEPEST) -> bool:
    """Return whether a function computes with arrays and can do nothing else, however it is edited."""
    node = source.node
    inner = {part.name for part in ast.walk(node) if isinstance(part, ast.FunctionDef) and part is not node}
    scope = _Scope(source.function, local_names(node), frozenset(inner), deepest)
    body = node.body if isinstance(node.body, list) else [node.body]
    return all(_is_known(part, scope) for top in body for part in ast.walk(top))


@dataclass(frozen=True)
class _Scope:
    """A function, the names that it binds, those of them that are functions, and how deep calls may go."""

    function: FunctionType
    own: frozenset[str]
    inner: frozenset[str]
    deepest: int


def local_names(node: FunctionNode) -> frozenset[str]:
    """Return the names that a function or one inside of it binds: parameters, variables, inner functions."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            found.add(part.arg)
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            found.add(part.id)
        elif isinstance(part, ast.FunctionDef) and part is not node:
            found.add(part.name)
    return frozenset(found)


def _is_known(part: ast.AST, scope: _Scope) -> bool:
    if isinstance(part, ast.stmt):
        return isinstance(part, STATEMENTS) and all(_stays_inside(t, scope.own) for t in _targets(part))
    if isinstance(part, ast.Call):
        return _is_pure_call(part, scope)
    if isinstance(part, ast.Attribute):
        return not part.attr.startswith("_") and part.attr not in ("ctypes", "data", "flags", "setflags")
    if isinstance(part, ast.Name):
        return not part.id.startswith("__") and (scope.deepest == DEEPEST or _stays_as_it_is(part.id, scope))
    return not isinstance(part, ast.expr) or isinstance(part, EXPRESSIONS)


def _stays_as_it_is(name: str, scope: _Scope) -> bool:
    """Return whether a function cannot change what a name stands for.

    The edited function gets copies of what it could change; those that it calls are the user's own.
    """
    value = None if name in scope.own else _value(name, scope)
    return is_fixed(value) or isinstance(value, ModuleType) or callable(value)


def _targets(statement: ast.stmt) -> Iterator[ast.expr]:
    """Yield what a statement assigns to."""
    if isinstance(statement, ast.Assign):
        yield from statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign | ast.For):
        yield statement.target


def _stays_inside(target: ast.expr, own: frozenset[str]) -> bool:
    """Return whether an assignment changes nothing but what the function's own names stand for."""
    if isinstance(target, ast.Tuple | ast.List):
        return all(_stays_inside(part, own) for part in target.elts)
    if isinstance(target, ast.Starred):
        return _stays_inside(target.value, own)
    while isinstance(target, ast.Subscript):
        target = target.value
    return isinstance(target, ast.Name) and target.id in own


def _is_pure_call(call: ast.Call, scope: _Scope) -> bool:
    called = call.func
    if isinstance(called, ast.Attribute):
        root = _root(called)
        if root is None or root.id in scope.own:
            return called.attr in METHODS
        if isinstance(_value(root.id, scope), ModuleType):
            return _is_function_of_arrays(_resolved(called, scope))
        return called.attr in METHODS and isinstance(_value(root.id, scope), PLAIN)
    if not isinstance(called, ast.Name):
        return False
    if called.id in scope.own:
        return called.id in scope.inner
    value = _value(called.id, scope)
    if isinstance(value, FunctionType) and not _is_function_of_arrays(value):
        written = read_source(value) if scope.deepest > 1 else None
        return written is not None and may_run_edited(written, scope.deepest - 1)
    if value is getattr(builtins, called.id, None):
        return called.id in HARMLESS
    return _is_function_of_arrays(value)


def _root(called: ast.Attribute) -> ast.Name | None:
    """Return the name with which a chain of attributes begins."""
    part: ast.expr = called
    while isinstance(part, ast.Attribute):
        part = part.value
    return part if isinstance(part, ast.Name) else None


def _resolved(part: ast.expr, scope: _Scope) -> Any:
    """Return what a chain of attributes stands for; None where a module on the way is not a known one."""
    if isinstance(part, ast.Name):
        return _value(part.id, scope)
    assert isinstance(part, ast.Attribute)
    owner = _resolved(part.value, scope)
    if isinstance(owner, ModuleType):
        return getattr(owner, part.attr, None) if owner.__name__ in MODULES else None
    return getattr(owner, part.attr, None) if isinstance(owner, np.ufunc) else None


def _value(name: str, scope: _Scope) -> Any:
    """Return what a name stands for that a function does not bind."""
    function, code = scope.function, scope.function.__code__
    if name in code.co_freevars and function.__closure__ is not None:
        try:
            return function.__closure__[code.co_freevars.index(name)].cell_contents
        except ValueError:
            return None
    return function.__globals__.get(name, getattr(builtins, name, None))


def _is_function_of_arrays(value: Any) -> bool:
    """Return whether a value is a ufunc, a type or a function of NumPy, SciPy or Python's mathematics."""
    if isinstance(value, np.ufunc):
        return True
    if isinstance(value, type):
        return issubclass(value, np.generic)
    name, module = getattr(value, "__name__", ""), getattr(value, "__module__", None) or ""
    if isinstance(value, BuiltinFunctionType) and isinstance(getattr(value, "__self__", None), np.ufunc):
        return True
    return (
        callable(value)
        and name not in IMPURE
        and module.partition(".")[0] in ("numpy", "scipy", "math", "cmath", "_operator")
    )
