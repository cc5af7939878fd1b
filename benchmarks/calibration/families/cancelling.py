"""Forward maps that lose digits: right formulas, computed as they should not be. Their gradients are not."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from scipy import special

from benchmarks.calibration.families.family import Family, family
from gradcheck.types import Array


def _tanh_slope(x: Array) -> Any:
    return 4 * special.expit(2 * x) * special.expit(-2 * x)


def _determinant_backward(y_bar: Array, a: Array, b: Array, c: Array, d: Array) -> tuple[Array, ...]:
    return y_bar * d, -y_bar * c, -y_bar * b, y_bar * a


def _variance_backward(y_bar: Array, x: Array) -> Array:
    result: Array = 2 / x.size * (x - x.mean()) * y_bar
    return result


_ANY = {"x": "..."}

CANCELLING: tuple[Family, ...] = (
    family("one_minus_cos", _ANY, lambda x: 1 - np.cos(x), lambda y, x: y * np.sin(x), most=1e3),
    family("exp_minus_one", _ANY, lambda x: np.exp(x) - 1, lambda y, x: y * np.exp(x), most=30.0),
    family(
        "log_of_one_plus", _ANY, lambda x: np.log(1 + x), lambda y, x: y / (1 + x), domain={"x": (-0.5, inf)}
    ),
    family("x_minus_sin", _ANY, lambda x: x - np.sin(x), lambda y, x: 2 * y * np.sin(x / 2) ** 2, most=1e3),
    family(
        "root_beside_a_root",
        _ANY,
        lambda x: np.sqrt(x + 1) - np.sqrt(x),
        lambda y, x: y / 2 * (1 / np.sqrt(x + 1) - 1 / np.sqrt(x)),
        domain={"x": (0.0, inf)},
    ),
    family(
        "tanh_by_exp",
        _ANY,
        lambda x: 1 - 2 / (np.exp(2 * x) + 1),
        lambda y, x: y * _tanh_slope(x),
        most=100.0,
    ),
    family(
        "sigmoid_complement",
        _ANY,
        lambda x: 1 - special.expit(x),
        lambda y, x: -y * special.expit(x) * special.expit(-x),
        most=30.0,
    ),
    family("square_after_an_offset", _ANY, lambda x: ((x + 1e6) - 1e6) ** 2, lambda y, x: 2 * y * x),
    family(
        "variance_by_moments",
        {"x": "n"},
        lambda x: (x * x).mean() - x.mean() ** 2,
        _variance_backward,
        where=lambda n: n >= 2,
    ),
    family(
        "determinants_of_2_by_2",
        {"a": "n", "b": "n", "c": "n", "d": "n"},
        lambda a, b, c, d: a * d - b * c,
        _determinant_backward,
    ),
    family(
        "exp_of_log",
        _ANY,
        lambda x: np.exp(np.log(x)),
        lambda y, x: y.copy(),
        domain={"x": (0.0, inf)},
    ),
    family(
        "square_by_a_difference",
        {"a": "n", "b": "n"},
        lambda a, b: a * a - b * b,
        lambda y, a, b: (2 * y * a, -2 * y * b),
    ),
)
