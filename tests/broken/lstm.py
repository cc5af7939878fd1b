"""Wrong gradients of the LSTM cell."""

from __future__ import annotations

import numpy as np
from scipy import special

from derivations.lstm import LSTM_CELL
from tests.broken.record import FD, ORACLE, with_backward


def _sigmoid_slope(a):
    return special.expit(a) * special.expit(-a)


def _tanh_slope(a):
    return 1 - np.tanh(a) ** 2


class _Step:
    """The right backward pass of one step, whose every line can be replaced by a wrong one."""

    def __init__(self, y_bar, x, h, c, w, u, b):
        self.state_bar, self.own_memory_bar = y_bar
        self.c = c
        self.a = np.split(x @ w + h @ u + b, 4, axis=1)
        a_i, a_f, a_g, a_o = self.a
        self.i, self.f, self.o = (special.expit(gate) for gate in (a_i, a_f, a_o))
        self.g = np.tanh(a_g)
        self.memory = self.f * c + self.i * self.g
        self.through_state = self.state_bar * self.o * _tanh_slope(self.memory)
        self.slopes = [_sigmoid_slope(a_i), _sigmoid_slope(a_f), _tanh_slope(a_g), _sigmoid_slope(a_o)]
        self.given = x, h, w, u

    def bars(self, memory_bar=None, slopes=None, sent=None, c_bar=None):
        if memory_bar is None:
            memory_bar = self.own_memory_bar + self.through_state
        i, f, g, o = sent(memory_bar) if sent else self.sent(memory_bar)
        a_bar = np.concatenate(
            [part * slope for part, slope in zip((i, f, g, o), slopes or self.slopes, strict=True)], axis=1
        )
        x, h, w, u = self.given
        c_bar = memory_bar * self.f if c_bar is None else c_bar
        return a_bar @ w.T, a_bar @ u.T, c_bar, x.T @ a_bar, h.T @ a_bar, a_bar.sum(axis=0)

    def sent(self, memory_bar):
        """Return ī, f̄, ḡ, ō."""
        output_bar = self.state_bar * np.tanh(self.memory)
        return memory_bar * self.g, memory_bar * self.c, memory_bar * self.i, output_bar


@with_backward(LSTM_CELL, FD, "missing path")
def lstm_cell_memory_not_reached_through_the_state(y_bar, *primals):
    step = _Step(y_bar, *primals)
    return step.bars(memory_bar=step.own_memory_bar)


@with_backward(LSTM_CELL, FD, "missing path")
def lstm_cell_memorys_own_cotangent_ignored(y_bar, *primals):
    step = _Step(y_bar, *primals)
    return step.bars(memory_bar=step.through_state)


@with_backward(LSTM_CELL, FD, "missing path")
def lstm_cell_memory_sent_back_without_the_state(y_bar, *primals):
    step = _Step(y_bar, *primals)
    return step.bars(c_bar=step.own_memory_bar * step.f)


@with_backward(LSTM_CELL, FD, "arguments swapped")
def lstm_cell_input_and_forget_gates_swapped(y_bar, *primals):
    step = _Step(y_bar, *primals)
    x_bar, h_bar, c_bar, w_bar, u_bar, b_bar = step.bars()
    order = np.array([1, 0, 2, 3])
    swapped = [
        np.moveaxis(a.reshape(*a.shape[:-1], 4, a.shape[-1] // 4), -2, 0)[order]
        for a in (w_bar, u_bar, b_bar)
    ]
    return x_bar, h_bar, c_bar, *(np.concatenate(list(parts), axis=-1) for parts in swapped)


@with_backward(LSTM_CELL, FD, "derivative at the output")
def lstm_cell_gate_slopes_at_the_gates(y_bar, *primals):
    step = _Step(y_bar, *primals)
    at_gates = [_sigmoid_slope(step.i), _sigmoid_slope(step.f), _tanh_slope(step.g), _sigmoid_slope(step.o)]
    return step.bars(slopes=at_gates)


@with_backward(LSTM_CELL, FD, "another function")
def lstm_cell_candidate_with_the_slope_of_a_sigmoid(y_bar, *primals):
    step = _Step(y_bar, *primals)
    return step.bars(slopes=[_sigmoid_slope(a) for a in step.a])


@with_backward(LSTM_CELL, ORACLE, "missing factor")
def lstm_cell_memory_never_forgotten(y_bar, *primals):
    step = _Step(y_bar, *primals)
    return step.bars(c_bar=step.own_memory_bar + step.through_state)


@with_backward(LSTM_CELL, FD, "missing factor")
def lstm_cell_output_gate_sees_the_bare_memory(y_bar, *primals):
    step = _Step(y_bar, *primals)
    return step.bars(sent=lambda memory_bar: (*step.sent(memory_bar)[:3], step.state_bar * step.memory))


@with_backward(LSTM_CELL, FD, "stale value")
def lstm_cell_tanh_of_the_old_memory(y_bar, *primals):
    step = _Step(y_bar, *primals)
    stale = step.state_bar * step.o * _tanh_slope(step.c)
    return step.bars(memory_bar=step.own_memory_bar + stale)
