"""Both gradients of convolution over one channel, in general: C2, C4, C7–C9."""

import numpy as np

from derivations.article import definitions
from derivations.convolution import cross_correlate, flip, pad
from derivations.types import Array
from gradcheck import Claim, Condition, exact_gradient, exact_jacobian

_SECTION = "Convolution (Single Layer)"
_OPERANDS = {"W": "h w", "X": "p q"}
_UPSTREAM = {**_OPERANDS, "dY": "h-p+1 w-q+1"}
_UP_TO = {"h": 4, "w": 4, "p": 3, "q": 3}


def _inside(h: int, w: int, p: int, q: int) -> bool:
    return p <= h and q <= w


def _dy_dx(W: Array, X: Array) -> Array:
    return exact_jacobian(lambda moved: definitions.star(W, moved), X, stacked=True)


def _dy_dw(W: Array, X: Array) -> Array:
    return exact_jacobian(lambda moved: definitions.star(moved, X), W, stacked=True)


def _tensor(W: Array, X: Array) -> Array:
    jacobian = _dy_dx(W, X)
    return np.array([jacobian.ndim, *jacobian.shape])


def _order_and_shape(W: Array, X: Array) -> Array:
    return np.array([4, W.shape[0] - X.shape[0] + 1, W.shape[1] - X.shape[1] + 1, *X.shape])


C2 = Claim(
    "C2",
    "The derivative of Y in X is a tensor of fourth order: Y's two axes, then X's",
    _tensor,
    _order_and_shape,
    _OPERANDS,
    latex=r"\frac{\partial Y}{\partial X} \in \mathbb{R}^{r \times s \times p \times q}",
    section=_SECTION,
    where=_inside,
)


def _gradient_in_x(W: Array, X: Array, dY: Array) -> Array:
    return exact_gradient(lambda moved: definitions.star(W, moved), X, dY, stacked=True)


def _gradient_in_w(W: Array, X: Array, dY: Array) -> Array:
    return exact_gradient(lambda moved: definitions.star(moved, X), W, dY, stacked=True)


C4 = Claim(
    "C4",
    "The gradient in the sliding operand is W ⋆ the upstream gradient",
    _gradient_in_x,
    lambda W, X, dY: cross_correlate(W, dY),  # noqa: ARG005
    _UPSTREAM,
    latex=r"\frac{\partial c}{\partial X} = W \star \frac{\partial c}{\partial Y}",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("W", "dY"),
    up_to=_UP_TO,
)

C7 = Claim(
    "C7",
    "The gradient in the larger operand is the padded upstream gradient ⋆ the flipped X",
    _gradient_in_w,
    lambda W, X, dY: cross_correlate(pad(dY, X.shape), flip(X)),  # noqa: ARG005
    _UPSTREAM,
    latex=r"\frac{\partial c}{\partial W} = \operatorname{pad}\left(\frac{\partial c}{\partial Y}\right)"
    r" \star \operatorname{flip}(X)",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("X", "dY"),
    up_to=_UP_TO,
)


def _padded_for(W: Array, X: Array, dY: Array, kernel: str) -> Array:
    operand = {"W": W, "X": X}[kernel]
    return cross_correlate(pad(dY, operand.shape), flip(X))


C8 = Claim(
    "C8",
    "pad adds one less than the size of the kernel, on each side of each axis",
    lambda W, X, dY, kernel: _gradient_in_w(W, X, dY),  # noqa: ARG005
    _padded_for,
    _UPSTREAM,
    latex=r"\operatorname{pad} = \operatorname{size}(\text{kernel}) - 1",
    section=_SECTION,
    where=_inside,
    options={"kernel": ("W", "X")},
    degree=2,
    linear_in=("X", "dY"),
    up_to=_UP_TO,
    conditions=(
        Condition("the kernel is W, which the section trains", lambda kernel: kernel == "W"),
        Condition("the kernel is the sliding operand X", lambda kernel: kernel == "X"),
    ),
    note="With W the result does not even have W's shape.",
)


def _both_by_differences(W: Array, X: Array) -> Array:
    return np.concatenate((_dy_dx(W, X), _dy_dw(W, X)), axis=None)


def _both_formulas(W: Array, X: Array) -> Array:
    rows, cols = W.shape[0] - X.shape[0] + 1, W.shape[1] - X.shape[1] + 1
    upstream = np.eye(rows * cols, dtype=W.dtype).reshape(-1, rows, cols)
    in_x = [cross_correlate(W, dY) for dY in upstream]
    in_w = [cross_correlate(pad(dY, X.shape), flip(X)) for dY in upstream]
    return np.concatenate((in_x, in_w), axis=None)


C9 = Claim(
    "C9",
    "What the 3 × 3 and 2 × 2 example shows of both gradients is true of every size",
    _both_by_differences,
    _both_formulas,
    _OPERANDS,
    latex=r"\forall\, W, X:\quad \frac{\partial c}{\partial X} = W \star \frac{\partial c}{\partial Y},\quad"
    r" \frac{\partial c}{\partial W} = \operatorname{pad}\left(\frac{\partial c}{\partial Y}\right)"
    r" \star \operatorname{flip}(X)",
    section=_SECTION,
    where=_inside,
    degree=1,
    # The half of C4 is linear in W alone and the half of C7 in X alone: both bases together try either's.
    linear_in=("W", "X"),
    up_to=_UP_TO,
    note="C4 and C7 together, for every unit of ∂c/∂Y. All sizes at once: derivations/convolution.py.",
)
