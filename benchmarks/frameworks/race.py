"""What a verdict costs at one point, beside the frameworks' own checkers, by the number of entries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any

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


def torch_rows(rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the seconds of each checker for a softmax of a product, by its number of entries."""
    for entries in ENTRIES:
        x = np.random.default_rng(0).normal(size=(entries // 10, 10))
        ways = _ways(x)
        if entries >= FAST_ONLY_FROM:
            del ways["torch slow"]
        yield {"entries": entries, **{name: _seconds(way, rounds) for name, way in ways.items()}}


def _ways(x: Array) -> dict[str, Callable[[], Any]]:
    layer = Layer.from_torch(_softmax)
    run, inputs = torch.autograd.gradcheck, (torch.from_numpy(x.copy()).requires_grad_(),)
    return {
        "finite-difference": partial(gradcheck.check, layer, x, checks=("finite-difference",)),
        "all checks": partial(gradcheck.check, layer, x),
        "torch fast": partial(run, _softmax, inputs, fast_mode=True),
        "torch slow": partial(run, _softmax, inputs),
    }


def _softmax(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(torch.sin(x) * x, -1)


def jax_rows(rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the seconds at a point of a fresh function, compilation included, and those of ten examples."""

    def make() -> Callable[[Any], Any]:
        return lambda x: jax.nn.softmax(jax.numpy.sin(x) * x)

    x = np.random.default_rng(0).normal(size=(10, 10))

    def theirs(function: Callable[[Any], Any]) -> None:
        with jax.enable_x64(True):
            check_grads(function, (jax.numpy.asarray(x),), order=1, modes=["rev"])

    ways: dict[str, Callable[[], Any]] = {
        "gradcheck at a point, finite-difference": lambda: _judge(make(), x, ("finite-difference",)),
        "gradcheck at a point": lambda: _judge(make(), x, None),
        "check_grads": lambda: theirs(make()),
        "check_grads, of the function under jit": lambda: theirs(jax.jit(make())),
        "gradcheck, ten examples": lambda: gradcheck.check(
            Layer.from_jax(make(), shapes={"x": "n m"}, domain={"x": (-2.0, 2.0)}), max_examples=10
        ),
    }
    for name, way in ways.items():
        yield {"what": name, "seconds": _seconds(way, rounds)}


def _judge(function: Callable[[Any], Any], x: Array, checks: tuple[str, ...] | None) -> None:
    gradcheck.check(Layer.from_jax(function), x, checks=checks)


def _seconds(way: Callable[[], Any], rounds: int) -> float:
    way()  # the first call loads, and compiles
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        way()
        taken.append(time.perf_counter() - started)
    return median(taken)
