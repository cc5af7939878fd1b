"""Both Jacobians of an example are what they are, and where they can't be had there is no specimen."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradcheck import Layer
from gradcheck.diagnosis.jacobians import measured_jacobian
from gradcheck.diagnosis.specimen import MOST_ROWS, Specimen, is_informative
from tests.gradcheck.example_layers import LINEAR, MISSING_SUM, RELU, SQUARE, elementwise, trial_of

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((2, 3)), RNG.standard_normal((3, 2)), RNG.standard_normal(2)


@given(st.lists(st.floats(0.1, 3.0), min_size=1, max_size=4))
def test_jacobian_of_a_smooth_map_is_within_its_error(values):
    x = np.array(values)
    assume(np.abs(np.cos(x)).max() > 1e-2)  # of slopes near zero, the error is a large part
    found = measured_jacobian(trial_of(elementwise(np.sin, np.cos), x), 0)
    assert found.is_resolved
    assert np.all(np.abs(found.value - np.diag(np.cos(x))) <= 5 * found.error)
    assert found.error.max() < 1e-8


def test_linear_layer_s_jacobians_are_its_matrices():
    specimen = Specimen.of(trial_of(LINEAR, X, W, B), 0)
    expected = np.einsum("nm,io->nomi", np.eye(2), W)
    assert np.allclose(specimen.measured.value, expected, rtol=1e-9, atol=1e-9)
    assert np.allclose(specimen.derived, expected)
    assert not specimen.wrong.any()
    assert specimen.is_linear


def test_missing_sum_is_wrong_in_the_rows_that_are_missing():
    specimen = Specimen.of(trial_of(MISSING_SUM, X, W, B), 2)
    assert specimen.wrong.any(axis=(1, 2)).tolist() == [False, True]
    assert specimen.mask.tolist() == [True, True]


def test_number_has_a_jacobian_too():
    specimen = Specimen.of(trial_of(SQUARE, np.array(1.5)), 0)
    assert (specimen.derived.shape, specimen.is_linear) == ((), True)
    assert specimen.measured.value == pytest.approx(3.0)


def test_kink_within_a_step_leaves_nothing_to_compare():
    assert Specimen.of(trial_of(RELU, np.array([0.0, 1.0])), 0) is None
    assert Specimen.of(trial_of(RELU, np.array([0.5, 1.0])), 0) is not None


def test_step_out_of_the_domain_leaves_nothing_to_compare():
    layer = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x), domain={"x": (0.0, 4.0)})
    assert Specimen.of(trial_of(layer, np.array([4.0])), 0) is None


@pytest.mark.parametrize("size", [0, MOST_ROWS + 1])
def test_nothing_and_too_much_are_passed_over(size):
    assert Specimen.of(trial_of(SQUARE, np.ones(size)), 0) is None


def test_layer_without_outputs_is_passed_over():
    layer = Layer(lambda x: x[:0], lambda x: (x[:0], lambda y_bar: np.zeros_like(x)))
    assert Specimen.of(trial_of(layer, np.ones(2)), 0) is None


def test_forward_that_casts_to_float32_is_not_taken_for_exact():
    layer = elementwise(lambda x: np.sin(x).astype(np.float32).astype(x.dtype), np.cos)
    assert Specimen.of(trial_of(layer, RNG.standard_normal(3)), 0) is None


def nonlinear(pull):
    return Layer(lambda x: x * x, lambda x: (x * x, lambda y_bar: 2 * x * pull(y_bar)))


def test_pullback_that_is_no_sum_of_its_rows_is_not_linear():
    specimen = Specimen.of(trial_of(nonlinear(np.abs), np.array([1.0, 2.0, 3.0, 4.0])), 0)
    assert not specimen.is_linear
    assert specimen.is_repeatable


def test_rounding_that_is_left_where_all_terms_cancel_is_no_nonlinearity():
    """Of two rows that are centred and divided by their deviation, only the signs are left."""

    def vjp(x):
        c = x - x.mean(axis=0)
        s = np.sqrt((c**2).mean(axis=0))
        z = c / s
        return z, lambda g: 2 * (g - g.mean(axis=0) - z * (g * z).mean(axis=0)) / s

    rng = np.random.default_rng(0)
    trials = [trial_of(Layer.from_pullback(vjp), rng.standard_normal((2, 3))) for _ in range(20)]
    assert all(specimen.is_linear for specimen in (Specimen.of(trial, 0) for trial in trials) if specimen)


def test_pullback_that_remembers_does_not_repeat_itself():
    def vjp(x):
        total = np.zeros_like(x)

        def pullback(y_bar):
            total[...] += 2 * x * y_bar
            return total.copy()

        return x * x, pullback

    specimen = Specimen.of(trial_of(Layer(lambda x: x * x, vjp), np.array([1.0, 2.0])), 0)
    assert not specimen.is_repeatable


def test_prediction_differs_or_equals():
    specimen = Specimen.of(trial_of(elementwise(np.sin, lambda x: 2 * np.cos(x)), np.array([0.5, 1.0])), 0)
    J = specimen.measured.value
    assert specimen.equals(2 * J)
    assert specimen.differs(2 * J)
    assert not specimen.equals(J)
    assert not specimen.differs(J)


def test_prediction_of_anything_equals_but_does_not_differ():
    specimen = Specimen.of(trial_of(elementwise(np.sin, np.cos), np.array([0.5])), 0)
    unknown = np.full((1, 1), np.nan)
    assert specimen.equals(unknown)
    assert not specimen.differs(unknown)
    assert not is_informative(unknown)
    assert is_informative(np.zeros((1, 1)))
