"""Count, shape, dtype, ``None`` where there is no derivative, finite; and the primal value is forward's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from gradcheck._util import draw_signed
from gradcheck.checks.entries import disagreement
from gradcheck.checks.flaws import flaw
from gradcheck.errors import BrokenContract, LayerRaised
from gradcheck.evaluation import Trial, forward_scatter, near_input
from gradcheck.judging import Evidence, Outcome, compare_results
from gradcheck.numerics import EVERYWHERE, Line
from gradcheck.types import Array, Verdict

QUOTIENT_STEPS = (1e-3, 1e-5, 1e-7)
GROWTH = 4.0
"""A difference quotient that grows by more than this from one step to the next has no limit."""


def contract(trial: Trial) -> Outcome:
    """Compare the form of everything that the VJP returns with what the primals ask for."""
    y = trial.forward()
    if not np.all(np.isfinite(y)):
        return Outcome(Verdict.UNVERIFIED, trial.describe_not_finite())
    try:
        primal, pullback = trial.linearise()
        y_bar = draw_signed(y.shape, trial.rng("contract")).astype(y.dtype)
        bars = pullback(y_bar.copy())
    except BrokenContract as broken:
        return Outcome(Verdict.WRONG, str(broken))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, where forward did not")
    found = _primal_value(trial, y, primal) or _cotangents(trial, bars, y_bar)
    return found or _dtypes(trial, y, primal, bars) or Outcome(Verdict.CORRECT)


def _primal_value(trial: Trial, y: Array, primal: Array) -> Outcome | None:
    if primal.shape != y.shape:
        text = f"{primal.dtype} {primal.shape}, forward returned {y.dtype} {y.shape}"
        return Outcome(Verdict.FLAWED, f"the primal value that vjp returned is {text}")
    if np.array_equal(primal, y):
        return None
    unit = max(float(np.finfo(a.dtype).eps) for a in (primal, y))
    comparison = compare_results(trial, primal, y, partial(forward_scatter, trial, y), unit)
    if comparison.agree:
        return None
    reason = "the primal value that vjp returned is not what forward returns"
    return Outcome(Verdict.FLAWED, reason, locate=partial(disagreement, "y", primal, y, comparison))


def _cotangents(trial: Trial, bars: tuple[Array | None, ...], y_bar: Array) -> Outcome | None:
    for i, (name, bar) in enumerate(zip(trial.names, bars, strict=True)):
        if i not in trial.active:
            if bar is not None:
                kind = "" if trial.primals[i].dtype.kind == "f" else f" ({trial.primals[i].dtype})"
                text = f"the cotangent of {name!r}{kind}, which has no derivative, must be None"
                return Outcome(Verdict.FLAWED, text)
            continue
        assert bar is not None
        if not np.all(np.isfinite(bar)):
            return not_finite(trial, i, bar, y_bar)
    return None


def _dtypes(trial: Trial, y: Array, primal: Array, bars: tuple[Array | None, ...]) -> Outcome | None:
    """Compare precisions only: a gradient may be right in another one than its caller expects."""
    if primal.dtype != y.dtype:
        text = f"{primal.dtype} {primal.shape}, forward returned {y.dtype} {y.shape}"
        return flaw(f"the primal value that vjp returned is {text}")
    for i in trial.active:
        bar, dtype, name = bars[i], trial.primals[i].dtype, trial.names[i]
        assert bar is not None
        if bar.dtype != dtype:
            text = f"the cotangent of {name!r} has the dtype {bar.dtype}, expected {dtype}, that of {name!r}"
            mend = "NumPy's zeros, ones and where make float64 of Python's numbers"
            return flaw(f"{text}; {mend}: write np.zeros_like, or end with .astype({name}.dtype)")
    return None


def not_finite(trial: Trial, argnum: int, bar: Array, y_bar: Array) -> Outcome:
    """Judge a cotangent that is not finite, as it may be where the derivative is: at a vertical tangent."""
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(bar))[0])
    name = trial.names[argnum]
    quotients = _quotients(trial, argnum, index, y_bar)
    if not _converging(quotients):
        text = f"{name!r} has no finite derivative here, and the derived one is not finite either"
        return Outcome(Verdict.UNVERIFIED, text)

    def locate() -> Evidence:
        change = abs(quotients[-1] - quotients[-2])
        place = f"{name}[{', '.join(map(str, index))}]" if index else name
        where = f"{place} is {float(trial.primals[argnum][index]):g}"
        return Evidence(
            trial.cotangent_name(argnum),
            index,
            float(bar[index]),
            quotients[-1],
            change,
            change,
            where=where,
        )

    text = f"the cotangent of {name!r} is not finite, where forward is finite on both sides"
    return Outcome(Verdict.WRONG, text, locate=locate)


def _converging(quotients: list[float]) -> bool:
    if len(quotients) < len(QUOTIENT_STEPS) or not np.all(np.isfinite(quotients)):
        return False
    sizes = np.abs(quotients)
    return bool(np.all(sizes[1:] <= GROWTH * np.maximum(sizes[:-1], 1.0)))


def _quotients(trial: Trial, argnum: int, index: tuple[int, ...], y_bar: Array) -> list[float]:
    """Return central difference quotients of ⟨ȳ, y⟩ in one entry; fewer where forward raises."""
    x, y = trial.primals[argnum], trial.forward()
    size = float(abs(x[index])) or 1.0
    v = np.zeros(x.shape)
    v[index] = size
    near = replace(near_input(trial, argnum, y), y_bar=y_bar, bounds=EVERYWHERE)
    line = Line(near, v)
    quotients: list[float] = []
    for step in QUOTIENT_STEPS:
        rung = line.rung(step)
        if rung is None or step * size == 0.0:
            return quotients  # the step is lost: the entry is among the smallest numbers there are
        quotients.append(float(rung.mean[0]) / (step * size))
    return quotients
