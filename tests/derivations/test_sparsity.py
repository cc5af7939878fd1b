"""Which outputs of a convolution read which inputs: declared from shapes, and what it saves."""

import numpy as np
import pytest

from derivations import fast
from derivations.multichannel import conv2d_sparsity, conv2d_vjp
from gradcheck import Layer
from gradcheck.evaluation.point import near_input
from gradcheck.evaluation.scatter import output_noise
from gradcheck.evaluation.trial import Calls, Trial
from gradcheck.judging.entrywise import declared_pattern
from gradcheck.judging.tolerance import K
from gradcheck.numerics.jacobian import measure_entries, measure_rest
from tests.nightly import by_night


def image_of(side):
    rng = np.random.default_rng(side)
    return rng.standard_normal((1, 3, side, side)), rng.standard_normal((8, 3, 3, 3)), rng.standard_normal(8)


def compressed(side, argnum):
    """Return how many forward calls a compressed Jacobian of a 3→8-channel 3×3 convolution takes."""
    layer = Layer(fast.conv2d, fast.conv2d_vjp, sparsity=conv2d_sparsity)
    trial = Trial.of(layer, image_of(side), {}, 0, Calls())
    rng = trial.rng("test")
    y = trial.forward()
    near = near_input(trial, argnum, y)
    noise = output_noise(trial, y, near.eps, rng)
    pattern = declared_pattern(trial, argnum, (y.size, near.x.size))
    measured = measure_entries(near, noise, pattern, rng)
    left = measure_rest(near, noise, pattern, measured, rng)
    assert np.all(np.abs(left.value) <= K * left.error)
    return trial.calls.forward


@pytest.mark.parametrize(
    ("argnum", "large"), [(0, by_night(64, by_day=32)), (1, by_night(32, by_day=24)), (2, 64)]
)
def test_jacobian_of_an_image_costs_its_receptive_field_and_not_its_size(argnum, large):
    assert compressed(16, argnum) == compressed(large, argnum) <= 12 * (27 + 1) + 10


@pytest.mark.parametrize("seed", range(8))
def test_declared_sparsity_is_where_the_jacobian_is(seed):
    rng = np.random.default_rng(seed)
    groups, stride, padding, dilation = (int(rng.integers(1, 3)) for _ in range(4))
    shapes = (2, groups * 2, 5, 6), (groups * 2, 2, 2, 1), (groups * 2,)
    options = {"groups": groups, "stride": stride, "padding": padding, "dilation": dilation}
    primals = [rng.uniform(1.0, 2.0, shape) for shape in shapes]
    y, pullback = conv2d_vjp(*primals, **options)
    bars = [pullback(one.reshape(y.shape)) for one in np.eye(y.size)]
    for argnum, (outputs, places) in enumerate(conv2d_sparsity(*shapes, **options)):
        dense = np.stack([bar[argnum].ravel() for bar in bars])
        expected = np.zeros_like(dense, dtype=bool)
        expected[outputs.ravel(), places.ravel()] = True
        np.testing.assert_array_equal(dense != 0.0, expected)
