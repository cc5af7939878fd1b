"""Who finds a hidden mistake: gradcheck as it stands, and the peers in a loop of random normal inputs."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, cast

import numpy as np

from benchmarks.hidden.record import Hidden
from gradcheck import Layer, Verdict
from gradcheck.checks import CHECKS
from gradcheck.running import run
from gradcheck.types import Array

EXAMPLES = 100
"""What `check` runs by itself, and so many inputs the peers get."""
FIRST = ("finite-difference", "linearity", "layout", "contract", "cache")
"""The checks that find most of them come first, so that the others need not run."""
PEERS = {
    "torch gradcheck": ("benchmarks.calibration.peers.torch", "slow"),
    "jax check_grads": ("benchmarks.calibration.peers.jax", "rejects"),
}
"""The peers' own functions, by their names in the table."""


def find(hidden: Hidden, seed: int) -> str:
    """Return the verdict that gradcheck comes to: WRONG, FLAWED, UNVERIFIED or CORRECT."""
    applying = sorted(CHECKS, key=lambda check: (check.name not in FIRST, check.name))
    doubts = False
    for check in applying:
        layer = hidden.make()
        report = run(layer, seed=seed, max_examples=EXAMPLES, checks=(check,), explain=False)
        if report.verdict.is_failure:
            return str(report.verdict)
        doubts = doubts or report.results[0].verdict is Verdict.UNVERIFIED
    return str(Verdict.UNVERIFIED if doubts else Verdict.CORRECT)


def find_with(peer: str, hidden: Hidden, seed: int) -> str:
    """Return WRONG if a peer rejects the mistake at an input where it accepts the right layer."""
    module, function = PEERS[peer]
    rejects: Callable[[Any], bool] = getattr(importlib.import_module(module), function)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of inputs that are not contiguous, or in float32
        wrong = hidden.make()
        for primals, options in _normal_inputs(hidden.right.layer, seed):
            if rejects(_pair(wrong, primals, options, seed)) and not rejects(
                _pair(hidden.right.layer, primals, options, seed)
            ):
                return str(Verdict.WRONG)
    return str(Verdict.CORRECT)


@dataclass(frozen=True)
class _Point:
    """Inputs and options, in the form in which the peers take them."""

    primals: tuple[Array, ...]
    options: Mapping[str, Any]


def _normal_inputs(layer: Layer, seed: int) -> Iterator[tuple[tuple[Array, ...], dict[str, Any]]]:
    """Yield inputs of the shapes and options that gradcheck draws, normal ones, or uniform if bounded."""
    from gradcheck.sampling import Plan

    for recipe in islice(Plan(layer, seed), EXAMPLES):
        case = replace(recipe, kinds=("normal",) * len(recipe.kinds)).case(layer)
        yield case.primals, case.options


def _pair(layer: Layer, primals: tuple[Array, ...], options: Mapping[str, Any], seed: int) -> Any:
    from benchmarks.calibration.peers.pair import Pair

    active = tuple(i for i, x in enumerate(primals) if x.dtype.kind == "f")
    return Pair(_flat(layer), cast(Any, _Point(primals, options)), active, seed)


def _flat(layer: Layer) -> Layer:
    """Return the layer with several outputs strung together, as the peers' wrappers take one array."""

    def leaves(y: Any) -> list[Any]:
        return list(y.values()) if isinstance(y, dict) else list(y)

    def joined(y: Any) -> Any:
        return np.concatenate([np.ravel(part) for part in leaves(y)]) if isinstance(y, tuple | dict) else y

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Callable[[Any], Any]]:
        y, pullback = layer.vjp(*primals, **options)
        if not isinstance(y, tuple | dict):
            return y, pullback

        def split(y_bar: Any) -> Any:
            stops = np.cumsum([np.size(part) for part in leaves(y)])[:-1]
            parts = zip(np.split(y_bar, stops), leaves(y), strict=True)
            bars = tuple(bar.reshape(np.shape(part)) for bar, part in parts)
            return pullback(dict(zip(y, bars, strict=True)) if isinstance(y, dict) else bars)

        return joined(y), split

    return Layer(lambda *xs, **options: joined(layer.forward(*xs, **options)), vjp, name=layer.name)
