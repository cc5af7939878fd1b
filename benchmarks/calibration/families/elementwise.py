"""Functions of one variable, entry by entry: y = f(x), x̄ = ȳ f'(x). A row is a name, f, f' and its range."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, log, pi, sqrt
from typing import Any

import numpy as np
from scipy import special

from benchmarks.calibration.families.family import Family, family
from gradcheck.types import Array

POSITIVE = (0.0, inf)
UNIT = (-1.0, 1.0)


def _each(
    name: str,
    f: Callable[[Array], Any],
    slope: Callable[[Array], Any],
    *,
    most: float = 1e8,
    inside: tuple[float, float] | None = None,
    trait: str = "",
) -> Family:
    return family(
        name,
        {"x": "..."},
        f,
        lambda y_bar, x: y_bar * slope(x),
        most=most,
        domain={} if inside is None else {"x": inside},
        traits=(trait,) if trait else (),
    )


def _bell(x: Array) -> Any:
    return np.exp(-x * x)


POWERS = (
    _each("cube", lambda x: x**3, lambda x: 3 * x**2, trait="analytic"),
    _each("fourth_power", lambda x: x**4, lambda x: 4 * x**3, trait="analytic"),
    _each("reciprocal", lambda x: 1 / x, lambda x: -1 / x**2),
    _each("inverse_square", lambda x: x**-2.0, lambda x: -2 * x**-3.0),
    _each("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x), inside=POSITIVE),
    _each("cbrt", np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2)),
    _each("power_three_halves", lambda x: x**1.5, lambda x: 1.5 * x**0.5, inside=POSITIVE),
    _each("power_2_7", lambda x: x**2.7, lambda x: 2.7 * x**1.7, inside=POSITIVE),
    _each("x_over_1_plus_x2", lambda x: x / (1 + x * x), lambda x: (1 - x) * (1 + x) / (1 + x * x) ** 2),
)

EXPONENTIALS = (
    _each("exp", np.exp, np.exp, most=30.0, trait="analytic"),
    _each("exp2", np.exp2, lambda x: log(2) * np.exp2(x), most=30.0),
    _each("expm1", np.expm1, np.exp, most=30.0),
    _each("gaussian", _bell, lambda x: -2 * x * _bell(x), most=10.0, trait="analytic"),
    _each("sinh", np.sinh, np.cosh, most=30.0),
    _each("cosh", np.cosh, np.sinh, most=30.0),
    _each("log", np.log, lambda x: 1 / x, inside=POSITIVE),
    _each("log10", np.log10, lambda x: 1 / (x * log(10)), inside=POSITIVE),
    _each("log1p", np.log1p, lambda x: 1 / (1 + x), inside=(-0.9, inf)),
    _each("entropy", special.entr, lambda x: -np.log(x) - 1, inside=POSITIVE),
    _each("logit", special.logit, lambda x: 1 / (x * (1 - x)), inside=(0.0, 1.0)),
    _each("softplus_by_logaddexp", lambda x: np.logaddexp(x, 0), special.expit),
    _each("swish", lambda x: x * special.expit(x), lambda x: _swish_slope(x)),
    _each("power_of_itself", lambda x: x**x, lambda x: x**x * (np.log(x) + 1), inside=POSITIVE, most=20.0),
)


def _swish_slope(x: Array) -> Any:
    return special.expit(x) * (1 + x * special.expit(-x))


TRIGONOMETRY = (
    _each("sin", np.sin, np.cos, most=1e4, trait="analytic"),
    _each("cos", np.cos, lambda x: -np.sin(x), most=1e4, trait="analytic"),
    _each("tan", np.tan, lambda x: 1 + np.tan(x) ** 2, most=1e3),
    _each("sin_50x", lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x), most=1e2),
    _each("sin_of_inverse", lambda x: np.sin(1 / x), lambda x: -np.cos(1 / x) / x**2, inside=(0.01, inf)),
    _each("arcsin", np.arcsin, lambda x: 1 / np.sqrt((1 - x) * (1 + x)), inside=UNIT),
    _each("arccos", np.arccos, lambda x: -1 / np.sqrt((1 - x) * (1 + x)), inside=UNIT),
    _each("arctan", np.arctan, lambda x: 1 / (1 + x * x)),
    _each("arcsinh", np.arcsinh, lambda x: 1 / np.hypot(x, 1)),
    _each("arccosh", np.arccosh, lambda x: 1 / np.sqrt((x - 1) * (x + 1)), inside=(1.0, inf)),
    _each("arctanh", np.arctanh, lambda x: 1 / ((1 - x) * (1 + x)), inside=UNIT),
)

SPECIAL = (
    _each("erf", special.erf, lambda x: 2 / sqrt(pi) * _bell(x), most=10.0),
    _each("erfc", special.erfc, lambda x: -2 / sqrt(pi) * _bell(x), most=10.0),
    _each("ndtr", special.ndtr, lambda x: np.exp(-x * x / 2) / sqrt(2 * pi), most=10.0),
    _each(
        "log_ndtr",
        special.log_ndtr,
        lambda x: np.exp(-x * x / 2 - special.log_ndtr(x)) / sqrt(2 * pi),
        most=10.0,
    ),
    _each("log_gamma", special.gammaln, special.digamma, inside=POSITIVE),
    _each("bessel_j0", special.j0, lambda x: -special.j1(x), most=1e3),
)

PIECEWISE = (
    _each("absolute", np.abs, np.sign, trait="piecewise-linear"),
    _each("hard_tanh", lambda x: np.clip(x, -1, 1), lambda x: np.abs(x) < 1),
    _each("relu6", lambda x: np.clip(x, 0, 6), lambda x: (x > 0) & (x < 6)),
    _each("soft_threshold", lambda x: np.sign(x) * np.maximum(np.abs(x) - 1, 0), lambda x: np.abs(x) > 1),
    _each("softsign", lambda x: x / (1 + np.abs(x)), lambda x: (1 + np.abs(x)) ** -2.0),
    _each(
        "elu",
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: np.exp(np.minimum(x, 0)),
    ),
    _each(
        "huber",
        lambda x: np.where(np.abs(x) <= 1, x * x / 2, np.abs(x) - 0.5),
        lambda x: np.clip(x, -1, 1),
    ),
    _each("squared_relu", lambda x: np.maximum(x, 0) ** 2, lambda x: 2 * np.maximum(x, 0)),
    _each(
        "hard_swish",
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
        lambda x: np.where(np.abs(x) < 3, (2 * x + 3) / 6, x >= 3),
    ),
)

ELEMENTWISE: tuple[Family, ...] = (*POWERS, *EXPONENTIALS, *TRIGONOMETRY, *SPECIAL, *PIECEWISE)
