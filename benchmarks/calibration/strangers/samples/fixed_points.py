"""Roots, fixed points and iterations that run until they stand."""

import numpy as np
from numpy import array
from scipy import linalg, optimize
from scipy.sparse.linalg import cg

from benchmarks.calibration.strangers.samples.integrators import A
from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_gradient,
    normal,
)


def _newton_root(a):
    x = 1.0
    for _ in range(50):
        x = x - (x**3 + x - a) / (3 * x * x + 1)
    return x


def _tolerant_root(a):
    return np.vectorize(lambda t: optimize.brentq(lambda x: x**3 + x - t, -10, 10, xtol=1e-14, rtol=1e-14))(a)


def _root_slope(g, a):
    x = _newton_root(a)
    return g / (3 * x**2 + 1)


def _kepler(m, e):
    big = m
    while True:
        step = (big - e * np.sin(big) - m) / (1 - e * np.cos(big))
        big = big - step
        if np.all(np.abs(step) < 1e-13):
            return big


def _kepler_back(g, m, e):
    big = _kepler(m, e)
    d = g / (1 - e * np.cos(big))
    return d, d * np.sin(big)


def _kepler_explicit(g, m, e):
    return g, g * np.sin(_kepler(m, e))


W = 0.3 * normal(40, 3, 3)


def _equilibrium(x):
    z = np.zeros(3)
    for _ in range(200):
        new = np.tanh(W @ z + x)
        if np.max(np.abs(new - z)) < 1e-15:
            break
        z = new
    return z


def _equilibrium_explicit(part):
    def back(g, x):
        return part * (1 - _equilibrium(x) ** 2) * g

    return back


def _equilibrium_right(g, x):
    z = _equilibrium(x)
    s = 1 - z**2
    return s * np.linalg.solve(np.eye(3) - (s[:, None] * W).T, g)


def _conjugate_gradients(tolerance, matrix=A):
    def solve(b):
        return cg(matrix, b, rtol=tolerance, atol=0.0)[0]

    return solve


def _unrolled_jacobi(b):
    x, d = np.zeros_like(b), np.diag(A)
    for _ in range(3):
        x = x + (b - A @ x) / d
    return x


def _unrolled_jacobi_back(g, b):
    out, a, d = np.zeros_like(b), g, np.diag(A)
    for _ in range(3):
        out = out + a / d
        a = a - A.T @ (a / d)
    return out


COST = array([[0.1, 0.9, 0.4], [0.8, 0.2, 0.6]])


P, Q = array([0.4, 0.6]), array([0.3, 0.3, 0.4])


def _sinkhorn(c, rounds):
    k = np.exp(-c / 0.5)
    v = np.ones(3)
    for _ in range(rounds):
        u = P / (k @ v)
        v = Q / (k.T @ u)
    plan = u[:, None] * k * v
    return np.sum(plan * c) + 0.5 * np.sum(plan * (np.log(plan) - 1)), plan


def _series(x):
    total, term = np.ones_like(x), np.ones_like(x)
    for k in range(1, 40):
        term = term * x / k
        total = total + term
    return total


def _root_of_matrix(a):
    return linalg.sqrtm(a)


def _root_of_matrix_back(g, a):
    r = linalg.sqrtm(a)
    return linalg.solve_sylvester(r.T, r.T, g)


def _lyapunov(a):
    return linalg.solve_continuous_lyapunov(a, -np.eye(2))


def _lyapunov_back(second):
    def back(g, a):
        x = _lyapunov(a)
        s = linalg.solve_continuous_lyapunov(a.T, -g)
        return s @ x.T + second * s.T @ x

    return back


def _dominant(a):
    v = np.ones(len(a))
    for _ in range(300):
        v = a @ v
        v = v / np.linalg.norm(v)
    return v @ a @ v


def _dominant_slope(a):
    w, u = np.linalg.eigh(a)
    return np.outer(u[:, -1], u[:, -1])


ROOTS = (
    by_backward(
        "Newton's root",
        _newton_root,
        _root_slope,
        array([0.5, 2.0, -3.0]),
        wrong={"the root is held": lambda g, a: g / (3 * a**2 + 1)},
        over={"shapes": {"a": "n"}, "domain": {"a": (-5.0, 5.0)}},
    ),
    by_backward(
        "bracketed root",
        _tolerant_root,
        _root_slope,
        array([0.5, 2.0, -3.0]),
        wrong={"inverted": lambda g, a: g * (3 * _newton_root(a) ** 2 + 1)},
    ),
    by_backward(
        "Kepler's equation to a tolerance",
        _kepler,
        _kepler_back,
        array([0.5, 2.0]),
        array([0.3, 0.6]),
        wrong={"the implicit part is forgotten": _kepler_explicit},
        over={"shapes": {"m": "n", "e": "n"}, "domain": {"m": (0.1, 3.0), "e": (0.0, 0.7)}},
    ),
    by_backward(
        "equilibrium of a network",
        _equilibrium,
        _equilibrium_right,
        normal(43, 3),
        wrong={"one iteration": _equilibrium_explicit(1.0), "half of it": _equilibrium_explicit(0.5)},
        over={"shapes": {"x": "3"}, "domain": {"x": (-2.0, 2.0)}},
    ),
    by_backward(
        "conjugate gradients to 1e-14",
        _conjugate_gradients(1e-14),
        lambda g, b: _conjugate_gradients(1e-14)(g),
        normal(44, 3),
        wrong={"one matrix product": lambda g, b: A @ g, "the diagonal": lambda g, b: g / np.diag(A)},
        over={"shapes": {"b": "3"}},
    ),
    by_backward(
        "unrolled Jacobi sweeps",
        _unrolled_jacobi,
        _unrolled_jacobi_back,
        normal(45, 3),
        wrong={"as if it had converged": lambda g, b: np.linalg.solve(A, g)},
        over={"shapes": {"b": "3"}},
    ),
    by_gradient(
        "Sinkhorn until it stands",
        lambda c: _sinkhorn(c, 300)[0],
        lambda c: _sinkhorn(c, 300)[1],
        COST,
        wrong={"the kernel, not the plan": lambda c: np.exp(-c / 0.5)},
        over={"shapes": {"c": "2 3"}, "domain": {"c": (0.0, 1.5)}},
    ),
    by_backward(
        "series to the last digit",
        _series,
        lambda g, x: g * np.exp(x),
        array([0.5, 2.0, -1.0]),
        wrong={"without the function": lambda g, x: g * x},
        over={"shapes": {"x": "n"}, "domain": {"x": (-2.0, 3.0)}},
    ),
    by_backward(
        "root of a matrix",
        _root_of_matrix,
        _root_of_matrix_back,
        A,
        wrong={"the scalar formula": lambda g, a: g @ np.linalg.inv(2 * linalg.sqrtm(a))},
    ),
    by_backward(
        "Lyapunov equation",
        _lyapunov,
        _lyapunov_back(1.0),
        array([[-1.0, 0.5], [0.2, -2.0]]),
        wrong={"one of two terms": _lyapunov_back(0.0)},
    ),
    by_gradient(
        "power iteration",
        _dominant,
        _dominant_slope,
        A,
        within=1e-6,
        wrong={"the diagonal only": lambda a: np.diag(np.diag(_dominant_slope(a)))},
    ),
)
