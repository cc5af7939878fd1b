"""Large inputs: memory stays within a few times their own, and nothing small is hidden beside them."""

import tracemalloc

import numpy as np
import pytest

from gradcheck import Layer, Verdict
from gradcheck.checks import CHECKS
from gradcheck.running.verify import run
from tests.nightly import by_night

FINITE_DIFFERENCE = CHECKS[:1]
ENTRIES = 2**21 + 5


def loss(w):
    return np.logaddexp(0, w).mean(dtype=np.float64).astype(w.dtype)


def backward(c_bar, w):
    w_bar = np.exp(-w)
    w_bar += 1
    return np.divide(c_bar / w.size, w_bar, out=w_bar)


SOFTPLUS = Layer.from_backward(loss, backward, shapes={"w": "n"})


def biased(slope):
    """Return a loss of many weights and three biases, the slope of one of which is off by a factor."""

    def both(w, b):
        return loss(w) + np.sin(b).mean()

    def backwards(c_bar, w, b):
        b_bar = c_bar * np.cos(b) / b.size
        b_bar[1] *= slope
        return backward(c_bar, w), b_bar

    return Layer.from_backward(both, backwards, shapes={"w": "n", "b": "k"})


def peak(work):
    """Return the bytes that a call takes at most, beside what is there already."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def verified(layer, *primals):
    return run(layer, primals, seed=0, max_examples=1, checks=FINITE_DIFFERENCE, explain=False)


def pulled_back(x):
    _, pullback = SOFTPLUS.vjp(x)
    return pullback(np.float64(1))


@pytest.mark.parametrize(("dtype", "most"), [("float32", 2.5), ("float64", 2.5)])
def test_memory_beside_the_layer_s_own_is_a_few_times_the_input(dtype, most):
    w = np.random.default_rng(0).standard_normal(ENTRIES).astype(dtype)
    verified(SOFTPLUS, w[:10])
    own = peak(lambda: pulled_back(w.astype(np.float64)))
    taken = peak(lambda: verified(SOFTPLUS, w))
    assert taken - own <= most * w.nbytes


def test_large_float32_input_is_verified_finely():
    w = np.random.default_rng(0).standard_normal(ENTRIES).astype(np.float32)
    report = verified(SOFTPLUS, w)
    assert report.verdict is Verdict.CORRECT
    assert report.sensitivity < 1e-6


@pytest.mark.parametrize("slope", by_night([1.001, 1 - 1e-5], by_day=[1 - 1e-5]))
def test_error_in_one_bias_is_found_beside_a_million_weights(slope):
    rng = np.random.default_rng(0)
    report = verified(biased(slope), rng.standard_normal(1_000_000), rng.standard_normal(3))
    assert report.verdict is Verdict.WRONG
    assert "'b'" in report.results[0].reason


def test_bias_is_verified_beside_a_million_weights():
    rng = np.random.default_rng(0)
    report = verified(biased(1.0), rng.standard_normal(1_000_000), rng.standard_normal(3))
    assert report.verdict is Verdict.CORRECT
