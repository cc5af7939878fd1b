"""What a wrong gradient is: a layer, the check that is meant to catch it, and the bug's family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck import Layer

FD, EXACT, ORACLE, LINEARITY, CONTRACT = "finite-difference", "exact", "oracle", "linearity", "contract"
PURITY, DETERMINISM, LAYOUT, EMPTY, KINK = "purity", "determinism", "layout", "empty", "kink"
JVP, COMPLEX_STEP, SECOND_ORDER, DTYPE = "jvp", "complex-step", "second-order", "dtype"
EXTREMES, BATCH, CACHE, ACCUMULATION, STATE = "extremes", "batch", "cache", "accumulation", "state"


@dataclass(frozen=True)
class Broken:
    """A layer with a wrong gradient, the check that is meant to catch it, and the bug's family."""

    layer: Layer
    caught_by: str
    family: str


def with_vjp(
    layer: Layer, caught_by: str, family: str, **fields: Any
) -> Callable[[Callable[..., Any]], Broken]:
    """Make the decorated ``vjp(*primals) -> (y, pullback)`` that of `layer`, named after it."""
    return lambda vjp: Broken(replace(layer, vjp=vjp, name=vjp.__name__, **fields), caught_by, family)


def with_backward(
    layer: Layer, caught_by: str, family: str, **fields: Any
) -> Callable[[Callable[..., Any]], Broken]:
    """Make the decorated ``backward(y_bar, *primals) -> (x_bar, ...)`` that of `layer`, named after it."""

    def decorate(backward: Callable[..., Any]) -> Broken:
        # The primal value stays that of the forward map, whichever one `fields` replaces it by.
        forward = fields.get("forward", layer.forward)
        vjp = Layer.from_backward(forward, backward).vjp
        return Broken(replace(layer, vjp=vjp, name=backward.__name__, **fields), caught_by, family)

    return decorate


def one_entry_off(layer: Layer, caught_by: str, relative: float, **fields: Any) -> Broken:
    """Return `layer` with the last entry of its last cotangent off by a relative error."""

    def vjp(*primals, **options):
        y, pullback = layer.vjp(*primals, **options)

        def last_entry_off(y_bar):
            bars = pullback(y_bar)
            *others, last = bars if isinstance(bars, tuple) else (bars,)
            last = np.array(last)
            last.flat[-1:] *= 1 + relative
            return *others, last

        return y, last_entry_off

    name = f"{layer.name}_one_entry_off_by_{relative:.0e}".replace("-", "_")
    return Broken(replace(layer, vjp=vjp, name=name, **fields), caught_by, "one entry off")


# Fresh entropy on purpose: these layers must not give the same answer twice.
ENTROPY = np.random.default_rng()
