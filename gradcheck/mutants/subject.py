"""Which functions of a layer hold its gradient, in every dialect, and why none can be mutated."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from gradcheck.layers import Layer
from gradcheck.mutation import Root, read_source
from gradcheck.sampling import NoExample, Plan

ADAPTERS = "gradcheck.layers"
"""Where the functions are defined that stand between a layer and what its user wrote."""


@dataclass(frozen=True)
class Subject:
    """The functions to mutate, the one that the layer calls first; or the reason why there are none."""

    roots: tuple[Root, ...] = ()
    reason: str = ""


def subject_of(layer: Layer) -> Subject:
    """Return what can be mutated of a layer: its backward, and what of its file only that calls."""
    found, reason = _written(layer)
    if reason:
        return Subject(reason=reason)
    others = list(_reached(_forwards(layer), set()))
    roots: list[Root] = []
    for function, returns_value in found:
        source = read_source(function)
        if source is None:
            return Subject(reason=_no_source(function))
        is_forward = function in others
        if is_forward and not returns_value:
            reason = f"{function.__qualname__} is forward's too, so that a mistake would change both alike"
            return Subject(reason=reason)
        roots.append(Root(source, returns_value, is_forward))
    functions = [root.source.function for root in roots]
    for helper in _reached(functions, set(others)):
        source = read_source(helper)
        if helper not in functions and source is not None:
            roots.append(Root(source))
    return Subject(tuple(roots))


def _written(layer: Layer) -> tuple[list[tuple[FunctionType, bool]], str]:
    """Return the user's functions, each with whether it returns forward's value; or why there are none."""
    if layer.module is not None:
        owner = _owner(layer)
        method = None if owner is None else plain_function(getattr(owner, layer.module.backward, None))
        if method is None:
            return [], f"no class of the factory's objects has a {layer.module.backward!r} written in Python"
        return [(method, False)], ""
    if layer.framework is not None:
        return _of_framework(layer)
    function = plain_function(layer.vjp)
    if function is None:
        return [], f"its backward is a {type(layer.vjp).__name__} that is not written in Python"
    is_adapter = getattr(layer.vjp, "__module__", "").startswith(ADAPTERS)
    is_pair = getattr(layer.vjp, "is_pair", False) or function is plain_function(layer.forward)
    return [(function, is_pair if is_adapter else True)], ""


def _of_framework(layer: Layer) -> tuple[list[tuple[FunctionType, bool]], str]:
    framework: Any = layer.framework
    function: Any = getattr(framework, "function", None)
    if type(function).__name__ == "custom_vjp":
        pair = [(plain_function(function.fwd), True), (plain_function(function.bwd), False)]
        found = [(each, first) for each, first in reversed(pair) if each is not None]
        return found, "" if found else "its fwd and bwd are not written in Python"
    backward, forward = plain_function(layer.vjp), plain_function(layer.forward)
    if backward is None or backward is forward or function is not None:
        return [], f"{framework.title} computes its gradient: there is no backward to plant mistakes in"
    return [(backward, False)], ""


def plain_function(function: Any) -> FunctionType | None:
    """Return the function behind wrappers, partial ones, methods and objects; None if there is none."""
    while not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        if isinstance(function, partial):
            function = function.func
        elif isinstance(function, MethodType):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            if isinstance(function, type) or not isinstance(getattr(function, "__call__", None), MethodType):  # noqa: B004
                return None  # what C defines is called, too, but by no method
            function = function.__call__
    return function


def _owner(layer: Layer) -> type | None:
    """Return the class of the objects that a layer's factory makes."""
    module = layer.module
    assert module is not None
    if isinstance(module.factory, type):
        return module.factory
    if layer.shapes is None:
        return None
    try:
        recipe = next(iter(Plan(layer, 0, False)))
    except (NoExample, StopIteration):
        return None
    case = recipe.case(layer)
    return type(module.make(case.primals, case.options))


def _forwards(layer: Layer) -> Iterator[FunctionType]:
    """Yield the functions of forward and of what the gradient is compared with."""
    held: list[Any] = [layer.forward, layer.oracle, layer.reference]
    if layer.module is not None:
        held = [getattr(_owner(layer), layer.module.forward, None)]
    elif type(getattr(layer.framework, "function", None)).__name__ == "custom_vjp":
        held.append(layer.framework.function.fun)  # type: ignore[union-attr]
    yield from (function for function in map(plain_function, held) if function is not None)


def _reached(functions: Iterable[FunctionType], known: set[FunctionType]) -> Iterator[FunctionType]:
    """Yield functions and those of their files that they call by name, less the known ones."""
    waiting, known = list(functions), set(known)
    while waiting:
        function = waiting.pop(0)
        if function in known:
            continue
        known.add(function)
        yield function
        source = read_source(function)
        if source is None:
            continue
        for value in _named(function, source.node):
            other = plain_function(value) if callable(value) and not isinstance(value, type) else None
            if other is not None and other.__code__.co_filename == function.__code__.co_filename:
                waiting.append(other)


def _named(function: FunctionType, node: ast.AST) -> Iterator[Any]:
    """Yield what the names of a function stand for outside of it, and the methods of its object."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    held = {name: cell.cell_contents for name, cell in cells if _is_full(cell)}
    owner = _class_of(function)
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield held.get(part.id, function.__globals__.get(part.id))
        elif owner is not None and isinstance(part, ast.Attribute) and _is_object(part.value):
            yield getattr(owner, part.attr, None)


def _is_object(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _class_of(function: FunctionType) -> Any:
    """Return the class in which a function is a method, as far as its name says."""
    value: Any = None
    names = function.__qualname__.split(".")[:-1]
    for i, name in enumerate(names):
        value = function.__globals__.get(name) if i == 0 else getattr(value, name, None)
    return value if isinstance(value, type) else None


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _no_source(function: FunctionType) -> str:
    """Return why a function's text is not known."""
    code = function.__code__
    if code.co_filename.startswith("<"):
        return f"{function.__qualname__} was typed into {code.co_filename}, where no source is kept"
    place = f"{code.co_filename}:{code.co_firstlineno}"
    return f"the source of {function.__qualname__} is not found at {place}, or it is no plain function there"
