"""Scaled dot-product attention, with batch and heads in front and an optional causal mask.

For each sample and head, with queries q (t, d), keys k (s, d) and values v (s, e),

    S = q kᵀ/√d,     p = softmax(S) over the keys,     y = p v

Backward, as three products and a softmax:

    p̄ = ȳ vᵀ,               v̄ = pᵀ ȳ
    S̄ = p (p̄ − Σ p̄ p)       the pullback of `softmax`, over the keys
    q̄ = S̄ k/√d,             k̄ = S̄ᵀ q/√d

The root belongs to S, so it divides both q̄ and k̄. A key is read by every query, hence the sum over queries
in S̄ᵀ q and pᵀ ȳ.

Causal attention lets query number a see the keys 0 … a only: S = −∞ elsewhere. There p is 0, and so is
S̄ = 0·(…), whatever p̄ holds: the softmax's pullback masks by itself, if it is given the masked p. Query 0 sees
key 0, so no row is empty if there is a key. For d = 0 no root can be divided by: d ≥ 1.
"""

import math

import numpy as np
from scipy import special

from derivations.softmax import softmax_vjp
from derivations.types import Array, Pullback
from gradcheck import Layer


def attention(q: Array, k: Array, v: Array, *, causal: bool = False) -> Array:
    """Return softmax(q kᵀ/√d) v.

    Parameters
    ----------
    q
        Queries, (..., t, d), d ≥ 1.
    k
        Keys, (..., s, d), s ≥ 1.
    v
        Values, (..., s, e).
    causal
        Whether query number a sees only the keys 0 … a.

    Returns
    -------
    Array
        (..., t, e).
    """
    return attention_vjp(q, k, v, causal=causal)[0]


def attention_vjp(q: Array, k: Array, v: Array, *, causal: bool = False) -> tuple[Array, Pullback]:
    """Return `attention` and its pullback, ȳ -> S̄ k/√d, S̄ᵀ q/√d, pᵀ ȳ."""
    root = math.sqrt(q.shape[-1])
    scores = q @ k.mT / root
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:]) == 1, scores, -np.inf)
    p, pull_softmax = softmax_vjp(scores)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        scores_bar = pull_softmax(y_bar @ v.mT)
        return scores_bar @ k / root, scores_bar.mT @ q / root, p.mT @ y_bar

    return p @ v, pullback


def attention_oracle(q: Array, k: Array, v: Array, *, causal: bool = False) -> tuple[Array, Pullback]:
    """Return the same as `attention_vjp`, one query at a time, from the keys that it sees."""
    queries = [
        (place, (*place[:-1], slice(place[-1] + 1 if causal else None))) for place in np.ndindex(q.shape[:-1])
    ]
    scale = q.shape[-1] ** -0.5
    weights = {
        place: special.softmax(scale * np.einsum("sd,d->s", k[seen], q[place])) for place, seen in queries
    }
    y = np.empty((*q.shape[:-1], v.shape[-1]), q.dtype)
    for place, seen in queries:
        y[place] = np.einsum("s,se->e", weights[place], v[seen])

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        q_bar, k_bar, v_bar = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
        for place, seen in queries:
            p = weights[place]
            jacobian = np.diag(p) - np.outer(p, p)
            scores_bar = scale * jacobian @ (v[seen] @ y_bar[place])
            q_bar[place] = np.einsum("s,sd->d", scores_bar, k[seen])
            k_bar[seen] += np.outer(scores_bar, q[place])
            v_bar[seen] += np.outer(p, y_bar[place])
        return q_bar, k_bar, v_bar

    return y, pullback


ATTENTION = Layer(
    attention,
    attention_vjp,
    shapes={"q": "n heads t d", "k": "n heads s d", "v": "n heads s e"},
    where=lambda s, d: s >= 1 and d >= 1,
    options={"causal": (False, True)},
    oracle=attention_oracle,
    traits=("analytic",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (ATTENTION,)
