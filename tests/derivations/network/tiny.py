"""A network and a dataset small enough to train in a moment."""

import numpy as np

from derivations.network.datasets import dataset
from derivations.network.recipes import RECIPES, Sizes
from derivations.network.train import Plan, started

SIZES = Sizes((1, 4, 4), 3, (2, 3), 3)
PLAN = Plan(epochs=3, batch=8, optimiser="adam", rate=0.02, shift=1, seed=0)


def bars(count=30, seed=0):
    """Return noisy images of three kinds: a bright row, a bright column, and neither."""
    rng = np.random.default_rng(seed)
    images, labels = rng.uniform(0, 0.3, (count, 4, 4)), np.arange(count) % 3
    images[labels == 0, 1] += 0.7
    images[labels == 1, :, 2] += 0.7
    order = rng.permutation(count)
    return dataset("bars", images[order], labels[order])


def network(recipe="usual", sizes=SIZES):
    return RECIPES[recipe].network(sizes)


def beginning(recipe="usual", plan=PLAN, sizes=SIZES):
    return started(network(recipe, sizes), plan)


def first_output_channel_only(x, w, b, **options):
    """N3 as the article prints it: the sum over output channels is left out of the input's cotangent."""
    from derivations.fast.convolution import conv2d_vjp

    y, pullback = conv2d_vjp(x, w, b, **options)

    def pulled(y_bar):
        first = y_bar.copy()
        first[:, 1:] = 0
        return pullback(first)[0], *pullback(y_bar)[1:]

    return y, pulled
