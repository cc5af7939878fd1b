"""Losses that raise, or are infinite or undefined, outside of their domain."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.samples.domains import _over
from benchmarks.calibration.strangers.stranger import FLAWED, by_gradient


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
