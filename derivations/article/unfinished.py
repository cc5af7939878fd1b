"""What the article promises and does not supply: I1, A1, A2, E1. Each claim's correction supplies it."""

import numpy as np

from derivations.article import definitions
from derivations.digits import digits
from derivations.fourier import fft_convolve_vjp
from derivations.network import article_cnn_vjp, cnn, cnn_vjp
from derivations.tensors import dY_dW, dY_dX
from derivations.types import Array
from gradcheck import Claim, Estimate, exact_gradient, exact_jacobian, numerical_gradient

_NETWORK = {
    "images": "n i 2*u 2*v",
    "kernel": "o i 3 3",
    "kernel_bias": "o",
    "weights": "o*u*v k",
    "bias": "k",
}
_DIGITS, _STEPS, _STEP = 20, 40, 0.3


def _slope_of_the_loss(*inputs: Array) -> Estimate:
    start, targets, direction = inputs[:5], inputs[5], inputs[6:]

    def along(t: Array) -> Array:
        images, kernel, kernel_bias, weights, bias = (
            x + t[0] * v for x, v in zip(start, direction, strict=True)
        )
        return np.asarray(definitions.network_loss(images, kernel, kernel_bias, weights, bias, targets))

    return numerical_gradient(along, np.zeros(1), np.ones(()))


def _slope_by_pullbacks(*inputs: Array) -> Array:
    _, pullback = article_cnn_vjp(*inputs[:6])
    gradients = pullback(1.0)[:5]
    pairs = zip(gradients, inputs[6:], strict=True)
    return np.array([sum(np.vdot(bar, v) for bar, v in pairs if bar is not None)])


_COMPOSED = Claim(
    "I1 supplied",
    "The layers' pullbacks, called in reverse, give the slope of the network's loss in every direction",
    _slope_of_the_loss,
    _slope_by_pullbacks,
    {**_NETWORK, "targets": "n k", **{f"to_{name}": shape for name, shape in _NETWORK.items()}},
    latex=r"\frac{d}{dt}\, c(\theta + t v)\Big|_{t=0}"
    r" = \left\langle J_1^T J_2^T \cdots J_L^T\, 1,\; v \right\rangle",
    section="Implementation",
    numerical=True,
    note="The network is in derivations/network.py; its whole gradient is verified with the layers.",
)

I1 = Claim(
    "I1",
    "Implementing these layers is not trivial and will be dissected",
    None,
    None,
    section="Implementation",
    correction=_COMPOSED,
    note="The section is empty.",
)


def _direct_sums(x: Array, w: Array, dy: Array) -> Estimate:
    convolve = definitions.true_convolution_1d
    in_x = exact_gradient(lambda moved: convolve(moved, w), x, dy)
    in_w = exact_gradient(lambda moved: convolve(x, moved), w, dy)
    value = np.concatenate((convolve(x, w), in_x, in_w))
    # One rounding unit of the largest sum that is formed: differences take steps of 1.
    largest = float(np.prod([1 + np.linalg.norm(a) for a in (x, w, dy)]))
    return Estimate(value, np.full(value.shape, np.finfo(np.float64).eps * largest))


def _by_spectra(x: Array, w: Array, dy: Array) -> Array:
    y, pullback = fft_convolve_vjp(x, w)
    return np.concatenate((y, *pullback(dy)))


_BY_FFT = Claim(
    "A1 supplied",
    "The FFT gives 1-D convolution and both gradients, with everything padded to the output's length",
    _direct_sums,
    _by_spectra,
    {"x": "n", "w": "k", "dy": "n+k-1"},
    latex=r"x * w = F^{-1}(F x \cdot F w),\quad \frac{\partial c}{\partial x}"
    r" = F^{-1}\left(F \frac{\partial c}{\partial y} \cdot \overline{F w}\right)",
    section="1D Convolution",
    numerical=True,
    note="Derived in derivations/fourier.py.",
)

