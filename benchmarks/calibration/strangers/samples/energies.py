"""Energies of particles, chains and fields, with their slopes."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_both,
    by_gradient,
    normal,
)


def lennard_jones(x):
    e, f = 0.0, np.zeros_like(x)
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            d = x[i] - x[j]
            r2 = d @ d
            s6 = 1 / r2**3
            e += 4 * (s6**2 - s6)
            g = -24 * (2 * s6**2 - s6) / r2 * d
            f[i] += g
            f[j] -= g
    return e, f


def _forces_of_the_first(x):
    e, f = 0.0, np.zeros_like(x)
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            d = x[i] - x[j]
            r2 = d @ d
            s6 = 1 / r2**3
            e += 4 * (s6**2 - s6)
            f[i] += -24 * (2 * s6**2 - s6) / r2 * d
    return e, f


def _forces_not_gradients(x):
    e, f = lennard_jones(x)
    return e, -f


def gravity(x, m):
    d = x[:, None] - x[None]
    r = np.sqrt((d**2).sum(-1) + 0.01)
    w = np.outer(m, m) / r
    return -0.5 * (w.sum() - np.trace(w))


def gravity_back(softened=True, half=1.0):
    def slope(x, m):
        d = x[:, None] - x[None]
        r = np.sqrt((d**2).sum(-1) + 0.01 * softened + 1e-300)
        np.fill_diagonal(r, np.inf)
        dx = (np.outer(m, m)[..., None] * d / r[..., None] ** 3).sum(1)
        return dx, -half * (m / r).sum(1)

    return slope


EDGES = array([[0, 1], [1, 2], [2, 0]])


def springs(x, k):
    d = x[EDGES[:, 0]] - x[EDGES[:, 1]]
    return 0.5 * np.sum(k * (np.linalg.norm(d, axis=1) - 1.0) ** 2)


def springs_slope(x, k):
    d = x[EDGES[:, 0]] - x[EDGES[:, 1]]
    n = np.linalg.norm(d, axis=1)
    f = (k * (n - 1.0) / n)[:, None] * d
    out = np.zeros_like(x)
    np.add.at(out, EDGES[:, 0], f)
    np.add.at(out, EDGES[:, 1], -f)
    return out, 0.5 * (n - 1.0) ** 2


def _springs_plus_equal(x, k):
    d = x[EDGES[:, 0]] - x[EDGES[:, 1]]
    n = np.linalg.norm(d, axis=1)
    f = (k * (n - 1.0))[:, None] * d
    out = np.zeros_like(x)
    np.add.at(out, EDGES[:, 0], f)
    np.add.at(out, EDGES[:, 1], -f)
    return out, 0.5 * (n - 1.0) ** 2


def morse(r, d, a):
    return d * (1 - np.exp(-a * (r - 1.2))) ** 2


def morse_back(g, r, d, a):
    e = np.exp(-a * (r - 1.2))
    slope = 2 * d * (1 - e) * e
    return g * slope * a, np.sum(g * (1 - e) ** 2), np.sum(g * slope * (r - 1.2))


def _morse_no_inner(g, r, d, a):
    e = np.exp(-a * (r - 1.2))
    slope = 2 * d * (1 - e) * e
    return g * slope, np.sum(g * (1 - e) ** 2), np.sum(g * slope * (r - 1.2))


def ising(m):
    """Return a mean-field free energy; the ends of the chain are neighbours."""
    entropy = (1 + m) / 2 * np.log((1 + m) / 2) + (1 - m) / 2 * np.log((1 - m) / 2)
    return -0.8 * np.sum(m * np.roll(m, 1)) + np.sum(entropy)


def dirichlet_energy(u):
    return 0.5 * np.sum(np.diff(u) ** 2) * 10 - 0.1 * np.sum(np.sin(u))


def dirichlet_slope(u, fold=1):
    d = 10 * np.diff(u)
    g = np.zeros_like(u)
    g[1:] += d
    g[:-1] -= fold * d
    return g - 0.1 * np.cos(u)


def heat_step(u, k):
    lap = np.zeros_like(u)
    lap[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2]
    return u + k * lap


def heat_back(self_adjoint_edges=False):
    def back(g, u, k):
        lap = np.zeros_like(u)
        lap[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2]
        d = g.copy()
        if self_adjoint_edges:
            d[1:-1] += k * (g[2:] - 2 * g[1:-1] + g[:-2])
        else:
            d[2:] += k * g[1:-1]
            d[1:-1] -= 2 * k * g[1:-1]
            d[:-2] += k * g[1:-1]
        return d, np.sum(g * lap)

    return back


PARTICLES = array([[0.0, 0.0], [1.1, 0.1], [0.4, 1.2]])


ENERGIES = (
    by_both(
        "Lennard-Jones by loops",
        lennard_jones,
        PARTICLES,
        wrong={"forces, not gradients": _forces_not_gradients, "the second particle": _forces_of_the_first},
    ),
    by_gradient(
        "softened gravity",
        gravity,
        gravity_back(),
        PARTICLES,
        array([1.0, 2.0, 0.5]),
        wrong={"not softened": gravity_back(softened=False), "half": gravity_back(half=0.5)},
        over={"shapes": {"x": "n d", "m": "n"}, "domain": {"x": (-2.0, 2.0), "m": (0.1, 2.0)}},
    ),
    by_gradient(
        "springs of a mesh",
        springs,
        springs_slope,
        1.3 * PARTICLES,
        array([1.0, 2.0, 0.5]),
        wrong={"direction not normalised": _springs_plus_equal},
    ),
    by_backward(
        "Morse potential",
        morse,
        morse_back,
        array([0.9, 1.5, 2.2]),
        array(2.0),
        array(1.3),
        wrong={"inner factor": _morse_no_inner},
        over={
            "shapes": {"r": "n", "d": "", "a": ""},
            "domain": {"r": (0.5, 3.0), "d": (0.5, 3.0), "a": (0.5, 2.0)},
        },
    ),
    by_gradient(
        "mean field of a chain",
        ising,
        lambda m: -0.8 * (np.roll(m, 1) + np.roll(m, -1)) + np.arctanh(m),
        array([0.2, -0.5, 0.9, 0.0]),
        wrong={"one neighbour": lambda m: -0.8 * np.roll(m, 1) + np.arctanh(m)},
        over={"shapes": {"m": "n+3"}, "domain": {"m": (-0.95, 0.95)}},
    ),
    by_gradient(
        "elastic string",
        dirichlet_energy,
        dirichlet_slope,
        normal(250, 6),
        wrong={"one neighbour": lambda u: dirichlet_slope(u, 0)},
        over={"shapes": {"u": "n+2"}, "domain": {"u": (-3.0, 3.0)}},
    ),
    by_backward(
        "heat step with fixed ends",
        heat_step,
        heat_back(),
        normal(251, 6),
        array(0.2),
        wrong={"as if self-adjoint": heat_back(self_adjoint_edges=True)},
        over={"shapes": {"u": "n+3", "k": ""}},
    ),
)
