"""The Elman cell, and a network of one cell unrolled over a sequence.

One step takes an input x (n, i) and a state h (n, k) to the next state,

    h' = tanh(a),   a = x w + h u + b

It is `linear` in x, plus a matrix product for h, then tanh. Backward, with ā = h̄' sech²(a),

    x̄ = ā wᵀ,   h̄ = ā uᵀ,   w̄ = xᵀ ā,   ū = hᵀ ā,   b̄ = Σ_n ā

The network applies the same cell at every time, h[t] = cell(x[t], h[t−1]) with h[−1] = h, and returns all
states. h[t] is seen twice: as an output, and by the next step. Its cotangent is the sum of both, so the
pullbacks run backwards in time (back-propagation through time),

    g[T] = 0,     x̄[t], g[t], w̄[t], ū[t], b̄[t] = pullback_t(ȳ[t] + g[t+1])

with g the cotangent that the later steps send back; what is left of it after the first step is h̄. The
parameters serve every step, so their cotangents are the sums over t.

Corners. A sequence of no steps returns no states and leaves h, w, u, b without influence: zero.
"""

import numpy as np

from derivations.activations import tanh_vjp
from derivations.linear import linear_vjp
from derivations.types import Array, Pullback
from gradcheck import Layer


def elman_cell(x: Array, h: Array, w: Array, u: Array, b: Array) -> Array:
    """Return the next state tanh(x w + h u + b): x (n, i), h (n, k), w (i, k), u (k, k), b (k,)."""
    return elman_cell_vjp(x, h, w, u, b)[0]


def elman_cell_vjp(x: Array, h: Array, w: Array, u: Array, b: Array) -> tuple[Array, Pullback]:
    """Return `elman_cell` and its pullback, h̄' (n, k) -> x̄, h̄, w̄, ū, b̄."""
    from_input, pull_input = linear_vjp(x, w, b)
    state, pull_tanh = tanh_vjp(from_input + h @ u)

    def pullback(state_bar: Array) -> tuple[Array, ...]:
        a_bar = pull_tanh(state_bar)
        x_bar, w_bar, b_bar = pull_input(a_bar)
        return x_bar, a_bar @ u.T, w_bar, h.T @ a_bar, b_bar

    return state, pullback


def elman_cell_oracle(x: Array, h: Array, w: Array, u: Array, b: Array) -> tuple[Array, Pullback]:
    """Return the same as `elman_cell_vjp`, as one affine map of [x, h, 1] and a quotient of exponentials."""
    seen = np.concatenate([x, h, np.ones((len(x), 1), x.dtype)], axis=1)
    weights = np.concatenate([w, u, b[None, :]])
    a = np.einsum("ni,ik->nk", seen, weights)
    decay = np.exp(-2 * np.abs(a))
    slope = 4 * decay / (1 + decay) ** 2

    def pullback(state_bar: Array) -> tuple[Array, ...]:
        a_bar = state_bar * slope
        seen_bar, weights_bar = np.einsum("nk,ik->ni", a_bar, weights), np.einsum("ni,nk->ik", seen, a_bar)
        w_bar, u_bar, b_bar = np.split(weights_bar, [len(w), len(w) + len(u)])
        x_bar, h_bar, _ = np.split(seen_bar, [len(w), len(w) + len(u)], axis=1)
        return x_bar, h_bar, w_bar, u_bar, b_bar[0]

    return np.sign(a) * -np.expm1(-2 * np.abs(a)) / (1 + decay), pullback


def elman_network(x: Array, h: Array, w: Array, u: Array, b: Array) -> Array:
    """Return the state after each step: x (t, n, i), h (n, k) before the first, the result (t, n, k)."""
    return elman_network_vjp(x, h, w, u, b)[0]


def elman_network_vjp(x: Array, h: Array, w: Array, u: Array, b: Array) -> tuple[Array, Pullback]:
    """Return `elman_network` and its pullback, the cells' own, from the last step to the first."""
    states = np.empty((len(x), *h.shape), h.dtype)
    pullbacks = []
    for t, x_t in enumerate(x):
        states[t], pull_cell = elman_cell_vjp(x_t, h if t == 0 else states[t - 1], w, u, b)
        pullbacks.append(pull_cell)

    def pullback(states_bar: Array) -> tuple[Array, ...]:
        x_bar, h_bar = np.empty_like(x), np.zeros_like(h)
        w_bar, u_bar, b_bar = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
        for t in reversed(range(len(x))):
            x_bar[t], h_bar, *step = pullbacks[t](states_bar[t] + h_bar)
            for total, term in zip((w_bar, u_bar, b_bar), step, strict=True):
                total += term
        return x_bar, h_bar, w_bar, u_bar, b_bar

    return states.copy(), pullback


def elman_network_oracle(x: Array, h: Array, w: Array, u: Array, b: Array) -> tuple[Array, Pullback]:
    """Return the same as `elman_network_vjp`, by tangents carried forward in time, one entry at a time.

    Each cotangent entry is ⟨ȳ, the tangent of the states when that entry moves⟩: nothing runs backwards.
    """
    primals = (x, h, w, u, b)

    def unrolled(*tangents: Array) -> tuple[Array, Array]:
        dx, dh, dw, du, db = tangents
        states, state, tangent = np.empty((2, len(x), *h.shape), h.dtype), h, dh
        for t in range(len(x)):
            drift = dx[t] @ w + x[t] @ dw + tangent @ u + state @ du + db
            state = np.tanh(np.einsum("ni,ik->nk", x[t], w) + np.einsum("nj,jk->nk", state, u) + b)
            tangent = (1 - state) * (1 + state) * drift
            states[0, t], states[1, t] = state, tangent
        return states[0], states[1]

    zeros = tuple(np.zeros_like(a) for a in primals)

    def pullback(states_bar: Array) -> tuple[Array, ...]:
        bars = tuple(np.zeros_like(a) for a in primals)
        for block, bar in enumerate(bars):
            for place in np.ndindex(bar.shape):
                one = np.zeros_like(bar)
                one[place] = 1
                moved = unrolled(*zeros[:block], one, *zeros[block + 1 :])[1]
                bar[place] = np.vdot(states_bar, moved)
        return bars

    return unrolled(*zeros)[0].copy(), pullback


ELMAN_CELL = Layer(
    elman_cell,
    elman_cell_vjp,
    shapes={"x": "n i", "h": "n k", "w": "i k", "u": "k k", "b": "k"},
    oracle=elman_cell_oracle,
    traits=("analytic",),
    batch="n",
)

_SEQUENCE = {"x": "t n i", "h": "n k", "w": "i k", "u": "k k", "b": "k"}

ELMAN_NETWORK = Layer(
    elman_network,
    elman_network_vjp,
    shapes=_SEQUENCE,
    domain=dict.fromkeys(_SEQUENCE, (-1.0, 1.0)),  # larger numbers only saturate every state
    oracle=elman_network_oracle,
    traits=("smooth",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (ELMAN_CELL, ELMAN_NETWORK)
