"""The linear layer, as the article writes it for one column and as a batch of rows (R1, R4–R6).

One column, z = W a + b, in indices  z[o] = Σ_i W[o,i] a[i] + b[o]:

    ∂z[o]/∂a[i]   = W[o,i]        ⇒  ∂c/∂a[i]   = Σ_o W[o,i] ∂c/∂z[o]      = (Wᵀ ∂c/∂z)[i]      (R4)
    ∂z[o]/∂b[u]   = [o = u]       ⇒  ∂c/∂b[o]   = ∂c/∂z[o]                                      (R5)
    ∂z[o]/∂W[u,i] = [o = u] a[i]  ⇒  ∂c/∂W[o,i] = ∂c/∂z[o] a[i]            = (∂c/∂z aᵀ)[o,i]    (R6)

A batch keeps its samples as the rows of x, so everything is transposed: y = x w + b with w = Wᵀ,

    y[n,o] = Σ_i x[n,i] w[i,o] + b[o]

    ∂c/∂x[n,i] = Σ_o ∂c/∂y[n,o] w[i,o]   = (ȳ wᵀ)[n,i]
    ∂c/∂w[i,o] = Σ_n x[n,i] ∂c/∂y[n,o]   = (xᵀ ȳ)[i,o]
    ∂c/∂b[o]   = Σ_n ∂c/∂y[n,o]

The one new thing is Σ_n: w and b serve every sample, so every sample's contribution is added. An empty
batch is a sum of nothing, and w̄ and b̄ are zero.
"""

import numpy as np

from derivations.types import Array, Pullback
from gradcheck import Layer


def affine(W: Array, a: Array, b: Array) -> Array:
    """Return z = W a + b for one column: W (o, i), a (i,), b (o,), z (o,); source R1."""
    return W @ a + b


def affine_vjp(W: Array, a: Array, b: Array) -> tuple[Array, Pullback]:
    """Return z = W a + b and its pullback, ∂c/∂z (o,) -> ∂c/∂W, ∂c/∂a, ∂c/∂b; source R4, R5, R6."""

    def pullback(z_bar: Array) -> tuple[Array, ...]:
        W_bar = np.outer(z_bar, a)
        a_bar = W.T @ z_bar
        b_bar = z_bar.copy()  # equal to the cotangent, but not the caller's own array
        return W_bar, a_bar, b_bar

    return affine(W, a, b), pullback


def affine_oracle(W: Array, a: Array, b: Array) -> tuple[Array, Pullback]:
    """Return the same as `affine_vjp`, by broadcasting and sums in place of matrix products."""

    def pullback(z_bar: Array) -> tuple[Array, ...]:
        return z_bar[:, None] * a[None, :], (W * z_bar[:, None]).sum(axis=0), 1 * z_bar

    return (W * a[None, :]).sum(axis=1) + b, pullback


def linear(x: Array, w: Array, b: Array) -> Array:
    """Return y = x w + b for a batch of rows: x (n, i), w (i, o), b (o,), y (n, o); source R1."""
    return x @ w + b


def linear_vjp(x: Array, w: Array, b: Array) -> tuple[Array, Pullback]:
    """Return y = x w + b and its pullback, ȳ (n, o) -> x̄, w̄, b̄; source R4, R5, R6, transposed."""

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        x_bar = y_bar @ w.T
        w_bar = x.T @ y_bar
        b_bar = y_bar.sum(axis=0)
        return x_bar, w_bar, b_bar

    return linear(x, w, b), pullback


def linear_oracle(x: Array, w: Array, b: Array) -> tuple[Array, Pullback]:
    """Return the same as `linear_vjp`, contracted index by index as in the module's derivation."""

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        x_bar = np.einsum("no,io->ni", y_bar, w)
        w_bar = np.einsum("ni,no->io", x, y_bar)
        b_bar = np.einsum("no->o", y_bar)
        return x_bar, w_bar, b_bar.copy()

    return np.einsum("ni,io->no", x, w) + b, pullback


AFFINE = Layer(
    affine,
    affine_vjp,
    shapes={"W": "o i", "a": "i", "b": "o"},
    oracle=affine_oracle,
    traits=("multilinear",),
)

LINEAR = Layer(
    linear,
    linear_vjp,
    shapes={"x": "n i", "w": "i o", "b": "o"},
    oracle=linear_oracle,
    traits=("multilinear",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (AFFINE, LINEAR)
