"""What the article writes out for W 3 × 3 and X 2 × 2: C1, C3, C5, C6."""

import numpy as np

from derivations.article import definitions
from derivations.article.printed import DY_DW, DY_DX, DY_DX_CORRECTED, Partial
from derivations.types import Array
from gradcheck import Claim, exact_gradient, exact_jacobian

_SECTION = "Convolution (Single Layer)"
_EXAMPLE = {"W": "3 3", "X": "2 2"}


def _product_as_printed(W: Array, X: Array) -> Array:
    (w11, w12, w13), (w21, w22, w23), (w31, w32, w33) = W
    (x11, x12), (x21, x22) = X
    return np.array(
        [
            [w11 * x11 + w12 * x12 + w21 * x21 + w22 * x22, w12 * x11 + w13 * x12 + w22 * x21 + w23 * x22],
            [w21 * x11 + w22 * x12 + w31 * x21 + w32 * x22, w22 * x11 + w23 * x12 + w32 * x21 + w33 * x22],
        ]
    )


C1 = Claim(
    "C1",
    "The 2 × 2 result for W 3 × 3 and X 2 × 2, written out",
    definitions.star,
    _product_as_printed,
    _EXAMPLE,
    latex=r"y_{11} = w_{11}x_{11} + w_{12}x_{12} + w_{21}x_{21} + w_{22}x_{22},\ \dots",
    section=_SECTION,
    degree=2,
    linear_in=("W", "X"),
)


def _dy_dx(W: Array, X: Array) -> Array:
    return exact_jacobian(lambda moved: definitions.star(W, moved), X, stacked=True)


def _dy_dw(W: Array, X: Array) -> Array:
    return exact_jacobian(lambda moved: definitions.star(moved, X), W, stacked=True)


def _entries(jacobian: Array, table: tuple[Partial, ...]) -> Array:
    return np.array([jacobian[(*of, *by)] for of, by, _ in table])


_SIXTEEN_CORRECTED = Claim(
    "C3 corrected",
    "The sixteen partials of Y in X, the last of each row taken in x₂₂",
    lambda W, X: _entries(_dy_dx(W, X), DY_DX_CORRECTED),
    lambda W, X: np.array([W[value] for _, _, value in DY_DX_CORRECTED]),  # noqa: ARG005
    _EXAMPLE,
    latex=r"\frac{\partial y_{11}}{\partial x_{22}} = w_{22},\ \dots",
    section=_SECTION,
    degree=1,
    linear_in=("W", "X"),
)

C3 = Claim(
    "C3",
    "The sixteen partials of Y in X, under the labels that are printed",
    lambda W, X: _entries(_dy_dx(W, X), DY_DX),
    lambda W, X: np.array([W[value] for _, _, value in DY_DX]),  # noqa: ARG005
    _EXAMPLE,
    latex=r"\frac{\partial y_{11}}{\partial x_{12}} = w_{12},\quad"
    r" \frac{\partial y_{11}}{\partial x_{12}} = w_{22},\ \dots",
    section=_SECTION,
    degree=1,
    correction=_SIXTEEN_CORRECTED,
    note="Each row names ∂y/∂x₁₂ twice; its fourth partial is the one in x₂₂.",
)


C5 = Claim(
    "C5",
    "The thirty-six partials of Y in W",
    lambda W, X: _entries(_dy_dw(W, X), DY_DW),
    lambda W, X: np.array([0 if value is None else X[value] for _, _, value in DY_DW]),  # noqa: ARG005
    _EXAMPLE,
    latex=r"\frac{\partial y_{11}}{\partial w_{11}} = x_{11},\quad"
    r" \frac{\partial y_{12}}{\partial w_{11}} = 0,\ \dots",
    section=_SECTION,
    degree=1,
    linear_in=("X",),
)


def _gradient_in_w(W: Array, X: Array, dY: Array) -> Array:
    return exact_gradient(lambda moved: definitions.star(moved, X), W, dY, stacked=True)


def _nine_sums(W: Array, X: Array, dY: Array) -> Array:  # noqa: ARG001
    (x11, x12), (x21, x22) = X
    (y11, y12), (y21, y22) = dY
    return np.array(
        [
            [y11 * x11, y11 * x12 + y12 * x11, y12 * x12],
            [y11 * x21 + y21 * x11, y11 * x22 + y12 * x21 + y21 * x12 + y22 * x11, y12 * x22 + y22 * x12],
            [y21 * x21, y21 * x22 + y22 * x21, y22 * x22],
        ]
    )


C6 = Claim(
    "C6",
    "The nine sums that make up the gradient in W",
    _gradient_in_w,
    _nine_sums,
    {**_EXAMPLE, "dY": "2 2"},
    latex=r"\frac{\partial c}{\partial w_{12}} = \frac{\partial c}{\partial y_{11}} x_{12}"
    r" + \frac{\partial c}{\partial y_{12}} x_{11},\ \dots",
    section=_SECTION,
    degree=2,
    linear_in=("X", "dY"),
)
