"""The tools: each says of a layer at a point whether it rejects the gradient; loaded where it runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np

from benchmarks.calibration.peers.pair import Pair
from gradcheck import Verdict
from gradcheck.checks import CHECKS, Check
from gradcheck.running import run

SELF = "gradcheck"
BATTERY = "gradcheck, whole battery"
_ELSEWHERE = {
    "torch gradcheck, fast": ("benchmarks.calibration.peers.torch", "fast"),
    "torch gradcheck, slow": ("benchmarks.calibration.peers.torch", "slow"),
    "jax check_grads": ("benchmarks.calibration.peers.jax", "rejects"),
    "autograd check_grads": ("benchmarks.calibration.peers.autograd", "rejects"),
    "scipy check_grad": ("benchmarks.calibration.peers.scipy", "rejects"),
    "numdifftools": ("benchmarks.peers.numdifftools", "rejects"),
}
FLOOR = "floor"
TOOLS = (SELF, BATTERY, *_ELSEWHERE)
"""In the order of the tables. The first runs the finite-difference check alone, which asserts what the
others assert; the second what `gradcheck.check` runs."""


def tool(name: str) -> Callable[[Pair], bool]:
    """Return a tool by its name.

    Raises
    ------
    RuntimeError
        From the tool itself, if it can't tell.
    """
    if name == FLOOR:
        return _least
    if name not in _ELSEWHERE:
        checks = CHECKS if name == BATTERY else CHECKS[:1]
        return lambda pair: _rejects(pair, checks)
    module, function = _ELSEWHERE[name]
    found: Callable[[Pair], bool] = getattr(importlib.import_module(module), function)
    return found


def _least(pair: Pair) -> bool:
    """Do what no checker can do without: two forward calls and one of the VJP."""
    drawn, layer = pair.case, pair.layer
    layer.forward(*drawn.primals, **drawn.options)
    layer.forward(*drawn.primals, **drawn.options)
    y, pullback = layer.vjp(*drawn.primals, **drawn.options)
    pullback(np.ones_like(y)[()])
    return False


def _rejects(pair: Pair, checks: tuple[Check, ...]) -> bool:
    given = pair.layer, pair.case.primals, dict(pair.case.options)
    report = run(*given, seed=pair.seed, max_examples=1, checks=checks, explain=False)
    if report.verdict is Verdict.UNVERIFIED:
        message = f"{report.findings[0].check} is unverified: {report.findings[0].reason}"
        raise RuntimeError(message)
    return report.verdict.is_failure
