"""A factory of objects: what is malformed in its record, and whether its objects are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gradcheck._util import identical, leaves
from gradcheck.errors import MalformedLayer
from gradcheck.layers import paths
from gradcheck.layers.contents import differing, numbers_in


def refuse_malformed(module: Any) -> None:
    """Raise `MalformedLayer` if the record of a module contradicts itself: its fields may hold anything."""
    for rule in (_words, _factory, _places, _order):
        for message in rule(module):
            raise MalformedLayer(message)


def different_objects(made: Sequence[Any], runs: Sequence[Callable[[], Any]]) -> str:
    """Return what is different in two objects of one factory, if their outputs differ too; else nothing.

    Arrays that were never filled differ and mean nothing.

    Parameters
    ----------
    made
        The objects.
    runs
        Calls the forward of each; not at all, if they hold the same.
    """
    one, other = (numbers_in(obj) for obj in made)
    places = differing(one, other)
    if not places or _same_numbers(*(run() for run in runs)):
        return ""
    differ = f"{places[0]!r} is another in each, and so is what forward returns"
    mend = "declare it in parameters=, or let the factory draw from a generator with a seed"
    return f"the factory returns different objects: {differ}; {mend}"


def _same_numbers(some: Any, others: Any) -> bool:
    pairs = zip(leaves(some), leaves(others), strict=False)
    return all(identical(np.asarray(a), np.asarray(b)) for (_, a), (_, b) in pairs)


def _words(module: Any) -> Iterator[str]:
    for field in ("forward", "backward"):
        if not isinstance(getattr(module, field), str):
            message = f"{field} must be the name of a method, got {getattr(module, field)!r}"
            yield message
    spelt = [shape for tree in module.shapes.values() for _, shape in leaves(tree)]
    if not all(isinstance(shape, str) for shape in spelt):
        message = f'shapes must map each input to a string such as "n i", got {dict(module.shapes)!r}'
        yield message


def _factory(module: Any) -> Iterator[str]:
    is_object = hasattr(module.factory, module.forward) and not isinstance(module.factory, type)
    if is_object or not callable(module.factory):
        kind = type(module.factory).__name__
        message = f"factory must make a new object, got one {kind}: write lambda: {kind}(...)"
        yield message


def _places(module: Any) -> Iterator[str]:
    for name, pair in module.parameters.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            message = (
                f"parameters[{name!r}] must be the pair of places (value, gradient), "
                f'such as ("W", "dW"), got {pair!r}'
            )
            yield message
    for place in (*(p for pair in module.parameters.values() for p in pair), *module.keeps):
        fault = paths.describe_fault(place)
        if fault:
            yield fault


def _order(module: Any) -> Iterator[str]:
    last = list(module.shapes)[len(module.shapes) - len(module.parameters) :]
    if module.shapes and last != list(module.parameters):
        order = ", ".join(module.parameters)
        message = (
            f"shapes must end with the parameters {order}, in this order; it ends with {', '.join(last)}"
        )
        yield message
