"""Gaussian processes and their kernels."""

import numpy as np
from numpy import array
from scipy import linalg

from benchmarks.calibration.strangers.samples.likelihoods import DATA, _over
from benchmarks.calibration.strangers.stranger import by_both, by_gradient

T = array([0.0, 0.4, 1.1, 1.9])


R2 = (T[:, None] - T[None]) ** 2


def gp(theta):
    """Return the negative log marginal likelihood of log length, log scale and log noise."""
    length, scale, noise = np.exp(theta)
    K = scale**2 * np.exp(-R2 / (2 * length**2))
    L = linalg.cholesky(K + noise**2 * np.eye(4), lower=True)
    alpha = linalg.cho_solve((L, True), DATA)
    nll = 0.5 * DATA @ alpha + np.log(np.diag(L)).sum() + 2 * np.log(2 * np.pi)
    inner = np.outer(alpha, alpha) - linalg.cho_solve((L, True), np.eye(4))
    parts = (K * R2 / length**2, 2 * K, 2 * noise**2 * np.eye(4))
    return nll, np.array([-0.5 * np.sum(inner * dK) for dK in parts])


def _gp_not_log(theta):
    value, grad = gp(theta)
    return value, grad / np.exp(theta)


def _gp_no_trace(theta):
    length, scale, noise = np.exp(theta)
    K = scale**2 * np.exp(-R2 / (2 * length**2))
    alpha = np.linalg.solve(K + noise**2 * np.eye(4), DATA)
    parts = (K * R2 / length**2, 2 * K, 2 * noise**2 * np.eye(4))
    return gp(theta)[0], np.array([-0.5 * alpha @ dK @ alpha for dK in parts])


def periodic(theta):
    p, ell = theta
    s = np.sin(np.pi * np.sqrt(R2) / p)
    return np.sum(np.exp(-2 * s**2 / ell**2) * np.outer(DATA, DATA))


def periodic_slope(theta, inner=2.0):
    p, ell = theta
    a = np.pi * np.sqrt(R2) / p
    k = np.exp(-2 * np.sin(a) ** 2 / ell**2) * np.outer(DATA, DATA)
    dp = k * inner * 2 * np.sin(a) * np.cos(a) / ell**2 * a / p
    return np.array([dp.sum(), np.sum(k * 4 * np.sin(a) ** 2 / ell**3)])


def matern(theta):
    r = np.sqrt(3 * R2) / theta[0]
    return np.sum((1 + r) * np.exp(-r) * np.outer(DATA, DATA))


PROCESSES = (
    by_both(
        "Gaussian process",
        gp,
        array([-0.2, 0.1, -1.0]),
        wrong={"not of logs": _gp_not_log, "no trace": _gp_no_trace},
        over=_over("theta", "3", -1.0, 0.5),
    ),
    by_gradient(
        "periodic kernel",
        periodic,
        periodic_slope,
        array([1.3, 0.9]),
        wrong={"the double angle": lambda t: periodic_slope(t, 1.0)},
    ),
    by_gradient(
        "Matern kernel",
        matern,
        lambda t: np.array(
            [np.sum(3 * R2 / t[0] ** 3 * np.exp(-np.sqrt(3 * R2) / t[0]) * np.outer(DATA, DATA))]
        ),
        array([0.7]),
        wrong={
            "a power": lambda t: np.array(
                [np.sum(3 * R2 / t[0] ** 2 * np.exp(-np.sqrt(3 * R2) / t[0]) * np.outer(DATA, DATA))]
            )
        },
        over=_over("theta", "1", 0.3, 2.0),
    ),
)
