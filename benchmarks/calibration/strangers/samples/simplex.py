"""Shares that add up to one, and matrices of them."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.samples.matrices import _over
from benchmarks.calibration.strangers.stranger import by_backward, by_gradient


def _shares(rng):
    return (rng.dirichlet(np.full(int(rng.integers(2, 6)), 3.0)),), {}


def _two_shares(rng):
    n = int(rng.integers(2, 6))
    return (rng.dirichlet(np.full(n, 3.0)), rng.dirichlet(np.full(n, 3.0))), {}


def _stochastic(rng):
    return (rng.dirichlet(np.full(3, 3.0), size=3),), {}


def _stationary(p):
    """Return the stationary distribution of a chain whose rows are distributions."""
    n = len(p)
    m = np.eye(n) - p.T
    m[-1] = 1.0
    return np.linalg.solve(m, np.eye(n)[-1])


def _stationary_back(full=True):
    def back(g, p):
        n = len(p)
        m = np.eye(n) - p.T
        m[-1] = 1.0
        lam = np.linalg.solve(m.T, g)
        if full:
            lam[-1] = 0.0
        return np.outer(_stationary(p), lam)

    return back


SIMPLEX = (
    by_gradient(
        "entropy on a simplex",
        lambda p: float(-np.sum(p * np.log(p))),
        lambda p: -np.log(p) - 1,
        array([0.2, 0.3, 0.5]),
        wrong={"the sign": lambda p: np.log(p) + 1},
        over=_over(_shares),
    ),
    by_gradient(
        "entropy on a simplex, declared",
        lambda p: float(-np.sum(p * np.log(p))),
        lambda p: -np.log(p),
        array([0.2, 0.3, 0.5]),
        declared={"tangent": {"p": "simplex"}},
        wrong={"inverse": lambda p: 1 / p},
        over=_over(_shares),
    ),
    by_gradient(
        "divergence of two distributions",
        lambda p, q: np.sum(p * np.log(p / q)),
        lambda p, q: (np.log(p / q) + 1, -p / q),
        array([0.2, 0.3, 0.5]),
        array([0.1, 0.6, 0.3]),
        wrong={"q's": lambda p, q: (np.log(p / q) + 1, -1 / q)},
        over=_over(_two_shares),
    ),
    by_backward(
        "stationary distribution",
        _stationary,
        _stationary_back(),
        array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.2, 0.2, 0.6]]),
        wrong={"the replaced row counted": _stationary_back(full=False)},
        over=_over(_stochastic),
    ),
    by_gradient(
        "impurity of shares",
        lambda p: 1 - np.sum(p**2),
        lambda p: -2 * p,
        array([0.2, 0.3, 0.5]),
        wrong={"one minus": lambda p: 1 - 2 * p},
        over=_over(_shares),
    ),
)
