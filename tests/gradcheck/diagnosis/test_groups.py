"""All wrong entries of a large cotangent are found, or their pattern, and nothing is left changed."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcheck import Layer
from gradcheck._util.arrays import unravel
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.excess import Meter
from gradcheck.diagnosis.groups import MOST_GROUPS, locate
from gradcheck.evaluation.point import Point
from gradcheck.numerics.directions import direction
from tests.gradcheck.diagnosis.large import N, meter_of, primals, scaled, searched, spoilt
from tests.gradcheck.example_layers import trial_of

START = 20
"""Forward calls before any group is halved: the whole, and a few single entries."""
FEW = settings(max_examples=8)
MOST = 30

places = st.sets(st.integers(0, N * N - 1), min_size=1, max_size=MOST)


@FEW
@given(places, st.integers(0, 9))
def test_all_wrong_entries_are_found_and_no_other(wrong, seed):
    errors = 10.0 ** np.random.default_rng(seed).uniform(-5, -1, len(wrong))
    chosen = np.unravel_index(sorted(wrong), (N, N))
    located, calls = searched(spoilt(scaled(1 + errors, chosen)), *primals(seed), seed)
    assert located.complete
    assert set(located.entries) == wrong
    assert calls <= START + 6 * len(wrong) * math.log2(N * N)


@FEW
@given(places)
def test_excess_of_an_entry_is_how_far_it_is_off(wrong):
    chosen = np.unravel_index(sorted(wrong), (N, N))
    layer, (x, w) = spoilt(scaled(1.5, chosen)), primals()
    located, _ = searched(layer, x, w)
    meter = meter_of(trial_of(layer, x, w))
    for flat, excess in located.entries.items():
        derived = meter.whole.near.x_bar.flat[flat] * meter.v[flat]
        assert excess.value == pytest.approx(-derived / 3, rel=1e-6, abs=excess.allowed)


@FEW
@given(st.integers(0, 99))
def test_right_cotangent_is_not_accused(seed):
    assert searched(spoilt(scaled(1.0)), *primals(seed), seed)[0] is None


def test_linear_number_of_calls_is_for_few_entries_only():
    """Ten times as many wrong entries take at most about ten times as many calls."""
    calls = [searched(spoilt(scaled(2.0, (range(k), range(k)))), *primals())[1] for k in (3, 30)]
    assert calls[1] < 10 * calls[0]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (np.s_[:], "every entry"),
        (np.s_[-1], "the last index of axis 0"),
        (np.s_[:, -1], "the last index of axis 1"),
        (np.s_[:, 0], "the first index of axis 1"),
        (np.s_[1:], "every index ≥ 1 of axis 0"),
        (np.s_[:, :-1], "every index of axis 1 but the last"),
        (np.s_[[0, -1]], "both ends of axis 0"),
        (~np.pad(np.ones((N - 2, N - 2), bool), 1), "the border of width 1 of the last two axes"),
        (~np.eye(N, dtype=bool), "the entries off the diagonal of the last two axes"),
    ],
)
def test_dense_error_is_told_by_its_pattern(where, said):
    located, calls = searched(spoilt(scaled(1.1, where)), *primals())
    assert located.where == said
    assert calls < 6 * MOST_GROUPS * math.log2(N * N)


def test_dense_error_without_a_pattern_is_told_as_that():
    located, calls = searched(spoilt(scaled(1.1, np.s_[::2])), *primals())
    assert located.where.startswith("in no simple pattern")
    assert calls < 300


def test_pattern_is_not_told_where_one_entry_outside_of_it_is_wrong_too():
    def spoil(w_bar):
        w_bar[1:] *= 1.1
        w_bar[0, 5] *= 1.1

    assert searched(spoilt(spoil), *primals())[0].where != "every index ≥ 1 of axis 0"


def interrupting(at, stop):
    """Return a forward map that raises at its call number `at`."""
    calls = iter(range(at, -1, -1))

    def forward(x, w):
        if next(calls) == 0:
            raise stop
        return x @ w

    return forward


def interrupted(at, stop):
    """Return the primals before and after a search that is interrupted after some calls."""
    x, w = primals()
    copies = x.copy(), w.copy()
    trial = trial_of(spoilt(scaled(1.5, ([3, 9], [4, 9]))), x, w)
    meter = meter_of(trial)
    object.__setattr__(trial.layer, "forward", interrupting(at, stop))
    with pytest.raises(type(stop)):
        locate(meter, "w_bar", None, np.random.default_rng(0))
    return copies, (x, w)


@pytest.mark.parametrize("at", [1, 30, 70])
def test_interrupted_search_leaves_the_arrays_unchanged_and_says_what_is_known(at, capsys):
    before, after = interrupted(at, KeyboardInterrupt())
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    said = capsys.readouterr()
    assert said.out == ""
    if at > START:
        assert said.err.startswith("gradcheck: interrupted while w_bar was searched; no entry found yet; ")
        assert said.err.endswith(f" of {N * N} entries not searched yet\n")


def test_interrupted_search_names_the_entries_that_were_found(capsys):
    interrupted(107, KeyboardInterrupt())
    assert "wrong: [3, 4]" in capsys.readouterr().err


def test_memory_is_bounded_by_a_few_arrays():
    x, w = primals()
    meter = meter_of(trial_of(spoilt(scaled(1.5, ([3, 9], [4, 9]))), x, w))
    tracemalloc.start()
    try:
        locate(meter, "w_bar", None, np.random.default_rng(0))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * w.nbytes


def test_index_of_a_number_is_empty():
    assert unravel(0, ()) == ()
    assert unravel(5, (2, 3)) == (1, 2)


@pytest.mark.parametrize("seed", range(5))
def test_few_entries_are_not_told_where_kinks_hide_the_others(seed):
    """Of a sort's cotangent nearly all entries are wrong, and most of them look uncertain."""
    layer = Layer(np.sort, lambda x: (np.sort(x), lambda y_bar: y_bar.copy()), name="sort")
    x = np.random.default_rng(seed).standard_normal(1000)
    with silence_warnings():
        trial = trial_of(layer, x, seed=seed)
        point = Point.of(trial, trial.rng("point"))
        v = direction(point.near(0), trial.rng("direction"))
        meter = Meter.of(point, 0, v, trial.rng("noise"))
        located = locate(meter, "x_bar", None, trial.rng("probes"))
    assert located is None or not located.complete
