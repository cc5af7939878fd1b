"""What a verdict costs at one point, beside the frameworks' own checkers, by the number of entries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any, TypeAlias

import jax
import numpy as np
import torch
from jax.test_util import check_grads

import gradcheck
from gradcheck import Layer
from gradcheck.types import Array

ENTRIES = (10, 100, 500, 2000)
FAST_ONLY_FROM = 2000
"""From so many entries on the slow check, which makes the whole Jacobian, is left out."""
Way: TypeAlias = Callable[[], Any]


def torch_rows(rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the seconds of each checker for a softmax of a product, by its number of entries."""
    for entries in ENTRIES:
        x = np.random.default_rng(0).normal(size=(entries // 10, 10))
        ways, fast = _ways(x)
        if entries >= FAST_ONLY_FROM:
            del ways["torch slow"]
        yield {"entries": entries, "ways": _beside(ways, fast, rounds)}


def _ways(x: Array) -> tuple[dict[str, Way], Way]:
    """Return the ways to check a function of PyTorch, and its own fast check."""
    layer = Layer.from_torch(_softmax)
    run, inputs = torch.autograd.gradcheck, (torch.from_numpy(x.copy()).requires_grad_(),)
    ways: dict[str, Way] = {
        "finite-difference": partial(gradcheck.check, layer, x, checks=("finite-difference",)),
        "all checks": partial(gradcheck.check, layer, x),
        "torch slow": partial(run, _softmax, inputs),
    }
    return ways, partial(run, _softmax, inputs, fast_mode=True)


def _softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(torch.sin(x) * x, -1)


def jax_rows(rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the seconds at a point of a fresh function, compilation included, and those of ten examples."""
    ways = {
        **JAX_AT_POINT,
        "gradcheck, ten examples": lambda: gradcheck.check(
            Layer.from_jax(_jax_softmax(), shapes={"x": "n m"}, domain={"x": (-2.0, 2.0)}), max_examples=10
        ),
    }
    other = ways.pop("check_grads")
    for name, pair in _beside(ways, other, rounds).items():
        yield {"what": name, **pair}


def _jax_softmax() -> Callable[[Any], Any]:
    """Return the function anew, so that nothing which was compiled of an earlier one can be used."""
    return lambda x: jax.nn.softmax(jax.numpy.sin(x) * x)


def _theirs(function: Callable[[Any], Any]) -> None:
    with jax.enable_x64(True):
        check_grads(function, (jax.numpy.asarray(_jax_point()),), order=1, modes=["rev"])


def _ours(checks: tuple[str, ...] | None) -> None:
    gradcheck.check(Layer.from_jax(_jax_softmax()), _jax_point(), checks=checks)


def _jax_point() -> Array:
    return np.random.default_rng(0).normal(size=(10, 10))


JAX_AT_POINT: dict[str, Way] = {
    "check_grads": lambda: _theirs(_jax_softmax()),
    "check_grads under jit": lambda: _theirs(jax.jit(_jax_softmax())),
    "gradcheck at a point, finite-difference": lambda: _ours(("finite-difference",)),
    "gradcheck at a point": lambda: _ours(None),
}
"""The ways to check a function of JAX at a point."""


def _beside(ways: dict[str, Way], other: Way, rounds: int) -> dict[str, dict[str, float]]:
    """Return the median seconds of each way, and those of another one beside it.

    The two take turns, so that whatever else the machine does is the same for both, and so is what the caches
    hold: that of the other. A call repeated alone finds its own, which flatters the shortest.
    """
    found = {}
    for name, way in ways.items():
        pair = way, other
        taken: tuple[list[float], list[float]] = [], []
        for each in pair:
            each()  # the first call loads, and compiles
        for _ in range(rounds):
            for each, seconds in zip(pair, taken, strict=True):
                started = time.perf_counter()
                each()
                seconds.append(time.perf_counter() - started)
        found[name] = {"seconds": median(taken[0]), "other": median(taken[1])}
    return found
