"""Count, shape, dtype, ``None`` where there is no derivative, finite; and the primal value is forward's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradcheck.checks.entries import disagreement
from gradcheck.checks.flaws import flaw
from gradcheck.errors import BrokenContract, LayerRaised
from gradcheck.evaluation import Trial, forward_scatter, name_entries, near_input
from gradcheck.judging import ROUNDING, Evidence, Outcome, compare_results
from gradcheck.numerics import EVERYWHERE, Line
from gradcheck.types import Array, Verdict

QUOTIENT_STEPS = (1e-3, 1e-5, 1e-7)
GROWTH = 4.0
"""A difference quotient that grows by more than this from one step to the next has no limit."""
MOST_ASKED = 8
"""Entries that are not finite are asked for their quotients up to so many: six calls each. Half of it leaves
out more that are wrong beside such as are not; twice as much takes as much longer."""
MOST_SHOWN = 3
"""So many extreme values are named beside that of the entry itself: a line has no room for twice as many."""
KINK_STAYS = 0.5
"""One-sided quotients that are still so far apart at a step of a hundredth are those of a kink: those of a
smooth function are a hundredth as far. Half of it is the same; twice as much takes noise for smooth."""


def contract(trial: Trial) -> Outcome:
    """Compare the form of everything that the VJP returns with what the primals ask for."""
    y = trial.output()
    if not np.all(np.isfinite(y)):
        names, first = name_entries("y", ~np.isfinite(y)), float(y[~np.isfinite(y)][0])
        return Outcome(Verdict.UNVERIFIED, f"{trial.describe_not_finite()}; {names[0]} is {first:g}")
    try:
        y_bar = trial.cotangent(y)
        pulled = trial.pull_back(y_bar)
    except BrokenContract as broken:
        return Outcome(Verdict.WRONG, str(broken))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, where forward did not", raised=True)
    found = _primal_value(trial, y, pulled.y) or _cotangents(trial, pulled.x_bars, y_bar)
    return found or _dtypes(trial, y, pulled.y, pulled.x_bars) or Outcome(Verdict.CORRECT)


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
                if trial.is_user_point and kind and name not in trial.layer.constants:
                    text += f"; if it has one, pass floating-point numbers, as {name}.astype(float)"
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
            if y.dtype == bar.dtype:
                mend = (
                    f"so does forward: a number of NumPy's own, such as np.sqrt(2), makes {bar.dtype} of both"
                )
                return flaw(f"{text}; {mend}: write float(np.sqrt(2)), or end with .astype({name}.dtype)")
            if bar.dtype.kind != "f":
                return flaw(f"{text}: end with .astype({name}.dtype)")
            mend = "NumPy's zeros, ones and where make float64 of Python's numbers"
            return flaw(f"{text}; {mend}: write np.zeros_like, or end with .astype({name}.dtype)")
    return None


def not_finite(trial: Trial, argnum: int, bar: Array, y_bar: Array, *, every: bool = False) -> Outcome:
    """Judge a cotangent that is not finite, as it may be where the derivative is: at a vertical tangent.

    One entry that has a slope is enough to call it wrong; or `every` one that is asked must have one, where
    the derivative in one entry may overflow, and the others' are then made of what is no number.
    """
    name, places = trial.names[argnum], np.argwhere(~np.isfinite(bar))
    found: Outcome | None = None
    kinks: list[_Quotients] = []
    for place in places[:MOST_ASKED]:
        index = tuple(int(i) for i in place)
        quotients = _quotients(trial, argnum, index, y_bar)
        if quotients.have_limit and not quotients.stay_apart:
            text = f"the cotangent of {name!r} is not finite, where forward is finite on both sides"
            located = partial(_show_entry, trial, argnum, index, float(bar[index]), quotients.central)
            found = found or Outcome(Verdict.WRONG, text, locate=located)
            if not every:
                break
        elif every:
            found = None
            break
        elif quotients.have_limit and _converging(quotients.jumps):
            kinks.append(quotients)
    if found is not None:
        return found
    where = f"at {name_entries(name, ~np.isfinite(bar))[0]}" if bar.size > 1 else "here"
    where += f" and {len(places) - 1} more" if len(places) > 1 else ""
    text = f"the derived cotangent of {name!r} is not finite, "
    if kinks and len(kinks) == min(len(places), MOST_ASKED):
        low, high = sorted(kinks[0].sides)
        choice = "0" if low <= 0 <= high else f"{low:.4g}"
        text += f"where forward has a kink, {where}, and ⟨ȳ, y⟩ the slopes {low:.4g} and {high:.4g}: "
        return Outcome(Verdict.UNVERIFIED, text + f"return a value between them, such as {choice}")
    return Outcome(Verdict.UNVERIFIED, text + f"where {name!r} has no finite derivative, {where}")


def _show_entry(
    trial: Trial, argnum: int, index: tuple[int, ...], derived: float, quotients: list[float]
) -> Evidence:
    change = abs(quotients[-1] - quotients[-2])
    place = f"{trial.names[argnum]}[{', '.join(map(str, index))}]" if index else trial.names[argnum]
    shown = {place: float(trial.primals[argnum][index]), **_extreme_entries(trial)}
    where = ", ".join(f"{name} is {value:g}" for name, value in list(shown.items())[: 1 + MOST_SHOWN])
    what = trial.cotangent_name(argnum)
    return Evidence(what, index, derived, quotients[-1], change, change, where=where)


def _extreme_entries(trial: Trial) -> dict[str, float]:
    """Return the entries of all inputs that may make a gradient no number: tiny ones, zeros, huge ones.

    The cube of such a number is smaller than all normal ones, or larger than the reciprocal of these.
    """
    smallest = np.finfo(trial.primals[trial.active[0]].dtype).smallest_normal
    found, tiny = list[tuple[int, str, float]](), float(smallest) ** (1.0 / 3.0)
    for name, x in zip(trial.names, trial.primals, strict=True):
        size = np.abs(x)
        ranks = ((size > 0) & (size < tiny), size == 0, size > 1.0 / tiny)
        for rank, mask in enumerate(ranks):
            values = x[mask][:MOST_SHOWN].tolist()
            found += [(rank, *pair) for pair in zip(name_entries(name, mask), values, strict=False)]
    return {name: value for _, name, value in sorted(found, key=lambda each: each[0])}


def _converging(quotients: list[float]) -> bool:
    if not np.all(np.isfinite(quotients)):
        return False
    sizes = np.abs(quotients)
    return bool(np.all(sizes[1:] <= GROWTH * np.maximum(sizes[:-1], 1.0)))


@dataclass(frozen=True)
class _Quotients:
    """Difference quotients of ⟨ȳ, y⟩ in one entry, at smaller and smaller steps.

    Parameters
    ----------
    central
        Those of both sides.
    jumps
        How far the two sides' are apart. What is lost in rounding is not.
    sides
        Those of the left and of the right side at the smallest step.
    """

    central: list[float]
    jumps: list[float]
    sides: tuple[float, float]

    @property
    def have_limit(self) -> bool:
        """Whether the central ones stay finite as the steps shrink."""
        return len(self.central) == len(QUOTIENT_STEPS) and _converging(self.central)

    @property
    def stay_apart(self) -> bool:
        """Whether the two sides' are as far apart at a smaller step, as they are at a kink."""
        return len(self.jumps) > 1 and self.jumps[1] > KINK_STAYS * self.jumps[0]


def _quotients(trial: Trial, argnum: int, index: tuple[int, ...], y_bar: Array) -> _Quotients:
    """Return the quotients in one entry; they are fewer where forward raises."""
    x, y = trial.primals[argnum], trial.output()
    size = float(abs(x[index])) or 1.0
    v = np.zeros(x.shape)
    v[index] = size
    near = replace(near_input(trial, argnum, y), y_bar=y_bar, bounds=EVERYWHERE)
    line = Line(near, v)
    central: list[float] = []
    jumps: list[float] = []
    left = right = 0.0
    for step in QUOTIENT_STEPS:
        rung = line.rung(step)
        if rung is None or step * size == 0.0:
            break  # the step is lost: the entry is among the smallest numbers there are
        left, right = (float(side[0]) / (step * size) for side in (rung.minus, rung.plus))
        is_apart = abs(float(rung.plus[0] - rung.minus[0])) > ROUNDING * float(rung.floor[0])
        central.append(float(rung.mean[0]) / (step * size))
        jumps.append(abs(right - left) if is_apart else 0.0)
    return _Quotients(central, jumps, (left, right))
