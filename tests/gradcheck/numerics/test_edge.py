"""At the edge of a domain there is one side only."""

import numpy as np
import pytest

from gradcheck.judging.tolerance import K
from gradcheck.numerics.edge import inward_slope
from gradcheck.numerics.noise import measure
from tests.gradcheck.example_layers import elementwise, line_of


def edge(f, slope, bounds, x, v=None):
    line = line_of(elementwise(f, slope, domain={"x": bounds}), np.array(x), v)
    rng = np.random.default_rng(0)
    return inward_slope(line, measure(line, rng), rng)


@pytest.mark.parametrize("factor", [1.0, 1.0 + 1e-5, 2.0])
@pytest.mark.parametrize("x", [[1.0], [4.0], [1.0, 4.0, 2.0]], ids=["low", "high", "both and between"])
def test_slope_of_a_root_at_its_declared_bounds(x, factor):
    line, slope = edge(np.sqrt, lambda x: factor * 0.5 / np.sqrt(x), (1.0, 4.0), x)
    truth = float(line.point.y_bar @ ((1.0 - factor) * 0.5 / np.sqrt(np.array(x)) * line.v))
    assert abs(slope.value - truth) <= K * slope.error
    assert slope.error < 1e-8


def test_direction_points_into_the_domain():
    line, _ = edge(np.sqrt, lambda x: 0.5 / np.sqrt(x), (1.0, 4.0), [1.0, 4.0], np.array([-1.0, 1.0]))
    assert line.v.tolist() == [1.0, -1.0]


def test_domain_without_room_has_no_slope():
    assert edge(np.sqrt, lambda x: 0.5 / np.sqrt(x), (1.0, 1.0 + 1e-15), [1.0]) is None
