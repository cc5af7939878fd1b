"""A training step of the network, forward and backward: here, and the same layers in PyTorch."""

from collections.abc import Callable

import numpy as np
import torch

from benchmarks.kernels.convolutions import AGREEMENT
from derivations.network.recipes import RECIPES, Sizes
from derivations.types import Array

STEPS = {
    "64 digits of 8 × 8, 16 and 32 kernels 3 × 3": (64, Sizes((1, 8, 8), 10, (16, 32), 3)),
    "64 images of 28 × 28, 16 and 32 kernels 5 × 5": (64, Sizes((1, 28, 28), 10, (16, 32), 5)),
}
"""A batch's size and the network's, by the words for them."""


def contestants(batch: int, sizes: Sizes) -> dict[str, Callable[[], object]]:
    """Return one step of each library: the loss and the gradient of every parameter.

    Raises
    ------
    AssertionError
        If they do not compute the same.
    """
    rng = np.random.default_rng(0)
    network = RECIPES["usual"].network(sizes)
    parameters = network.initial(rng)
    images = rng.random((batch, *sizes.image), np.float32)
    labels = rng.integers(sizes.classes, size=batch)
    targets = np.eye(sizes.classes, dtype=np.float32)[labels]
    tensors = tuple(torch.from_numpy(parameter).requires_grad_() for parameter in parameters)
    shown, wanted = torch.from_numpy(images), torch.from_numpy(labels)

    def ours() -> tuple[Array | None, ...]:
        c, pullback = network.vjp(images, targets, *parameters)
        return pullback(np.ones_like(c))[2:]

    def torchs() -> tuple[torch.Tensor, ...]:
        loss = torch.nn.functional.cross_entropy(_scores(shown, tensors, sizes.taps // 2), wanted)
        gradients: tuple[torch.Tensor, ...] = torch.autograd.grad(loss, tensors)
        return gradients

    for mine, theirs in zip(ours(), torchs(), strict=True):
        assert mine is not None
        assert np.abs(mine - np.asarray(theirs)).max() <= AGREEMENT * np.abs(mine).max()
    return {"ours": ours, "torch": torchs}


def _scores(images: torch.Tensor, parameters: tuple[torch.Tensor, ...], padding: int) -> torch.Tensor:
    """Return the class scores of the same layers with the same parameters."""
    functional = torch.nn.functional
    kernels_1, bias_1, kernels_2, bias_2, weights, bias = parameters
    hidden = functional.conv2d(images, kernels_1, bias_1, padding=padding).relu()
    hidden = functional.conv2d(functional.max_pool2d(hidden, 2), kernels_2, bias_2, padding=padding).relu()
    return functional.max_pool2d(hidden, 2).flatten(1) @ weights + bias
