"""The layers that cost time, again: fast enough to train with, checked against the clear ones.

`derivations.multichannel` and `derivations.pooling` spell their equations and stay the reference; here the
same functions, of the same signatures, are computed in the order that suits a processor.
"""

from derivations.fast.convolution import FAST_CONV2D, FFT_CONV2D, conv2d, conv2d_vjp
from derivations.fast.plan import Way
from derivations.fast.pooling import FAST_MAX_POOL, max_pool, max_pool_vjp
from gradcheck import Layer

LAYERS: tuple[Layer, ...] = (FAST_CONV2D, FFT_CONV2D, FAST_MAX_POOL)
"""The fast layers, each with the clear one as its oracle."""

__all__ = [
    "FAST_CONV2D",
    "FAST_MAX_POOL",
    "FFT_CONV2D",
    "LAYERS",
    "Way",
    "conv2d",
    "conv2d_vjp",
    "max_pool",
    "max_pool_vjp",
]
