"""The two losses: mean squared error (R1, R2), and softmax cross-entropy for classification.

Mean squared error over all N entries of a and y:

    c = (1/N) Σ (a − y)²   ⇒   ∂c/∂a = (2/N)(a − y) c̄,   ∂c/∂y = −∂c/∂a.

(The article's a is one vector, and its n is the length of that vector. In a batch N counts every entry.)

Softmax cross-entropy of n rows of scores z against rows of weights t (one-hot, or any weights ≥ 0):

    c = −(1/n) Σ_rk t[r,k] log p[r,k],    p = softmax(z),    log p[r,k] = z[r,k] − log Σ_j e^z[r,j]

    ∂ log p[r,k] / ∂z[r,j] = [k = j] − p[r,j]
    ∂c/∂z[r,j] = −(1/n) Σ_k t[r,k] ([k = j] − p[r,j]) = (1/n)(p[r,j] Σ_k t[r,k] − t[r,j])

which for one-hot rows is the familiar (p − t)/n: there Σ t = 1, and leaving it out is wrong for any
other weights. Softmax does not change when a constant is added to a row, so the row's maximum is
subtracted first and every exponent is ≤ 0. A mean over no rows does not exist: n ≥ 1.
"""

from typing import Any

import numpy as np
from scipy import special

from derivations.types import Array, LossPullback, Scalar
from gradcheck import Layer


def mean_squared_error(a: Array, y: Array) -> Scalar:
    """Return (1/N)‖a − y‖² over all N entries; a and y of one shape, a 0-d result; source R1."""
    loss: Scalar = np.mean((a - y) ** 2)
    return loss


def mean_squared_error_vjp(a: Array, y: Array) -> tuple[Scalar, LossPullback]:
    """Return the mean squared error and its pullback, ∂c/∂a = (2/N)(a − y) = −∂c/∂y; source R2."""

    def pullback(c_bar: Any) -> tuple[Array, Array]:
        a_bar = (2 / np.size(a)) * (a - y) * c_bar
        return a_bar, -a_bar

    return mean_squared_error(a, y), pullback


def mean_squared_error_oracle(a: Array, y: Array) -> tuple[Scalar, LossPullback]:
    """Return the same as `mean_squared_error_vjp`, by an inner product of the residual with itself."""
    residual = np.subtract(a, y)

    def pullback(c_bar: Any) -> tuple[Array, Array]:
        return c_bar * (residual + residual) / residual.size, c_bar * (y - a) / (residual.size / 2)

    loss: Scalar = np.vdot(residual, residual) / residual.size
    return loss, pullback


def log_softmax(z: Array) -> Array:
    """Return z − log Σ_k e^z for each row of z (n, k), every exponent ≤ 0."""
    shifted = z - np.real(z).max(axis=1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def cross_entropy(z: Array, t: Array) -> Scalar:
    """Return −(1/n) Σ t log softmax(z) for scores z (n, k) and weights t (n, k) ≥ 0; a 0-d result."""
    loss: Scalar = (t * -log_softmax(z)).sum() / len(z)
    return loss


def cross_entropy_vjp(z: Array, t: Array) -> tuple[Scalar, LossPullback]:
    """Return the cross-entropy and its pullback, ∂c/∂z = (softmax(z) Σ t − t)/n; t is a constant."""

    def pullback(c_bar: Any) -> tuple[Array, None]:
        total = t.sum(axis=1, keepdims=True)
        z_bar = (np.exp(log_softmax(z)) * total - t) * (c_bar / len(z))
        return z_bar, None

    return cross_entropy(z, t), pullback


def cross_entropy_oracle(z: Array, t: Array) -> tuple[Scalar, LossPullback]:
    """Return the same as `cross_entropy_vjp`, by `scipy.special` and one row at a time."""

    def pullback(c_bar: Any) -> tuple[Array, None]:
        rows = [np.sum(weights) * special.softmax(row) - weights for row, weights in zip(z, t, strict=True)]
        return c_bar * np.stack(rows) / len(rows), None

    loss: Scalar = np.vdot(t, -special.log_softmax(z, axis=-1)) / z.shape[0]
    return loss, pullback


MEAN_SQUARED_ERROR = Layer(
    mean_squared_error,
    mean_squared_error_vjp,
    shapes={"a": "n k", "y": "n k"},
    where=lambda n, k: n >= 1 and k >= 1,
    oracle=mean_squared_error_oracle,
    traits=("analytic",),
)

CROSS_ENTROPY = Layer(
    cross_entropy,
    cross_entropy_vjp,
    shapes={"z": "n k", "t": "n k"},
    where=lambda n, k: n >= 1 and k >= 1,
    domain={"t": (0.0, 1.0)},
    constants=("t",),
    oracle=cross_entropy_oracle,
    traits=("analytic",),
)

LAYERS: tuple[Layer, ...] = (MEAN_SQUARED_ERROR, CROSS_ENTROPY)
