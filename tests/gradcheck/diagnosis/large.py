"""A linear layer whose weights' cotangent is wrong in chosen places, and a search for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck import Layer
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.excess import Meter
from gradcheck.diagnosis.groups import Localisation, locate
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.trial import Trial
from gradcheck.numerics.directions import direction
from gradcheck.types import Array
from tests.gradcheck.example_layers import trial_of

N = 64
ROWS = 3
W = 1


def spoilt(spoil: Callable[[Array], None], forward: Callable[..., Any] = np.matmul) -> Layer:
    """Return y = x w; `spoil` makes entries of w's cotangent wrong in place."""

    def vjp(x, w):
        def pullback(y_bar):
            w_bar = x.T @ y_bar
            spoil(w_bar)
            return y_bar @ w.T, w_bar

        return x @ w, pullback

    return Layer(forward, vjp, name="linear")


def scaled(factors: Any, where: Any = ...) -> Callable[[Array], None]:
    """Return what multiplies entries of a cotangent by some factors."""

    def spoil(w_bar):
        w_bar[where] *= factors

    return spoil


def primals(seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((ROWS, N)), rng.standard_normal((N, N))


def searched(layer: Layer, x: Array, w: Array, seed: int = 0) -> tuple[Localisation | None, int]:
    """Return what a search finds in the weights' cotangent, and the forward calls that it takes."""
    trial = trial_of(layer, x, w, seed=seed)
    with silence_warnings():
        meter = meter_of(trial)
        before = trial.calls.forward
        located = locate(meter, "w_bar", None, trial.rng("probes"))
    return located, trial.calls.forward - before


def meter_of(trial: Trial) -> Meter:
    point = Point.of(trial, trial.rng("point"))
    return Meter.of(point, W, direction(point.near(W), trial.rng("direction")), trial.rng("noise"))
