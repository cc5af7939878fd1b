"""Where an object keeps a value: ``W``, ``params['W']``, ``parameters()[0].data``, or a function of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import count_noun
from gradcheck.errors import MalformedLayer, is_control

Place: TypeAlias = str | Callable[[Any], Any]
"""What one writes after ``layer.``, or a function of the layer that returns the value."""
Step: TypeAlias = Callable[[Any], Any]


def read(obj: Any, place: Place) -> Any:
    """Return the value at a place of an object.

    Raises
    ------
    MalformedLayer
        If there is no such place; the sentence lists the names that exist.
    """
    if callable(place):
        return _call_accessor(obj, place)
    for node in _steps(place):
        obj = _step(obj, node, place)
    return obj


def write(obj: Any, place: Place, value: Any) -> None:
    """Put a value into its place: bound to the name or key, or copied into the array that a call returns.

    Raises
    ------
    MalformedLayer
        If there is no such place, or the array there has another shape.
    """
    if callable(place):
        _copy_into(_call_accessor(obj, place), value, getattr(place, "__name__", "accessor"))
        return
    *way, last = _steps(place)
    owner = obj
    for node in way:
        owner = _step(owner, node, place)
    _step(owner, last, place)  # a place that does not exist is a mistake, not a new attribute
    if isinstance(last, ast.Attribute):
        setattr(owner, last.attr, value)
    elif isinstance(last, ast.Subscript) and not any(isinstance(node, ast.Call) for node in way):
        owner[_key(last)] = value
    else:
        _copy_into(_step(owner, last, place), value, place)


def _call_accessor(obj: Any, accessor: Callable[[Any], Any]) -> Any:
    try:
        return accessor(obj)
    except BaseException as cause:
        if is_control(cause):
            raise
        message = f"an accessor of {type(obj).__name__!r} raised {type(cause).__name__}: {cause}"
        raise MalformedLayer(message) from cause


def require_owner(obj: Any, place: Place) -> None:
    """Raise `MalformedLayer` if the object that is to hold the last name or key of a place is not there."""
    if callable(place):
        return
    for node in _steps(place)[:-1]:
        obj = _step(obj, node, place)


def describe_fault(place: Any) -> str | None:
    """Return what is wrong with a place as it was written, or None."""
    if callable(place):
        return None
    try:
        _steps(place)
    except MalformedLayer as fault:
        return str(fault)
    return None


def _steps(place: Any) -> list[ast.expr]:
    """Return the attribute, subscript and call nodes of ``layer.<place>``, in the order of evaluation."""
    try:
        node: ast.expr = ast.parse(f"layer.{place}", mode="eval").body
    except SyntaxError:
        node = ast.Constant(None)
    steps: list[ast.expr] = []
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        steps.append(node)
        bare = not isinstance(node, ast.Call) or not (node.args or node.keywords)
        keyed = not isinstance(node, ast.Subscript) or _is_key(node.slice)
        if not (bare and keyed):
            break
        node = node.func if isinstance(node, ast.Call) else node.value
    if not (isinstance(node, ast.Name) and steps and isinstance(place, str)):
        message = f"a place is written like W, params['W'] or parameters()[0].data, got {place!r}"
        raise MalformedLayer(message)
    return steps[::-1]


def _is_key(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return isinstance(node, ast.Constant | ast.UnaryOp)


def _key(node: ast.Subscript) -> Any:
    return ast.literal_eval(node.slice)


def _step(obj: Any, node: ast.expr, place: str) -> Any:
    if isinstance(node, ast.Attribute):
        if not hasattr(obj, node.attr):
            message = (
                f"{place!r}: {type(obj).__name__!r} has no attribute {node.attr!r}; it has {attributes(obj)}"
            )
            raise MalformedLayer(message)
        return getattr(obj, node.attr)
    if isinstance(node, ast.Call):
        return obj()
    assert isinstance(node, ast.Subscript)
    key = _key(node)
    try:
        return obj[key]
    except (KeyError, IndexError, TypeError) as fault:
        known = (
            ", ".join(map(repr, obj))
            if isinstance(obj, dict)
            else count_noun(_length(obj), "entry", "entries")
        )
        message = f"{place!r}: there is no {key!r}; there is {known or 'nothing'}"
        raise MalformedLayer(message) from fault


def attributes(obj: Any) -> str:
    """Return the public names of an object, as a list in words."""
    names = [name for name in dir(obj) if not name.startswith("_")]
    return ", ".join(names) or "no public names"


def _length(obj: Any) -> int:
    return len(obj) if hasattr(obj, "__len__") else 0


def _copy_into(array: Any, value: Any, place: str) -> None:
    if not isinstance(array, np.ndarray) or array.shape != np.shape(value):
        found = f"an array of shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
        message = (
            f"{place!r} gives {found}, which can't take a value of shape {np.shape(value)}; "
            "let the factory make the object in that size"
        )
        raise MalformedLayer(message)
    array[...] = value
