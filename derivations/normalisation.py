"""Batch and layer normalisation, with the statistics differentiated through.

Both standardise m entries that belong together and then scale and shift. Of the entries x[1] … x[m],

    μ = (1/m) Σ x[a],   σ² = (1/m) Σ (x[a] − μ)² + ε,   z[a] = (x[a] − μ)/σ

Every z[a] depends on every x[b], through μ and through σ:

    ∂μ/∂x[b] = 1/m,     ∂σ/∂x[b] = (1/2σ) (2/m) (x[b] − μ) = z[b]/m      (Σ (x[a] − μ) = 0 kills the μ term)

    ∂z[a]/∂x[b] = ([a = b] − 1/m)/σ − (x[a] − μ)/σ² · z[b]/m = ([a = b] − 1/m − z[a] z[b]/m)/σ

    x̄[b] = Σ_a z̄[a] ∂z[a]/∂x[b] = (z̄[b] − mean(z̄) − z[b] mean(z̄ z))/σ

The last two terms are what is lost when statistics are taken for constants. The variance is that of the m
entries themselves (divided by m, not m − 1), and ε stands under the root, in the backward pass too.

Batch normalisation (in training) standardises each channel over the batch and all positions, layer
normalisation each sample over its features. With y = γ z + β,

    z̄ = γ ȳ,   γ̄ = Σ ȳ z,   β̄ = Σ ȳ,     the sums over everything that γ and β are shared by.

Corners. From a single entry (m = 1) z is 0 whatever x is, and x̄ = 0. The mean of no entries does not exist:
m ≥ 1.
"""

import numpy as np

from derivations.types import Array, Pullback, UnaryPullback
from gradcheck import Layer

Axes = int | tuple[int, ...]


def standardise_vjp(x: Array, axes: Axes, epsilon: float) -> tuple[Array, UnaryPullback]:
    """Return z = (x − μ)/σ over some axes and its pullback, x̄ = (z̄ − mean(z̄) − z mean(z̄ z))/σ."""
    centred = x - x.mean(axis=axes, keepdims=True)
    sigma = np.sqrt((centred**2).mean(axis=axes, keepdims=True) + epsilon)
    z = centred / sigma

    def pullback(z_bar: Array) -> Array:
        through_mean = z_bar.mean(axis=axes, keepdims=True)
        through_sigma = z * (z_bar * z).mean(axis=axes, keepdims=True)
        x_bar: Array = (z_bar - through_mean - through_sigma) / sigma
        return x_bar

    return z, pullback


def batch_norm(x: Array, gamma: Array, beta: Array, *, epsilon: float = 1e-5) -> Array:
    """Return γ z + β, z standardised over the batch and all positions of each channel.

    Parameters
    ----------
    x
        (n, c, ...), with at least one entry a channel.
    gamma, beta
        Scale and shift of each channel, (c,).
    epsilon
        Added to the variance under the root.
    """
    return batch_norm_vjp(x, gamma, beta, epsilon=epsilon)[0]


def batch_norm_vjp(x: Array, gamma: Array, beta: Array, *, epsilon: float = 1e-5) -> tuple[Array, Pullback]:
    """Return `batch_norm` and its pullback, ȳ -> x̄, Σ ȳ z, Σ ȳ, the sums over batch and positions."""
    shared = (0, *range(2, x.ndim))
    z, pull_z = standardise_vjp(x, shared, epsilon)
    scale, shift = (np.expand_dims(a, tuple(range(1, x.ndim - 1))) for a in (gamma, beta))

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        return pull_z(scale * y_bar), (y_bar * z).sum(axis=shared), y_bar.sum(axis=shared)

    return scale * z + shift, pullback


