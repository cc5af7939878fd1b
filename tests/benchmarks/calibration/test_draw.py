import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.calibration.draw import KINDS, case
from benchmarks.calibration.families import FAMILIES

SEEDS = st.integers(0, 2**32 - 1)
INDICES = st.integers(0, 10_000)


def drawn(seed, index, kind):
    return case(seed, index, (kind,), (1, 5), ("float64",))


@given(SEEDS, INDICES, st.sampled_from(sorted(KINDS)))
def test_seed_and_index_give_the_same_case_again(seed, index, kind):
    first, second = (drawn(seed, index, kind) for _ in range(2))
    assert first.family is second.family
    assert first.options == second.options
    assert [p.tobytes() for p in first.primals] == [p.tobytes() for p in second.primals]


@pytest.mark.parametrize("seed", [0, 1])
def test_every_family_takes_its_turn(seed):
    turns = [drawn(seed, index, "ordinary").family.name for index in range(len(FAMILIES))]
    assert sorted(turns) == sorted(family.name for family in FAMILIES)


@given(SEEDS, INDICES, st.sampled_from(sorted(KINDS)))
def test_values_lie_in_the_domain(seed, index, kind):
    at = drawn(seed, index, kind)
    for name, x in zip(at.layer.shapes, at.primals, strict=True):
        low, high = at.layer.domain.get(name, (-np.inf, np.inf))
        assert np.all((x >= low) & (x <= high)), name


@given(SEEDS, INDICES)
def test_half_bounded_values_never_touch_the_edge(seed, index):
    at = drawn(seed, index, "tied")
    for name, x in zip(at.layer.shapes, at.primals, strict=True):
        low, high = at.layer.domain.get(name, (-np.inf, np.inf))
        if np.isinf(high):
            assert np.all(x > low), name


@pytest.mark.parametrize("family", [f for f in FAMILIES if f.composite], ids=lambda f: f.name)
def test_composite_families_are_never_tied(family, monkeypatch):
    monkeypatch.setattr("benchmarks.calibration.draw.FAMILIES", (family,))
    assert drawn(0, 0, "tied").kind == "near a kink"


def test_sizes_that_no_layer_accepts_are_named(monkeypatch):
    stubborn = next(f for f in FAMILIES if f.name == "normalise")
    monkeypatch.setattr("benchmarks.calibration.draw.FAMILIES", (stubborn,))
    with pytest.raises(ValueError, match=r"no sizes from 1 to 1 are accepted by where= of 'normalise'"):
        case(0, 0, ("ordinary",), (1, 1), ("float64",))
