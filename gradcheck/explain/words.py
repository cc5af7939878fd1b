"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradcheck.explain.arrangements import Key
from gradcheck.explain.mistakes import FACTORS
from gradcheck.trial import Trial

PLAIN = {
    "zero": "it is zero",
    "sign": "it has the wrong sign",
    "diagonal": "only the diagonal of the Jacobian is there: each output depends on other entries too",
    "at output": "it is the derivative at the output in place of the input",
    "nonlinear": "it is not linear in the cotangent of the output",
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


def _times(s: Subject, what: str, axis: Any) -> str:
    return f"it is too large by a factor, {_size(s, what, axis)}"


def _divided(s: Subject, what: str, axis: Any) -> str:
    return f"it is divided by {_size(s, what, axis)}"


def _size(s: Subject, what: str, axis: Any) -> str:
    if axis == "all":
        return f"the number of {what}s"
    if isinstance(axis, str):
        return f"{what!r}" if axis == "value" else f"the number of entries that {what!r} spans"
    if len(axis) == 1:
        return f"the size of {axis_of(s, what, *axis)}"
    return f"the product of the sizes of {axis_of(s, what, *axis)}"


def axis_of(s: Subject, what: str, *axes: int) -> str:
    """Return the words for axes of an input or the output, counted from either end, with their letters."""
    block = None if what == "output" else s.trial.names.index(what)
    ndim = s.outputs if block is None else s.trial.primals[block].ndim
    letters = None if block is None else s.trial.axes(block)
    numbers = [axis % max(ndim, 1) for axis in axes]
    said = [f"{n} ({letters[n]})" if letters else str(n) for n in numbers]
    together = " and ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]
    whose = "the output" if block is None else repr(what)
    return f"{'axis' if len(said) == 1 else 'axes'} {together} of {whose}"


def _other(_: Subject, name: str) -> str:
    return f"it is the cotangent of {name!r}: the order is swapped"


def _slice(s: Subject, axis: int, which: str) -> str:
    place = axis_of(s, "output", axis)
    return f"it is the contribution of the {which} index of {place} alone: a sum over that axis is missing"


def _assigned(_: Subject, which: str) -> str:
    return f"where several outputs contribute, only the {which} is kept: assigned where they should add up"


def _entries(s: Subject, how: str, *axes: int) -> str:
    return f"its entries are {_how(s, s.name, how, *axes)}"


def _cotangent(s: Subject, how: str, *axes: int) -> str:
    return f"the cotangent of the output is {_how(s, 'output', how, *axes)} on the way"


def _how(s: Subject, what: str, how: str, *details: Any) -> str:
    if how == "transposed":
        return f"transposed: {axis_of(s, what, *details)} are swapped"
    if how in ("shifted", "rolled"):
        by, *axes = details
        return f"{how} by {by} along {axis_of(s, what, *axes)}"
    return f"flipped along {axis_of(s, what, *details)}"


def _with(s: Subject, name: str, change: str, *axes: int) -> str:
    own = "its own input" if name == s.name else repr(name)
    return f"it is the derivative with {own} {_how(s, name, change, *axes) if axes else change}"


def _option(_: Subject, name: str, value: str) -> str:
    return f"it is the derivative with {name}={value}"


def _summed(s: Subject, what: str, axis: int) -> str:
    return _reduced(s, "summed", what, axis)


def _averaged(s: Subject, what: str, axis: int) -> str:
    return _reduced(s, "averaged", what, axis)


def _reduced(s: Subject, how: str, what: str, axis: int) -> str:
    if what == "cotangent":
        return f"the cotangent of the output is {how} over {axis_of(s, 'output', axis)}"
    return f"its entries are {how} over {axis_of(s, s.name, axis)}"


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
