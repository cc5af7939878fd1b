"""Every peer sees the same NumPy functions: it accepts a right gradient and rejects one that is 50 % off."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'bench' is not installed")
pytest.importorskip("jax", reason="the extra 'bench' is not installed")
pytest.importorskip("autograd", reason="the extra 'bench' is not installed")

from benchmarks.calibration.draw import case
from benchmarks.calibration.families import FAMILIES
from benchmarks.calibration.faults import Fault, plant, target
from benchmarks.calibration.peers.everyone import PEERS
from benchmarks.calibration.peers.pair import Pair

NAMES = ("linear", "softmax", "mean_squared_error", "binary_cross_entropy", "product_of_three")


def pair(name, fault):
    turns = {case(0, i, ("ordinary",), (2, 3), ("float64",)).family.name: i for i in range(len(FAMILIES))}
    at = case(0, turns[name], ("ordinary",), (2, 3), ("float64",))
    active = tuple(i for i, n in enumerate(at.layer.shapes) if n not in at.layer.constants)
    chosen = target(at, active, np.random.default_rng(0))
    return Pair(plant(at.layer, fault, chosen), at, active, 0)


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_right_gradient_is_accepted(peer, name):
    assert not PEERS[peer](pair(name, None))


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_that_is_half_as_large_again_is_rejected(peer, name):
    assert PEERS[peer](pair(name, Fault("all entries", 0.5)))
