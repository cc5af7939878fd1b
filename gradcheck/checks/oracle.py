"""Forward and every cotangent equal an independent implementation's."""

from __future__ import annotations

from functools import partial

from gradcheck import form
from gradcheck.checks.entries import disagreement
from gradcheck.checks.precision import beyond_rounding
from gradcheck.compare import WEAK, agreement
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.findings import Outcome
from gradcheck.layer import Layer
from gradcheck.numerical.point import Point
from gradcheck.numerical.scatter import forward_scatter, pullback_rounding
from gradcheck.trial import Trial
from gradcheck.types import Array, Verdict

BESIDE = 2.0**-10


def has_oracle(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.oracle is not None else "the layer declares no oracle"


def oracle(trial: Trial) -> Outcome:
    """Compare with the oracle; a disagreement must come up again beside the point.

    Where maxima tie, two right implementations may choose different subgradients; beside
    the tie they may not.
    """
    outcome = _compared(trial)
    if outcome.verdict is not Verdict.WRONG:
        return outcome
    again = _compared(trial.beside(BESIDE, trial.rng("beside")))
    if again.verdict is Verdict.WRONG:
        return outcome
    return Outcome(Verdict.UNVERIFIED, "layer and oracle differ at this point, but not 0.1 % beside it")


@beyond_rounding
def _compared(trial: Trial) -> Outcome:
    point = Point.of(trial, trial.rng("oracle"))
    y, bars = _independent(trial, point)
    compared = agreement(point.y, y, partial(forward_scatter, trial, point.y), point.unit)
    if not compared.agree:
        located = partial(disagreement, "y", point.y, y, compared, "oracle")
        return Outcome(Verdict.WRONG, "forward disagrees with the oracle", locate=located)
    seen: dict[str, float] = {}
    for block in trial.active:
        reference = bars[block] if bars is not None else None
        if reference is None:
            continue
        name, derived = trial.names[block], point.x_bar(block)
        compared = agreement(derived, reference, partial(pullback_rounding, point, block), point.unit)
        if not compared.agree:
            reason = trial.within(block)
            located = partial(disagreement, f"{name}_bar", derived, reference, compared, "oracle")
            return Outcome(Verdict.WRONG, reason, locate=located)
        if compared.resolution <= WEAK:
            seen[name] = compared.resolution
    return Outcome(Verdict.CORRECT, seen=seen)


def _independent(trial: Trial, point: Point) -> tuple[Array, tuple[Array | None, ...] | None]:
    """Return the oracle's output and cotangents, in the layer's own form.

    Raises
    ------
    CannotVerify
        If the oracle itself raises, or returns another form than the layer: its fault, not the layer's.
    """
    layer = trial.layer
    assert layer.oracle is not None
    try:
        returned = trial.call("oracle", layer.oracle, *trial.arguments(), **trial.options)
        if isinstance(returned, tuple) and len(returned) == 2 and returned[1] is None:
            y, pullback = returned
        else:
            y, pullback = form.linearised(layer.name, "oracle", returned)
        y = form.output(layer.name, "oracle", y)
        if y.shape != point.y.shape:
            message = f"the oracle of {layer.name!r} returned the shape {y.shape}, forward {point.y.shape}"
            raise CannotVerify(message)
        if pullback is None:
            return y, None
        raw = trial.call("the oracle's pullback", pullback, point.y_bar.copy())
        bars = form.cotangents(layer.name, raw, trial.names, "oracle's pullback")
        return y, tuple(
            form.cotangent(layer.name, trial.names[i], trial.primals[i], bar)
            if i in trial.active and bar is not None
            else None
            for i, bar in enumerate(bars)
        )
    except (BrokenContract, LayerRaised) as fault:
        message = f"the oracle can't be used: {fault}"
        raise CannotVerify(message) from fault
