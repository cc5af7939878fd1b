"""A network as a tuple of stages and a loss, differentiated by their pullbacks in reverse (E1).

    images ─ stage ─ stage ─ … ─ stage ─ loss ─ c

Each stage's pullback returns the cotangent of what it received, which is the next one's to receive, and on
the way those of its own parameters. That is the whole of backpropagation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.network.stages import Parameters, Stage
from derivations.types import Array, Pullback, Scalar
from gradcheck import Layer


@dataclass(frozen=True)
class Network:
    """Stages one after another, and a loss.

    Parameters
    ----------
    name
        What reports call it.
    stages
        In the order in which an image passes them.
    loss
        A layer of (output, targets) that ends in a scalar c.
    """

    name: str
    stages: tuple[Stage, ...]
    loss: Layer

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every parameter's name and shape, in order: ``"conv 1 kernels"``, ``"conv 1 bias"``, …"""
        return {f"{s.name} {name}": shape for s in self.stages for name, shape in s.shapes.items()}

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return next(iter(shape[-1] for shape in reversed(self.shapes.values())))

    @property
    def layer(self) -> Layer:
        """The loss as one layer of (images, targets, *parameters); images and targets are constants."""
        names = ("images", "targets", *self.shapes)
        return Layer(
            self.forward,
            self.vjp,
            name=self.name,
            shapes=dict.fromkeys(names, "..."),
            constants=names[:2],
        )

    def initial(self, rng: np.random.Generator) -> Parameters:
        """Draw all parameters."""
        return tuple(parameter for stage in self.stages for parameter in stage.initial(rng))

    def outputs(self, images: Array, parameters: Parameters) -> Iterator[tuple[Stage, Parameters, Array]]:
        """Return each stage in order, with its own parameters and its output."""
        x = images
        for stage, own in self._owned(parameters):
            x = stage.forward(x, *own)
            yield stage, own, x

    def scores(self, images: Array, parameters: Parameters) -> Array:
        """Return the last stage's output, (n, classes)."""
        *_, (_, _, y) = self.outputs(images, parameters)
        return y

    def scores_vjp(self, images: Array, parameters: Parameters) -> tuple[Array, Pullback]:
        """Return `scores` and its pullback, to one cotangent for each parameter."""
        x, pullbacks = images, []
        for stage, own in self._owned(parameters):
            x, pull = stage.vjp(x, *own)
            pullbacks.append(pull)

        def pullback(scores_bar: Array) -> Parameters:
            x_bar = scores_bar
            bars: Parameters = ()
            for pull in reversed(pullbacks):
                x_bar, *own_bars = pull(x_bar)
                bars = (*own_bars, *bars)
            return bars

        return x, pullback

    def forward(self, images: Array, targets: Array, *parameters: Array) -> Scalar:
        """Return the loss c of images (n, channels, rows, cols) against targets (n, classes)."""
        c: Scalar = self.loss.forward(self.scores(images, parameters), targets)
        return c

    def vjp(
        self, images: Array, targets: Array, *parameters: Array
    ) -> tuple[Scalar, Callable[[Any], tuple[Array | None, ...]]]:
        """Return c and its pullback: None for images and targets, then one cotangent for each parameter."""
        scores, pull_scores = self.scores_vjp(images, parameters)
        c, pull_loss = self.loss.vjp(scores, targets)

        def pullback(c_bar: Any) -> tuple[Array | None, ...]:
            return None, None, *pull_scores(pull_loss(c_bar)[0])

        return c, pullback

    def _owned(self, parameters: Parameters) -> Iterator[tuple[Stage, Parameters]]:
        """Return each stage with its own parameters."""
        start = 0
        for stage in self.stages:
            stop = start + len(stage.shapes)
            yield stage, parameters[start:stop]
            start = stop
