"""Wrong gradients of attention."""

from __future__ import annotations

import math

import numpy as np

from derivations.attention import ATTENTION, attention_vjp
from derivations.softmax import softmax
from tests.broken.record import CONTRACT, FD, LINEARITY, ORACLE, with_backward


def _weights(q, k, causal):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    return softmax(np.where(np.tri(*scores.shape[-2:]) == 1, scores, -np.inf) if causal else scores)


def _bars(y_bar, q, k, v, causal):
    return attention_vjp(q, k, v, causal=causal)[1](y_bar)


def _from_scores_bar(scores_bar, y_bar, q, k, p):
    root = math.sqrt(q.shape[-1])
    return scores_bar @ k / root, scores_bar.mT @ q / root, p.mT @ y_bar


@with_backward(ATTENTION, FD, "missing factor")
def attention_without_the_root(y_bar, q, k, v, *, causal):
    q_bar, k_bar, v_bar = _bars(y_bar, q, k, v, causal)
    root = math.sqrt(q.shape[-1])
    return q_bar * root, k_bar * root, v_bar


@with_backward(ATTENTION, ORACLE, "missing factor")
def attention_root_for_the_queries_alone(y_bar, q, k, v, *, causal):
    q_bar, k_bar, v_bar = _bars(y_bar, q, k, v, causal)
    return q_bar, k_bar * math.sqrt(q.shape[-1]), v_bar


@with_backward(ATTENTION, FD, "factor")
def attention_divided_by_the_features(y_bar, q, k, v, *, causal):
    q_bar, k_bar, v_bar = _bars(y_bar, q, k, v, causal)
    root = math.sqrt(q.shape[-1])
    return q_bar / root, k_bar / root, v_bar


@with_backward(ATTENTION, FD, "diagonal Jacobian")
def attention_diagonal_softmax(y_bar, q, k, v, *, causal):
    p = _weights(q, k, causal)
    return _from_scores_bar(p * (1 - p) * (y_bar @ v.mT), y_bar, q, k, p)


@with_backward(ATTENTION, FD, "wrong axis")
def attention_softmax_over_the_queries(y_bar, q, k, v, *, causal):
    p = _weights(q, k, causal)
    p_bar = y_bar @ v.mT
    return _from_scores_bar(p * (p_bar - (p_bar * p).sum(axis=-2, keepdims=True)), y_bar, q, k, p)


@with_backward(ATTENTION, FD, "mask")
def attention_causal_mask_ignored(y_bar, q, k, v, *, causal):
    return _bars(y_bar, q, k, v, False)


@with_backward(ATTENTION, ORACLE, "mask")
def attention_mask_forgotten_in_the_total(y_bar, q, k, v, *, causal):
    p, p_bar = _weights(q, k, causal), y_bar @ v.mT
    open_p = _weights(q, k, False)
    return _from_scores_bar(p * (p_bar - (p_bar * open_p).sum(axis=-1, keepdims=True)), y_bar, q, k, p)


@with_backward(
    ATTENTION,
    FD,
    "transposed",
    shapes={"q": "n heads t d", "k": "n heads t d", "v": "n heads t e"},
    where=lambda t, d: t >= 1 and d >= 1,
)
def attention_weights_not_transposed(y_bar, q, k, v, *, causal):
    q_bar, k_bar, _ = _bars(y_bar, q, k, v, causal)
    return q_bar, k_bar, _weights(q, k, causal) @ y_bar


@with_backward(ATTENTION, CONTRACT, "arguments swapped")
def attention_queries_and_keys_swapped(y_bar, q, k, v, *, causal):
    q_bar, k_bar, v_bar = _bars(y_bar, q, k, v, causal)
    return k_bar, q_bar, v_bar


@with_backward(ATTENTION, FD, "zero, detached, constant")
def attention_weights_as_constants(y_bar, q, k, v, *, causal):
    return np.zeros_like(q), np.zeros_like(k), _weights(q, k, causal).mT @ y_bar


@with_backward(ATTENTION, LINEARITY, "nonlinear in the cotangent")
def attention_softmax_of_its_cotangent(y_bar, q, k, v, *, causal):
    p = _weights(q, k, causal)
    return _from_scores_bar(p * softmax(y_bar @ v.mT), y_bar, q, k, p)
