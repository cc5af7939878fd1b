"""Arms and their joints, pendulums, rollouts under control."""

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
