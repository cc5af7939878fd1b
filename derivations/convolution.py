"""Convolution of one channel, in the article's convention and in the mathematical one (C0–C9).

`cross_correlate` is the article's `*`, written ⋆ here: W is the larger operand, X (P × Q) slides inside
it, and nothing is reversed. (C0: it is not the ∫ f(τ) g(t − τ) dτ that the article opens with.)

    Y[i,j] = Σ_pq W[i+p, j+q] X[p,q]                                                            (C1)

X: an output reads each X[p,q] once, ∂Y[i,j]/∂X[p,q] = W[i+p, j+q] (C2: a fourth-order tensor; C3: in the
printed table the last partial of every row belongs to x₂₂), so

    ∂c/∂X[p,q] = Σ_ij W[p+i, q+j] ∂c/∂Y[i,j] = (W ⋆ ∂c/∂Y)[p,q]                                 (C4)

W: Y[i,j] reads W[k,l] through p = k − i, q = l − j, so ∂Y[i,j]/∂W[k,l] = X[k−i, l−j], or 0 where that is
outside X (C5, C6). Name the taps of the reversed X: p' = P−1−p, so that i = (k+p') − (P−1). Then

    ∂c/∂W[k,l] = Σ_ij ∂c/∂Y[i,j] X[k−i, l−j]
               = Σ_p'q' ∂c/∂Y[k+p'−(P−1), l+q'−(Q−1)] flip(X)[p',q'] = (pad(∂c/∂Y) ⋆ flip(X))[k,l]   (C7)

where pad puts P−1 rows and Q−1 columns of zeros on each side: "one less than the size of the kernel" is
right for the sliding operand X, per axis, and wrong for W (C8).

No step used the 3×3 and 2×2 of the article's example, and at every size the sums run over the right ranges,
which proves C9. Y has R = H−P+1 rows; columns go likewise.

    C4  p+i runs from 0 to (P−1)+(R−1) = H−1: every term lies in W, and W ⋆ ∂c/∂Y has H−R+1 = P rows, as X.
    C7  p' runs over all of X's taps, so i = k+p'−(P−1) meets every output with 0 ≤ k−i < P; where i is not
        in 0 … R−1, pad(∂c/∂Y)[k+p'] is one of its zeros. k+p' is at most (H−1)+(P−1), the last of pad's
        R+2(P−1) rows, so that the result has R+2(P−1)−P+1 = H rows, as W.

`true_convolve` reverses the sliding operand, Y = X ∗ W with X the larger. Put Y = X ⋆ flip(W) into the
two results, and the flip moves to the other gradient:

    ∂c/∂X = pad(∂c/∂Y) ⋆ W        (C7 with flip(flip(W)) = W; pad is one less than W's size)
    ∂c/∂W = flip(X ⋆ ∂c/∂Y)       (C4, and flip is its own VJP)
"""

import numpy as np
from scipy import signal

from derivations.types import Array, Pullback
from derivations.windows import border, windows
from gradcheck import Layer


def cross_correlate(W: Array, X: Array) -> Array:
    """Return Y = W ⋆ X: W (h, w), X (p, q) no larger than W, Y (h−p+1, w−q+1); source C1."""
    p, q = X.shape
    Y: Array = np.einsum("ijpq,pq->ij", windows(W, (p, q)), X)
    return Y


def pad(a: Array, shape: tuple[int, ...]) -> Array:
    """Return `a` with s − 1 zeros on each side of its last two axes, for each s of `shape`; source C8."""
    rows, cols = shape
    return border(a, (rows - 1, cols - 1))


def flip(a: Array) -> Array:
    """Return a view of `a` with its last two axes reversed; source C7."""
    return a[..., ::-1, ::-1]


def cross_correlate_vjp(W: Array, X: Array) -> tuple[Array, Pullback]:
    """Return Y = W ⋆ X and its pullback, Ȳ -> ∂c/∂W, ∂c/∂X; source C7, C4."""

    def pullback(Y_bar: Array) -> tuple[Array, ...]:
        W_bar = cross_correlate(pad(Y_bar, X.shape), flip(X))
        X_bar = cross_correlate(W, Y_bar)
        return W_bar, X_bar

    return cross_correlate(W, X), pullback


def cross_correlate_oracle(W: Array, X: Array) -> tuple[Array, Pullback]:
    """Return the same as `cross_correlate_vjp` by `scipy.signal`.

    The larger operand stays first: ``correlate2d(..., mode="valid")`` would swap the two and flip the result.
    """

    def pullback(Y_bar: Array) -> tuple[Array, ...]:
        return signal.convolve2d(Y_bar, X, mode="full"), signal.correlate2d(W, Y_bar, mode="valid")

    return signal.correlate2d(W, X, mode="valid"), pullback


def true_convolve(X: Array, W: Array) -> Array:
    """Return Y = X ∗ W = X ⋆ flip(W): X (h, w), W (p, q) no larger than X, Y (h−p+1, w−q+1); source C0."""
    return cross_correlate(X, flip(W))


def true_convolve_vjp(X: Array, W: Array) -> tuple[Array, Pullback]:
    """Return Y = X ∗ W and its pullback, Ȳ -> pad(Ȳ) ⋆ W, flip(X ⋆ Ȳ)."""

    def pullback(Y_bar: Array) -> tuple[Array, ...]:
        X_bar = cross_correlate(pad(Y_bar, W.shape), W)
        W_bar = flip(cross_correlate(X, Y_bar))
        return X_bar, W_bar

    return true_convolve(X, W), pullback


def true_convolve_oracle(X: Array, W: Array) -> tuple[Array, Pullback]:
    """Return the same as `true_convolve_vjp` by `scipy.signal`, with ∂c/∂W = flip(X) ∗ ∂c/∂Y."""

    def pullback(Y_bar: Array) -> tuple[Array, ...]:
        X_bar = signal.correlate2d(Y_bar, W, mode="full")
        W_bar = signal.convolve2d(X[::-1, ::-1], Y_bar, mode="valid")
        return X_bar, W_bar

    return signal.convolve2d(X, W, mode="valid"), pullback


def _fits(h: int, w: int, p: int, q: int) -> bool:
    return 1 <= p <= h and 1 <= q <= w


CROSS_CORRELATION = Layer(
    cross_correlate,
    cross_correlate_vjp,
    shapes={"W": "h w", "X": "p q"},
    where=_fits,
    oracle=cross_correlate_oracle,
    traits=("multilinear",),
)

TRUE_CONVOLUTION = Layer(
    true_convolve,
    true_convolve_vjp,
    shapes={"X": "h w", "W": "p q"},
    where=_fits,
    oracle=true_convolve_oracle,
    traits=("multilinear",),
)

LAYERS: tuple[Layer, ...] = (CROSS_CORRELATION, TRUE_CONVOLUTION)
