"""The LSTM cell: gates open and shut by hand, and the path of the memory."""

import numpy as np
import pytest

from derivations.lstm import lstm_cell, lstm_cell_vjp

RNG = np.random.default_rng(0)
X, H, C = RNG.normal(size=(2, 3)), RNG.normal(size=(2, 4)), RNG.normal(size=(2, 4))
W, U = np.zeros((3, 16)), np.zeros((4, 16))
OPEN, SHUT = 1e3, -1e3


def biases(i, f, g, o):
    return np.repeat(np.array([i, f, g, o], dtype=float), 4)


def test_open_forget_and_shut_input_gates_keep_the_memory():
    state, memory = lstm_cell(X, H, C, W, U, biases(SHUT, OPEN, 1, OPEN))
    np.testing.assert_array_equal(memory, C)
    np.testing.assert_array_equal(state, np.tanh(C))


def test_shut_forget_and_open_input_gates_write_the_candidate():
    state, memory = lstm_cell(X, H, C, W, U, biases(OPEN, SHUT, 0.5, SHUT))
    np.testing.assert_allclose(memory, np.tanh(0.5))
    assert not state.any()


def test_memory_kept_sends_its_cotangent_straight_back():
    _, pullback = lstm_cell_vjp(X, H, C, W, U, biases(SHUT, OPEN, 1, SHUT))
    y_bar = RNG.normal(size=(2, 2, 4))
    np.testing.assert_array_equal(pullback(y_bar)[2], y_bar[1])


def test_the_cotangent_of_the_state_reaches_the_memory_through_tanh():
    _, pullback = lstm_cell_vjp(X, H, C, W, U, biases(SHUT, OPEN, 1, OPEN))
    y_bar = np.stack([np.ones((2, 4)), np.zeros((2, 4))])
    np.testing.assert_allclose(pullback(y_bar)[2], 1 - np.tanh(C) ** 2)


def test_half_open_gates_by_hand():
    """All pre-activations 0: gates ½, candidate 0, so c' = c/2 and h' = tanh(c/2)/2."""
    (state, memory), pullback = lstm_cell_vjp(X, H, C, W, U, np.zeros(16))
    np.testing.assert_array_equal(memory, C / 2)
    np.testing.assert_allclose(state, np.tanh(C / 2) / 2)
    y_bar = np.stack([np.zeros((2, 4)), np.ones((2, 4))])
    b_bar = pullback(y_bar)[5].reshape(4, 4)
    np.testing.assert_allclose(b_bar, [[0] * 4, C.sum(axis=0) / 4, [1] * 4, [0] * 4], atol=1e-15)


def test_samples_do_not_mix():
    rng = np.random.default_rng(1)
    w, u, b = rng.normal(size=(3, 16)), rng.normal(size=(4, 16)), rng.normal(size=16)
    one = np.zeros((2, 2, 4))
    one[:, 0] = 1
    x_bar, h_bar, c_bar, *_ = lstm_cell_vjp(X, H, C, w, u, b)[1](one)
    for bar in (x_bar, h_bar, c_bar):
        assert bar[0].any()
        assert not bar[1].any()


def test_gates_that_are_shut_for_good_overflow_nothing():
    with np.errstate(all="raise", under="ignore"):
        y, pullback = lstm_cell_vjp(1e8 * X, H, C, W, U, biases(-1e8, 1e8, 1e8, -1e8))
        assert all(np.isfinite(bar).all() for bar in pullback(np.ones_like(y)))
    assert y[1] == pytest.approx(C)
