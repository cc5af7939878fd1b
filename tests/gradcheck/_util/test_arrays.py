"""Arrays as vectors: exact where they can be, safe at every scale."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gradcheck._util.arrays import (
    ONE_THREAD,
    dot,
    draw_signed,
    identical,
    is_finite,
    jitter,
    max_abs,
    native,
    norm,
    rms,
    to_reversed_strides,
    to_strided,
    widen,
)

SHAPES = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
ARRAYS = npst.arrays(np.float64, SHAPES, elements=FINITE)
SEEDS = st.integers(0, 2**32 - 1)


@given(npst.arrays(np.float64, st.integers(0, 8), elements=st.integers(-1000, 1000)), SEEDS)
def test_dot_of_integers_is_exact(a, seed):
    b = np.random.default_rng(seed).integers(-1000, 1000, a.shape).astype(float)
    assert dot(a, b) == sum(int(p) * int(q) for p, q in zip(a, b, strict=True))


def test_dot_runs_over_all_axes():
    a = np.arange(6.0).reshape(2, 3)
    assert dot(a, np.ones((2, 3))) == 15.0


def test_dot_of_float32_does_not_round_to_float32():
    a = np.array([2.0**24, 1.0], dtype=np.float32)
    assert dot(a, np.ones(2, dtype=np.float32)) == 2.0**24 + 1.0


def test_wide_keeps_float64_and_longdouble_and_widens_the_rest():
    for dtype, expected in ((np.float32, np.float64), (np.float64, np.float64), (int, np.float64)):
        assert widen(np.ones(2, dtype=dtype)).dtype == expected
    assert widen(np.ones(2, dtype=np.longdouble)).dtype == np.longdouble


@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 1e8, 1e300])
def test_norm_neither_overflows_nor_underflows(scale):
    assert norm(np.array([3.0, -4.0]) * scale) == pytest.approx(5.0 * scale, rel=1e-15)


@given(npst.arrays(np.float64, SHAPES, elements=st.floats(-1e150, 1e150)))
def test_norm_lies_between_the_largest_entry_and_its_multiple(a):
    size = max_abs(a)
    assert size <= norm(a) * (1 + 1e-15)
    assert norm(a) <= size * np.sqrt(max(a.size, 1)) * (1 + 1e-15)


def test_norm_of_a_long_array_is_that_of_its_parts():
    a = np.random.default_rng(0).normal(size=3 * ONE_THREAD + 5)
    assert norm(a) == pytest.approx(float(np.sqrt(np.sum(a.astype(np.longdouble) ** 2))), rel=1e-14)


@given(
    npst.arrays(
        st.sampled_from((np.float32, np.float64, np.longdouble)), SHAPES, elements=st.floats(width=32)
    )
)
def test_array_is_finite_if_every_entry_is(a):
    assert is_finite(a) == bool(np.all(np.isfinite(a)))


def test_array_whose_squares_overflow_is_finite():
    assert is_finite(np.array([1e308, -1e308]))
    assert not is_finite(np.array([1e308, np.nan]))


@pytest.mark.parametrize("function", [norm, rms, max_abs])
def test_size_of_nothing_is_zero(function):
    assert function(np.zeros((0, 3))) == 0.0


def test_norm_of_a_non_finite_array_is_not_finite():
    assert norm(np.array([1.0, np.inf])) == np.inf
    assert np.isnan(norm(np.array([1.0, np.nan])))


def test_root_mean_square_does_not_depend_on_the_count():
    assert rms(np.full(7, -3.0)) == pytest.approx(3.0)


@given(SHAPES, SEEDS)
def test_signed_entries_have_magnitudes_from_one_to_two(shape, seed):
    v = draw_signed(shape, np.random.default_rng(seed))
    assert v.shape == shape
    assert np.all(np.abs(v) >= 1.0)
    assert np.all(np.abs(v) <= 2.0)


def test_signed_entries_have_both_signs_and_many_magnitudes():
    v = draw_signed((1000,), np.random.default_rng(0))
    assert 400 < np.sum(v > 0) < 600
    assert len(np.unique(np.abs(v))) > 990


@given(
    npst.arrays(
        st.sampled_from((np.float32, np.float64)), SHAPES, elements=st.floats(-(2.0**100), 2.0**100, width=32)
    ),
    SEEDS,
)
def test_jitter_moves_by_at_most_one_unit_in_the_last_place(a, seed):
    moved = jitter(a, np.random.default_rng(seed))
    assert moved.dtype == a.dtype
    assert moved.shape == a.shape
    assert np.all(np.abs(moved - a) <= np.abs(np.spacing(a)))


def test_jitter_moves_up_and_down_and_stays():
    moved = jitter(np.ones(1000), np.random.default_rng(0)) - 1.0
    assert set(np.sign(moved)) == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("arrange", [to_strided, to_reversed_strides])
@given(a=ARRAYS)
def test_rearranged_array_holds_equal_values(arrange, a):
    view = arrange(a)
    assert view.dtype == a.dtype
    assert np.array_equal(view, a)
    assert not np.shares_memory(view, a)


def test_strided_view_is_not_contiguous():
    assert to_strided(np.ones((3, 4))).strides == (2 * 4 * 8, 16)


def test_reversed_view_has_negative_strides_on_every_axis():
    assert all(stride < 0 for stride in to_reversed_strides(np.ones((3, 4))).strides)


def test_identical_long_doubles_differ_in_no_digit_whatever_fills_the_bytes_beside():
    a = np.ones(3, dtype=np.longdouble) / 3
    b = a.copy()
    b.view(np.uint8).reshape(3, -1)[:, 10:] = 7
    assert identical(a, b)
    assert identical(a + 0j, b + 0j)
    assert not identical(a, np.nextafter(b, 1))
    assert not identical(np.zeros(1, np.longdouble), -np.zeros(1, np.longdouble))


def test_identical_arrays_have_the_same_bits_nan_and_sign_of_zero_included():
    assert identical(np.array([np.nan, 0.0]), np.array([np.nan, 0.0]))
    assert not identical(np.array([0.0]), np.array([-0.0]))
    assert not identical(np.ones(2), np.ones(2, np.float32))
    assert not identical(np.ones(2), np.ones((2, 1)))


def test_array_from_a_machine_of_another_byte_order_becomes_native():
    big = np.array([1.0, 2.0], dtype=">f8")
    assert native(big).dtype == np.float64
    assert np.array_equal(native(big), big)
    own = np.ones(2)
    assert native(own) is own
