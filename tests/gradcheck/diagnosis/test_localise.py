"""The wrong entry is found by bisection, at a cost that grows with the logarithm of the size."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.localise import ENTRY_BY_ENTRY, worst_entry
from gradcheck.judging.verdict import judge
from gradcheck.types import Verdict
from tests.gradcheck.example_layers import elementwise, point_of


def located(shape, wrong, factor=2.0):
    """Return the evidence against sin′ with the entries `wrong` off by a factor, and the calls it took."""

    def slope(x):
        bar = np.cos(x)
        for index in wrong:
            bar[index] *= factor
        return bar

    point = point_of(elementwise(np.sin, slope), np.random.default_rng(0).uniform(-1.0, 1.0, shape))
    rng = np.random.default_rng(1)
    with silence_warnings():
        judgement = judge(point, 0, rng)
        before = point.trial.calls.forward
        evidence = worst_entry(point, 0, judgement.comparison, rng)
    return judgement, evidence, point.trial.calls.forward - before, point


@pytest.mark.parametrize("index", [(0,), (7_321,), (9_999,)])
def test_one_wrong_entry_among_ten_thousand_is_found(index):
    judgement, evidence, calls, point = located((10_000,), [index])
    assert judgement.verdict is Verdict.WRONG
    assert (evidence.what, evidence.index) == ("x_bar", index)
    assert evidence.derived == point.x_bar(0)[index]
    assert evidence.numerical == pytest.approx(evidence.derived / 2, rel=1e-6)
    assert abs(evidence.derived - evidence.numerical) > evidence.allowed
    assert calls < 2_000


def test_cost_grows_slower_than_the_size():
    few, many = (located((size,), [(5,)])[2] for size in (500, 8_000))
    assert many < 2.5 * few


def test_index_has_as_many_axes_as_the_input():
    assert located((10, 4, 5), [(3, 1, 2)])[1].index == (3, 1, 2)


def test_wrong_entries_of_a_small_input_are_counted():
    evidence = located((4, 4), [(0, 1), (3, 3)])[1]
    assert evidence.entries == (2, 16)
    assert evidence.index in [(0, 1), (3, 3)]


def test_all_wrong_entries_of_a_large_input_are_counted():
    evidence = located((ENTRY_BY_ENTRY + 1,), [(64,), (3,)])[1]
    assert evidence.entries == (2, ENTRY_BY_ENTRY + 1)
    assert evidence.where == "[3] and [64]"


def test_scalar_has_an_empty_index():
    layer = elementwise(np.sin, lambda x: 2 * np.cos(x))
    point = point_of(layer, np.array(0.5))
    with silence_warnings():
        judgement = judge(point, 0, np.random.default_rng(0))
        evidence = worst_entry(point, 0, judgement.comparison, np.random.default_rng(1))
    assert (evidence.index, evidence.entries) == ((), (1, 1))


def test_error_that_no_single_entry_shows_is_reported_along_its_direction():
    """Every entry is off by less than its own measurement can see, but the sum is not."""
    point = point_of(elementwise(np.sin, np.cos), np.linspace(-1, 1, 8))
    with silence_warnings():
        judgement = judge(point, 0, np.random.default_rng(0))
        evidence = worst_entry(point, 0, judgement.comparison, np.random.default_rng(1))
    assert evidence.index is None
    assert evidence.what == "⟨x_bar, v⟩ along a random direction v"
    assert evidence.derived == judgement.comparison.derived


def test_entry_of_a_complex_input_is_told_by_its_part():
    layer = Layer(lambda z: 2.0 * z, lambda z: (2.0 * z, lambda y_bar: 2.0 * y_bar.real + 1j * y_bar.imag))
    point = point_of(layer, np.array([[0.5 + 0.25j, -1.0 + 2.0j]]))
    with silence_warnings():
        judgement = judge(point, 0, np.random.default_rng(0))
        evidence = worst_entry(point, 0, judgement.comparison, np.random.default_rng(1))
    assert evidence.what == "z_bar.imag"
    assert evidence.index in {(0, 0), (0, 1)}
