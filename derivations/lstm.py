"""One step of a long short-term memory (LSTM).

The cell has a state h (n, k) and a memory c (n, k). From its input x (n, i), four affine maps side by side in
one matrix each, w (i, 4k), u (k, 4k), b (4k):

    [a_i, a_f, a_g, a_o] = x w + h u + b
    i = σ(a_i),   f = σ(a_f),   g = tanh(a_g),   o = σ(a_o)         input, forget, candidate, output
    c' = f c + i g
    h' = o tanh(c')

Both h' and c' are results; here they are stacked, y[0] = h' and y[1] = c'. h' depends on c', so c' receives
a cotangent twice: its own, and what comes through h':

    ō = h̄' tanh(c')
    m̄ = c̄' + h̄' o sech²(c')          the whole cotangent of the memory c'
    f̄ = m̄ c,   ī = m̄ g,   ḡ = m̄ i,   c̄ = m̄ f

and the gates' own pullbacks, with derivatives at their pre-activations, give ā = [ā_i, ā_f, ā_g, ā_o]. What
remains is linear:

    x̄ = ā wᵀ,   h̄ = ā uᵀ,   w̄ = xᵀ ā,   ū = hᵀ ā,   b̄ = Σ_n ā

The path c -> c' is the product with f alone, with no matrix and no activation on it.
"""

import numpy as np
from scipy import special

from derivations.activations import sigmoid_vjp, tanh_vjp
from derivations.linear import linear_vjp
from derivations.types import Array, Pullback
from gradcheck import Layer


def lstm_cell(x: Array, h: Array, c: Array, w: Array, u: Array, b: Array) -> Array:
    """Return the next state and memory, stacked: y[0] = h' and y[1] = c'.

    Parameters
    ----------
    x
        Inputs, (n, i).
    h, c
        State and memory, (n, k) each.
    w, u, b
        (i, 4k), (k, 4k) and (4k,), the columns in the order input, forget, candidate, output.

    Returns
    -------
    Array
        (2, n, k).
    """
    return lstm_cell_vjp(x, h, c, w, u, b)[0]


def lstm_cell_vjp(x: Array, h: Array, c: Array, w: Array, u: Array, b: Array) -> tuple[Array, Pullback]:
    """Return `lstm_cell` and its pullback, ȳ (2, n, k) -> x̄, h̄, c̄, w̄, ū, b̄."""
    from_input, pull_input = linear_vjp(x, w, b)
    a_i, a_f, a_g, a_o = np.split(from_input + h @ u, 4, axis=1)
    (i, pull_i), (f, pull_f), (g, pull_g), (o, pull_o) = (
        sigmoid_vjp(a_i),
        sigmoid_vjp(a_f),
        tanh_vjp(a_g),
        sigmoid_vjp(a_o),
    )
    memory = f * c + i * g
    squashed, pull_squash = tanh_vjp(memory)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        state_bar, memory_bar = y_bar
        memory_bar = memory_bar + pull_squash(state_bar * o)
        gates_bar = (
            pull_i(memory_bar * g),
            pull_f(memory_bar * c),
            pull_g(memory_bar * i),
            pull_o(state_bar * squashed),
        )
        a_bar = np.concatenate(gates_bar, axis=1)
        x_bar, w_bar, b_bar = pull_input(a_bar)
        return x_bar, a_bar @ u.T, memory_bar * f, w_bar, h.T @ a_bar, b_bar

    return np.stack([o * squashed, memory]), pullback


def lstm_cell_oracle(x: Array, h: Array, c: Array, w: Array, u: Array, b: Array) -> tuple[Array, Pullback]:
    """Return the same as `lstm_cell_vjp`, one unit of one sample at a time, from explicit partials."""
    k = h.shape[1]
    seen = np.concatenate([x, h], axis=1)
    weights = np.concatenate([w, u])
    y = np.empty((2, *h.shape), h.dtype)
    partials = np.empty((2, 5, *h.shape), h.dtype)  # of h' and c' in a_i, a_f, a_g, a_o, c
    for n, unit in np.ndindex(h.shape):
        i, f, g, o = seen[n] @ weights[:, unit::k] + b[unit::k]
        kept, opened, shown = special.expit(f), special.expit(i), special.expit(o)
        y[1, n, unit] = memory = kept * c[n, unit] + opened * np.tanh(g)
        y[0, n, unit] = shown * np.tanh(memory)
        of_memory = [
            opened * special.expit(-i) * np.tanh(g),
            kept * special.expit(-f) * c[n, unit],
            4 * opened * special.expit(2 * g) * special.expit(-2 * g),
            0.0,
            kept,
        ]
        partials[1, :, n, unit] = of_memory
        partials[0, :, n, unit] = (
            shown * 4 * special.expit(2 * memory) * special.expit(-2 * memory) * partials[1, :, n, unit]
        )
        partials[0, 3, n, unit] = shown * special.expit(-o) * np.tanh(memory)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        *gates_bar, c_bar = np.einsum("rnk,rgnk->gnk", y_bar, partials)
        a_bar = np.hstack(gates_bar)
        seen_bar, weights_bar = np.einsum("na,ja->nj", a_bar, weights), np.einsum("nj,na->ja", seen, a_bar)
        x_bar, h_bar = seen_bar[:, : len(w)].copy(), seen_bar[:, len(w) :].copy()
        w_bar, u_bar = weights_bar[: len(w)].copy(), weights_bar[len(w) :].copy()
        return x_bar, h_bar, c_bar.copy(), w_bar, u_bar, np.einsum("na->a", a_bar)

    return y, pullback


LSTM_CELL = Layer(
    lstm_cell,
    lstm_cell_vjp,
    shapes={"x": "n i", "h": "n k", "c": "n k", "w": "i 4*k", "u": "k 4*k", "b": "4*k"},
    oracle=lstm_cell_oracle,
    traits=("analytic",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (LSTM_CELL,)
