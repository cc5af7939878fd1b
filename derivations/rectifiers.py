"""Relatives of the ReLU: leaky ReLU, softplus and GELU.

Each acts on every entry alone, so x̄ = σ'(x) ȳ at the *input* x, as in `activations`. With φ and Φ the
standard normal density and distribution:

    leaky ReLU    x if x > 0, else a x                 [x > 0] + a [x ≤ 0]
    softplus      log(1 + e^x)                         e^x/(1 + e^x) = σ(x), the sigmoid
    GELU          x Φ(x)                               Φ(x) + x φ(x)
    GELU, tanh    x/2 (1 + tanh u) = x σ(2u)           σ(2u) + x σ(2u) σ(−2u) · 2u'
                  u = √(2/π) (x + 0.044715 x³)         u' = √(2/π) (1 + 3 · 0.044715 x²)

The second form of GELU is another function, near the first, and has a backward of its own: they differ by
about 1e-3.

What is written here does not overflow, and takes no difference of near-equal numbers: log(1 + e^x) is
max(x, 0) + log(1 + e^−|x|); Φ(x) far to the left is ½ erfc(−x/√2), where ½ (1 + erf) has no digit left; and
1 + tanh u is 2σ(2u), because 1 + tanh u = 2e^u/(e^u + e^−u).

Leaky ReLU has a kink at 0, where any value between a and 1 is a subgradient; a is chosen here.
"""

import math
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from derivations.activations import sigmoid
from derivations.types import Array, UnaryPullback
from gradcheck import Layer

Form: TypeAlias = Literal["erf", "tanh"]
CUBIC = 0.044715
ROOT_2_PI = math.sqrt(2 / math.pi)


def leaky_relu(x: Array, *, slope: float = 0.01) -> Array:
    """Return x where x > 0, else slope·x, for every entry; any shape."""
    return np.where(x > 0, x, slope * x)


def leaky_relu_vjp(x: Array, *, slope: float = 0.01) -> tuple[Array, UnaryPullback]:
    """Return leaky_relu(x) and its pullback, x̄ = ȳ where x > 0, else slope·ȳ (at the kink too)."""

    def pullback(y_bar: Array) -> Array:
        return np.where(x > 0, y_bar, slope * y_bar)

    return leaky_relu(x, slope=slope), pullback


def leaky_relu_oracle(x: Array, *, slope: float = 0.01) -> tuple[Array, UnaryPullback]:
    """Return the same as `leaky_relu_vjp`, by two clipped halves and the Heaviside step."""

    def pullback(y_bar: Array) -> Array:
        step = np.heaviside(x, 0)
        x_bar: Array = y_bar * step + slope * y_bar * (1 - step)
        return x_bar

    return np.clip(x, 0, None) + slope * np.clip(x, None, 0), pullback


def softplus(x: Array) -> Array:
    """Return log(1 + e^x) for every entry; any shape, no overflow at any finite x."""
    result: Array = np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
    return result


def softplus_vjp(x: Array) -> tuple[Array, UnaryPullback]:
    """Return softplus(x) and its pullback, x̄ = ȳ σ(x)."""

    def pullback(y_bar: Array) -> Array:
        return y_bar * sigmoid(x)

    return softplus(x), pullback


def softplus_oracle(x: Array) -> tuple[Array, UnaryPullback]:
    """Return the same as `softplus_vjp` by `numpy.logaddexp` and `scipy.special.expit`."""

    def pullback(y_bar: Array) -> Array:
        return special.expit(x) * y_bar

    return np.logaddexp(x, np.zeros_like(x)), pullback


def gelu(x: Array, *, form: Form = "erf") -> Array:
    """Return x Φ(x), or in the tanh form x σ(2u), for every entry; any shape."""
    return x * _gate(x, form)


def gelu_vjp(x: Array, *, form: Form = "erf") -> tuple[Array, UnaryPullback]:
    """Return gelu(x) and its pullback, x̄ = ȳ (Φ + x φ), or ȳ (σ + x σ σ(−2u) 2u')."""

    def pullback(y_bar: Array) -> Array:
        x_bar: Array = y_bar * (_gate(x, form) + x * _gate_slope(x, form))
        return x_bar

    return gelu(x, form=form), pullback


def _gate(x: Array, form: Form) -> Array:
    """Return Φ(x), or σ(2u)."""
    if form == "tanh":
        return sigmoid(2 * ROOT_2_PI * (x + CUBIC * x**3))
    gate: Array = special.erfc(-x / math.sqrt(2)) / 2
    return gate


def _gate_slope(x: Array, form: Form) -> Array:
    """Return φ(x), or σ(2u) σ(−2u) 2u'."""
    if form == "tanh":
        twice_u = 2 * ROOT_2_PI * (x + CUBIC * x**3)
        return sigmoid(twice_u) * sigmoid(-twice_u) * (2 * ROOT_2_PI * (1 + 3 * CUBIC * x**2))
    density: Array = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return density


def gelu_oracle(x: Array, *, form: Form = "erf") -> tuple[Array, UnaryPullback]:
    """Return the same as `gelu_vjp`, entry by entry, by `math.erfc` or `scipy.special.expit`."""
    value_and_slope = _erf_gelu if form == "erf" else _tanh_gelu
    pairs = np.array([value_and_slope(float(v)) for v in x.flat], dtype=x.dtype).reshape(*x.shape, 2)

    def pullback(y_bar: Array) -> Array:
        return pairs[..., 1] * y_bar

    return pairs[..., 0].copy(), pullback


def _erf_gelu(v: float) -> tuple[float, float]:
    below = math.erfc(-v * math.sqrt(0.5)) / 2
    return v * below, below + v * math.exp(-0.5 * v * v) * math.sqrt(0.5 / math.pi)


def _tanh_gelu(v: float) -> tuple[float, float]:
    scaled = math.sqrt(8 / math.pi)
    twice_u = scaled * (v + 0.044715 * v * v * v)
    gate, rest = float(special.expit(twice_u)), float(special.expit(-twice_u))
    return v * gate, gate * (1 + v * rest * scaled * (1 + 0.134145 * v * v))


LEAKY_RELU = Layer(
    leaky_relu,
    leaky_relu_vjp,
    shapes={"x": "..."},
    options={"slope": (0.125, 0.0, 0.5)},
    oracle=leaky_relu_oracle,
    traits=("piecewise-linear",),
)

SOFTPLUS = Layer(softplus, softplus_vjp, shapes={"x": "..."}, oracle=softplus_oracle, traits=("smooth",))

GELU = Layer(
    gelu,
    gelu_vjp,
    shapes={"x": "..."},
    options={"form": ("erf", "tanh")},
    oracle=gelu_oracle,
    traits=("analytic",),
)

LAYERS: tuple[Layer, ...] = (LEAKY_RELU, SOFTPLUS, GELU)
