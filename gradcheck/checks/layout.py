"""Read-only, Fortran-ordered, strided and negatively strided inputs and cotangents give the same answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradcheck._util import map_leaves, to_reversed_strides, to_strided
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement, keep_what_differs
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import (
    Point,
    Trial,
    forward_scatter,
    pullback_rounding,
    split_vjp,
)
from gradcheck.judging import Outcome, compare_results
from gradcheck.types import Array, Verdict


def _read_only(a: Array) -> Array:
    frozen = a.copy()
    frozen.flags.writeable = False
    return frozen


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "read-only": _read_only,
    "Fortran-ordered": lambda a: a.copy(order="F"),
    "strided": to_strided,
    "negatively strided": to_reversed_strides,
}
BROADCAST = 1.5
"""The value of a broadcast cotangent: not 1, which leaves products as they are."""
STRETCHED = "cotangent is a broadcast one, of stride 0"
"""What is told of it."""


@beyond_rounding
def layout(trial: Trial) -> Outcome:
    """Compare every layout's answer with that of plain C-ordered arrays."""
    point = Point.common(trial)
    for name, rearrange in LAYOUTS.items():
        finding = _arrange(trial, point, name, rearrange)
        if finding is not None:
            return _in_order_of_memory(trial) or finding
    return _judge_broadcast(trial, point) or Outcome(Verdict.CORRECT)


def _in_order_of_memory(trial: Trial) -> Outcome | None:
    """Return NOT_APPLICABLE where a framework draws its random numbers in the order of memory."""
    framework = trial.layer.framework
    if framework is None or not framework.draws(trial.arguments(), trial.settings()):
        return None
    text = f"it draws random numbers, which {framework.title} gives to entries in the order of memory"
    return Outcome(Verdict.NOT_APPLICABLE, text)


def _judge_broadcast(trial: Trial, point: Point) -> Outcome | None:
    """Compare the answers to a cotangent of stride 0, as that of a sum is, and to one that is written out."""
    if trial.edges is not None:
        return None  # outputs that stay out have no cotangent, so that it is not the same for all
    layer, written = trial.layer, Point.with_cotangent(trial, point.y, np.full_like(point.y, BROADCAST))
    returned = trial.call("vjp", layer.vjp, *trial.arguments(), **trial.settings())
    value, pullback = split_vjp(layer.name, "vjp", returned)
    y_bar = map_leaves(trial.fill(value, written.y_bar), _stretch)
    try:
        bars = trial.cotangents(trial.call("pullback", pullback, y_bar), copy=False)
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, when its {STRETCHED}")
    return _compare_bars(trial, bars, written, STRETCHED)


def _stretch(leaf: Any) -> Any:
    """Return an array of one value as a view of a single number."""
    filled = type(leaf) is np.ndarray and leaf.size > 0
    return np.broadcast_to(leaf.ravel()[0], leaf.shape) if filled else leaf


def _arrange(trial: Trial, point: Point, name: str, rearrange: Callable[[Array], Array]) -> Outcome | None:

    def arrange(leaf: Any) -> Any:
        return rearrange(leaf) if type(leaf) is np.ndarray else leaf

    inputs = map_leaves(trial.arguments(donated=range(len(trial.primals))), arrange)  # it copies
    layer = trial.layer
    try:
        y = None
        if not layer.vjp_calls_forward:
            y = trial.read("forward", trial.call("forward", layer.forward, *inputs, **trial.settings()))
        returned = trial.call("vjp", layer.vjp, *inputs, **trial.settings())
        value, pullback = split_vjp(layer.name, "vjp", returned)
        y = trial.read("forward", value) if y is None else y
        y_bar = map_leaves(trial.fill(value, point.y_bar), arrange)
        bars = trial.cotangents(trial.call("pullback", pullback, y_bar), copy=False)
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, when its inputs are {name}")
    when = f"inputs are {name}"
    finding = _compare_with_plain("y", y, point.y, partial(forward_scatter, trial, point.y), point, when)
    return finding or _compare_bars(trial, bars, point, when)


def _compare_bars(trial: Trial, bars: tuple[Array | None, ...], point: Point, when: str) -> Outcome | None:
    kept = keep_what_differs(point, bars, trial.active)
    if kept is None:
        return None
    for argnum in trial.active:
        bar = kept[argnum]
        assert bar is not None
        what, scatter = trial.cotangent_name(argnum), partial(pullback_rounding, point, argnum)
        finding = _compare_with_plain(what, bar, point.bar(argnum), scatter, point, when)
        if finding is not None:
            return finding
    return None


def _compare_with_plain(
    what: str, value: Array, plain: Array, scatter: Callable[[], Array], point: Point, when: str
) -> Outcome | None:
    if value.shape == plain.shape and np.array_equal(value, plain):
        return None
    if value.shape != plain.shape:
        text = f"{what} has the shape {value.shape} instead of {plain.shape} when the {when}"
        return Outcome(Verdict.WRONG, text)
    comparison = compare_results(point.trial, value, plain, scatter, point.eps)
    if comparison.agree:
        return None
    reason = f"{what} changes when the {when}"
    return Outcome(Verdict.WRONG, reason, locate=partial(disagreement, what, value, plain, comparison))
