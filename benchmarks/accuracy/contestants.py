"""What differentiates: ours, SciPy's and numdifftools', each asked for one derivative with its error bar."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.accuracy.functions import Function
from gradcheck import numerical_gradient
from gradcheck.errors import CannotVerify


@dataclass(frozen=True)
class Answer:
    """A derivative as it was told, with its error bar and what it cost; `value` is None if there was none."""

    value: float | None
    bar: float
    evaluations: int


class _Counted:
    """A function that counts the points at which it is evaluated."""

    def __init__(self, function: Function) -> None:
        self.function, self.count = function, 0

    def __call__(self, x: Any) -> Any:
        self.count += int(np.size(x))
        return self.function.value(x)


def ask_ours(function: Function, x: float) -> Answer:
    """Ask `gradcheck.numerical_gradient`."""
    counted = _Counted(function)
    try:
        found = numerical_gradient(counted, np.array([x]), np.ones(1))
    except CannotVerify:
        return Answer(None, np.inf, counted.count)
    return Answer(float(found.value[0]), float(found.error[0]), counted.count)


def ask_scipy(function: Function, x: float) -> Answer:
    """Ask `scipy.differentiate.derivative`, as it is by default."""
    from scipy.differentiate import derivative

    counted = _Counted(function)
    found = derivative(counted, x)
    told = bool(np.isfinite(found.df)) and bool(found.success)
    return Answer(float(found.df) if told else None, float(found.error), counted.count)


def ask_numdifftools(function: Function, x: float) -> Answer:
    """Ask `numdifftools.Derivative`, as it is by default."""
    import numdifftools

    counted = _Counted(function)
    found = numdifftools.Derivative(counted, full_output=True)(x)
    value = float(np.asarray(found[0]).item())
    bar = float(np.asarray(found.error_estimate).item())
    return Answer(value if np.isfinite(value) else None, bar, counted.count)


CONTESTANTS: dict[str, Callable[[Function, float], Answer]] = {
    "gradcheck.numerical_gradient": ask_ours,
    "scipy.differentiate.derivative": ask_scipy,
    "numdifftools.Derivative": ask_numdifftools,
}


def ask(name: str, function: Function, x: float) -> Answer:
    """Ask one of them, whose warnings about steps that leave the domain are no part of the answer."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return CONTESTANTS[name](function, x)
