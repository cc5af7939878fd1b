"""Wrong gradients, each as someone would have written it, with the check that is meant to catch it.

A `Broken` is a right layer with a wrong backward (or, for a few checks, a wrong forward), named after its
bug. Each module holds those of one family of layers. The right layers come from `derivations`; those that
it does not have stand first in their module, and in its `RIGHT_EXTRAS`.
"""

from __future__ import annotations

from importlib import import_module

from gradcheck import Layer
from tests.broken.record import Broken

FAMILIES = (
    "linear",
    "losses",
    "activations",
    "rectifiers",
    "softmax",
    "elementwise",
    "rearrangements",
    "embedding",
    "convolution",
    "multichannel",
    "dimensions",
    "transposed",
    "pooling",
    "average_pooling",
    "normalisation",
    "dropout",
    "cached",
    "objects",
    "structures",
    "rarities",
    "recurrent",
    "lstm",
    "attention",
)

_MODULES = [import_module(f"{__name__}.{family}") for family in FAMILIES]

BROKEN: tuple[Broken, ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Broken)
)
"""Every wrong layer, in the order in which they stand in their families."""

RIGHT_EXTRAS: tuple[Layer, ...] = tuple(
    layer for module in _MODULES for layer in getattr(module, "RIGHT_EXTRAS", ())
)

__all__ = ["BROKEN", "RIGHT_EXTRAS", "Broken"]
