"""Gradients that an object's backward writes and that nobody declared, so that no check looks at them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from gradcheck.layers.contents import Contents, differing

AROUND = ("d", "g", "grad", "gradient")
"""What stands before or after a parameter's name in that of its gradient: ``dW``, ``grad_b``, ``b_grad``."""
CONTAINERS = ("grads", "grad", "gradients", "dparams", "dparameters", "dweights")
"""Names of a collection whose keys are those of the parameters."""
VALUES = ("data", "value", "values", "val", "w", "v")
"""Names of the value beside ``grad`` in an object that stands for one parameter."""


def find_undeclared(
    made: Contents, forwarded: Contents, backed: Contents, before: Contents, declared: Iterable[Any]
) -> dict[str, str]:
    """Return the parameters whose gradients backward wrote, each with the gradient's place.

    Parameters
    ----------
    made, forwarded
        Copies of what the object held before forward and after it.
    backed, before
        What it holds after backward, and held before it: the same objects where nothing was bound anew.
    declared
        The values and gradients that are declared: the objects themselves.
    """
    known = {id(value) for value in declared}
    moved = {*differing(forwarded, backed)}
    written = [p for p, value in backed.items() if p in moved or before.get(p) is not value]
    still = [p for p in made if p in forwarded and p not in {*differing(made, forwarded), *written}]
    found: dict[str, str] = {}
    for gradient in written:
        shape = np.shape(backed[gradient])
        for value in still:
            fits = np.shape(made[value]) == shape and is_gradient_of(gradient, value)
            if fits and not known & {id(backed[gradient]), id(backed.get(value))}:
                found[value] = gradient
    return found


def is_gradient_of(gradient: str, value: str) -> bool:
    """Return whether a place is called as the gradient of another one's value."""
    (parent, own), (holder, name) = _split(gradient), _split(value)
    plain, other = _letters(own), _letters(name)
    if parent == holder:
        pair = plain in AROUND and other in VALUES
        return pair or any(plain in (around + other, other + around) for around in AROUND)
    owner, container = _split(parent)
    beside = {owner, *(f"{owner}.{p}".removeprefix(".") for p in _siblings(holder, owner))}
    same = plain == other or plain == f"d{other}"
    return same and _letters(container) in CONTAINERS and holder in beside


def _siblings(holder: str, owner: str) -> list[str]:
    """Return the last name of a place, if it stands in the same object."""
    above, last = _split(holder)
    return [last] if above == owner else []


def _split(place: str) -> tuple[str, str]:
    """Return the place of the holder, and the last attribute, key or index in it."""
    found = re.match(r"(.*?)(?:\.?([A-Za-z_]\w*)|\[(['\"]?)([^\[\]]*)\3\])$", place)
    if found is None:
        return "", place
    return found[1], found[2] if found[2] is not None else found[4]


def _letters(name: str) -> str:
    return name.lower().replace("_", "")
