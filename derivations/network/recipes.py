"""Two recipes for one network: the article's (sigmoid, mean squared error), and what has become usual.

    images ─ conv ─ activation ─ pool ─ conv ─ activation ─ pool ─ flatten ─ linear ─ loss

The article ends in one more activation, so that its outputs can meet one-hot targets (R1, R2); the usual
recipe ends in softmax cross-entropy, which has that inside. ReLU lets half of the variance pass, so weights
start with a gain of √2; a sigmoid's slope is 1/4 at most, so they start with a gain of 4.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

from derivations.losses import CROSS_ENTROPY, MEAN_SQUARED_ERROR
from derivations.network.model import Network
from derivations.network.stages import (
    Stage,
    convolution,
    dense,
    flattening,
    pooling,
    rectifier,
    squashing,
)


@dataclass(frozen=True)
class Sizes:
    """What a network is built for (an image's shape, the classes), its filters, and its kernels' height."""

    image: tuple[int, int, int]
    classes: int
    filters: tuple[int, int]
    taps: int


@dataclass(frozen=True)
class Recipe:
    """How a network is put together.

    Parameters
    ----------
    name, summary
        What options and tables call it, and what it is in a few words.
    activation
        Between convolution and pooling.
    gain
        Of the initial weights, see `Stage`.
    rates
        The learning rate that suits it, for each optimiser.
    """

    name: str
    summary: str
    activation: Callable[[str], Stage]
    gain: float
    rates: Mapping[str, float]

    def network(self, sizes: Sizes) -> Network:
        """Return the network of these sizes.

        Raises
        ------
        ValueError
            If the images are too small to be pooled twice.
        """
        channels, rows, cols = sizes.image
        if min(rows, cols) < 4:
            message = f"images must have at least 4 × 4 pixels to be pooled twice, got {rows} × {cols}."
            raise ValueError(message)
        first, second = sizes.filters
        features = second * (rows // 4) * (cols // 4)
        stages = (
            convolution("conv 1", channels, first, sizes.taps, self.gain),
            self.activation("activation 1"),
            pooling("pool 1"),
            convolution("conv 2", first, second, sizes.taps, self.gain),
            self.activation("activation 2"),
            pooling("pool 2"),
            flattening("flatten"),
            dense("linear", features, sizes.classes, 1.0),
        )
        if self is ARTICLE:
            ending = self.activation("activation 3")
            return Network(self.name, (*stages, ending), MEAN_SQUARED_ERROR)
        return Network(self.name, stages, CROSS_ENTROPY)


USUAL = Recipe("usual", "ReLU, softmax cross-entropy", rectifier, sqrt(2), {"adam": 0.006, "sgd": 0.05})
ARTICLE = Recipe("article", "sigmoid, mean squared error", squashing, 4.0, {"adam": 0.01, "sgd": 0.05})
RECIPES = {recipe.name: recipe for recipe in (USUAL, ARTICLE)}
"""The recipes by name."""
