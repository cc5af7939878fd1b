import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.calibration.draw import Case, case
from benchmarks.calibration.families import FAMILIES, Family
from benchmarks.calibration.faults import FAULTS, Fault, Target, plant, target
from gradcheck import Layer

INDICES = st.integers(0, len(FAMILIES) - 1)


def at_index(index):
    at = case(5, index, ("ordinary",), (2, 4), ("float64",))
    active = tuple(i for i, n in enumerate(at.layer.shapes) if n not in at.layer.constants)
    return at, active, target(at, active, np.random.default_rng(index))


def bars(layer, at):
    y, pullback = layer.vjp(*at.primals, **at.options)
    returned = pullback(np.random.default_rng(0).standard_normal(np.shape(y))[()])
    return returned if isinstance(returned, tuple | list) else (returned,)


@given(INDICES, st.sampled_from([fault for fault in FAULTS if fault.spread == "one entry"]))
def test_one_entry_is_off_by_the_relative_size_and_no_other(index, fault):
    at, _, chosen = at_index(index)
    assume(chosen is not None)
    right, wrong = bars(at.layer, at), bars(plant(at.layer, fault, chosen), at)
    for i, (a, b) in enumerate(zip(right, wrong, strict=True)):
        if a is None:
            assert b is None
            continue
        expected = np.array(a)
        if i == chosen.argnum:
            expected.flat[chosen.flat] *= 1 + fault.size
        np.testing.assert_array_equal(b, expected)


@given(INDICES)
def test_all_entries_are_off_by_the_same_factor(index):
    at, _, chosen = at_index(index)
    assume(chosen is not None)
    right, wrong = bars(at.layer, at), bars(plant(at.layer, Fault("all entries", 0.5), chosen), at)
    for a, b in zip(right, wrong, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(b, np.asarray(a) * 1.5)


@given(INDICES)
def test_the_entry_is_of_typical_size(index):
    at, active, chosen = at_index(index)
    assume(chosen is not None)
    assert chosen.argnum in active
    assert 0 < chosen.share <= 1
    assert 0 <= chosen.flat < at.primals[chosen.argnum].size


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_gradient_that_is_zero_or_not_finite_has_no_target(value):
    at = case(5, 0, ("ordinary",), (2, 4), ("float64",))
    flat = Layer(lambda x: x, lambda x: (x, lambda y_bar: y_bar * value), shapes={"x": "n"})
    at = type(at)(0, type(at.family)(flat), "ordinary", (np.ones(3),), {})
    assert target(at, (0,), np.random.default_rng(0)) is None


def test_what_rounding_left_of_a_zero_is_no_target():
    """Three of four entries are zeros, computed with an error."""
    layer = Layer(lambda x: x, lambda x: (x, lambda y_bar: y_bar * np.array([1.0, 1e-17, 1e-17, 1e-17])))
    at = Case(0, Family(layer), "ordinary", (np.ones(4),), {})
    chosen = {target(at, (0,), np.random.default_rng(seed)).flat for seed in range(8)}
    assert chosen == {0}


def test_fault_stays_away_from_an_example_without_its_entry():
    layer = plant(Layer(np.sin, lambda x: (np.sin(x), lambda y: y * np.cos(x))), FAULTS[0], Target(0, 3, 1.0))
    _, pullback = layer.vjp(np.ones(2))
    np.testing.assert_array_equal(pullback(np.ones(2))[0], np.cos(np.ones(2)))
