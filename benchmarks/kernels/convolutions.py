"""The single convolutions: forward and all three cotangents, by four libraries, on equal numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import signal

from derivations import fast, multichannel
from derivations.types import Array

AGREEMENT = 1e-4
"""Relative to the largest entry: what single precision leaves equal in a sum of ten thousand terms."""
PAIRS = 256
"""scipy.signal takes one sample and one output channel at a time; with more of them it is left out."""


@dataclass(frozen=True)
class Shape:
    """A convolution of square images and kernels."""

    samples: int
    inputs: int
    size: int
    outputs: int
    taps: int
    padding: int
    stride: int = 1

    def __str__(self) -> str:
        """Return the shape as a row of the table names it."""
        image = f"{self.samples} × {self.inputs} × {self.size}²"
        stride = f", stride {self.stride}" if self.stride > 1 else ""
        return f"{image}, {self.outputs} kernels {self.taps} × {self.taps}{stride}"

    def primals(self) -> tuple[Array, Array, Array]:
        """Return x, w and b in single precision."""
        rng = np.random.default_rng(0)
        x = rng.standard_normal((self.samples, self.inputs, self.size, self.size), np.float32)
        w = rng.standard_normal((self.outputs, self.inputs, self.taps, self.taps), np.float32)
        return x, w, rng.standard_normal(self.outputs, np.float32)


SHAPES = (
    Shape(64, 1, 8, 16, 3, 1),
    Shape(64, 16, 4, 32, 3, 1),
    Shape(64, 1, 28, 32, 5, 2),
    Shape(32, 32, 14, 64, 3, 1),
    Shape(16, 64, 32, 64, 3, 1),
    Shape(8, 128, 16, 128, 3, 1),
    Shape(4, 16, 128, 16, 3, 1),
    Shape(8, 3, 128, 16, 7, 3, 2),
    Shape(8, 64, 32, 128, 5, 2, 2),
    Shape(4, 8, 64, 8, 9, 4),
    Shape(8, 16, 64, 16, 11, 5),
    Shape(4, 1, 128, 8, 11, 5),
)

Calls = dict[str, Callable[[], object]]


def contestants(shape: Shape) -> tuple[Calls, Calls]:
    """Return the forward calls and the backward calls of each library.

    Raises
    ------
    AssertionError
        If they do not compute the same.
    """
    x, w, b = shape.primals()
    options: dict[str, Any] = {"stride": shape.stride, "padding": shape.padding}
    y, pull = fast.conv2d_vjp(x, w, b, **options)
    _, pull_clear = multichannel.conv2d_vjp(x, w, b, **options)
    y_bar = np.random.default_rng(1).standard_normal(y.shape, np.float32)
    tensors = tuple(torch.from_numpy(a).requires_grad_() for a in (x, w, b))
    constants = tuple(tensor.detach() for tensor in tensors)
    recorded, upstream = torch.nn.functional.conv2d(*tensors, **options), torch.from_numpy(y_bar)
    forward: Calls = {
        "ours": lambda: fast.conv2d(x, w, b, **options),
        "torch": lambda: torch.nn.functional.conv2d(*constants, **options),
        "clear": lambda: multichannel.conv2d(x, w, b, **options),
    }
    if shape.stride == 1 and shape.samples * shape.outputs <= PAIRS:
        forward["scipy"] = lambda: by_scipy(x, w, b, shape.padding)
    backward: Calls = {
        "ours": lambda: pull(y_bar),
        "torch": lambda: torch.autograd.grad(recorded, tensors, upstream, retain_graph=True),
        "clear": lambda: pull_clear(y_bar),
    }
    for call in forward.values():
        _demand_equal(np.asarray(call()), y)
    for mine, theirs in zip(pull(y_bar), backward["torch"](), strict=True):  # type: ignore[call-overload]
        _demand_equal(np.asarray(theirs), mine)
    return forward, backward


def by_scipy(x: Array, w: Array, b: Array, padding: int) -> Array:
    """Return the convolution by one `scipy.signal.correlate` for each sample and output channel."""
    bordered = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    samples = [[signal.correlate(image, kernel, mode="valid")[0] for kernel in w] for image in bordered]
    return np.asarray(samples) + b[:, None, None]


def _demand_equal(value: Array, reference: Array) -> None:
    apart = np.abs(value - reference).max() / np.abs(reference).max()
    assert apart < AGREEMENT, f"two libraries differ by {apart:.1e} of the largest entry"
