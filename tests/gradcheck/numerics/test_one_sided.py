"""One-sided slopes where they differ."""

import numpy as np
import pytest

from gradcheck.evaluation.point import Point
from gradcheck.judging.tolerance import K
from gradcheck.numerics.ladder import Ladder, climb
from gradcheck.numerics.line import Line
from gradcheck.numerics.noise import measure
from gradcheck.numerics.one_sided import one_sided
from tests.gradcheck.example_layers import elementwise, relu, trial_of


def sides(f, derived, x=0.0, v=1.0):
    """Return the one-sided slopes of f, less the derived one, with the cotangent 1."""
    trial = trial_of(elementwise(f, lambda x: np.full_like(x, derived)), np.array([x]))
    line = Line(Point.pulled_back(trial, trial.forward(), np.ones(1)), 0, np.array([v]))
    rng = np.random.default_rng(0)
    return one_sided(climb(line, measure(line, rng), rng), K)


@pytest.mark.parametrize(
    ("f", "below", "above"),
    [
        (np.abs, -1.0, 1.0),
        (relu, 0.0, 1.0),
        (lambda x: np.where(x > 0, np.sin(x), np.expm1(3 * x)), 3.0, 1.0),
        (lambda x: np.abs(np.sin(x)) + x * x, -1.0, 1.0),
    ],
    ids=["abs", "relu", "sin and exp", "abs of sin"],
)
@pytest.mark.parametrize("derived", [0.0, 0.5])
def test_one_sided_slopes_are_found(f, below, above, derived):
    kink = sides(f, derived)
    assert kink.below == pytest.approx(below - derived, abs=1e-9)
    assert kink.above == pytest.approx(above - derived, abs=1e-9)
    assert abs(kink.jump) == pytest.approx(abs(above - below), abs=1e-9)
    assert abs(kink.jump) > kink.jump_error


@pytest.mark.parametrize(
    ("derived", "inside"), [(-1.0, True), (0.3, True), (1.0, True), (1.01, False), (-2, False)]
)
def test_derived_slope_is_inside_or_outside_the_one_sided_slopes_of_abs(derived, inside):
    assert sides(np.abs, derived).contains_derived is inside


def test_against_the_direction_the_sides_change_places():
    kink = sides(relu, 0.0, v=-1.0)
    assert (kink.below, kink.above) == pytest.approx((-1.0, 0.0), abs=1e-9)


@pytest.mark.parametrize("f", [np.sin, np.exp, lambda x: x * np.abs(x)], ids=["sin", "exp", "x|x|"])
def test_smooth_function_has_no_jump(f):
    kink = sides(f, 0.0, x=0.3)
    assert abs(kink.jump) <= kink.jump_error


def test_too_few_rungs_have_no_sides():
    assert one_sided(Ladder((), (), None, False), K) is None
