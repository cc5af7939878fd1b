"""The cheap look may say "agrees" only where it would have seen the smallest error that matters."""

import numpy as np
import pytest

from gradcheck.judging.tolerance import Word, judge_probe
from gradcheck.numerics.directions import direction
from gradcheck.numerics.line import Line
from gradcheck.numerics.probe import probe
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of, point_of
from tests.gradcheck.smooth import scaled


def probed(function, factor, x, rng):
    point = point_of(function.layer(factor), x)
    line = Line(point, 0, direction(point, 0, rng))
    return judge_probe(line, probe(line, rng))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, 1.001, 0.9, 2.0, -1.0, 0.0])
def test_probe_never_passes_a_gradient_that_is_off_by_a_millionth(factor, seed):
    rng = np.random.default_rng([seed, 41])
    for _ in range(100):
        function = scaled(rng)
        x = rng.normal(size=1) * function.width
        assert probed(function, factor, x, rng) is None, (function, x)


def test_probe_settles_most_right_gradients_alone():
    rng, passed = np.random.default_rng(3), 0
    for _ in range(200):
        function = scaled(rng)
        judgement = probed(function, 1.0, rng.normal(size=1) * function.width, rng)
        assert judgement is None or judgement.word is Word.PASS
        passed += judgement is not None
    assert passed > 100


def test_probe_costs_four_forward_calls():
    line = line_of(SQUARE, np.array([1.0, 2.0]))
    before = line.point.trial.calls.forward
    assert probe(line, np.random.default_rng(0)) is not None
    assert line.point.trial.calls.forward - before == 4


def test_probe_of_an_exactly_linear_map_sees_rounding_only():
    line = line_of(elementwise(lambda x: 3 * x, lambda x: 3 + 0 * x), np.array([1.0, -2.0]))
    found = probe(line, np.random.default_rng(0))
    assert found.apart <= 8 * found.noise
    assert found.noise < 1e-9


def test_probe_has_nothing_to_say_off_the_domain():
    layer = elementwise(lambda x: 3 * x, lambda x: 3 + 0 * x, domain={"x": (1.0, 2.0)})
    assert probe(line_of(layer, np.array([1.0])), np.random.default_rng(0)) is None


def test_probe_never_settles_a_zero_slope():
    line = line_of(elementwise(lambda x: 1 + 0 * x, np.zeros_like), np.array([1.0]))
    assert judge_probe(line, probe(line, np.random.default_rng(0))) is None
