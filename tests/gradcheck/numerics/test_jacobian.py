"""∂y/∂x entry by entry: right within its own error, and honest where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcheck import Layer
from gradcheck.evaluation.point import near_input
from gradcheck.evaluation.scatter import output_noise
from gradcheck.judging.tolerance import K
from gradcheck.numerics.colouring import Pattern
from gradcheck.numerics.jacobian import Entries, measure_entries, measure_rest
from tests.gradcheck.example_layers import elementwise, trial_of
from tests.gradcheck.smooth import scaled

ONES = np.ones_like


def layer_of(f, **fields):
    return Layer(f, lambda x: (f(x), lambda y_bar: y_bar), name="f", **fields)


def near_with_noise(trial):
    y = trial.forward()
    near = near_input(trial, 0, y)
    return near, output_noise(trial, y, near.eps, trial.rng("test"))


def measured_jacobian(trial, argnum):
    """Return all entries, in the shape of y and then of x."""
    near, noise = near_with_noise(trial)
    shape = (*near.y.shape, *near.x.shape)
    pattern = Pattern.full((near.y.size, near.x.size))
    entries = measure_entries(near, noise, pattern, trial.rng("jacobian"))
    return Entries(*(part.reshape(shape) for part in (entries.value, entries.error, entries.jump)))


@given(st.integers(0, 10_000))
def test_error_bars_hold_for_smooth_functions_of_every_scale(seed):
    rng = np.random.default_rng(seed)
    function = scaled(rng)
    x = function.width * rng.standard_normal(3)
    found = measured_jacobian(trial_of(function.layer(), x), 0)
    exact = np.diag(function.slope(x.astype(np.longdouble)).astype(float))
    assert np.all(np.abs(found.value - exact) <= K * found.error + 64 * np.finfo(float).eps * np.abs(exact))
    assert np.max(found.error) <= 1e-6 * abs(function.height / function.width)


def test_linear_map_comes_out_to_rounding():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((4, 6))
    found = measured_jacobian(trial_of(layer_of(lambda x: matrix @ x), rng.standard_normal(6)), 0)
    np.testing.assert_allclose(found.value, matrix, rtol=0, atol=1e-13)
    assert np.max(found.error) < 1e-13


def test_shape_is_that_of_the_output_and_then_of_the_input():
    layer = layer_of(lambda x: np.stack([x.sum(axis=0), x.prod(axis=0), x[0]]))
    assert measured_jacobian(trial_of(layer, np.ones((2, 4))), 0).value.shape == (3, 4, 2, 4)


def test_scalar_input_and_output():
    found = measured_jacobian(trial_of(layer_of(lambda x: x**3), np.array(2.0)), 0)
    assert found.value.shape == ()
    assert found.value == pytest.approx(12.0, abs=1e-12)


def test_single_precision_is_measured_in_its_own():
    layer = layer_of(lambda x: np.sin(x), dtype="float32")
    x = np.array([0.3, -2.0], dtype=np.float32)
    found = measured_jacobian(trial_of(layer, x), 0)
    assert np.all(np.abs(found.value - np.diag(np.cos(x.astype(float)))) <= K * found.error)
    assert np.max(found.error) < 1e-4


def test_kink_shows_as_a_jump_of_its_entry_alone():
    found = measured_jacobian(trial_of(elementwise(np.abs, np.sign), np.array([0.0, 1.0])), 0)
    assert found.jump[0, 0] > K
    assert found.jump[1, 1] <= K


def test_smooth_map_has_no_jumps():
    rng = np.random.default_rng(1)
    found = measured_jacobian(trial_of(layer_of(lambda x: np.tanh(3 * x) * x.sum()), rng.normal(size=5)), 0)
    assert np.max(found.jump) <= K


def test_entry_at_the_edge_of_its_domain_is_not_settled():
    layer = layer_of(np.sqrt, shapes={"x": "n"}, domain={"x": (0.0, 9.0)})
    found = measured_jacobian(trial_of(layer, np.array([9.0, 4.0])), 0)
    assert np.isinf(found.error[0, 0])
    assert np.isfinite(found.error[1, 1])


def test_noisy_map_has_an_error_as_large_as_its_noise():
    def rough(x):
        return x + 1e-6 * np.sin(1e12 * x)

    found = measured_jacobian(trial_of(layer_of(rough), np.array([0.7])), 0)
    assert abs(found.value[0, 0] - 1.0) <= K * found.error[0, 0] < 1e-3


def counted(pattern, x, f):
    trial = trial_of(layer_of(f), x)
    rng = trial.rng("test")
    near, noise = near_with_noise(trial)
    before = trial.calls.forward
    entries = measure_entries(near, noise, pattern, rng)
    return (near, noise), entries, trial.calls.forward - before, rng


def moving_sum(x):
    return np.convolve(x, [3.0, 2.0, 1.0], mode="valid") ** 2


def band(size):
    return Pattern.of(sum(np.eye(size - 2, size, k) for k in range(3)))


def test_sparse_jacobian_costs_its_band_and_not_its_size():
    costs = {
        counted(band(n), np.linspace(0.5, 1.5, n), lambda x: x[2:] + x[1:-1] + x[:-2])[2] for n in (9, 90)
    }
    assert len(costs) == 1


def test_sparse_and_dense_agree():
    x = np.linspace(0.5, 1.5, 9)
    _, entries, *_ = counted(band(9), x, moving_sum)
    dense = measured_jacobian(trial_of(layer_of(moving_sum), x), 0)
    pattern = band(9)
    np.testing.assert_allclose(entries.value, dense.value[pattern.rows, pattern.columns], rtol=1e-10)


def test_residual_of_the_whole_pattern_is_within_its_error():
    at, entries, _, rng = counted(band(9), np.linspace(0.5, 1.5, 9), moving_sum)
    left = measure_rest(*at, band(9), entries, rng)
    assert np.all(np.abs(left.value) <= K * left.error)


def test_residual_shows_every_output_that_depends_on_more_than_its_pattern_says():
    pattern = band(9)
    short = Pattern(pattern.rows[1:], pattern.columns[1:], pattern.shape)
    at, entries, _, rng = counted(short, np.linspace(0.5, 1.5, 9), moving_sum)
    left = measure_rest(*at, short, entries, rng)
    assert abs(left.value[0]) > K * left.error[0]
