"""The picture of a training: loss and accuracy, the kernels of the first layer, and digits it gets wrong."""

from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np

from derivations.network.datasets import Dataset
from derivations.network.state import State
from derivations.types import Array

MOST_SHOWN = 16
"""So many kernels, and as many images, are drawn at most."""
INSTALL = 'For a figure, install matplotlib: pip install "gradcheck[plot]"'


class FigureUnavailable(ImportError):  # noqa: N818 -- it says what is the case, as the other errors do
    """matplotlib, which draws the figure, is not installed."""


def draw(path: Path, state: State, tested: Dataset, recognised: Array) -> None:
    """Save the figure of a training.

    Parameters
    ----------
    path
        Where; the ending says in which format.
    state
        The end of the training, with its history and its first layer's kernels.
    tested
        The held-out images.
    recognised
        The class that the network gave each of them, (n,).

    Raises
    ------
    FigureUnavailable
        If matplotlib is not installed; the sentence says how to get it.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise FigureUnavailable(INSTALL) from missing
    figure = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(figure)
    halves: Any = figure.subfigures(2, 1, height_ratios=(1, 1.1))
    curves, pictures = halves
    _curves(curves, state)
    kernels, wrong = pictures.subfigures(1, 2)
    first = state.parameters[0]
    _tiles(kernels, first[:, 0], "kernels of the first layer", [""] * len(first), "RdBu_r")
    mistaken = np.flatnonzero(recognised != tested.labels)
    said = [f"{tested.labels[n]}, taken for {recognised[n]}" for n in mistaken]
    title = f"{len(mistaken)} of {len(tested.labels)} test images mistaken"
    _tiles(wrong, tested.images[mistaken, 0], title, said, "gray_r")
    figure.savefig(path, dpi=120)


def _curves(figure: Any, state: State) -> None:
    epochs = np.arange(1, len(state.history) + 1)
    losses, accuracies = figure.subplots(1, 2)
    losses.plot(epochs, [epoch.loss for epoch in state.history], color="tab:red")
    losses.set(xlabel="epoch", ylabel="loss", yscale="log", title="mean loss of each epoch")
    for name, style, values in (
        ("train", "--", [epoch.train_accuracy for epoch in state.history]),
        ("test", "-", [epoch.test_accuracy for epoch in state.history]),
    ):
        accuracies.plot(epochs, [100 * value for value in values], style, color="tab:blue", label=name)
    accuracies.set(xlabel="epoch", ylabel="accuracy in %", title="images recognised")
    accuracies.legend(loc="lower right")
    for axes in (losses, accuracies):
        axes.grid(alpha=0.3)


def _tiles(figure: Any, images: Array, title: str, captions: list[str], colours: str) -> None:
    """Draw small images in a square, all on one scale."""
    figure.suptitle(title)
    shown = min(len(images), MOST_SHOWN)
    if shown == 0:
        return
    largest = float(np.abs(images).max()) or 1.0
    least = -largest if colours == "RdBu_r" else 0.0
    columns = ceil(sqrt(shown))
    grid = figure.subplots(-(-shown // columns), columns, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for axes, image, caption in zip(grid.flat, images[:shown], captions, strict=False):
        axes.imshow(image, cmap=colours, vmin=least, vmax=largest)
        axes.set_title(caption, fontsize=7)
