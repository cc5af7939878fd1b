"""What the article's operations *are*: sums and maxima spelled out, for the left sides of its claims.

Forward maps only, and no formula of a derivative. They take integers (exact), floats, and objects such as
SymPy's symbols. Of `derivations` they share nothing but the type of an array: a claim would otherwise ask
the code under test about itself. They are as slow as they look; only the loop over the outputs is a slice.
Where a docstring says so, an operand may also be a stack, with one more axis in front, and so is then what
comes back: a claim's left side moves one entry in each copy of the stack.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from derivations.types import Array


def star(W: Array, X: Array) -> Array:
    """Return the article's W * X, Y[i,j] = Σ_pq W[i+p, j+q] X[p,q], W the larger operand.

    Either may be a stack.
    """
    r, s = _places(W, X)
    taps = np.ndindex(X.shape[-2:])
    return _sum(W[..., p : p + r, q : q + s] * X[..., p, q, None, None] for p, q in taps)


def true_convolution(W: Array, X: Array) -> Array:
    """Return the mathematical one, indices reversed: Y[i,j] = Σ_pq W[i + (P−1−p), j + (Q−1−q)] X[p,q].

    Either may be a stack.
    """
    (H, K), (P, Q) = W.shape[-2:], X.shape[-2:]
    # i runs from 0 to H − P, so that the row i + (P−1−p) runs from P − 1 − p to H − 1 − p.
    Y = np.zeros((), np.result_type(W, X))
    for p, q in np.ndindex(P, Q):
        # Not by `_sum`: that is what `star`, the other side of C0, adds up with.
        Y = Y + W[..., P - 1 - p : H - p, Q - 1 - q : K - q] * X[..., p, q, None, None]
    return Y


def true_convolution_1d(f: Array, g: Array) -> Array:
    """Return (f ∗ g)[t] = Σ_τ f[τ] g[t−τ] at every t where a term exists: the integral as a sum."""
    y = np.zeros(len(f) + len(g) - 1, np.result_type(f, g))
    for tau in range(len(f)):
        y[tau : tau + len(g)] += f[tau] * g
    return y


def channels(inputs: Array, kernels: Array) -> Array:
    """Return O[j,r,s] = Σ_i Σ_pq I[i, r+p, s+q] K[i,j,p,q] for inputs I (n, rows, cols), K (n, m, p, q).

    Either may be a stack.
    """
    r, s = _places(inputs, kernels)
    taps = np.ndindex(kernels.shape[-2:])
    each = _sum(inputs[..., None, p : p + r, q : q + s] * kernels[..., p, q, None, None] for p, q in taps)
    summed: Array = each.sum(axis=-4)  # over i; `each` is (…, n, m, r, s)
    return summed


def maximum(x: Array) -> Any:
    """Return the largest entry of a vector."""
    largest = x[0]
    for entry in x[1:]:
        largest = max(largest, entry)
    return largest


def max_pool(A: Array, window: int, stride: int) -> Array:
    """Return B[…,r,s] = max_pq A[…, r·stride + p, s·stride + q], p and q from 0 to window − 1."""
    rows, cols = ((size - window) // stride + 1 for size in A.shape[-2:])
    B = A[..., : rows * stride : stride, : cols * stride : stride]
    for p, q in np.ndindex(window, window):
        B = np.maximum(B, A[..., p : p + rows * stride : stride, q : q + cols * stride : stride])
    return B


def linear(W: Array, a: Array, b: Array) -> Array:
    """Return z[o] = Σ_i W[o,i] a[i] + b[o]; each of the three may be a stack."""
    return _sum([b.copy(), *(W[..., i] * a[..., i, None] for i in range(a.shape[-1]))])


def sigmoid(z: Array) -> Array:
    """Return 1/(1 + e^−z) for every entry."""
    result: Array = 1 / (1 + np.exp(-z))
    return result


def mean_squared_error(a: Array, y: Array) -> Any:
    """Return (1/n) Σ (a − y)², a `Fraction` where the entries are integers."""
    total = sum((a[k] - y[k]) ** 2 for k in np.ndindex(a.shape))
    return Fraction(int(total), a.size) if isinstance(total, np.integer) else total / a.size


def flatten(x: Array) -> Array:
    """Return the entries of x (channels, rows, cols), channel by channel and row by row; x may be a stack."""
    count, rows, cols = x.shape[-3:]
    entries = [x[..., c, i, j] for c in range(count) for i in range(rows) for j in range(cols)]
    return np.stack(entries, axis=-1)


def framed(image: Array, width: int) -> Array:
    """Return `image` (channels, rows, cols) inside `width` zeros on each side."""
    count, rows, cols = image.shape
    frame = np.zeros((count, rows + 2 * width, cols + 2 * width), image.dtype)
    frame[:, width : width + rows, width : width + cols] = image
    return frame


def network_loss(
    images: Array, kernel: Array, kernel_bias: Array, weights: Array, bias: Array, targets: Array
) -> Any:
    """Return the mean squared error of a network that is sigmoid throughout, image by image.

    Parameters
    ----------
    images
        (n, i, 2u, 2v), each framed by one zero and pooled by 2 × 2.
    kernel, kernel_bias
        (o, i, 3, 3) and (o,).
    weights, bias
        (o·u·v, k) and (k,).
    targets
        (n, k).
    """
    outputs = []
    for image in images:
        z = channels(framed(image, 1), kernel.swapaxes(0, 1)) + kernel_bias[:, None, None]
        pooled = max_pool(sigmoid(z), 2, 2)
        outputs.append(sigmoid(linear(weights.T, flatten(pooled), bias)))
    return mean_squared_error(np.array(outputs), targets)


def _places(large: Array, small: Array) -> tuple[int, int]:
    """Return at how many places, down and across, the smaller operand lies inside the larger."""
    return large.shape[-2] - small.shape[-2] + 1, large.shape[-1] - small.shape[-1] + 1


def _sum(terms: Iterable[Array]) -> Array:
    return reduce(add, terms)
