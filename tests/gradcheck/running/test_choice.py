"""Some checks only: what they can and can't say."""

import numpy as np
import pytest

from gradcheck import Layer, UnverifiedGradient, Verdict, assert_correct, check

WRONG = Layer.from_backward(lambda x: x**3, lambda g, x: 2 * x * g, shapes={"x": "n"}, name="cube")
RIGHT = Layer.from_backward(lambda x: x**3, lambda g, x: 3 * x**2 * g, shapes={"x": "n"}, name="cube")


@pytest.mark.parametrize("point", [(), (np.array([1.0, 2.0]),)], ids=["over shapes", "at a point"])
def test_gradient_that_nothing_measures_is_not_called_correct(point):
    report = check(WRONG, *point, checks=("linearity", "purity"))
    assert report.verdict is Verdict.UNVERIFIED
    assert not report
    assert "no check that was asked for measures it" in str(report)
    assert "passed       linearity, purity" in str(report)


def test_assertion_fails_where_nothing_measures_the_gradient():
    with pytest.raises(UnverifiedGradient, match="no check that was asked for measures it"):
        assert_correct(WRONG, checks=("linearity",))


def test_one_check_that_measures_is_enough():
    assert check(RIGHT, checks=("finite-difference",)).verdict is Verdict.CORRECT


def test_oracle_counts_where_there_is_one():
    layer = Layer.from_backward(
        lambda x: 2 * x, lambda g, x: 2 * g, oracle=lambda x: (2 * x, lambda g: 2 * g)
    )
    assert check(layer, np.ones(2), checks=("oracle",)).verdict is Verdict.CORRECT
    assert check(RIGHT, np.ones(2), checks=("oracle", "purity")).verdict is Verdict.UNVERIFIED
