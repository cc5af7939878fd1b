"""Reference implementations of every gradient that the article derives, each beside its derivation.

A module holds the equations (in its docstring, under the ids of the claims), the code that spells them, an
oracle that shares nothing with that code, and the `Layer` that brings them to the harness, in the tuple
`LAYERS` of its module. A new family is one file here and one line in `FAMILIES`.
"""

from importlib import import_module

from derivations.activations import RELU, SIGMOID, TANH
from derivations.article import CLAIMS
from derivations.convolution import CROSS_CORRELATION, TRUE_CONVOLUTION, cross_correlate, flip, pad
from derivations.digits import CNN_ON_DIGITS, DigitsUnavailable, digits
from derivations.flatten import FLATTEN
from derivations.fourier import FFT_CONVOLUTION
from derivations.linear import AFFINE, LINEAR
from derivations.losses import CROSS_ENTROPY, MEAN_SQUARED_ERROR
from derivations.multichannel import CONV2D, conv2d, conv2d_oracle, conv2d_vjp
from derivations.network import ARTICLE_CNN, CNN, class_scores, cnn, cnn_vjp
from derivations.pooling import MAX_POOL, MAX_POOL_CHANNELS, MAXIMUM, max_pool, max_pool_oracle, max_pool_vjp
from gradcheck import Layer

FAMILIES = (
    "losses",
    "activations",
    "rectifiers",
    "softmax",
    "linear",
    "embedding",
    "convolution",
    "pooling",
    "multichannel",
    "dimensions",
    "transposed",
    "average_pooling",
    "normalisation",
    "dropout",
    "recurrent",
    "lstm",
    "attention",
    "flatten",
    "fourier",
    "network",
    "digits",
    "fast",
)
"""The modules that hold layers, in reading order; each lists its own in `LAYERS`."""

LAYERS: tuple[Layer, ...] = tuple(
    layer for family in FAMILIES for layer in import_module(f"derivations.{family}").LAYERS
)
"""Every layer, in reading order."""

__all__ = [
    "AFFINE",
    "ARTICLE_CNN",
    "CLAIMS",
    "CNN",
    "CNN_ON_DIGITS",
    "CONV2D",
    "CROSS_CORRELATION",
    "CROSS_ENTROPY",
    "FAMILIES",
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
