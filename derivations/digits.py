"""Real images for the network: the 8 × 8 handwritten digits inside scikit-learn's wheel (E1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from derivations.network import cnn, cnn_oracle, cnn_vjp
from derivations.types import Array
from gradcheck import Layer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CLASSES = 10
AVAILABLE = 1797
_LEVELS = 16  # a pixel counts 0 … 16 black points


class DigitsUnavailable(ImportError):  # noqa: N818 -- it says what is the case, as the public errors do
    """scikit-learn, whose wheel holds the images, is not installed."""


def digits(count: int = AVAILABLE) -> tuple[Array, Array]:
    """Return the first `count` digits: images (count, 1, 8, 8) in [0, 1], one-hot targets (count, 10).

    Parameters
    ----------
    count
        From 1 to 1797, which is all of them. The classes are mixed in any stretch of the data.

    Raises
    ------
    DigitsUnavailable
        If scikit-learn is not installed; the sentence says how to get it.
    ValueError
        If there are not that many images.
    """
    if not 1 <= count <= AVAILABLE:
        message = f"count must be from 1 to {AVAILABLE}, got {count!r}."
        raise ValueError(message)
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        message = 'The digits come with scikit-learn, which is missing: pip install "gradcheck[data]".'
        raise DigitsUnavailable(message) from missing
    pixels, labels = load_digits(return_X_y=True)
    images = pixels[:count].reshape(count, 1, 8, 8) / _LEVELS
    return images, np.eye(CLASSES)[labels[:count]]


def digit_cases() -> SearchStrategy[tuple[tuple[Array, ...], dict[str, Any]]]:
    """Return a strategy of CNN inputs: a few random digits, random parameters of a small scale.

    Hypothesis and scikit-learn are imported by this call, not with the module.

    Raises
    ------
    DigitsUnavailable
        If scikit-learn is not installed.
    """
    from hypothesis import strategies as st

    images, targets = digits()

    def case(chosen: list[int], seed: int) -> tuple[tuple[Array, ...], dict[str, Any]]:
        rng = np.random.default_rng(seed)
        return (_dithered(images[chosen], rng), *_parameters(rng), targets[chosen]), {}

    chosen = st.lists(st.integers(0, AVAILABLE - 1), min_size=1, max_size=3)
    return st.builds(case, chosen, st.integers(0, 2**32 - 1))


CNN_ON_DIGITS = Layer(
    cnn, cnn_vjp, name="cnn_on_digits", cases=digit_cases, constants=("targets",), oracle=cnn_oracle
)
"""`CNN` on real images of handwritten digits."""

LAYERS: tuple[Layer, ...] = (CNN_ON_DIGITS,)


def _dithered(images: Array, rng: np.random.Generator) -> Array:
    """Return the images with what quantisation took from each pixel, drawn at random.

    Equal pixels (all of the background) make equal maxima, and a tie is a kink in the pixels: without this
    no cotangent of a real image could be checked.
    """
    return images + rng.uniform(0.0, 1 / _LEVELS, images.shape)


def _parameters(rng: np.random.Generator) -> tuple[Array, ...]:
    """Draw a kernel, its bias, weights and bias: two channels, 8 × 8 pooled to 4 × 4."""
    shapes = ((2, 1, 3, 3), (2,), (2 * 4 * 4, CLASSES), (CLASSES,))
    return tuple(rng.normal(0.0, 0.3, shape) for shape in shapes)
