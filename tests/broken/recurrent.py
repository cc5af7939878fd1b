"""Wrong gradients of the Elman cell and its network."""

from __future__ import annotations

import numpy as np

from derivations.recurrent import ELMAN_CELL, ELMAN_NETWORK, elman_cell, elman_cell_vjp, elman_network_vjp
from tests.broken.record import FD, ORACLE, PURITY, with_backward, with_vjp


def _bars(state_bar, *primals):
    return elman_cell_vjp(*primals)[1](state_bar)


@with_backward(ELMAN_CELL, FD, "derivative at the output")
def elman_cell_derivative_at_the_output(state_bar, x, h, w, u, b):
    state = elman_cell(x, h, w, u, b)
    a_bar = state_bar * (1 - np.tanh(state) ** 2)
    return a_bar @ w.T, a_bar @ u.T, x.T @ a_bar, h.T @ a_bar, a_bar.sum(axis=0)


@with_backward(ELMAN_CELL, FD, "transposed")
def elman_cell_recurrent_matrix_not_transposed(state_bar, x, h, w, u, b):
    x_bar, _, w_bar, u_bar, b_bar = _bars(state_bar, x, h, w, u, b)
    slope = 1 - elman_cell(x, h, w, u, b) ** 2
    return x_bar, (state_bar * slope) @ u, w_bar, u_bar, b_bar


@with_backward(ELMAN_CELL, ORACLE, "arguments swapped")
def elman_cell_weights_from_the_new_state(state_bar, x, h, w, u, b):
    state = elman_cell(x, h, w, u, b)
    x_bar, h_bar, w_bar, _, b_bar = _bars(state_bar, x, h, w, u, b)
    return x_bar, h_bar, w_bar, state.T @ (state_bar * (1 - state**2)), b_bar


@with_backward(ELMAN_CELL, FD, "zero, detached, constant")
def elman_cell_state_detached(state_bar, x, h, w, u, b):
    x_bar, _, *others = _bars(state_bar, x, h, w, u, b)
    return x_bar, np.zeros_like(h), *others


def _through_time(states_bar, x, h, w, u, b, carry):
    """Return the cotangents if each step sends back `carry(t, h̄)` of its own h̄."""
    states = np.concatenate([h[None], ELMAN_NETWORK.forward(x, h, w, u, b)])
    x_bar, h_bar = np.empty_like(x), np.zeros_like(h)
    totals = [np.zeros_like(a) for a in (w, u, b)]
    for t in reversed(range(len(x))):
        x_bar[t], h_bar, *terms = _bars(states_bar[t] + carry(t, h_bar), x[t], states[t], w, u, b)
        totals = [total + term for total, term in zip(totals, terms, strict=True)]
    return x_bar, h_bar, *totals


@with_backward(ELMAN_NETWORK, FD, "missing path")
def elman_network_never_back_in_time(states_bar, *primals):
    return _through_time(states_bar, *primals, carry=lambda t, h_bar: 0 * h_bar)


@with_backward(ELMAN_NETWORK, FD, "missing path")
def elman_network_two_steps_back_at_most(states_bar, *primals):
    return _through_time(states_bar, *primals, carry=lambda t, h_bar: h_bar if t % 2 else 0 * h_bar)


@with_backward(ELMAN_NETWORK, FD, "missing path")
def elman_network_outputs_on_the_way_ignored(states_bar, *primals):
    last = states_bar.copy()
    last[:-1] = 0
    return elman_network_vjp(*primals)[1](last)


@with_backward(ELMAN_NETWORK, FD, "missing sum")
def elman_network_parameters_of_the_last_step(states_bar, x, h, w, u, b):
    x_bar, h_bar, *totals = elman_network_vjp(x, h, w, u, b)[1](states_bar)
    if len(x):
        states = np.concatenate([h[None], ELMAN_NETWORK.forward(x, h, w, u, b)])
        totals = _bars(states_bar[-1], x[-1], states[-2], w, u, b)[2:]
    return x_bar, h_bar, *totals


@with_vjp(ELMAN_NETWORK, PURITY, "side effect")
def elman_network_adds_into_its_cotangent(x, h, w, u, b):
    states, pullback = elman_network_vjp(x, h, w, u, b)

    def accumulating(states_bar):
        bars = pullback(states_bar)
        states_bar[:1] += 1  # as a loop does that carries h̄ in the array it was given
        return bars

    return states, accumulating
