"""What checks of functions of PyTorch and JAX share: whom they apply to, and how gradients are compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial, wraps
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


FIRST = (1, 2)
"""Examples at which what takes long is always asked, so that a few suffice; the very first is often of size
one or zero. Half as many are one, in which a second derivative may vanish; twice as many take longer."""
PROGRAMS = 16
"""What makes a program of its own for each example is asked at one of so many of the others, where JAX traces
and compiles that program: a hundred examples of a `lax.scan` took minutes. Half of it takes twice as long; at
twice of it hardly more than the first examples are asked, and values say little there."""
NOT_ASKED = "it is asked at the first examples and at some of the others"


def is_asked(trial: Trial, one_in: int = 1) -> bool:
    """Return whether an example is one of the first, of the others one in so many, or looked at by itself.

    Where each program takes long to be made, it is one in `PROGRAMS`.
    """
    framework = trial.layer.framework
    assert framework is not None
    if framework.wants_few_shapes:
        one_in = max(one_in, PROGRAMS)
    match trial.known.example:
        case (_, int(number)):
            return number in FIRST or trial.seed % one_in == 0
    return True


def at_few_examples(compare: Callable[[Trial], Outcome]) -> Callable[[Trial], Outcome]:
    """Return a comparison that is asked at few examples if each takes a program of its own, as of JAX."""

    @wraps(compare)
    def asked(trial: Trial) -> Outcome:
        return compare(trial) if is_asked(trial) else Outcome(Verdict.NOT_APPLICABLE, NOT_ASKED)

    return asked


def torch_function(trial: Trial) -> TorchFunction:
    """Return the function of PyTorch behind a trial's layer, of which alone some checks are asked."""
    function = trial.layer.framework
    assert isinstance(function, TorchFunction)
    return function


def read_cotangents(trial: Trial, returned: Any, argnums: Collection[int]) -> dict[int, Array]:
    """Return the cotangents of some inputs, from what a pullback returned that has None for the others."""
    bars = trial.raw_cotangents(returned)
    return read_leaves(trial, {i: bars[i] for i in argnums})


def read_leaves(trial: Trial, bars: Mapping[int, Any]) -> dict[int, Array]:
    """Return what a pullback has for some inputs as real arrays, along their constraints if there are any."""
    layer, primals, leaves = trial.layer, trial.primals, trial.inputs.leaves
    found = {
        i: read_cotangent(layer.name, trial.names[i], primals[i], leaves[i].slot, bar)
        for i, bar in bars.items()
    }
    return found if trial.tangents is None else {i: trial.tangents.project(i, x) for i, x in found.items()}


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
