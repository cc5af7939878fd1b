"""Functions that are defined on a part of the line only, at points that may lie near its edge."""

import numpy as np
from numpy import array
from scipy import interpolate, special, stats

from benchmarks.calibration.strangers.stranger import FLAWED, by_backward, by_gradient

X = array([1.0, 2.0, 0.5])
UNIT = array([0.15, 0.5, 0.97])


def _over(low, high, shape="..."):
    return {"shapes": {"x": shape}, "domain": {"x": (low, high)}}


def _only_positive(x):
    if np.any(x <= 0):
        raise ValueError("positive only")  # noqa: EM101 -- as people write it
    return np.sum(np.log(x) ** 2)


def _barrier(x):
    slack = 1.0 - array([[1.0, 2.0], [3.0, 1.0]]) @ x
    return -np.sum(np.log(slack)) if np.all(slack > 0) else np.inf


def _barrier_slope(x):
    M = array([[1.0, 2.0], [3.0, 1.0]])
    return M.T @ (1.0 / (1.0 - M @ x))


SPLINE = interpolate.CubicSpline(np.arange(6.0), array([0.0, 1, 0, 2, 1, 3]), extrapolate=False)
PCHIP = interpolate.PchipInterpolator(array([0.0, 1, 2, 4]), array([1.0, 3, 2, 5]), extrapolate=False)
LINEAR = interpolate.interp1d(array([0.0, 1, 3]), array([2.0, 5, 4]))  # raises outside


def _segments(g, x):
    return g * np.where(x < 1, 3.0, -0.5)


def _simple_interest(x):
    prices = np.asarray(x)
    return np.std(np.diff(np.log(prices)))


def _simple_interest_slope(x):
    r = np.diff(np.log(x))
    d = (r - r.mean()) / (r.size * r.std())
    out = np.zeros_like(x)
    out[1:] += d
    out[:-1] -= d
    return out / x


def _slope_without_price(x):
    return _simple_interest_slope(x) * x


DATA = array([0.7, 1.9, 2.2, 0.4])


def _weibull(p):
    k, lam = p
    return -np.sum(np.log(k / lam) + (k - 1) * np.log(DATA / lam) - (DATA / lam) ** k)


def _weibull_slope(p):
    k, lam = p
    z = DATA / lam
    dk = -np.sum(1 / k + np.log(z) - z**k * np.log(z))
    return array([dk, np.sum(k / lam - k * z**k / lam)])


def _weibull_slope_wrong(p):
    k, lam = p
    z = DATA / lam
    return array([-np.sum(1 / k + np.log(z) - z**k), np.sum(k / lam - k * z**k / lam)])


def _kl(p, q):
    return np.sum(p * np.log(p / q))


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

LOSSES = (
    by_gradient(
        "entropy",
        lambda p: -np.sum(p * np.log(p)),
        lambda p: -np.log(p) - 1,
        array([0.2, 0.3, 0.5]),
        wrong={"without the one": lambda p: -np.log(p), "the sign of the one": lambda p: 1 - np.log(p)},
        over={"shapes": {"p": "k"}, "domain": {"p": (0.01, 1.0)}, "where": lambda k: k >= 1},
        expected=FLAWED,
    ),
    by_gradient(
        "Kullback-Leibler divergence",
        _kl,
        lambda p, q: (np.log(p / q) + 1, -p / q),
        array([0.2, 0.3, 0.5]),
        array([0.1, 0.6, 0.3]),
        wrong={"q's sign": lambda p, q: (np.log(p / q) + 1, p / q)},
        over={"shapes": {"p": "k", "q": "k"}, "domain": {"p": (0.01, 1.0), "q": (0.01, 1.0)}},
        expected=FLAWED,
    ),
    by_gradient(
        "raises outside",
        _only_positive,
        lambda x: 2 * np.log(x) / x,
        array([0.3, 2.0]),
        wrong={"without the inner slope": lambda x: 2 * np.log(x)},
        over=_over(0.05, 5.0, "n"),
    ),
    by_gradient(
        "barrier, infinite outside",
        _barrier,
        _barrier_slope,
        array([0.1, 0.2]),
        wrong={"the sign": lambda x: -_barrier_slope(x)},
    ),
    by_gradient(
        "infinite outside",
        lambda x: np.sum(np.log(x)) if np.all(x > 0) else -np.inf,
        lambda x: 1 / x,
        array([0.003, 2.0]),
        wrong={"squared": lambda x: 1 / x**2},
    ),
    by_gradient(
        "Weibull likelihood",
        _weibull,
        _weibull_slope,
        array([1.4, 0.9]),
        wrong={"a logarithm is missing": _weibull_slope_wrong},
    ),
    by_gradient(
        "volatility of prices",
        _simple_interest,
        _simple_interest_slope,
        array([100.0, 103.0, 99.0, 120.0]),
        wrong={"the slope of the log is forgotten": _slope_without_price},
        over=_over(50.0, 150.0, "n+3"),
    ),
)

INTERPOLATED = (
    by_backward(
        "cubic spline",
        SPLINE,
        lambda g, x: g * SPLINE(x, 1),
        array([0.4, 2.2, 4.999]),
        wrong={"the second derivative": lambda g, x: g * SPLINE(x, 2)},
        over=_over(0.1, 4.9, "n"),
    ),
    by_backward(
        "monotone spline",
        PCHIP,
        lambda g, x: g * PCHIP.derivative()(x),
        array([0.001, 1.5, 3.99]),
        wrong={"the value": lambda g, x: g * PCHIP(x)},
        over=_over(0.1, 3.9, "n"),
    ),
    by_backward(
        "linear interpolation that raises",
        LINEAR,
        _segments,
        array([0.001, 0.4, 2.999]),
        wrong={"the slopes are swapped": lambda g, x: g * np.where(x < 1, -0.5, 3.0)},
        over=_over(0.1, 2.9, "n"),
    ),
    by_backward(
        "np.interp",
        lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 10.0, 5.0]),
        lambda g, x: g * np.where(x < 1.0, 10.0, -5.0),
        array([0.2, 1.7, 0.9]),
        wrong={"one slope everywhere": lambda g, x: g * np.full_like(x, 10.0)},
        over=_over(0.1, 1.9, "n"),
    ),
)

DOMAINS = (*SIMPLE, *LOSSES, *INTERPOLATED)
