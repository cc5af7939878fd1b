"""The recap and the two layouts: R1–R7.

Left sides are differences of the literal definitions; right sides are the article's formulas.
"""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from derivations.activations import sigmoid
from derivations.article import definitions
from derivations.linear import affine
from derivations.losses import mean_squared_error
from derivations.types import Array
from gradcheck import Claim, Estimate, exact_gradient, exact_jacobian, numerical_gradient

_SECTION = "Recap on the last blogpost"
_LINEAR = {"W": "o i", "a": "i", "b": "o", "dz": "o"}
_UP_TO = {"o": 4, "i": 4}
_SIGMAS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": definitions.sigmoid,
    "tanh": np.tanh,
    "square": np.square,
}
_SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "square": lambda z: 2 * z,
}


def _forward_by_sums(W: Array, a: Array, b: Array, y: Array) -> Array:
    z = definitions.linear(W, a, b)
    activated = definitions.sigmoid(z)
    return np.concatenate((z, activated, [definitions.mean_squared_error(activated, y)]))


def _forward(W: Array, a: Array, b: Array, y: Array) -> Array:
    z = affine(W, a, b)
    return np.concatenate((z, sigmoid(z), [mean_squared_error(sigmoid(z), y)]))


R1 = Claim(
    "R1",
    "A layer takes a to σ(W a + b), and the cost is the squared distance to y over their length",
    _forward_by_sums,
    _forward,
    {"W": "o i", "a": "i", "b": "o", "y": "o"},
    latex=r"z = W a + b,\quad a' = \sigma(z),\quad c = \tfrac{1}{n}\lVert a' - y\rVert_2^2",
    section=_SECTION,
    numerical=True,
)


def _mse_by_differences(a: Array, y: Array) -> Array:
    return exact_gradient(lambda moved: definitions.mean_squared_error(moved, y), a, 1, degree=2)


def _mse_gradient(a: Array, y: Array) -> Array:
    gradient: Array = Fraction(2, len(a)) * (a - y)
    return gradient


R2 = Claim(
    "R2",
    "The gradient of the mean squared error is twice the residual over its length",
    _mse_by_differences,
    _mse_gradient,
    {"a": "n", "y": "n"},
    latex=r"\frac{\partial c}{\partial a_L} = \frac{2}{n}(a_L - y)",
    section=_SECTION,
    degree=1,
)


def _activation_by_differences(z: Array, da: Array, sigma: str) -> Estimate:
    return numerical_gradient(_SIGMAS[sigma], z, da)


def _activation_gradient(z: Array, da: Array, sigma: str) -> Array:
    return np.diag(_SLOPES[sigma](z)) @ da


R3 = Claim(
    "R3",
    "An element-wise activation multiplies the upstream gradient by the diagonal matrix of its slopes",
    _activation_by_differences,
    _activation_gradient,
    {"z": "n", "da": "n"},
    latex=r"\frac{\partial c}{\partial z} = \operatorname{diag}(\sigma'(z))\frac{\partial c}{\partial a}",
    section=_SECTION,
    options={"sigma": tuple(_SIGMAS)},
    numerical=True,
    note="Where σ is differentiable: tried with sigmoid, tanh and z².",
)


def _input_by_differences(W: Array, a: Array, b: Array, dz: Array) -> Array:
    return exact_gradient(lambda moved: definitions.linear(W, moved, b), a, dz, stacked=True)


def _input_gradient(W: Array, a: Array, b: Array, dz: Array) -> Array:  # noqa: ARG001
    return W.T @ dz


R4 = Claim(
    "R4",
    "The gradient in a linear layer's input is the transposed weights times the upstream gradient",
    _input_by_differences,
    _input_gradient,
    _LINEAR,
    latex=r"\frac{\partial c}{\partial a} = W^T \frac{\partial c}{\partial z}",
    section=_SECTION,
    degree=2,
    linear_in=("W", "dz"),
    up_to=_UP_TO,
)


def _bias_by_differences(W: Array, a: Array, b: Array, dz: Array) -> Array:
    return exact_gradient(lambda moved: definitions.linear(W, a, moved), b, dz, stacked=True)


def _bias_gradient(W: Array, a: Array, b: Array, dz: Array) -> Array:  # noqa: ARG001
    return dz


R5 = Claim(
    "R5",
    "The gradient in a linear layer's bias is the upstream gradient itself",
    _bias_by_differences,
    _bias_gradient,
    _LINEAR,
    latex=r"\frac{\partial c}{\partial b} = \frac{\partial c}{\partial z}",
    section=_SECTION,
    degree=1,
    linear_in=("dz",),
    up_to=_UP_TO,
)


def _weights_by_differences(W: Array, a: Array, b: Array, dz: Array) -> Array:
    return exact_gradient(lambda moved: definitions.linear(moved, a, b), W, dz, stacked=True)


def _weights_gradient(W: Array, a: Array, b: Array, dz: Array) -> Array:  # noqa: ARG001
    return np.outer(dz, a)


R6 = Claim(
    "R6",
    "The gradient in a linear layer's weights is the upstream column times the input as a row",
    _weights_by_differences,
    _weights_gradient,
    _LINEAR,
    latex=r"\frac{\partial c}{\partial W} = \frac{\partial c}{\partial z} a^T",
    section=_SECTION,
    degree=2,
    linear_in=("a", "dz"),
    up_to=_UP_TO,
)


def _numerator_layout(W: Array, a: Array, b: Array, dz: Array) -> Array:
    """Return the three gradients with outputs down and inputs across, and their shapes."""
    row = dz[None, :]
    by_a = row @ exact_jacobian(lambda moved: definitions.linear(W, moved, b), a, stacked=True)
    by_b = row @ exact_jacobian(lambda moved: definitions.linear(W, a, moved), b, stacked=True)
    slopes = exact_gradient(lambda moved: definitions.linear(moved, a, b), W, dz, stacked=True)
    by_w = np.array([[slopes[o, i] for o in range(len(b))] for i in range(len(a))])
    return np.concatenate((by_a.shape, by_b.shape, by_w.shape, by_a, by_b, by_w), axis=None)


def _denominator_layout_transposed(W: Array, a: Array, b: Array, dz: Array) -> Array:  # noqa: ARG001
    column = dz[:, None]
    by_a, by_b, by_w = (W.T @ column).T, column.T, (column @ a[None, :]).T
    return np.concatenate((by_a.shape, by_b.shape, by_w.shape, by_a, by_b, by_w), axis=None)


R7 = Claim(
    "R7",
    "Numerator and denominator layout hold the same numbers, each transposed in the other",
    _numerator_layout,
    _denominator_layout_transposed,
    _LINEAR,
    latex=r"\left(\frac{\partial c}{\partial z}\right)_{\text{num}} W"
    r" = \left(W^T \left(\frac{\partial c}{\partial z}\right)_{\text{den}}\right)^T,\quad"
    r" \left(\frac{\partial c}{\partial W}\right)_{\text{num}}"
    r" = \left(\frac{\partial c}{\partial W}\right)_{\text{den}}^T",
    section="Things to note",
    degree=2,
)

CLAIMS = (R1, R2, R3, R4, R5, R6, R7)