A1 = Claim(
    "A1",
    "1-D convolution can be sped up with the FFT",
    None,
    None,
    section="1D Convolution",
    correction=_BY_FFT,
    note="The article breaks off here.",
)


def _both_jacobians(W: Array, X: Array) -> Array:
    by_x = exact_jacobian(lambda moved: definitions.star(W, moved), X, stacked=True)
    by_w = exact_jacobian(lambda moved: definitions.star(moved, X), W, stacked=True)
    return np.concatenate((by_x.shape, by_w.shape, by_x, by_w), axis=None)


def _both_tensors(W: Array, X: Array) -> Array:
    by_x = dY_dX(W, (X.shape[0], X.shape[1]))
    by_w = dY_dW((W.shape[0], W.shape[1]), X)
    return np.concatenate((by_x.shape, by_w.shape, by_x, by_w), axis=None)


_BY_DELTAS = Claim(
    "A2 supplied",
    "Both fourth-order derivatives of ⋆ are Einstein sums of Kronecker deltas",
    _both_jacobians,
    _both_tensors,
    {"W": "h w", "X": "p q"},
    latex=r"\frac{\partial Y_{ij}}{\partial X_{uv}} = \delta_{k,i+u}\,\delta_{l,j+v}\,W_{kl},\quad"
    r" \frac{\partial Y_{ij}}{\partial W_{uv}} = \delta_{u,i+p}\,\delta_{v,j+q}\,X_{pq}",
    section="Tensor Analysis",
    where=lambda h, w, p, q: p <= h and q <= w,
    degree=1,
    # One half is linear in W alone and the other in X alone: both bases together try either's.
    linear_in=("W", "X"),
    up_to={"h": 4, "w": 4, "p": 3, "q": 3},
    note="Derived in derivations/tensors.py.",
)

A2 = Claim(
    "A2",
    "The appendix derives the gradients with Einstein summation",
    None,
    None,
    section="Tensor Analysis",
    correction=_BY_DELTAS,
    note="There is no appendix.",
)


def _falls_below_half(kernel: Array, kernel_bias: Array, weights: Array, bias: Array) -> Array:
    images, targets = digits(_DIGITS)
    # Biases near 1 start every ReLU in its sloped half: a filter that is 0 everywhere can't learn.
    kernel, kernel_bias, weights, bias = kernel / 2, 1 + kernel_bias / 10, weights / 10, bias / 10
    for _ in range(_STEPS):
        pullback = cnn_vjp(images, kernel, kernel_bias, weights, bias, targets)[1]
        _, *bars, _ = (_STEP * bar if bar is not None else 0 for bar in pullback(1.0))
        kernel, kernel_bias = kernel - bars[0], kernel_bias - bars[1]
        weights, bias = weights - bars[2], bias - bars[3]
    return np.array(cnn(images, kernel, kernel_bias, weights, bias, targets) < np.log(10) / 2)


_LEARNS = Claim(
    "E1 supplied",
    f"From a random start, {_STEPS} steps down the gradient halve the loss of guessing on {_DIGITS} digits",
    _falls_below_half,
    lambda kernel, kernel_bias, weights, bias: np.array(True),  # noqa: ARG005
    {"kernel": "2 1 3 3", "kernel_bias": "2", "weights": "32 10", "bias": "10"},
    latex=r"c(\theta_{40}) < \tfrac{1}{2}\ln 10,\quad"
    r" \theta_{t+1} = \theta_t - \eta\, \frac{\partial c}{\partial \theta_t}",
    section="Part 2: Convolution and Max Pooling",
    numerical=True,
    note="Guessing among ten classes costs ln 10. Full batches; the digits come with scikit-learn.",
)

E1 = Claim(
    "E1",
    "A network of these layers fits a small image dataset",
    None,
    None,
    section="Part 2: Convolution and Max Pooling",
    correction=_LEARNS,
    note="The article ends before the network is built.",
)

CLAIMS = (I1, A1, A2, E1)