def batch_norm_oracle(
    x: Array, gamma: Array, beta: Array, *, epsilon: float = 1e-5
) -> tuple[Array, Pullback]:
    """Return the same as `batch_norm_vjp`, one channel and one full Jacobian at a time."""
    channels = [_whitened(x[:, c].ravel(), epsilon) for c in range(x.shape[1])]
    y = np.empty_like(x)
    for c, (z, _) in enumerate(channels):
        y[:, c] = (gamma[c] * z + beta[c]).reshape(x[:, c].shape)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        x_bar, gamma_bar, beta_bar = np.empty_like(x), np.empty_like(gamma), np.empty_like(beta)
        for c, (z, jacobian) in enumerate(channels):
            sent = y_bar[:, c].ravel()
            x_bar[:, c] = (gamma[c] * sent @ jacobian).reshape(x[:, c].shape)
            gamma_bar[c], beta_bar[c] = np.vdot(sent, z), np.sum(sent)
        return x_bar, gamma_bar, beta_bar

    return y, pullback


def layer_norm(x: Array, gamma: Array, beta: Array, *, epsilon: float = 1e-5) -> Array:
    """Return γ z + β, z standardised over the last axis.

    Parameters
    ----------
    x
        (..., k), k ≥ 1.
    gamma, beta
        Scale and shift of each feature, (k,).
    epsilon
        Added to the variance under the root.
    """
    return layer_norm_vjp(x, gamma, beta, epsilon=epsilon)[0]


def layer_norm_vjp(x: Array, gamma: Array, beta: Array, *, epsilon: float = 1e-5) -> tuple[Array, Pullback]:
    """Return `layer_norm` and its pullback, ȳ -> x̄, Σ ȳ z, Σ ȳ, the sums over all but the last axis."""
    shared = tuple(range(x.ndim - 1))
    z, pull_z = standardise_vjp(x, -1, epsilon)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        return pull_z(gamma * y_bar), (y_bar * z).sum(axis=shared), y_bar.sum(axis=shared)

    return gamma * z + beta, pullback


def layer_norm_oracle(
    x: Array, gamma: Array, beta: Array, *, epsilon: float = 1e-5
) -> tuple[Array, Pullback]:
    """Return the same as `layer_norm_vjp`, one sample and one full Jacobian at a time."""
    samples = {place: _whitened(x[place], epsilon) for place in np.ndindex(x.shape[:-1])}
    y = np.empty_like(x)
    for place, (z, _) in samples.items():
        y[place] = gamma * z + beta

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        x_bar, gamma_bar, beta_bar = np.empty_like(x), np.zeros_like(gamma), np.zeros_like(beta)
        for place, (z, jacobian) in samples.items():
            x_bar[place] = (gamma * y_bar[place]) @ jacobian
            gamma_bar += y_bar[place] * z
            beta_bar += y_bar[place]
        return x_bar, gamma_bar, beta_bar

    return y, pullback


def _whitened(v: Array, epsilon: float) -> tuple[Array, Array]:
    """Return a vector standardised, and the m × m Jacobian of that: (I − 11ᵀ/m − zzᵀ/m)/σ."""
    deviation = np.sqrt(np.var(v) + epsilon)
    z = (v - np.average(v)) / deviation
    ones = np.ones_like(v)
    jacobian = (np.eye(v.size, dtype=v.dtype) - (np.outer(ones, ones) + np.outer(z, z)) / v.size) / deviation
    return z, jacobian


BATCH_NORM = Layer(
    batch_norm,
    batch_norm_vjp,
    shapes={"x": "n c rows", "gamma": "c", "beta": "c"},
    where=lambda n, rows: n >= 1 and rows >= 1,
    options={"epsilon": (1e-5, 1e-3)},
    oracle=batch_norm_oracle,
    traits=("analytic",),
)

LAYER_NORM = Layer(
    layer_norm,
    layer_norm_vjp,
    shapes={"x": "n t k", "gamma": "k", "beta": "k"},
    where=lambda k: k >= 1,
    options={"epsilon": (1e-5, 1e-3)},
    oracle=layer_norm_oracle,
    traits=("analytic",),
    batch="n",
)

LAYERS: tuple[Layer, ...] = (BATCH_NORM, LAYER_NORM)
