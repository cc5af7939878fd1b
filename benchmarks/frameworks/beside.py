"""The functions of the tests, right and wrong, judged by gradcheck and by the frameworks' own checkers."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch

import gradcheck
from gradcheck import Layer
from gradcheck.sampling import Plan
from tests.gradcheck.torch.right import RIGHT
from tests.gradcheck.torch.wrong import WRONG

SEED, RECIPES = 1, 12
"""Of so many examples of a layer the largest is taken."""
Judge = Callable[[Layer, tuple[Any, ...], dict[str, Any]], bool]


@dataclass(frozen=True)
class Row:
    """What one checker came to: accepted of the right ones, rejected of the wrong ones, and the seconds."""

    name: str
    accepted: int
    right: int
    rejected: int
    wrong: int
    seconds: float


def point_of(layer: Layer) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return one example of a layer, with a few entries in each input, which are normal numbers if floats."""
    recipes = islice(Plan(layer, SEED), RECIPES)
    normal = (replace(recipe, kinds=("normal",) * len(recipe.kinds)) for recipe in recipes)
    case = max((recipe.case(layer) for recipe in normal), key=lambda c: sum(np.size(p) for p in c.primals))
    return case.primals, case.options


def rows() -> Iterator[Row]:
    """Yield a row for each checker."""
    pairs = [(layer, True) for layer in RIGHT] + [(layer, False) for _, layer in WRONG.values()]
    points = [(layer, is_right, *point_of(layer)) for layer, is_right in pairs]
    for name, judge in JUDGES.items():
        accepted = rejected = 0
        started = time.perf_counter()
        for layer, is_right, primals, options in points:
            passes = judge(layer, primals, options)
            accepted += is_right and passes
            rejected += not is_right and not passes
        seconds = time.perf_counter() - started
        yield Row(name, accepted, len(RIGHT), rejected, len(WRONG), seconds)


def _gradcheck(checks: tuple[str, ...] | None) -> Judge:
    def judge(layer: Layer, primals: tuple[Any, ...], options: dict[str, Any]) -> bool:
        return gradcheck.check(layer, *primals, checks=checks, **options).verdict is gradcheck.Verdict.CORRECT

    return judge


def _torch(*, fast: bool, dtype: torch.dtype) -> Judge:
    def judge(layer: Layer, primals: tuple[Any, ...], options: dict[str, Any]) -> bool:
        function: Any = layer.framework
        names = function.names
        tensors = [torch.from_numpy(np.array(p)) for p in primals]
        inputs = []
        for name, tensor in zip(names, tensors, strict=True):
            is_float = tensor.is_floating_point() or tensor.is_complex()
            wide = torch.complex128 if dtype is torch.float64 else torch.complex64
            cast = tensor.to(wide if tensor.is_complex() else dtype) if is_float else tensor
            inputs.append(cast.requires_grad_(is_float and name not in layer.constants))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(
                torch.autograd.gradcheck(
                    lambda *xs: function.call(tuple(x.clone() for x in xs), options),
                    inputs,
                    fast_mode=fast,
                    raise_exception=False,
                )
            )

    def guarded(layer: Layer, primals: tuple[Any, ...], options: dict[str, Any]) -> bool:
        try:
            return judge(layer, primals, options)
        except Exception:  # it raises where a function does, which is a rejection
            return False

    return guarded


JUDGES: dict[str, Judge] = {
    "gradcheck, all checks": _gradcheck(None),
    "gradcheck, finite-difference alone": _gradcheck(("finite-difference",)),
    "torch, slow, float64": _torch(fast=False, dtype=torch.float64),
    "torch, fast, float64": _torch(fast=True, dtype=torch.float64),
    "torch, slow, float32": _torch(fast=False, dtype=torch.float32),
    "torch, fast, float32": _torch(fast=True, dtype=torch.float32),
}
