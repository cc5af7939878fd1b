"""`EXCUSES`: what else than a wrong formula may stand behind a difference of derived and numerical slope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gradcheck._util import norm, widen
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging.measurement import (
    Measurement,
    measure,
    measure_again,
    measure_by_ladder,
    measure_with_rounding,
    refit,
    rounds_to_single,
    with_noise,
)
from gradcheck.judging.steps import EDGE_STEPS, find_steps
from gradcheck.judging.tolerance import (
    Comparison,
    K,
    Reason,
    compare_rounded,
    compare_sides,
    compare_still,
    compare_to_bar,
    jumps,
)
from gradcheck.numerics import (
    HALF_BITS,
    HALF_SPACING,
    SINGLE,
    Line,
    Scaling,
    Slope,
    common_bits,
    direction,
    divide_difference,
    is_orderly,
    measure_grain,
    measure_jump,
    measure_scatter,
    plateau_noise,
    quantum_noise,
    settle,
    single_noise,
    still_rungs,
    storage_noise,
)
from gradcheck.types import Rng

SHRINKING = 64.0
"""In a wider precision a rounding error is smaller by this factor at least.

From float64 to the 64-bit mantissa it should be 2048; a difference quotient inside the pullback,
whose error goes with the root of the rounding unit, comes to 45.
"""
SAME = 1e-3
"""Two measurements of a difference that are this close, relative to it, are of the same difference."""
DIRECTIONS = 4
"""Along so many, together, that is asked: along one of them it may be small by chance."""
SMALLEST = 2.0**-126
"""What is smaller than this is no number of single precision with all its digits, or is zero there."""
LARGEST_FACTOR = 1e10
"""What is lost so may be multiplied by as much on its way to the cotangent. Larger numbers leave single
precision nothing to compute with; a wrong entry of 1e-28 is none that anybody meets."""
ROUGH = 8.0
"""A forward map that jumps by so many times its known noise loses digits which nothing else has shown. Half
of it is chance; of twice as much, a loss of four bits is not seen."""
CLEAR = 64.0
"""At a step at which it is so many times the noise, a difference is clear. Half of it asks steps where noise
counts; twice as much asks larger steps, and misses branches that are half as wide."""
VISIBLE = 16.0
"""At a step at which it is so many times the noise, a difference shows. Half of it leaves none of the `PARTS`
clear; twice as much asks steps that are longer than some waves."""
PARTS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
"""The parts of that step that are asked, of which what bends with their squares is taken away. Half as many
leave little to see by how much they scatter; twice as many take twice as long."""
LEFT = 1.0 / 3.0
"""So much of a difference may be left then, where all of it or nothing should be. Half of it asks for less
than the noise; with twice of it a difference that is there is lost."""
KNOWN = 3.0
"""They may scatter by so many times the noise that is known. Where it is more, they are no measurement. Half
of it refuses one right look of ten; with twice of it noise that nobody knows of hides differences."""
WAVE = 1.0
"""Functions that people differentiate turn over lengths of 1. Half of it loses small errors at large inputs;
at twice of it a sine has turned."""
FAR = 1e-3
"""An entry that moves by its size over this is far from where it was."""


@dataclass(frozen=True)
class Excuse:
    """One thing that may explain a difference.

    Parameters
    ----------
    name
        What it is called.
    explain
        Returns what the measurement says with this taken into account: a comparison that still differs
        is not explained.
    why_here
        Why it stands at its place in the order.
    in_own_precision
        Whether it stays within the precision that the layer was given.
    """

    name: str
    explain: Callable[[Measurement, Rng], Comparison]
    why_here: str
    in_own_precision: bool = True


def excuse(measured: Measurement, rng: Rng, *, in_own_precision: bool = False) -> Comparison:
    """Return how one of `EXCUSES` explains a suspicion, or a comparison that still differs.

    Parameters
    ----------
    measured
        A measurement that differs.
    rng
        Draws directions and rounding.
    in_own_precision
        Whether what a wider precision would say is no excuse.
    """
    rounded = measure_with_rounding(measured, rng)
    if measured.slope is None or not jumps(measured.line, measured.slope.noise):
        measured = rounded
    else:  # a kink has the first word, not rounding
        measured = replace(measured, rounding=rounded.rounding)
    for row in EXCUSES:
        if row.in_own_precision or not in_own_precision:
            comparison = row.explain(measured, rng)
            if not comparison.differs:
                return comparison
    return rounded.comparison


def _rounding(measured: Measurement, rng: Rng) -> Comparison:  # noqa: ARG001 -- it was measured already
    return measured.comparison


def _grain(measured: Measurement, rng: Rng) -> Comparison:
    """Refit with the noise that forward has further away, where it moves, if there is less of it than usual.

    In ``log(1 + exp(x))`` at −20 the 1 swallows half of the digits; a neighbour of x gives the same number.
    """
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    if slope is None or not slope.noise.is_quiet(line.near.eps):
        return comparison
    noise = measure_grain(line.near, line.v, slope.noise)
    if noise.forward <= slope.noise.forward:
        return comparison
    again = with_noise(slope, noise.forward, rng)
    return compare_rounded(slope.line, comparison, again, 0.0)


def _edge(measured: Measurement, rng: Rng) -> Comparison:  # noqa: ARG001 -- nothing is drawn
    """Ask whether forward ends, or bends for ever, so near to an entry that every step leads far away.

    Where p is 1e-18, steps into the domain of p log p, which bends at its edge, tell nothing of the slope.
    """
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    if slope is None:
        return comparison
    x, v = line.near.x, line.v
    is_lost = bool(np.any((x != 0.0) & (np.abs(x) < EDGE_STEPS[-1] * np.abs(v))))
    if slope.ladder is not None:
        bends = is_lost and not _sides_settle(slope)
        return replace(comparison, reason=Reason.ROUNDED) if bends else comparison
    if not is_lost and np.count_nonzero(v) == 1:
        back = np.where(v != 0.0, np.nextafter(x, -np.copysign(np.inf, v)), x)
        is_lost = line.near.value(back.astype(x.dtype)) is not None
    return replace(comparison, reason=Reason.ROUNDED) if is_lost else comparison


def _sides_settle(slope: Slope) -> bool:
    """Return whether the slopes of both sides come closer to each other as steps become smaller."""
    assert slope.ladder is not None
    rungs, noise = slope.ladder.rungs, slope.noise.forward
    sides = ([float(rung.plus[0]) for rung in rungs], [float(rung.minus[0]) for rung in rungs])
    return all(settle(slope.ladder.steps, np.array(side), noise) for side in sides if len(side) > 2)


def excuse_plateau(measured: Measurement, rng: Rng) -> Comparison:
    """Refit with the noise of a quantised forward map, or of single precision inside, if it shows."""
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    if slope is None or slope.ladder is None:
        stored = storage_noise(line, EDGE_STEPS) > 0.0
        return replace(comparison, reason=Reason.UNRESOLVED) if stored else comparison
    if _underflows(measured):
        return replace(comparison, reason=Reason.ROUNDED)
    ladder, unseen = slope.ladder, 0.0
    quantum, narrow = quantum_noise(ladder, line, measured.unit), rounds_to_single(measured)
    level = max(
        plateau_noise(ladder),
        quantum,
        storage_noise(line, ladder.steps),
        single_noise(line, rng) if narrow else 0.0,
    )
    if narrow:
        unseen = SINGLE * line.scale
    elif level == 0.0:
        return comparison
    refitted = refit(slope, level)
    if not np.isfinite(refitted.error):
        return replace(comparison, reason=Reason.UNRESOLVED)
    again = compare_to_bar(line, refitted.value, refitted.error + unseen, slope.noise)
    agreeing = Reason.SINGLE if narrow else Reason.NOISY
    return replace(again, reason=agreeing) if again.reason is Reason.AGREES else again


def _underflows(measured: Measurement) -> bool:
    """Return whether a difference is below the numbers of the type in which the cotangent came."""
    line = measured.line
    if measured.comparison.error == 0.0:
        return False  # the derived slope jumps beside the point, and is right at it
    if common_bits([line.near.x_bar, line.near.y]) <= HALF_BITS and _stays_in_halves(line):
        # No step is longer than the direction, so that no output moves by more than the slope along it.
        return abs(measured.comparison.error) <= HALF_SPACING * float(np.sum(np.abs(widen(line.near.y_bar))))
    factor = min(measured.unit_inside / SINGLE, LARGEST_FACTOR)
    lost = SMALLEST * factor * float(np.sum(np.abs(line.v)))
    x_bar = line.near.x_bar
    return abs(measured.comparison.error) <= lost and np.array_equal(x_bar, x_bar.astype(np.float32))


def _stays_in_halves(line: Line) -> bool:
    """Return whether outputs are numbers of half precision elsewhere too, where more digits are left."""
    side = line.side(EDGE_STEPS[0])
    return side is None or common_bits([side.y]) <= HALF_BITS


def _standstill(measured: Measurement, rng: Rng) -> Comparison:
    """Where outputs stand still, step on a larger scale before calling the map constant."""
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    if slope is None or slope.ladder is None:
        return comparison
    comparison = compare_still(slope, comparison, measured.unit)
    if not comparison.differs or len(still_rungs(slope.ladder)) < len(slope.ladder.rungs):
        return comparison
    v = direction(line.near, rng, Scaling.UNIT)
    unit = replace(line, v=np.where(line.v != 0.0, v, 0.0))
    further = measure_by_ladder(measured.point, measured.argnum, unit, rng).comparison
    return comparison if further.differs else further


def _steps(measured: Measurement, rng: Rng) -> Comparison:
    """Ask whether outputs move in steps along the line; what is left of them is judged by itself.

    So do decimals, look-up tables, eight bits, a sign or the largest of several, by more than the rounding
    of a float32 in between.
    """
    comparison, line = measured.comparison, measured.line
    if measured.slope is None:
        return comparison
    in_steps = find_steps(measured) & (line.near.y_bar != 0)
    if not in_steps.any():
        return comparison
    y_bar = np.where(in_steps, 0, line.near.y_bar)
    if y_bar.any():
        point = Point.with_cotangent(measured.point.trial, line.near.y, y_bar)
        others = measure(point, measured.argnum, rng, line.v)
        if others.comparison.differs and excuse(others, rng).differs:
            return comparison
    return replace(comparison, reason=Reason.STEPS)


def excuse_kink(measured: Measurement, rng: Rng | None = None) -> Comparison:  # noqa: ARG001 -- nothing is drawn
    """Ask whether the one-sided slopes differ."""
    if measured.slope is None or measured.slope.ladder is None:
        return measured.comparison
    return compare_sides(measured.slope, measured.comparison)


def _dead_zone(measured: Measurement, rng: Rng) -> Comparison:  # noqa: ARG001 -- nothing is drawn
    """Ask the smallest step at which a difference shows clearly: larger ones may lead out of a branch.

    Where values below 1e-5 are cut off, a zero has no slope, and steps of 0.1 find the one outside.
    """
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    noise, h = _clear_step(measured, CLEAR)
    if slope is None or slope.ladder is None or not h < np.inf:
        return comparison
    rung = line.rung(h) if h < slope.ladder.rungs[-1].h else None
    if rung is None:
        return comparison
    found = compare_to_bar(line, float(rung.mean[0]) / h, noise / h, slope.noise)
    return found if found.agrees or found.reason is Reason.ZERO else comparison


def _clear_step(measured: Measurement, times: float) -> tuple[float, float]:
    """Return the noise, and the step at which the difference is so many times it; infinite without one."""
    slope, error = measured.slope, abs(measured.comparison.error)
    if slope is None or slope.ladder is None or not slope.ladder.rungs or not 0.0 < error < np.inf:
        return 0.0, np.inf
    unit = measured.unit * norm(widen(measured.line.near.y_bar))
    noise = max(float(slope.ladder.sigma[-1, 0]), unit, measured.rounding)
    return noise, times * noise / error


def _waves(measured: Measurement, rng: Rng) -> Comparison:
    """Ask steps at which a difference just shows: longer ones may lead over many waves of a small term.

    In x² + sin x at 1e7 they find no cosine. Where the difference shows over lengths only that are longer
    than a wave, nothing can be said of the slope at the point.
    """
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    noise, h = _clear_step(measured, VISIBLE)
    if slope is None or not h < np.inf or measured.point.trial.layer.library is None:
        return comparison  # with NumPy's extended precision short steps show it
    are_long = h * np.abs(line.v) > WAVE
    if are_long.any():
        rest = replace(line, v=np.where(are_long, 0.0, line.v))
        again = None if are_long.all() else measure_by_ladder(measured.point, measured.argnum, rest, rng)
        is_wrong = again is not None and again.comparison.differs and _waves(again, rng).differs
        return comparison if is_wrong else replace(comparison, reason=Reason.ROUNDED)
    parts, rungs = np.array(PARTS), [line.rung(part * h) for part in PARTS]
    found = np.array([float(rung.mean[0]) / rung.h for rung in rungs if rung is not None])
    if found.size < parts.size:
        return comparison
    bend, left = np.polyfit(parts**2, found, 1, w=parts)
    scatter = norm(parts * (found - left - bend * parts**2)) / np.sqrt(parts.size - 2)
    if abs(left) > LEFT * abs(comparison.error) or scatter > KNOWN * noise / h:
        return comparison
    return compare_to_bar(line, float(left), noise / h, slope.noise)


def _scale(measured: Measurement, rng: Rng) -> Comparison:
    """Ask entries that moved by far more than they are by themselves, each by a part of its own size.

    Steps over a pole find the smooth slope on its far side. Without a pole, a wrong entry is as wrong at its
    own scale, and the measurement there must be fine enough to show it.
    """
    comparison, line = measured.comparison, measured.line
    x, moves = np.abs(widen(line.near.x)), np.abs(line.v)
    tiny = (x > 0.0) & (x < FAR * moves)
    if not tiny.any():
        return comparison
    visible = abs(comparison.error) * float(np.min(x[tiny] / moves[tiny]))
    parts = [np.where(tiny, np.copysign(x, line.v), 0.0), np.where(tiny, 0.0, line.v)]
    lines = [replace(line, v=v) for v in parts if np.any(v)]
    found = [measure_by_ladder(measured.point, measured.argnum, part, rng).comparison for part in lines]
    is_right = all(each.agrees for each in found) and found[0].allowed <= 0.5 * visible
    return replace(comparison, reason=Reason.SUSPECT) if is_right else comparison


def at_own_size(line: Line) -> Line:
    """Return a line along which no entry but a zero moves by more than it is."""
    x, moves = np.abs(widen(line.near.x)), np.abs(line.v)
    return replace(line, v=np.where(x > 0.0, np.copysign(np.minimum(x, moves), line.v), line.v))


def _roughness(measured: Measurement, rng: Rng) -> Comparison:
    """Ask whether forward jumps from number to number, and the two slopes differ by no more than that makes.

    A pullback that alone is so rough loses digits which forward keeps: it is wrong.
    """
    comparison, slope, line = measured.comparison, measured.slope, measured.line
    if slope is None or slope.ladder is None or not slope.ladder.rungs:
        return comparison
    x, moves = np.abs(widen(line.near.x)), np.abs(line.v)
    # Entries that move by far more than they are say nothing of how rough forward is where they are.
    is_far = bool(np.any((x > 0.0) & (x < FAR * moves)))
    if is_orderly(slope) and not is_far:
        return comparison
    first, last = slope.ladder.rungs[0].h, slope.ladder.rungs[-1].h
    beside = at_own_size(line)
    worth = ROUGH * max(slope.noise.forward, measured.rounding)
    worth = worth if is_far else max(worth, abs(comparison.error) * last / K)
    jump = measure_jump(beside, first, worth, rng)
    if not jump > 0.0:
        return comparison
    scatter = measure_scatter(beside, line.v, first, rng)
    return compare_rounded(line, comparison, refit(slope, jump), scatter)


def _precision(measured: Measurement, rng: Rng) -> Comparison:
    """Measure again in the next wider precision, where the layer keeps it."""
    comparison = measured.comparison
    try:
        wider = measured.point.trial.wider()
        if wider is None or _persists(measured, wider):
            return comparison
        again = measure_again(measured, wider, rng)
        found = excuse_plateau(again, rng) if again.comparison.differs else again.comparison
        if found.reason in (Reason.AGREES, Reason.NOISY, Reason.SINGLE):
            return replace(found, reason=Reason.PRECISION)
        rounded = _shrinks_with_rounding(measured, wider, rng)
    except NothingToLearn:
        return comparison
    return replace(comparison, reason=Reason.ROUNDED) if rounded else comparison


def _persists(measured: Measurement, wider: Trial) -> bool:
    """Return whether one step along the same line in a wider precision finds the very same difference.

    No rounding does that, and the wider precision, which is slow, need not be asked for more.
    """
    line, error = measured.line, measured.comparison.error
    point = _in(wider, measured)
    found = divide_difference(Line(point.near(measured.argnum), line.v), point.eps ** (1.0 / 3.0))
    return found is not None and abs(float(found.slope[0]) - error) <= SAME * abs(error)


def _in(wider: Trial, measured: Measurement) -> Point:
    """Return the point of a measurement in a wider precision, with the same cotangent."""
    y = wider.forward()
    return Point.with_cotangent(wider, y, measured.point.y_bar.astype(y.dtype))


def _shrinks_with_rounding(measured: Measurement, wider: Trial, rng: Rng) -> bool:
    """Return whether the same difference is smaller in a wider precision, as a rounding error is.

    Terms that cancel leave the same rounding error behind whichever way inputs are moved by an
    ulp; a wrong formula leaves the same difference in every precision.
    """
    point, argnum, line = measured.point, measured.argnum, measured.line
    there = _in(wider, measured)
    errors = [(measured.comparison.error, measure(there, argnum, rng, line.v).comparison.error)]
    for _ in range(DIRECTIONS - 1):
        v = direction(line.near, rng)
        narrow = measure_with_rounding(measure(point, argnum, rng, v), rng)
        errors.append((narrow.comparison.error, measure(there, argnum, rng, v).comparison.error))
    before, after = np.square(errors).sum(axis=0)
    return bool(after <= before / SHRINKING**2)


EXCUSES: tuple[Excuse, ...] = (
    Excuse("rounding", _rounding, "measured already, and the commonest: nothing else need be asked"),
    Excuse("edge", _edge, "it costs a call where there is one side only, of which the others ask nothing"),
    Excuse(
        "plateau",
        excuse_plateau,
        "a forward that moves in steps has no slopes at small steps, which all others ask for",
    ),
    Excuse("standstill", _standstill, "a forward that stands still has no sides that a kink could show in"),
    Excuse(
        "steps",
        _steps,
        "it costs some eighty calls; a forward in steps jumps, and a jump would be taken for a kink",
    ),
    Excuse("kink", excuse_kink, "it costs no calls, and a kink is one in every precision and at every scale"),
    Excuse("grain", _grain, "it costs seven calls or more; beside a kink it would take that for noise"),
    Excuse(
        "dead zone", _dead_zone, "it costs two calls; a kink, which it would be taken for, has a better name"
    ),
    Excuse(
        "scale",
        _scale,
        "it costs two ladders; a wider precision costs more, and would step over the pole too",
    ),
    Excuse("waves", _waves, "it costs sixteen calls; of a pole it would say less than those above"),
    Excuse(
        "roughness",
        _roughness,
        "it costs some thirty calls where the ladder is no smooth one, as it is not beside a pole or a kink",
    ),
    Excuse(
        "precision",
        _precision,
        "last, since extended precision is slow, and since it would explain much that has a better name",
        in_own_precision=False,
    ),
)
"""Every excuse, in the order in which they are asked; the first that explains the difference is believed."""
