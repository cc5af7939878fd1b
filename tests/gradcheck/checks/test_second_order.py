"""A pullback that is a gradient has a symmetric Jacobian, whatever forward does."""

import numpy as np

from gradcheck import Layer, Verdict
from gradcheck.checks import CHECKS
from gradcheck.running.verify import run
from tests.gradcheck.example_layers import RELU, SQUARE, elementwise, outcome

SECOND_ORDER = [check for check in CHECKS if check.name == "second-order"]


def quadratic(backward, traits=("smooth",)):
    """y = x · (w x), which is smooth in both."""
    return Layer.from_backward(
        lambda w, x: x @ (w @ x),
        backward,
        shapes={"w": "n n", "x": "n"},
        where=lambda n: n >= 2,
        domain={"w": (-1.0, 1.0), "x": (-1.0, 1.0)},
        traits=traits,
    )


def result(layer):
    (found,) = run(layer, seed=0, max_examples=30, checks=SECOND_ORDER).results
    return found


def test_a_right_gradient_is_symmetric_in_and_between_its_inputs():
    layer = quadratic(lambda c_bar, w, x: (c_bar * np.outer(x, x), c_bar * (w + w.T) @ x))
    assert result(layer).verdict is Verdict.CORRECT


def test_a_missing_term_is_asymmetric():
    found = result(quadratic(lambda c_bar, w, x: (c_bar * np.outer(x, x), c_bar * w @ x)))
    assert found.verdict is Verdict.WRONG
    assert "its Jacobian is not symmetric" in found.reason


def test_forward_is_not_asked():
    layer = Layer.from_backward(
        lambda x: np.round(x.sum()),
        lambda c_bar, x: c_bar * np.roll(x, 1),
        shapes={"x": "3"},
        traits=("smooth",),
    )
    assert result(layer).verdict is Verdict.WRONG


def test_an_affine_map_has_nothing_to_compare():
    layer = elementwise(lambda x: 3 * x, lambda x: np.full_like(x, 3.0), traits=("multilinear",))
    found = outcome("second-order", layer, np.array([1.0, 2.0]))
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "the second derivative is zero" in found.reason


def test_a_consistent_factor_is_for_other_checks_to_see():
    assert (
        outcome(
            "second-order", elementwise(SQUARE.forward, lambda x: 4 * x, traits=("smooth",)), np.ones(3)
        ).verdict
        is Verdict.CORRECT
    )


def test_kinks_are_left_alone():
    assert SECOND_ORDER[0].inapplicable(RELU) is not None


def deviation(x):
    return np.sqrt(((x - x.mean(-1, keepdims=True)) ** 2).mean(-1, keepdims=True) + x.dtype.type(1e-3))


def normalise(x, gamma):
    return gamma * (x - x.mean(-1, keepdims=True)) / deviation(x)


def normalise_backward(y_bar, x, gamma):
    y = (x - x.mean(-1, keepdims=True)) / deviation(x)
    z_bar = gamma * y_bar
    along = (z_bar * y).mean(-1, keepdims=True)
    x_bar = (z_bar - z_bar.mean(-1, keepdims=True) - y * along) / deviation(x)
    return x_bar, (y_bar * y).sum(axis=(0, 1))


def test_an_asymmetry_of_single_precision_alone_is_rounding():
    """Far from zero a row has two digits left in float32, and its differences none."""
    layer = Layer.from_backward(normalise, normalise_backward, traits=("smooth",))
    rng = np.random.default_rng(0)
    for seed in range(60):
        x = (12_686.0 + rng.normal(size=(5, 5, 3))).astype(np.float32)
        gamma = rng.normal(size=3).astype(np.float32)
        assert outcome("second-order", layer, x, gamma, seed=seed).verdict is not Verdict.WRONG
