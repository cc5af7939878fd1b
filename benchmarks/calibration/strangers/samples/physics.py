"""Energies and their forces, arms and their joints, rollouts under control."""

import numpy as np
from numpy import array

from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_both,
    by_gradient,
    by_pullback,
    normal,
    positive,
)


# ---- energies of particles
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


# ---- arms
LENGTHS = array([1.0, 0.8, 0.3])


def tip(q):
    angle = np.cumsum(q)
    return np.array([np.sum(LENGTHS * np.cos(angle)), np.sum(LENGTHS * np.sin(angle))])


def tip_back(g, q):
    angle = np.cumsum(q)
    per_link = LENGTHS * (-g[0] * np.sin(angle) + g[1] * np.cos(angle))
    return np.cumsum(per_link[::-1])[::-1].copy()


def _tip_no_chain(g, q):
    angle = np.cumsum(q)
    return LENGTHS * (-g[0] * np.sin(angle) + g[1] * np.cos(angle))


def _tip_cumulated_forward(g, q):
    angle = np.cumsum(q)
    return np.cumsum(LENGTHS * (-g[0] * np.sin(angle) + g[1] * np.cos(angle)))


def pendulum_energy(q, v):
    """Return the energy of a double pendulum of unit rods and masses."""
    kinetic = v[0] ** 2 + 0.5 * v[1] ** 2 + v[0] * v[1] * np.cos(q[0] - q[1])
    return kinetic - 9.81 * (2 * np.cos(q[0]) + np.cos(q[1]))


def pendulum_slope(q, v, gravity=9.81):
    c, s = np.cos(q[0] - q[1]), np.sin(q[0] - q[1])
    dq = array([2 * gravity * np.sin(q[0]) - v[0] * v[1] * s, gravity * np.sin(q[1]) + v[0] * v[1] * s])
    return dq, array([2 * v[0] + v[1] * c, v[1] + v[0] * c])


# ---- control
A, B = array([[1.0, 0.1], [-0.2, 0.9]]), array([[0.0], [0.1]])
COST, EFFORT = np.diag([1.0, 0.1]), 0.01


def rollout(u):
    """Return the cost of a linear system under the controls, and its gradient by an adjoint."""
    xs = [array([1.0, 0.0])]
    for control in u:
        xs.append(A @ xs[-1] + B[:, 0] * control)
    cost = sum(x @ COST @ x for x in xs[1:]) + EFFORT * u @ u
    lam, grad = np.zeros(2), np.zeros_like(u)
    for t in range(len(u) - 1, -1, -1):
        lam = 2 * COST @ xs[t + 1] + A.T @ lam
        grad[t] = B[:, 0] @ lam + 2 * EFFORT * u[t]
    return cost, grad


def _rollout_untransposed(u):
    cost, _ = rollout(u)
    xs = [array([1.0, 0.0])]
    for control in u:
        xs.append(A @ xs[-1] + B[:, 0] * control)
    lam, grad = np.zeros(2), np.zeros_like(u)
    for t in range(len(u) - 1, -1, -1):
        lam = 2 * COST @ xs[t + 1] + A @ lam
        grad[t] = B[:, 0] @ lam + 2 * EFFORT * u[t]
    return cost, grad


def cart(state, force):
    """Advance a cart with a pole by a small step, linear in the force."""
    x, v, th, w = state
    acc = force + 0.5 * w**2 * np.sin(th)
    ang = 9.8 * np.sin(th) - np.cos(th) * acc
    y = state + 0.1 * array([v, acc, w, ang])

    def back(g):
        d_ang = 0.1 * g[3]
        d_acc = 0.1 * g[1] - np.cos(th) * d_ang
        d_th = 9.8 * np.cos(th) * d_ang + np.sin(th) * acc * d_ang + 0.5 * w**2 * np.cos(th) * d_acc
        d_w = 0.1 * g[2] + w * np.sin(th) * d_acc
        return g + array([0.0, 0.1 * g[0], d_th, d_w]), d_acc

    return y, back


def _cart_no_identity(state, force):
    y, back = cart(state, force)

    def wrong(g):
        d, f = back(g)
        return d - g, f

    return y, wrong


def _cart_term_missing(state, force):
    y, back = cart(state, force)

    def wrong(g):
        d, f = back(g)
        d[2] -= np.sin(state[2]) * (force + 0.5 * state[3] ** 2 * np.sin(state[2])) * 0.1 * g[3]
        return d, f

    return y, wrong


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

MOTION = (
    by_backward(
        "tip of an arm",
        tip,
        tip_back,
        array([0.3, -0.7, 1.1]),
        wrong={"later joints": _tip_no_chain, "cumulated forwards": _tip_cumulated_forward},
        over={"shapes": {"q": "3"}, "domain": {"q": (-3.0, 3.0)}},
    ),
    by_gradient(
        "double pendulum",
        pendulum_energy,
        pendulum_slope,
        array([0.3, -0.4]),
        array([1.0, 0.5]),
        wrong={"the sign of gravity": lambda q, v: pendulum_slope(q, v, -9.81)},
        over={"shapes": {"q": "2", "v": "2"}, "domain": {"q": (-3.0, 3.0), "v": (-3.0, 3.0)}},
    ),
    by_both(
        "control by an adjoint",
        rollout,
        normal(252, 6),
        wrong={"not transposed": _rollout_untransposed},
        over={"shapes": {"u": "t+2"}, "domain": {"u": (-3.0, 3.0)}},
    ),
    by_pullback(
        "cart with a pole",
        cart,
        array([0.1, 0.4, 0.3, -0.8]),
        array(0.5),
        widens=True,
        wrong={"the state itself": _cart_no_identity, "a term": _cart_term_missing},
        over={"shapes": {"state": "4", "force": ""}, "domain": {"state": (-1.5, 1.5), "force": (-2.0, 2.0)}},
    ),
    by_gradient(
        "Coulomb trap",
        lambda x: np.sum(x**2) / 2 + sum(1 / abs(a - b) for i, a in enumerate(x) for b in x[:i]),
        lambda x: array([a - sum(np.sign(a - b) / (a - b) ** 2 for b in x if b != a) for a in x]),
        array([-1.0, 0.2, 1.5]),
        wrong={
            "without the sign": lambda x: array([a - sum(1 / (a - b) ** 2 for b in x if b != a) for a in x])
        },
    ),
    by_gradient(
        "quartic well",
        lambda x, k=1.0: np.sum(k * (x**2 - 1) ** 2),
        lambda x, k=1.0: 4 * k * x * (x**2 - 1),
        positive(253, 4),
        options={"k": 2.5},
        wrong={
            "half": lambda x, k=1.0: 2 * k * x * (x**2 - 1),
            "the option": lambda x, k=1.0: 4 * x * (x**2 - 1),
        },
        over={"shapes": {"x": "n"}, "domain": {"x": (-2.0, 2.0)}, "options": {"k": (0.5, 2.5)}},
    ),
)

PHYSICS = (*ENERGIES, *MOTION)
