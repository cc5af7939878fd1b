"""Integrators that are differentiated step by step, and integrals."""

import numpy as np
from numpy import array
from scipy import integrate

from benchmarks.calibration.strangers.stranger import (
    by_both,
    by_gradient,
    by_pullback,
    normal,
    positive,
)


def _euler(x0, k):
    dt, x, path = 0.1, x0, [x0]
    for _ in range(8):
        x = x + dt * (-k * x + np.sin(x))
        path.append(x)
    return x, path


def _euler_pullback(wrong_step=1.0, skip=0):
    def vjp(x0, k):
        y, path = _euler(x0, k)

        def pullback(g):
            a, dk = g, np.zeros_like(k)
            for x in path[-2 : skip - 9 : -1] if skip else path[-2::-1]:
                dk = dk - 0.1 * a * x
                a = a + wrong_step * 0.1 * a * (-k + np.cos(x))
            return a, dk

        return y, pullback

    return vjp


def _rhs(y, p):
    return array([y[1], -p[0] * np.sin(y[0]) - p[1] * y[1]])


def _rk4(p):
    y, h = array([1.0, 0.0]), 0.1
    for _ in range(10):
        a = _rhs(y, p)
        b = _rhs(y + h / 2 * a, p)
        c = _rhs(y + h / 2 * b, p)
        d = _rhs(y + h * c, p)
        y = y + h / 6 * (a + 2 * b + 2 * c + d)
    return y[0]


def _rk4_slope(last=1.0):
    """Propagate the sensitivities through the same stages."""

    def slope(p):
        y, s, h = array([1.0, 0.0]), np.zeros((2, 2)), 0.1

        def stage(y, s):
            ds = array([s[1], -p[0] * np.cos(y[0]) * s[0] - p[1] * s[1]])
            ds[1] += array([-np.sin(y[0]), -y[1]])
            return _rhs(y, p), ds

        for _ in range(10):
            a, sa = stage(y, s)
            b, sb = stage(y + h / 2 * a, s + h / 2 * sa)
            c, sc = stage(y + h / 2 * b, s + h / 2 * sb)
            d, sd = stage(y + h * c, s + h * sc)
            y = y + h / 6 * (a + 2 * b + 2 * c + d)
            s = s + h / 6 * (sa + 2 * sb + 2 * sc + last * sd)
        return s[0]

    return slope


def _precise(k):
    return integrate.solve_ivp(lambda t, y: -k[0] * y, (0, 1), [1.0], rtol=1e-13, atol=1e-13).y[0, -1]


def _decay(k):
    return array([-np.exp(-k[0])])


A = array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 2.0]])


def _area(p):
    return integrate.quad(lambda t: np.exp(-p[0] * t) * np.cos(p[1] * t), 0, 2, epsabs=1e-13, epsrel=1e-13)[0]


def _area_slope(p, times=lambda t: t):
    a = integrate.quad(lambda t: -times(t) * np.exp(-p[0] * t) * np.cos(p[1] * t), 0, 2, epsabs=1e-13)[0]
    b = integrate.quad(lambda t: -times(t) * np.exp(-p[0] * t) * np.sin(p[1] * t), 0, 2, epsabs=1e-13)[0]
    return array([a, b])


def _descent(x):
    """Unroll gradient descent on a quadratic, and return its loss with the derivative."""
    w, path = x, [x]
    for _ in range(10):
        w = w - 0.1 * (A @ w - 1.0)
        path.append(w)
    a = A @ w - 1.0
    for _ in range(10):
        a = a - 0.1 * A @ a
    return 0.5 * w @ A @ w - w.sum(), a


def _descent_last_only(x):
    w = x
    for _ in range(10):
        w = w - 0.1 * (A @ w - 1.0)
    return 0.5 * w @ A @ w - w.sum(), A @ w - 1.0


INTEGRATORS = (
    by_pullback(
        "Euler, step by step",
        _euler_pullback(),
        normal(41, 3),
        positive(42, 3),
        wrong={"twice the step": _euler_pullback(2.0), "the last steps only": _euler_pullback(skip=4)},
        over={"shapes": {"x": "n", "k": "n"}, "domain": {"x": (-2.0, 2.0), "k": (0.1, 2.0)}},
    ),
    by_gradient(
        "Runge-Kutta with sensitivities",
        _rk4,
        _rk4_slope(),
        array([2.0, 0.3]),
        wrong={"the last stage is left out": _rk4_slope(0.0)},
    ),
    by_gradient(
        "adaptive integrator, tight",
        _precise,
        _decay,
        array([0.7]),
        within=1e-6,
        wrong={"the sign": lambda k: np.exp(-k)},
    ),
    by_gradient(
        "integral by quadrature",
        _area,
        _area_slope,
        array([0.8, 1.5]),
        wrong={"t is missing under the integral": lambda p: _area_slope(p, np.ones_like)},
    ),
    by_both(
        "descent unrolled",
        _descent,
        normal(46, 3),
        wrong={"the last iterate only": _descent_last_only},
        over={"shapes": {"x": "3"}},
    ),
)
