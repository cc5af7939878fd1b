"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradcheck.diagnosis.arrangements import Key
from gradcheck.diagnosis.mistakes import FACTORS
from gradcheck.evaluation import Trial

PLAIN = {
    "zero": "it is zero",
    "sign": "it has the wrong sign",
    "diagonal": "only the diagonal of the Jacobian is there: each output depends on other entries too",
    "not transposed": "it is the Jacobian times the cotangent: it should be the transposed Jacobian",
    "at output": "it is the derivative at the output in place of the input",
    "nonlinear": "it is not linear in the cotangent of the output",
    "unrepeatable": "it is another one when the pullback is called again with the same cotangent",
    "mean": "where several outputs contribute, it is their mean: they should add up",
    "float32": "it is right to float32 only: something casts it on the way",
    "terms missing": "some of the Jacobian's terms are missing, the others are right",
    "terms added": "the Jacobian's terms are right, and others are there that should be zero",
}
"""Mistakes that have no details."""


@dataclass(frozen=True)
class Subject:
    """What a mistake is told of: an input of a trial, and how many axes the output has."""

    trial: Trial
    block: int
    outputs: int

    @property
    def name(self) -> str:
        """The input's name."""
        return self.trial.names[self.block]


def worded(key: Key, subject: Subject) -> str:
    """Return what a mistake is, as a sentence about the derived cotangent, *it*."""
    kind, *details = key
    return PLAIN[kind] if kind in PLAIN else _DETAILED[kind](subject, *details)


def _factor(_: Subject, factor: float) -> str:
    return f"it is {FACTORS[factor]} what it should be"


def _constant(_: Subject, factor: float) -> str:
    return f"every entry is {factor:g} times what it should be"


def _times(s: Subject, *size: Any) -> str:
    return f"it is too large by a factor, {_size(s, *size)}"


def _divided(s: Subject, *size: Any) -> str:
    return f"it is divided by {_size(s, *size)}, which it should not be"


def _size(s: Subject, what: str, axis: Any, root: str = "") -> str:
    if axis == "all":
        return f"the number of {what}s"
    if isinstance(axis, str):
        spelt = {"value": f"{what!r}", "complement": f"1 − {what!r}"}
        return spelt.get(axis, f"the number of entries that {what!r} spans")
    if root:
        return f"the root of {_size(s, what, axis)}"
    sizes = "the size" if len(axis) == 1 else "the product of the sizes"
    return f"{sizes} of {axes_of(s, what, *axis)}"


def axes_of(s: Subject, what: str, *axes: int) -> str:
    """Return the words for axes of the output or an input, counted from either end."""
    return f"{_places(s, what, *axes)} of {'the output' if what == 'output' else repr(what)}"


def _places(s: Subject, what: str, *axes: int) -> str:
    """Return the numbers of axes, with the letters that they have."""
    if what == "output":
        places = [f"{axis % max(s.outputs, 1)}" for axis in axes]
    else:
        block = s.trial.names.index(what)
        letters, ndim = s.trial.axes(block), s.trial.primals[block].ndim
        places = [f"{axis % ndim} ({letters[axis % ndim]})" if letters else f"{axis % ndim}" for axis in axes]
    if len(places) == 1:
        return f"axis {places[0]}"
    return f"axes {', '.join(places[:-1])} and {places[-1]}"


def _other(_: Subject, name: str) -> str:
    return f"it is the cotangent of {name!r}: the order is swapped"


def _slice(s: Subject, axis: int, which: str) -> str:
    place = axes_of(s, "output", axis)
    return f"it is the contribution of the {which} index of {place} alone: a sum over that axis is missing"


def _assigned(_: Subject, which: str) -> str:
    return f"where several outputs contribute, only the {which} is kept: assigned where they should add up"


def _entries(s: Subject, how: str, *axes: int) -> str:
    return f"its entries are {_how(s, s.name, how, *axes)}"


def _cotangent(s: Subject, how: str, *axes: int) -> str:
    return f"the cotangent of the output is {_how(s, 'output', how, *axes)} on the way"


def _how(s: Subject, what: str, how: str, *details: Any, axes: Callable[..., str] = axes_of) -> str:
    if how == "transposed":
        return f"transposed: {axes(s, what, *details)} are swapped"
    if how in ("shifted", "rolled"):
        by, *along = details
        return f"{how} by {by} along {axes(s, what, *along)}"
    if how in ("dealt", "gathered"):
        name, axis = details
        return f"in the wrong order along {axes(s, what, axis)}: {name!r} mixed"
    return f"flipped along {axes(s, what, *details)}"


def _with(s: Subject, name: str, change: str, *axes: int) -> str:
    own = "its own input" if name == s.name else repr(name)
    if change == "absolute":
        return f"it is the derivative with the absolute values of {own}"
    return f"it is the derivative with {own} {_how(s, name, change, *axes, axes=_places) if axes else change}"


def _option(_: Subject, name: str, value: str) -> str:
    if value == "squared":
        return f"it is the derivative with {name!r} squared: it is applied twice"
    return f"it is the derivative with {name}={value}"


def _summed(s: Subject, what: str, axis: int) -> str:
    return _reduced(s, "summed", what, axis)


def _averaged(s: Subject, what: str, axis: int) -> str:
    return _reduced(s, "averaged", what, axis)


def _reduced(s: Subject, how: str, what: str, axis: int) -> str:
    if what == "cotangent":
        return f"the cotangent of the output is {how} over {axes_of(s, 'output', axis)}"
    return f"its entries are {how} over {axes_of(s, s.name, axis)}"


_DETAILED: dict[str, Callable[..., str]] = {
    "factor": _factor,
    "constant": _constant,
    "times size": _times,
    "divided by size": _divided,
    "input": _other,
    "slice": _slice,
    "assigned": _assigned,
    "entries": _entries,
    "cotangent": _cotangent,
    "with": _with,
    "option": _option,
    "summed": _summed,
    "averaged": _averaged,
}
