"""Functions that are defined on a part of the line only, at points that may lie near its edge."""

import numpy as np
from numpy import array
from scipy import special, stats

from benchmarks.calibration.strangers.stranger import by_backward

X = array([1.0, 2.0, 0.5])


UNIT = array([0.15, 0.5, 0.97])


def _over(low, high, shape="..."):
    return {"shapes": {"x": shape}, "domain": {"x": (low, high)}}


SIMPLE = (
    by_backward(
        "log",
        np.log,
        lambda g, x: g / x,
        X,
        wrong={"logarithm to base 10": lambda g, x: g / (x * np.log(10)), "inverted": lambda g, x: g * x},
        over=_over(0.01, 10.0),
    ),
    by_backward(
        "sqrt",
        np.sqrt,
        lambda g, x: g / (2 * np.sqrt(x)),
        array([0.01, 1.0, 9.0]),
        wrong={"without the half": lambda g, x: g / np.sqrt(x), "without the root": lambda g, x: g / (2 * x)},
        over=_over(0.01, 10.0),
    ),
    by_backward(
        "arcsin",
        np.arcsin,
        lambda g, x: g / np.sqrt(1 - x**2),
        array([-0.9, 0.1, 0.99]),
        wrong={"without the root": lambda g, x: g / (1 - x**2), "arctan's": lambda g, x: g / (1 + x**2)},
        over=_over(-0.95, 0.95),
    ),
    by_backward(
        "arccos",
        np.arccos,
        lambda g, x: -g / np.sqrt(1 - x * x),
        array([[-0.3, 0.999], [0.0, 0.6]]),
        wrong={"the sign": lambda g, x: g / np.sqrt(1 - x * x)},
        over=_over(-0.95, 0.95),
    ),
    by_backward(
        "arctanh",
        np.arctanh,
        lambda g, x: g / (1 - x * x),
        array([-0.9, 0.1, 0.99]),
        wrong={"a plus": lambda g, x: g / (1 + x * x)},
        over=_over(-0.95, 0.95),
    ),
    by_backward(
        "arccosh",
        np.arccosh,
        lambda g, x: g / np.sqrt(x * x - 1),
        array([1.01, 3.0]),
        wrong={"a plus": lambda g, x: g / np.sqrt(x * x + 1)},
        over=_over(1.1, 9.0),
    ),
    by_backward(
        "logit",
        lambda p: np.log(p / (1 - p)),
        lambda g, p: g / (p * (1 - p)),
        UNIT,
        wrong={"only the first term": lambda g, p: g / p, "sigmoid's": lambda g, p: g * p * (1 - p)},
        over={"shapes": {"p": "..."}, "domain": {"p": (0.02, 0.98)}},
    ),
    by_backward(
        "gammaln",
        special.gammaln,
        lambda g, x: g * special.digamma(x),
        array([0.1, 1.3, 7.0]),
        wrong={"log in place of digamma": lambda g, x: g * np.log(x)},
        over=_over(0.1, 20.0),
    ),
    by_backward(
        "power",
        lambda x, k: x**k,
        lambda g, x, k: (g * k * x ** (k - 1), g * x**k * np.log(x)),
        array([0.5, 2.0]),
        array([1.5, -0.7]),
        wrong={
            "no logarithm": lambda g, x, k: (g * k * x ** (k - 1), g * x**k),
            "the exponent is kept": lambda g, x, k: (g * k * x**k, g * x**k * np.log(x)),
        },
        over={"shapes": {"x": "n", "k": "n"}, "domain": {"x": (0.1, 4.0), "k": (-2.0, 3.0)}},
    ),
    by_backward(
        "power with a number",
        lambda x, k=2.5: np.power(x, k),
        lambda g, x, k=2.5: g * k * np.power(x, k - 1),
        array([0.2, 1.0, 3.0]),
        options={"k": 0.5},
        wrong={"the exponent is forgotten": lambda g, x, k=2.5: g * np.power(x, k - 1)},
        over=_over(0.1, 4.0) | {"options": {"k": (0.5, 1.5, 3.0)}},
    ),
    by_backward(
        "erfinv",
        special.erfinv,
        lambda g, x: g * np.sqrt(np.pi) / 2 * np.exp(special.erfinv(x) ** 2),
        array([-0.97, 0.2, 0.8]),
        widens=True,
        wrong={"the sign in exp": lambda g, x: g * np.sqrt(np.pi) / 2 * np.exp(-(special.erfinv(x) ** 2))},
        over=_over(-0.97, 0.97),
    ),
    by_backward(
        "quantile of the normal",
        stats.norm.ppf,
        lambda g, p: g / stats.norm.pdf(stats.norm.ppf(p)),
        UNIT,
        wrong={"the density at p": lambda g, p: g / stats.norm.pdf(p)},
        over={"shapes": {"p": "n"}, "domain": {"p": (0.02, 0.98)}},
    ),
    by_backward(
        "betainc",
        lambda x: special.betainc(2.0, 3.5, x),
        lambda g, x: g * x * (1 - x) ** 2.5 / special.beta(2.0, 3.5),
        array([0.1, 0.5, 0.97]),
        widens=True,
        wrong={"an exponent too large": lambda g, x: g * x * (1 - x) ** 3.5 / special.beta(2.0, 3.5)},
        over=_over(0.05, 0.95),
    ),
    by_backward(
        "log1p near its edge",
        np.log1p,
        lambda g, x: g / (1 + x),
        array([-0.999, -0.5, 4.0]),
        wrong={"log's": lambda g, x: g / x},
        over=_over(-0.9, 4.0),
    ),
    by_backward(
        "reciprocal square root",
        lambda x: 1 / np.sqrt(x),
        lambda g, x: -0.5 * g * x**-1.5,
        array([0.04, 1.0, 25.0]),
        wrong={"the sign": lambda g, x: 0.5 * g * x**-1.5, "the power": lambda g, x: -0.5 * g * x**-0.5},
        over=_over(0.05, 25.0),
    ),
    by_backward(
        "modified Bessel function",
        special.k0,
        lambda g, x: -g * special.k1(x),
        array([0.05, 1.0, 4.0]),
        wrong={"the sign": lambda g, x: g * special.k1(x)},
        over=_over(0.1, 8.0),
    ),
)
