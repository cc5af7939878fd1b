"""One-sided slopes where they differ."""

import numpy as np
import pytest

from gradcheck.evaluation.point import Point
from gradcheck.judging.tolerance import K
from gradcheck.numerics.extrapolation import Fit
from gradcheck.numerics.ladder import Ladder
from gradcheck.numerics.line import Line
from gradcheck.numerics.noise import measure_noise
from gradcheck.numerics.one_sided import fit_sides, inward_slope
from gradcheck.numerics.slope import measure_slope
from tests.gradcheck.example_layers import elementwise, line_of, relu, trial_of


def sides(f, derived, x=0.0, v=1.0):
    """Return the one-sided slopes of f, less the derived one, with the cotangent 1."""
    trial = trial_of(elementwise(f, lambda x: np.full_like(x, derived)), np.array([x]))
    line = Line(Point.with_cotangent(trial, trial.forward(), np.ones(1)).near(0), np.array([v]))
    return measure_slope(line, np.random.default_rng(0)).sides


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
    assert abs(kink.jump) > K * kink.jump_error


@pytest.mark.parametrize(
    ("derived", "inside"), [(-1.0, True), (0.3, True), (1.0, True), (1.01, False), (-2, False)]
)
def test_derived_slope_is_inside_or_outside_the_one_sided_slopes_of_abs(derived, inside):
    assert sides(np.abs, derived).contain_zero(K) is inside


def test_against_the_direction_the_sides_change_places():
    kink = sides(relu, 0.0, v=-1.0)
    assert (kink.below[0], kink.above[0]) == pytest.approx((-1.0, 0.0), abs=1e-9)


@pytest.mark.parametrize("f", [np.sin, np.exp, lambda x: x * np.abs(x)], ids=["sin", "exp", "x|x|"])
def test_smooth_function_has_no_jump(f):
    kink = sides(f, 0.0, x=0.3)
    assert abs(kink.jump) <= K * kink.jump_error


def test_too_few_rungs_have_no_sides():
    nothing = Ladder((), np.zeros((0, 1)), Fit(np.zeros(1), np.full(1, np.inf)), np.zeros(1, bool))
    assert not fit_sides(nothing).are_known


def edge(f, slope, bounds, x, v=None):
    line = line_of(elementwise(f, slope, domain={"x": bounds}), np.array(x), v)
    rng = np.random.default_rng(0)
    return inward_slope(line, measure_noise(line, rng).forward, rng)


@pytest.mark.parametrize("factor", [1.0, 1.0 + 1e-5, 2.0])
@pytest.mark.parametrize("x", [[1.0], [4.0], [1.0, 4.0, 2.0]], ids=["low", "high", "both and between"])
def test_slope_of_a_root_at_its_declared_bounds(x, factor):
    line, slope = edge(np.sqrt, lambda x: factor * 0.5 / np.sqrt(x), (1.0, 4.0), x)
    truth = float(line.near.y_bar @ ((1.0 - factor) * 0.5 / np.sqrt(np.array(x)) * line.v))
    assert abs(slope.value[0] - truth) <= K * slope.error[0]
    assert slope.error[0] < 1e-8


def test_direction_points_into_the_domain():
    line, _ = edge(np.sqrt, lambda x: 0.5 / np.sqrt(x), (1.0, 4.0), [1.0, 4.0], np.array([-1.0, 1.0]))
    assert line.v.tolist() == [1.0, -1.0]


def test_domain_without_room_has_no_slope():
    assert edge(np.sqrt, lambda x: 0.5 / np.sqrt(x), (1.0, 1.0 + 1e-15), [1.0]) is None
