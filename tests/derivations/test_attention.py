"""Attention: averages by hand, what the mask hides, and what a permutation changes."""

import numpy as np
import pytest

from derivations.attention import attention, attention_vjp

RNG = np.random.default_rng(0)
Q, K, V = RNG.normal(size=(2, 3, 4, 5)), RNG.normal(size=(2, 3, 4, 5)), RNG.normal(size=(2, 3, 4, 6))


def test_queries_of_zero_average_the_values_they_see():
    np.testing.assert_allclose(attention(0 * Q, K, V)[0, 0, 2], V[0, 0].mean(axis=0))
    np.testing.assert_allclose(attention(0 * Q, K, V, causal=True)[0, 0, 2], V[0, 0, :3].mean(axis=0))


def test_the_root_of_the_features_scales_the_scores():
    """Four features: q·k = 2 log 3 for one key of two, √4 = 2, so the weights are ¾ and ¼."""
    q, k = np.full((1, 4), np.log(3) / 2), np.array([[1.0] * 4, [0.0] * 4])
    np.testing.assert_allclose(attention(q, k, np.array([[4.0], [8.0]])), [[5.0]])


def test_a_causal_output_ignores_later_keys_and_they_get_no_cotangent():
    y, pullback = attention_vjp(Q, K, V, causal=True)
    changed_k, changed_v = K.copy(), V.copy()
    changed_k[:, :, 2:] += 1
    changed_v[:, :, 2:] += 1
    np.testing.assert_array_equal(attention(Q, changed_k, changed_v, causal=True)[:, :, :2], y[:, :, :2])
    y_bar = np.ones_like(y)
    y_bar[:, :, 2:] = 0
    _, k_bar, v_bar = pullback(y_bar)
    assert k_bar[:, :, :2].any()
    assert not k_bar[:, :, 2:].any()
    assert not v_bar[:, :, 2:].any()


def test_the_first_causal_query_sees_one_key_and_has_no_choice():
    _, pullback = attention_vjp(Q, K, V, causal=True)
    np.testing.assert_array_equal(pullback(np.ones_like(V))[0][:, :, 0], 0)


def test_keys_and_values_in_another_order_give_the_same_answer():
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(attention(Q, K[:, :, order], V[:, :, order]), attention(Q, K, V))


def test_a_vector_added_to_all_keys_changes_nothing_so_their_cotangents_add_up_to_zero():
    _, k_bar, _ = attention_vjp(Q, K, V)[1](np.cos(V))
    np.testing.assert_allclose(k_bar.sum(axis=2), 0, atol=1e-14)


def test_weights_add_up_to_one_so_value_cotangents_add_up_to_those_of_the_outputs():
    y_bar = np.cos(V)
    for causal in (False, True):
        _, _, v_bar = attention_vjp(Q, K, V, causal=causal)[1](y_bar)
        np.testing.assert_allclose(v_bar.sum(axis=2), y_bar.sum(axis=2))


@pytest.mark.parametrize("causal", [False, True])
def test_heads_do_not_mix(causal):
    y, pullback = attention_vjp(Q, K, V, causal=causal)
    np.testing.assert_allclose(attention(Q[1, 2], K[1, 2], V[1, 2], causal=causal), y[1, 2])
    y_bar = np.zeros_like(y)
    y_bar[1, 2] = 1
    for bar in pullback(y_bar):
        assert bar[1, 2].any()
        bar[1, 2] = 0
        assert not bar.any()
