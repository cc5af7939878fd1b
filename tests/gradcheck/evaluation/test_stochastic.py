"""Arrays whose operations round at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import erf

from gradcheck.evaluation.dice import Dice
from gradcheck.evaluation.shadows import drop_shadows, shadows_of
from gradcheck.evaluation.stochastic import Stochastic, attach_shadows, make_stochastic

EPS = float(np.finfo(float).eps)
X = np.array([[0.3, -1.7, 2.9], [1.1, 0.7, -0.2]])
W = np.array([[0.9, -0.4], [1.3, 2.1], [-0.6, 0.8]])


def runs(function, *arrays, count=8):
    """Return what several runs make of arrays that round at random."""
    made = []
    for seed in range(count):
        given = (a.copy() if isinstance(a, np.ndarray) else a for a in arrays)
        returned = function(*attach_shadows(tuple(given), Dice(np.random.default_rng(seed))))
        made.append(np.asarray(shadows_of(returned)))
    return made


def spread(function, *arrays):
    expected = np.asarray(function(*(a.copy() for a in arrays)))
    return max(float(np.max(np.abs(run - expected))) for run in runs(function, *arrays))


def added_in_place(x):
    x += 0.1
    return x


def windows(x):
    return np.einsum("nik,k->ni", sliding_window_view(x, 2, axis=1), np.array([0.3, 0.7]))


ROUNDED = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(),
    "variance": lambda x: np.var(x, axis=1),
    "running sum": lambda x: np.cumsum(x, axis=1),
    "product": np.prod,
    "matrix product": lambda x: x @ W,
    "dot method": lambda x: x.dot(W),
    "einsum": lambda x: np.einsum("ij,jk->ik", x, W),
    "tensordot": lambda x: np.tensordot(x, W, 1),
    "convolution": lambda x: np.convolve(x[0], [0.3, 0.4]),
    "transform": lambda x: np.fft.fft(x).real,
    "inverse": lambda x: np.linalg.inv(x @ x.T),
    "elementary": lambda x: np.exp(np.sin(x)),
    "special": erf,
    "quotient": lambda x: x / 3,
    "in place": added_in_place,
    "into an array": lambda x: np.add(x, 0.1, out=np.empty_like(x)),
    "one entry": lambda x: x[0, 1] * x[1, 2],
    "moved and joined": lambda x: np.concatenate([x.T, W]) * 0.1,
    "windows": windows,
    "chosen": lambda x: np.where(x > 0, x * 0.1, 0.0),
    "complex": lambda x: (np.exp(1j * x)).imag,
}


@pytest.mark.parametrize("name", ROUNDED)
def test_rounded_results_scatter_by_units_in_the_last_place(name):
    assert 0.0 < spread(ROUNDED[name], X) < 200 * EPS


EXACT = {
    "maximum": lambda x: np.maximum(x, 0.1).max(axis=1),
    "minimum": np.min,
    "sign": lambda x: np.sign(x) * np.abs(-x),
    "halves": lambda x: np.floor(x) + np.ceil(x),
    "sum of integers": lambda x: np.round(x) + 2.0 * np.round(x),
    "times one": lambda x: x * 1.0 / 1.0 * -1.0,
    "times a mask": lambda x: x * (x > 0),
    "rearranged": lambda x: np.pad(x.T[::-1].reshape(2, 3), 1),
    "sorted": lambda x: np.sort(x, axis=1),
    "where the maximum is": lambda x: (x == x.max()).astype(float),
    "in a narrower type": lambda x: (x.astype(np.float32) + np.float32(0.1)).astype(float),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_results_stay_as_they_are(name):
    assert spread(EXACT[name], X) == 0.0


@given(arrays(np.float64, array_shapes(max_dims=3), elements=st.integers(-1000, 1000)))
def test_sums_and_differences_of_integers_stay_exact(x):
    for run in runs(lambda x: (x + x[:1]) - 3.0, x, count=2):
        assert np.array_equal(run, (x + x[:1]) - 3.0)


@given(arrays(np.float64, array_shapes(max_dims=3), elements=st.floats(-1e300, 1e300)))
def test_noise_is_of_the_last_place_whatever_the_size(x):
    expected = np.cbrt(x)
    for run in runs(np.cbrt, x, count=2):
        assert np.all(np.abs(run - expected) <= 2 * EPS * np.abs(expected))


def test_digits_that_are_lost_inside_show():
    assert spread(lambda x: (x + 1e9) - 1e9, X) >= 2.0**-23


def test_one_that_was_rounded_is_no_exact_one():
    assert spread(lambda x: 1 - 1 / (1 + 1e-20 * np.abs(x)), X) >= EPS / 2


def test_terms_that_cancel_in_a_sum_leave_their_rounding():
    """The sum is zero in every run that rounds as usual, whichever way x moves."""
    assert spread(lambda x: np.sum(x) - np.sum(x), X) >= EPS / 4


def test_solutions_scatter_by_the_condition_of_the_matrix():
    a = np.array([[1.0, 1.0], [1.0, 1.0 + 2.0**-30]])
    assert 2.0**-30 < spread(lambda a: np.linalg.solve(a, np.ones(2)), a) * 2.0**8 < 2.0**-10


def test_tiny_imaginary_parts_keep_their_digits():
    z = X + 1e-30j * X
    expected = np.exp(z).imag
    assert all(
        np.all(np.abs(run - expected) <= 4 * EPS * np.abs(expected))
        for run in runs(lambda z: np.exp(z).imag, z)
    )


def test_same_generator_rounds_the_same():
    assert np.array_equal(runs(np.exp, X, count=1), runs(np.exp, X, count=1))


def test_types_stay_and_comparisons_are_plain():
    x = make_stochastic(X.astype(np.float32), Dice(np.random.default_rng(0)))
    assert (x * 2).dtype == np.float32
    assert isinstance(x * 2, Stochastic)
    assert type(x > 0) is np.ndarray
    assert x.argmax() == X.argmax()


def test_single_precision_rounds_in_its_own_units():
    single = X.astype(np.float32)
    expected = np.exp(single)
    apart = max(np.max(np.abs(run - expected)) for run in runs(np.exp, single))
    assert 1e-8 < apart < 1e-5


def test_entries_that_are_not_asked_for_are_left_alone():
    x, out = make_stochastic(X.copy(), Dice(np.random.default_rng(0))), np.zeros(X.shape)
    np.exp(x, out=out, where=X > 0)
    assert np.array_equal(out == 0.0, X <= 0)


def test_additions_to_repeated_places_reach_the_target():
    target, x = np.zeros(2), make_stochastic(np.ones(3), Dice(np.random.default_rng(0)))
    np.add.at(target, [0, 1, 1], x)
    assert np.array_equal(target, [1.0, 2.0])


def test_overflow_stays_infinite_and_quiet():
    assert spread(lambda x: np.where(np.isinf(x), 0.0, 1.0), np.array([np.inf, 1.0])) == 0.0
    with np.errstate(over="ignore"):
        assert all(np.isinf(run).all() for run in runs(np.exp, np.array([1e4])))


@pytest.mark.parametrize("name", [*ROUNDED, *EXACT])
def test_arrays_hold_what_they_always_hold(name):
    function = {**ROUNDED, **EXACT}[name]
    made = function(attach_shadows(X.copy(), Dice(np.random.default_rng(0))))
    assert np.array_equal(drop_shadows(made), function(X.copy()))


DECISIONS = {
    "a count": lambda x: int((x > 0).astype(float).sum() * x.dtype.type(1)),
    "a mean of whole numbers": lambda x: int(np.ceil(np.abs(x)).mean() * 6),
    "a floor": lambda x: np.floor(x / 3 * 3 / x * 7).tolist(),
    "an equality": lambda x: (x @ W == (x @ W)).sum(),
    "rounds of a loop": lambda x: rounds(x),
    "a largest entry": lambda x: np.argmax(x * 0.1 + x * 0.2 - x * 0.3),
}


def rounds(x):
    """Return how many times 2/3 must be multiplied to x until the last change is lost."""
    count, last = 0, np.zeros_like(x)
    while not np.array_equal(last, 1 + x):
        last, x, count = 1 + x, x * 2 / 3, count + 1
    return count


@pytest.mark.parametrize("name", DECISIONS)
def test_decisions_are_those_of_an_ordinary_run(name):
    decide = DECISIONS[name]
    for seed in range(8):
        assert decide(attach_shadows(X.copy(), Dice(np.random.default_rng(seed)))) == decide(X.copy())


def test_names_for_one_number_do_not_change_together():
    x = attach_shadows(X.copy(), Dice(np.random.default_rng(0)))
    first = x[0, 0]
    total = first
    total += x[0, 1]
    assert float(first) == X[0, 0]
    assert float(total) == X[0, 0] + X[0, 1]


def test_views_share_their_shadows_as_they_share_their_entries():
    x = attach_shadows(X.copy(), Dice(np.random.default_rng(0)))
    x.T[1] *= 0.1
    assert np.array_equal(x.shadow != X, [[False, True, False]] * 2)


def test_numbers_round_too():
    (scattered,) = {type(run) for run in runs(lambda t: (t + 1e9) - 1e9, np.pi)}
    assert scattered is np.ndarray
    assert spread_of_number(lambda t: (t + 1e9) - 1e9) >= 2.0**-23


def spread_of_number(function):
    return max(abs(float(run) - function(np.pi)) for run in runs(function, np.pi))


def test_rows_of_matrices_do_not_round_each_other():
    """A stack of two: the small one is known as well as the large one."""
    stack = np.stack([np.eye(2) + 0.1, 1e-9 * (np.eye(2) + 0.1)])
    inverse = np.linalg.inv(stack)
    allowed = 20 * EPS * np.abs(inverse).max(axis=(1, 2), keepdims=True)
    for run in runs(np.linalg.inv, stack):
        assert np.all(np.abs(run - inverse) <= allowed)


def test_transforms_round_by_the_size_of_their_row():
    rows = np.array([[1.0, 0.3, 0.7, 0.2], [1e-9, 3e-9, 2e-9, 5e-9]])
    expected = np.fft.fft(rows)
    for run in runs(np.fft.fft, rows):
        assert np.all(np.abs(run - expected) <= 8 * EPS * np.abs(expected).max(axis=1, keepdims=True))
    assert spread(np.fft.fftshift, rows) == 0.0


def test_after_the_run_arrays_are_as_good_as_plain():
    dice = Dice(np.random.default_rng(0))
    kept = attach_shadows(X.copy(), dice) * 0.1
    dice.is_over = True
    assert type(kept * 2) is np.ndarray
    assert np.array_equal(kept * 2, X * 0.1 * 2)


def test_flat_reads_and_writes_the_shadow_too():
    array = make_stochastic(np.arange(4.0).reshape(2, 2), Dice(np.random.default_rng(0), is_still=True))
    array.flat[1] = 2.0 * array.flat[3]
    array.flat[[2, 3]] = array.flat[:2]
    assert np.array_equal(array.shadow, [[0.0, 6.0], [0.0, 6.0]])
    assert np.array_equal(drop_shadows(array), array.shadow)
    assert [float(entry) for entry in array.flat] == [0.0, 6.0, 0.0, 6.0]
    assert len(array.flat) == np.asarray(array.flat).size == 4
