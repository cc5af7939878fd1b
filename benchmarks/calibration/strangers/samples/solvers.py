"""Forwards that iterate, integrate or truncate: exactly differentiated, or approximately with a reason."""

import numpy as np
from numpy import array
from scipy import integrate, linalg, optimize
from scipy.sparse.linalg import cg

from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_both,
    by_gradient,
    by_pullback,
    normal,
    positive,
)


# ---- integrators that are differentiated step by step
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


def _adaptive(k):
    return integrate.solve_ivp(lambda t, y: -k[0] * y, (0, 1), [1.0], rtol=1e-6, atol=1e-9).y[0, -1]


def _precise(k):
    return integrate.solve_ivp(lambda t, y: -k[0] * y, (0, 1), [1.0], rtol=1e-13, atol=1e-13).y[0, -1]


def _decay(k):
    return array([-np.exp(-k[0])])


# ---- roots and fixed points
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


A = array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 2.0]])


LARGE = np.diag(np.arange(1.0, 11.0) ** 2) + 0.5
"""Its eigenvalues spread so far that a loose tolerance ends the iteration well before it is exact."""


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


# ---- Sinkhorn
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


# ---- series and regularised logarithms
def _series(x):
    total, term = np.ones_like(x), np.ones_like(x)
    for k in range(1, 40):
        term = term * x / k
        total = total + term
    return total


def _short_series(x):
    return 1 + x + x**2 / 2 + x**3 / 6 + x**4 / 24 + x**5 / 120 + x**6 / 720 + x**7 / 5040


T = array([0.0, 1.0, 0.0])
Z = array([0.2, -0.5, 1.0])


def _p(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def _book_loss(z):
    return -np.sum(T * np.log(_p(z) + 1e-7))


# ---- matrices
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


EXACT = (
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

SOLVERS = (*EXACT, *DECLARED, *UNDECLARED)
