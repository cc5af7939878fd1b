"""What checks of functions of PyTorch and JAX share: whom they apply to, and how gradients are compared."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from gradcheck.checks.entries import disagreement
from gradcheck.evaluation import Point, Trial, pullback_rounding, read_cotangent
from gradcheck.judging import Outcome, compare_arrays
from gradcheck.layers import Layer, TorchFunction
from gradcheck.types import Array, Verdict


def answers(name: str) -> Callable[[Layer], str | None]:
    """Return the function that says why a check of this name does not apply to a layer, or None.

    It can be pickled, as what is handed to other processes must be.
    """
    return partial(_inapplicable, name)


def _inapplicable(name: str, layer: Layer) -> str | None:
    if layer.framework is None:
        return "the layer is no function of PyTorch or JAX"
    if name in layer.framework.answers:
        return None
    return f"it says nothing of this function of {layer.framework.title}, or was not asked for"


def torch_function(trial: Trial) -> TorchFunction:
    """Return the function of PyTorch behind a trial's layer, of which alone some checks are asked."""
    function = trial.layer.framework
    assert isinstance(function, TorchFunction)
    return function


def read_cotangents(trial: Trial, returned: Any, argnums: Collection[int]) -> dict[int, Array]:
    """Return the cotangents of some inputs, from what a pullback returned that has None for the others."""
    bars, leaves = trial.raw_cotangents(returned), trial.inputs.leaves
    return {
        i: read_cotangent(trial.layer.name, trial.names[i], trial.primals[i], leaves[i].slot, bars[i])
        for i in argnums
    }


def compare_gradients(
    point: Point, bars: dict[int, Array], when: str, verdict: Verdict = Verdict.WRONG
) -> Outcome | None:
    """Return that a gradient is another one `when` something is so, or None."""
    for argnum, bar in bars.items():
        scatter = partial(pullback_rounding, point, argnum)
        comparison = compare_arrays(bar, point.x_bar(argnum), scatter, point.unit)
        if not comparison.agree:
            what = point.trial.cotangent_name(argnum)
            located = partial(disagreement, what, bar, point.x_bar(argnum), comparison)
            text = f"the cotangent of {point.trial.names[argnum]!r} is another one {when}"
            return Outcome(verdict, text, locate=located)
    return None
