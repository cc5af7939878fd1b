"""HIPS ``autograd.test_util.check_grads`` in reverse mode, first order, with its own defaults."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from autograd.extend import defvjp, primitive
from autograd.test_util import check_grads

from benchmarks.calibration.peers.pair import Pair
from gradcheck.types import Array


def rejects(pair: Pair) -> bool:
    """Return whether it rejects."""
    wrapped = primitive(pair.forward)
    positions = range(len(pair.active))
    defvjp(wrapped, *(partial(_pulled_back, pair, k) for k in positions))
    np.random.seed(pair.seed)  # noqa: NPY002 -- autograd draws its directions from NumPy's global generator
    try:
        check_grads(wrapped, tuple(positions), modes=["rev"], order=1)(*pair.primals)
    except AssertionError:
        return True
    return False


def _pulled_back(pair: Pair, k: int, y: Any, *xs: Any) -> Callable[[Any], Array]:  # noqa: ARG001 -- its form
    return lambda y_bar: pair.cotangents(y_bar, *xs)[k]
