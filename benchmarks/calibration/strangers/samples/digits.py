"""Scalar functions in numbers of Python, at points where some of their digits are lost."""

import math

import numpy as np

from benchmarks.calibration.strangers.stranger import by_gradient

LOST = 1e-4
"""To how much a slope agrees with that of a formula which loses no digits."""


def _versine(x):
    return (1 - math.cos(x)) / x**2


def _versine_slope(x):
    return (x * math.sin(x) - 2 * (1 - math.cos(x))) / x**3


def _growth(x):
    return (math.exp(x) - 1) / x


def _growth_slope(x):
    return (x * math.exp(x) - math.exp(x) + 1) / x**2


def _arsinh(x):
    return math.log(math.sqrt(x * x + 1) - x)


def _arcosh(x):
    return math.log(x + math.sqrt(x * x - 1))


def _smaller_root(b):
    return (-b + math.sqrt(b * b - 4)) / 2


def _langevin(x):
    return 1 / math.tanh(x) - 1 / x


def _langevin_slope(x):
    return 1 / x**2 - 1 / math.sinh(x) ** 2


def _logistic_loss(w):
    return math.log(1 + math.exp(-w))


def _sinc(x):
    return math.sin(x) / x


def _sinc_slope(x):
    return (x * math.cos(x) - math.sin(x)) / x**2


def _times(factor, slope):
    return lambda x: factor * slope(x)


DIGITS = (
    by_gradient("versine", _versine, _versine_slope, 0.01, wrong={"1 %": _times(1.01, _versine_slope)}),
    by_gradient(
        "mean growth",
        _growth,
        _growth_slope,
        1e-4,
        reference=lambda x: np.expm1(x) / x,
        within=LOST,
        wrong={"1 %": _times(1.01, _growth_slope)},
    ),
    by_gradient(
        "minus arsinh",
        _arsinh,
        lambda x: -1 / math.sqrt(x * x + 1),
        1e5,
        reference=lambda x: -np.arcsinh(x),
        within=LOST,
        wrong={"1 %": lambda x: -1.01 / math.sqrt(x * x + 1), "the sign": lambda x: 1 / math.sqrt(x * x + 1)},
    ),
    by_gradient(
        "arcosh beside one",
        _arcosh,
        lambda x: 1 / math.sqrt(x * x - 1),
        1 + 1e-9,
        wrong={"twice": lambda x: 2 / math.sqrt(x * x - 1)},
    ),
    by_gradient(
        "smaller root",
        _smaller_root,
        lambda b: (-1 + b / math.sqrt(b * b - 4)) / 2,
        1e3,
        reference=lambda b: -2 / (b + np.sqrt(b * b - 4)),
        within=LOST,
        wrong={"the sign": lambda b: (1 - b / math.sqrt(b * b - 4)) / 2},
    ),
    by_gradient(
        "Langevin's function", _langevin, _langevin_slope, 0.1, wrong={"1 %": _times(1.01, _langevin_slope)}
    ),
    by_gradient(
        "logistic loss of a sure case",
        _logistic_loss,
        lambda w: -1 / (1 + math.exp(w)),
        12.0,
        wrong={"the sign": lambda w: 1 / (1 + math.exp(w)), "1 %": lambda w: -1.01 / (1 + math.exp(w))},
    ),
    by_gradient("sinc", _sinc, _sinc_slope, 1e-3, wrong={"1 %": _times(1.01, _sinc_slope)}),
)
