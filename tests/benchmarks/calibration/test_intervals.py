import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.calibration.intervals import percent, said


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_value(counts):
    value, low, high = percent(*counts)
    assert 0 <= low <= value + 1e-9
    assert value <= high + 1e-9
    assert high <= 100 + 1e-9
    assert low < high


def test_none_of_many_still_has_an_upper_bound():
    assert percent(0, 20_000)[2] == pytest.approx(100 * 1.96**2 / (20_000 + 1.96**2), rel=1e-3)


def test_no_trials_give_no_number():
    assert all(math.isnan(part) for part in percent(0, 0))


def test_a_count_is_said_as_a_percentage():
    assert said(5, 10) == "50.0 (23.7–76.3)"
