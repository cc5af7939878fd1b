"""Mistakes in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.factors_in_words import (
    approximation_said,
    constant_said,
    divided_said,
    factor_said,
    times_said,
)
from gradcheck.diagnosis.plain import PLAIN
from gradcheck.diagnosis.subject import MistakeSubject, axes_of, places_of
from gradcheck.judging import Repair


def describe_mistake(key: MistakeKey, subject: MistakeSubject) -> str:
    """Return what a mistake is, as a sentence about the derived cotangent, *it*."""
    if key in PLAIN:
        return PLAIN[key]
    kind, *details = key
    return _TEMPLATES[kind](subject, *details)


def describe_repair(repair: Repair, name: str) -> str:
    """Return what makes the cotangent of an input right."""
    place = f"line {repair.line} of {Path(repair.file).name}" if repair.line else "its source"
    if not repair.new:
        return f"{name}_bar is right if {place}, `{repair.old}`, is left out"
    return f"{name}_bar is right if {place} reads `{repair.new}` in place of `{repair.old}`"


def _other(s: MistakeSubject, name: str) -> str:
    text = {
        "right": f"a copy of the cotangent of {name!r}",
        "swapped": f"the cotangent of {name!r}: the order is swapped",
    }
    return f"it is {text.get(s.other, f'what the cotangent of {name!r} should be')}"


def _slice(s: MistakeSubject, axis: int, which: str) -> str:
    place = axes_of(s, "output", axis)
    return f"it is the contribution of the {which} index of {place} alone: a sum over that axis is missing"


def _over_other_axis(s: MistakeSubject, over: int, belongs: int) -> str:
    return f"it is summed over {axes_of(s, 'output', over)}, where {places_of(s, 'output', belongs)} belongs"


def _dropped(s: MistakeSubject, axis: int, which: str) -> str:
    return f"the contribution of the {which} index of {axes_of(s, 'output', axis)} is missing"


def _assignment(_: MistakeSubject, which: str) -> str:
    return f"where several outputs contribute, only the {which} is kept: assigned where they should add up"


def _entries(s: MistakeSubject, how: str, *axes: Any) -> str:
    if how == "conjugated":
        return "it is conjugated: its imaginary part has the wrong sign"
    return f"its entries are {_how(s, s.name, how, *axes)}"


def _cotangent(s: MistakeSubject, how: str, *axes: Any) -> str:
    if how == "conjugated":
        return "the cotangent of the output is conjugated on the way"
    return f"the cotangent of the output is {_how(s, 'output', how, *axes)} on the way"


def _how(s: MistakeSubject, what: str, how: str, *details: Any, axes: Callable[..., str] = axes_of) -> str:
    if how == "transposed":
        return f"transposed: {axes(s, what, *details)} are swapped"
    if how in ("shifted", "rolled"):
        by, *along_axes = details
        return f"{how} by {by} along {axes(s, what, *along_axes)}"
    if how in ("interleaved", "deinterleaved"):
        name, axis = details
        return f"in the wrong order along {axes(s, what, axis)}: {name!r} mixed"
    if how == "order":
        return (
            f"in the wrong order, {details[0]}: a reshape in Fortran order mixes rows and columns like this"
        )
    if how == "replaced":
        return f"replaced by {details[0]!r}"
    return f"flipped along {axes(s, what, *details)}"


def _with(s: MistakeSubject, name: str, change: str, *axes: Any) -> str:
    own = "its own input" if name == s.name else repr(name)
    if change == "absolute":
        return f"it is the derivative with the absolute values of {own}"
    return (
        f"it is the derivative with {own} {_how(s, name, change, *axes, axes=places_of) if axes else change}"
    )


def _option(_: MistakeSubject, name: str, value: str) -> str:
    text = {
        "squared": f"{name!r} squared: it is applied twice",
        "complement": f"1 − {name!r} in place of {name!r}",
        "negated": f"{name!r} negated",
        "swapped": f"the order of {name!r} swapped",
        "the first of both": f"the first of {name!r} for each of them",
    }
    return f"it is the derivative with {text.get(value, f'{name}={value}')}"


def _sum(s: MistakeSubject, what: str, *axes: int) -> str:
    return _reduction(s, "summed", what, *axes)


def _average(s: MistakeSubject, what: str, *axes: int) -> str:
    return _reduction(s, "averaged", what, *axes)


def _reduction(s: MistakeSubject, how: str, what: str, *axes: int) -> str:
    if what == "cotangent":
        return f"the cotangent of the output is {how} over {axes_of(s, 'output', *axes)}"
    return f"its entries are {how} over {axes_of(s, s.name, *axes)}"


def _multiplied(s: MistakeSubject, of: str, what: str) -> str:
    return f"it is multiplied by {_multiplier(s, of, what)}, which it should not be"


def _not_multiplied(s: MistakeSubject, of: str, what: str) -> str:
    return f"it lacks a factor, {_multiplier(s, of, what)}"


def _multiplier(s: MistakeSubject, of: str, what: str) -> str:
    if what in s.trial.names:
        return f"the input {what!r} itself" if what == s.name else repr(what)
    if what == "y":
        return "the output y"
    return f"{what} with the output y" if of == "output" else what


def _axes_swapped(s: MistakeSubject, *axes: int) -> str:
    return f"it is the derivative along the wrong axis: {axes_of(s, s.name, *axes)} are swapped"


def _overwritten(_: MistakeSubject, place: str) -> str:
    return (
        f"backward uses what a later call of forward stored in {place}: with what its own call stored, it is "
        "right"
    )


def _penalty(s: MistakeSubject, name: str, factor: float) -> str:
    way = "too much" if factor > 0.0 else "too little"
    times = f"{abs(factor):g} × " if abs(factor) != 1.0 else ""
    return f"it has {times}{name!r} × {s.name!r} {way}: look at the derivative of the penalty"


def _term(s: MistakeSubject, factor: float) -> str:
    way = "too much" if factor > 0.0 else "too little"
    return f"it has {abs(factor):g} × {s.name!r} {way}: look at what is added to forward's output"


def _epsilon(s: MistakeSubject, where: str, *eps: float) -> str:
    if not eps:
        return (
            f"it is the derivative without a small number that forward adds to {s.name!r}, "
            "as an ε under a logarithm or a root"
        )
    inside = "the logarithm" if where == "logarithm" else "the root"
    return f"it is the derivative without the ε of {eps[0]:g} that forward adds under {inside}"


def _partly(s: MistakeSubject, *key: Any) -> str:
    return (
        f"where the Jacobian is wrong, {describe_mistake(tuple(key), s).replace('every entry is', 'it is')}"
    )


_TEMPLATES: dict[str, Callable[..., str]] = {
    "factor": factor_said,
    "constant": constant_said,
    "approximation": approximation_said,
    "times size": times_said,
    "divided by size": divided_said,
    "input": _other,
    "slice": _slice,
    "over other axis": _over_other_axis,
    "dropped": _dropped,
    "assigned": _assignment,
    "entries": _entries,
    "cotangent": _cotangent,
    "with": _with,
    "option": _option,
    "summed": _sum,
    "averaged": _average,
    "multiplied": _multiplied,
    "not multiplied": _not_multiplied,
    "axes swapped": _axes_swapped,
    "overwritten": _overwritten,
    "penalty": _penalty,
    "term": _term,
    "epsilon": _epsilon,
    "partly": _partly,
}
