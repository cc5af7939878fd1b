"""Both conventions and both layouts: C0, and beside the article T1, T2 (true convolution), L1, L2, S1."""

from scipy import signal

from derivations.article import definitions
from derivations.convolution import cross_correlate, flip, pad
from gradcheck import Claim, exact_gradient

_SECTION = "Convolution (Single Layer)"
_OPERANDS = {"W": "h w", "X": "p q"}
_UPSTREAM = {**_OPERANDS, "dY": "h-p+1 w-q+1"}
_UP_TO = {"h": 4, "w": 4, "p": 3, "q": 3}


def _inside(h: int, w: int, p: int, q: int) -> bool:
    return p <= h and q <= w


_TRUE_CONVOLUTION_IS_A_FLIP_AWAY = Claim(
    "C0 corrected",
    "True convolution is the article's * with its sliding operand flipped",
    definitions.true_convolution,
    lambda W, X: cross_correlate(W, flip(X)),
    _OPERANDS,
    latex=r"\sum_{pq} w_{i+P-1-p,\,j+Q-1-q}\, x_{pq} = (W \star \operatorname{flip}(X))_{ij}",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("W", "X"),
    up_to=_UP_TO,
)

C0 = Claim(
    "C0",
    "The mathematical convolution and the 2-D * written out below it are one operation",
    definitions.star,
    definitions.true_convolution,
    _OPERANDS,
    latex=r"\sum_{pq} w_{i+p,\,j+q}\, x_{pq} = \sum_{pq} w_{i+P-1-p,\,j+Q-1-q}\, x_{pq}",
    section=_SECTION,
    where=_inside,
    degree=2,
    correction=_TRUE_CONVOLUTION_IS_A_FLIP_AWAY,
    note="The 2-D * is cross-correlation: no index is reversed, and it does not commute.",
)


T1 = Claim(
    "T1",
    "Under true convolution the gradient in the larger operand needs no flip",
    lambda X, W, dY: exact_gradient(
        lambda moved: definitions.true_convolution(moved, W), X, dY, stacked=True
    ),
    lambda X, W, dY: cross_correlate(pad(dY, W.shape), W),  # noqa: ARG005
    {"X": "h w", "W": "p q", "dY": "h-p+1 w-q+1"},
    latex=r"Y = X * W:\quad \frac{\partial c}{\partial X}"
    r" = \operatorname{pad}\left(\frac{\partial c}{\partial Y}\right) \star W",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("W", "dY"),
    up_to=_UP_TO,
)

T2 = Claim(
    "T2",
    "Under true convolution the flip moves to the gradient in the sliding operand",
    lambda X, W, dY: exact_gradient(
        lambda moved: definitions.true_convolution(X, moved), W, dY, stacked=True
    ),
    lambda X, W, dY: flip(cross_correlate(X, dY)),  # noqa: ARG005
    {"X": "h w", "W": "p q", "dY": "h-p+1 w-q+1"},
    latex=r"Y = X * W:\quad \frac{\partial c}{\partial W}"
    r" = \operatorname{flip}\left(X \star \frac{\partial c}{\partial Y}\right)",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("X", "dY"),
    up_to=_UP_TO,
)

L1 = Claim(
    "L1",
    "In the numerator layout the gradient in the sliding operand is ⋆ of the transposed operands",
    lambda W, X, dY: exact_gradient(lambda moved: definitions.star(W, moved), X, dY, stacked=True).T,
    lambda W, X, dY: cross_correlate(W.T, dY.T),  # noqa: ARG005
    _UPSTREAM,
    latex=r"\left(\frac{\partial c}{\partial X}\right)_{\text{num}}"
    r" = W^T \star \left(\frac{\partial c}{\partial Y}\right)_{\text{num}}",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("W", "dY"),
    up_to=_UP_TO,
)

L2 = Claim(
    "L2",
    "In the numerator layout the gradient in the larger operand is that of the transposed operands",
    lambda W, X, dY: exact_gradient(lambda moved: definitions.star(moved, X), W, dY, stacked=True).T,
    lambda W, X, dY: cross_correlate(pad(dY.T, X.T.shape), flip(X.T)),  # noqa: ARG005
    _UPSTREAM,
    latex=r"\left(\frac{\partial c}{\partial W}\right)_{\text{num}} = \operatorname{pad}"
    r"\left(\left(\frac{\partial c}{\partial Y}\right)_{\text{num}}\right) \star \operatorname{flip}(X^T)",
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("X", "dY"),
    up_to=_UP_TO,
)

S1 = Claim(
    "S1",
    "scipy's correlate2d with the smaller operand first returns W ⋆ X flipped, without a word",
    lambda W, X: definitions.star(W, X),
    lambda W, X: flip(signal.correlate2d(X, W, mode="valid")),
    _OPERANDS,
    latex=r'W \star X = \operatorname{flip}(\texttt{correlate2d}(X, W, \texttt{"valid"}))',
    section=_SECTION,
    where=_inside,
    degree=2,
    linear_in=("W", "X"),
    up_to=_UP_TO,
)

BESIDE = (T1, T2, L1, L2, S1)
