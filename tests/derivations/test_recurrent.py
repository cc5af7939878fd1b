"""The Elman cell and its network: one step by hand, and many steps as one."""

import numpy as np
import pytest

from derivations.recurrent import elman_cell, elman_cell_vjp, elman_network, elman_network_vjp

RNG = np.random.default_rng(0)
X, H = RNG.normal(size=(4, 2, 3)), RNG.normal(size=(2, 5))
W, U, B = RNG.normal(size=(3, 5)), RNG.normal(size=(5, 5)), RNG.normal(size=5)


def test_one_step_by_hand():
    one = np.ones((1, 1))
    state, pullback = elman_cell_vjp(2 * one, 3 * one, 0.1 * one, 0.2 * one, np.array([-0.8]))
    assert state == pytest.approx(0.0, abs=1e-16)  # where the slope of tanh is 1
    bars = [float(bar.item()) for bar in pullback(one)]
    assert bars == pytest.approx([0.1, 0.2, 2, 3, 1])


def test_the_network_is_the_cell_again_and_again():
    states, state = elman_network(X, H, W, U, B), H
    for x, expected in zip(X, states, strict=True):
        state = elman_cell(x, state, W, U, B)
        np.testing.assert_array_equal(state, expected)


def test_the_last_state_depends_on_every_input_and_the_first_on_its_own_alone():
    _, pullback = elman_network_vjp(X, H, W, U, B)
    for t in range(len(X)):
        states_bar = np.zeros((4, 2, 5))
        states_bar[t] = 1
        x_bar = pullback(states_bar)[0]
        assert x_bar[: t + 1].any(axis=(1, 2)).all()
        assert not x_bar[t + 1 :].any()


def test_a_sequence_of_one_step_is_a_cell():
    y, pullback = elman_network_vjp(X[:1], H, W, U, B)
    state, pull_cell = elman_cell_vjp(X[0], H, W, U, B)
    np.testing.assert_array_equal(y, state[None])
    x_bar, *others = pullback(np.cos(y))
    cell_x_bar, *cell_others = pull_cell(np.cos(state))
    np.testing.assert_array_equal(x_bar[0], cell_x_bar)
    for mine, expected in zip(others, cell_others, strict=True):
        np.testing.assert_array_equal(mine, expected)


def test_a_sequence_of_no_steps_returns_none_and_sends_back_zero():
    y, pullback = elman_network_vjp(X[:0], H, W, U, B)
    assert y.shape == (0, 2, 5)
    assert not any(bar.any() for bar in pullback(y))


def test_a_state_that_is_not_fed_back_gets_nothing():
    _, pullback = elman_network_vjp(X, H, W, np.zeros_like(U), B)
    assert not pullback(np.ones((4, 2, 5)))[1].any()
