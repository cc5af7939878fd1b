"""Reference implementations of every gradient that the article derives, each beside its derivation.

A module holds the equations (in its docstring, under the ids of the claims), the code that spells them, an
oracle that shares nothing with that code, and the `Layer` that brings them to the harness.
"""

from derivations.activations import RELU, SIGMOID, TANH
from derivations.article import CLAIMS
from derivations.convolution import CROSS_CORRELATION, TRUE_CONVOLUTION, cross_correlate, flip, pad
from derivations.digits import CNN_ON_DIGITS, DigitsUnavailable, digits
from derivations.fast import LAYERS as FAST_LAYERS
from derivations.flatten import FLATTEN
from derivations.fourier import FFT_CONVOLUTION
from derivations.linear import AFFINE, LINEAR
from derivations.losses import CROSS_ENTROPY, MEAN_SQUARED_ERROR
from derivations.multichannel import CONV2D, conv2d, conv2d_oracle, conv2d_vjp
from derivations.network import ARTICLE_CNN, CNN, class_scores, cnn, cnn_vjp
from derivations.pooling import MAX_POOL, MAX_POOL_CHANNELS, MAXIMUM, max_pool, max_pool_oracle, max_pool_vjp
from gradcheck import Layer

LAYERS: tuple[Layer, ...] = (
    MEAN_SQUARED_ERROR,
    SIGMOID,
    TANH,
    RELU,
    AFFINE,
    LINEAR,
    CROSS_CORRELATION,
    TRUE_CONVOLUTION,
    MAXIMUM,
    MAX_POOL,
    CONV2D,
    MAX_POOL_CHANNELS,
    FLATTEN,
    CROSS_ENTROPY,
    FFT_CONVOLUTION,
    CNN,
    ARTICLE_CNN,
    CNN_ON_DIGITS,
    *FAST_LAYERS,
)
"""Every layer in the article's reading order, the network on real images, and the fast ones."""

__all__ = [
    "AFFINE",
    "ARTICLE_CNN",
    "CLAIMS",
    "CNN",
    "CNN_ON_DIGITS",
    "CONV2D",
    "CROSS_CORRELATION",
    "CROSS_ENTROPY",
    "FAST_LAYERS",
    "FFT_CONVOLUTION",
    "FLATTEN",
    "LAYERS",
    "LINEAR",
    "MAXIMUM",
    "MAX_POOL",
    "MAX_POOL_CHANNELS",
    "MEAN_SQUARED_ERROR",
    "RELU",
    "SIGMOID",
    "TANH",
    "TRUE_CONVOLUTION",
    "DigitsUnavailable",
    "class_scores",
    "cnn",
    "cnn_vjp",
    "conv2d",
    "conv2d_oracle",
    "conv2d_vjp",
    "cross_correlate",
    "digits",
    "flip",
    "max_pool",
    "max_pool_oracle",
    "max_pool_vjp",
    "pad",
]
