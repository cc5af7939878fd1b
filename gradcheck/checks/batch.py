"""Samples of a batch do not influence each other: alone, each gives what it gives among the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradcheck._util import leaves
from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.entries import disagreement
from gradcheck.evaluation import Point, Slot, Trial, fill_cotangent, forward_scatter, pullback_rounding
from gradcheck.judging import Outcome, compare_results
from gradcheck.layers import Layer
from gradcheck.types import Array, Verdict

SAMPLES = 2
"""Samples looked at in one of many examples. Half of it sees half as many; twice as much takes more calls
than any other check."""
AT_POINT = 4
"""The same at a caller's own point, of which there is one: half of it misses a single sample that depends on
others in most batches of four; twice as much takes more calls than all other checks together."""


def has_batch(layer: Layer) -> str | None:
    """Return why the check does not apply, or None."""
    return None if layer.batch else "the layer declares no batch"


@beyond_rounding
def batch(trial: Trial) -> Outcome:
    """Compare outputs and cotangents of single samples with their slices of the whole batch."""
    axes = _axes(trial)
    sizes = {trial.primals[i].shape[axis] for i, axis in axes.items()}
    count = min(sizes, default=0)
    if count < 2:
        return Outcome(Verdict.NOT_APPLICABLE, "a batch of fewer than two samples")
    rng = trial.rng("batch")
    point = Point.common(trial)
    whole = _Outputs.of(trial, point.y_bar)
    for sample in rng.permutation(count)[: AT_POINT if trial.is_user_point else SAMPLES]:
        finding = _alone(point, whole, axes, int(sample))
        if finding is not None:
            return finding
    return Outcome(Verdict.CORRECT)


def _axes(trial: Trial) -> dict[int, int]:
    """Return the inputs that have a batch axis, with that axis."""
    found = {}
    for i, leaf in enumerate(trial.names):
        axis_texts = trial.layer.leaf_shapes.get(leaf, "").split()
        if trial.layer.batch in axis_texts:
            found[i] = axis_texts.index(trial.layer.batch)
    return found


@dataclass(frozen=True)
class _Outputs:
    """The output's leaves by themselves, with their cotangents."""

    values: list[Array]
    bars: list[Array]

    @classmethod
    def of(cls, trial: Trial, y_bar: Array) -> _Outputs:
        y = trial.output()
        if trial.known.is_plain:
            return cls([y], [y_bar])
        y = trial.call("forward", trial.layer.forward, *trial.arguments(), **trial.settings())
        trial.calls.forward += 1
        snapshot = [
            (np.asarray(leaf), bar) for (_, leaf), bar in zip(leaves(y), _bars(y, y_bar), strict=True)
        ]
        floating = [(leaf, np.asarray(bar)) for leaf, bar in snapshot if leaf.dtype.kind in "fc"]
        return cls([leaf for leaf, _ in floating], [bar for _, bar in floating])


def _bars(y: Any, y_bar: Array) -> list[Any]:
    return [bar for _, bar in leaves(fill_cotangent(y, y_bar))]


def _alone(point: Point, whole: _Outputs, axes: dict[int, int], sample: int) -> Outcome | None:
    """Run one sample by itself."""
    trial = point.trial
    primals = [x.take([sample], axis=axes[i]) if i in axes else x for i, x in enumerate(trial.primals)]
    single = trial.at(tuple(primals))
    y = single.output()
    values = _Outputs.of(single, np.zeros_like(y)).values
    slices = [_slice(w, alone, sample) for w, alone in zip(whole.values, values, strict=True)]
    if any(index is None for index in slices):
        text = f"the output has no axis that grows with the batch {trial.layer.batch!r}"
        return Outcome(Verdict.UNVERIFIED, text)
    expected = _concatenate([w[index] for w, index in zip(whole.values, slices, strict=True)], y)
    comparison = compare_results(point.trial, y, expected, partial(forward_scatter, single, y), point.eps)
    if not comparison.agree:
        text = f"sample {sample} of the output depends on other samples: alone it is another"
        return Outcome(
            Verdict.WRONG, text, locate=partial(disagreement, "y", expected, y, comparison, "alone")
        )
    y_bar = _concatenate([bar[index] for bar, index in zip(whole.bars, slices, strict=True)], y)
    return _pull_back(point, Point.with_cotangent(single, y, y_bar), axes, sample)


def _pull_back(point: Point, alone: Point, axes: dict[int, int], sample: int) -> Outcome | None:
    """Compare cotangents of inputs that belong to the sample."""
    for argnum, axis in axes.items():
        if argnum not in point.trial.active:
            continue
        derived, expected = point.x_bar(argnum).take([sample], axis=axis), alone.x_bar(argnum)
        scatter = partial(pullback_rounding, alone, argnum)
        comparison = compare_results(point.trial, derived, expected, scatter, point.eps)
        if not comparison.agree:
            name = point.trial.names[argnum]
            text = (
                f"sample {sample} of the cotangent of {name!r} depends on other samples: alone it is another"
            )
            what = point.trial.cotangent_name(argnum)
            located = partial(disagreement, what, derived, expected, comparison, "alone")
            return Outcome(Verdict.WRONG, text, locate=located)
    return None


def _slice(whole: Array, alone: Array, sample: int) -> tuple[Any, ...] | None:
    """Return the index of one sample in an output: along the one axis that is longer for the whole batch."""
    if whole.ndim != alone.ndim:
        return None
    longer = [axis for axis in range(whole.ndim) if whole.shape[axis] != alone.shape[axis]]
    if len(longer) != 1:
        return None
    (axis,) = longer
    size = alone.shape[axis]
    return (*(slice(None) for _ in range(axis)), slice(sample * size, (sample + 1) * size))


def _concatenate(parts: list[Array], like: Array) -> Array:
    """Return leaves as the one real array that a trial makes of them."""
    real = [Slot.of(part).read(part) for part in parts]
    return np.concatenate([part.ravel() for part in real]).reshape(like.shape).astype(like.dtype)
