"""Forwards that are approximate on purpose, with and without a declared accuracy."""

import numpy as np
from numpy import array
from scipy import integrate

from benchmarks.calibration.strangers.samples.fixed_points import COST, _conjugate_gradients, _sinkhorn
from benchmarks.calibration.strangers.samples.integrators import _decay
from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_gradient,
    normal,
)


def _adaptive(k):
    return integrate.solve_ivp(lambda t, y: -k[0] * y, (0, 1), [1.0], rtol=1e-6, atol=1e-9).y[0, -1]


LARGE = np.diag(np.arange(1.0, 11.0) ** 2) + 0.5
"""Its eigenvalues spread so far that a loose tolerance ends the iteration well before it is exact."""


def _short_series(x):
    return 1 + x + x**2 / 2 + x**3 / 6 + x**4 / 24 + x**5 / 120 + x**6 / 720 + x**7 / 5040


T = array([0.0, 1.0, 0.0])


Z = array([0.2, -0.5, 1.0])


def _p(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def _book_loss(z):
    return -np.sum(T * np.log(_p(z) + 1e-7))


DECLARED = (
    by_gradient(
        "adaptive integrator, declared",
        _adaptive,
        _decay,
        array([0.7]),
        declared={"accuracy": 1e-4},
        reference=lambda k: np.exp(-k[0]),
        wrong={"one per cent": lambda k: 1.01 * _decay(k)},
    ),
    by_gradient(
        "log(p + 1e-7), declared",
        _book_loss,
        lambda z: _p(z) - T,
        Z,
        declared={"accuracy": 1e-5},
        within=2e-6,
        wrong={"p alone": _p, "twice": lambda z: 2 * (_p(z) - T)},
        over={"shapes": {"z": "3"}, "domain": {"z": (-1.5, 1.5)}},
    ),
    by_backward(
        "conjugate gradients to 1e-6, declared",
        _conjugate_gradients(1e-6, LARGE),
        lambda g, b: np.linalg.solve(LARGE, g),
        normal(47, 10),
        declared={"accuracy": 1e-4},
        reference=lambda b: np.linalg.solve(LARGE, b),
        wrong={"the diagonal": lambda g, b: g / np.diag(LARGE)},
    ),
    by_gradient(
        "Sinkhorn in few rounds, declared",
        lambda c: _sinkhorn(c, 6)[0],
        lambda c: _sinkhorn(c, 6)[1],
        COST,
        declared={"accuracy": 1e-2},
        reference=lambda c: _sinkhorn(c, 300)[0],
        within=1e-3,
        wrong={"the kernel, not the plan": lambda c: np.exp(-c / 0.5)},
    ),
    by_backward(
        "short series, declared",
        _short_series,
        lambda g, x: g * np.exp(x),
        array([0.5, 0.8, -0.6]),
        declared={"accuracy": 1e-3},
        within=1e-4,
        wrong={"five per cent": lambda g, x: 1.05 * g * np.exp(x)},
        over={"shapes": {"x": "n"}, "domain": {"x": (-1.0, 1.0)}},
    ),
    by_backward(
        "smoothed absolute value, declared",
        lambda x: np.sqrt(x * x + 1e-8),
        lambda g, x: g * np.sign(x),
        array([0.5, -0.3, 2.0]),
        declared={"accuracy": 1e-4},
        within=1e-6,
        wrong={"the value": lambda g, x: g * np.abs(x)},
        over={"shapes": {"x": "n"}, "domain": {"x": (0.2, 2.0)}},
    ),
)


UNDECLARED = (
    by_gradient("log(p + 1e-7)", _book_loss, lambda z: _p(z) - T, Z, within=2e-6, undeclared=True),
    by_gradient("adaptive integrator", _adaptive, _decay, array([0.7]), within=1e-4, undeclared=True),
    by_backward(
        "conjugate gradients to 1e-6",
        _conjugate_gradients(1e-6, LARGE),
        lambda g, b: np.linalg.solve(LARGE, g),
        normal(47, 10),
        reference=lambda b: np.linalg.solve(LARGE, b),
        undeclared=True,
    ),
    by_gradient(
        "Sinkhorn in few rounds",
        lambda c: _sinkhorn(c, 6)[0],
        lambda c: _sinkhorn(c, 6)[1],
        COST,
        within=1e-2,
        undeclared=True,
    ),
    by_backward(
        "short series",
        _short_series,
        lambda g, x: g * np.exp(x),
        array([0.5, 0.8, -0.6]),
        within=1e-4,
        undeclared=True,
    ),
    by_backward(
        "smoothed absolute value",
        lambda x: np.sqrt(x * x + 1e-8),
        lambda g, x: g * np.sign(x),
        array([0.5, -0.3, 2.0]),
        within=1e-6,
        undeclared=True,
    ),
)
