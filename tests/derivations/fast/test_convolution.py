"""The fast convolution: every way gives the integers of the reference, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivations import multichannel
from derivations.fast import Way, conv2d, conv2d_vjp
from tests.derivations.fast.strategies import problems
from tests.nightly import by_night

SUMS = [way for way in Way if way is not Way.SPECTRA]
MEBIBYTE = 2**20


def pulled(vjp, primals, options, seed=1):
    """Return y and all cotangents for one integer ȳ."""
    y, pullback = vjp(*primals, **options)
    y_bar = np.random.default_rng(seed).integers(-9, 10, y.shape).astype(y.dtype)
    return (y, *pullback(y_bar))


@given(problems(), st.sampled_from([None, *SUMS]), st.sampled_from([1, 500, 16 * MEBIBYTE]))
def test_every_sum_gives_the_reference_to_the_last_bit(problem, way, workspace):
    primals = problem.primals()
    ours = pulled(conv2d_vjp, primals, {**problem.options, "way": way, "workspace": workspace})
    theirs = pulled(multichannel.conv2d_vjp, primals, problem.options)
    for mine, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, expected)


@given(problems(), st.sampled_from([1, 5000, 16 * MEBIBYTE]))
def test_transforms_give_the_reference_within_rounding(problem, workspace):
    primals = problem.primals()
    ours = pulled(conv2d_vjp, primals, {**problem.options, "way": Way.SPECTRA, "workspace": workspace})
    theirs = pulled(multichannel.conv2d_vjp, primals, problem.options)
    for mine, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-12 * (1 + np.abs(expected).max()))


@given(problems(), st.sampled_from([None, *Way]))
def test_single_precision_stays_single(problem, way):
    for result in pulled(conv2d_vjp, problem.primals(dtype=np.float32), {**problem.options, "way": way}):
        assert result.dtype == np.float32


@pytest.mark.parametrize("way", Way)
def test_no_array_on_the_way_is_wider_than_single_precision(way, monkeypatch):
    """float32 would come out of a detour through float64 as well, only slower."""
    made = []
    for name in ("zeros", "empty"):
        real = getattr(np, name)
        monkeypatch.setattr(np, name, lambda *a, real=real, **k: made.append(real(*a, **k)) or made[-1])
    x, w, b = np.ones((2, 3, 9, 9), "f"), np.ones((4, 3, 3, 3), "f"), np.ones(4, "f")
    pulled(conv2d_vjp, (x, w, b), {"way": way, "padding": 1})
    assert {array.dtype.name for array in made if array.dtype.kind in "fc"} <= {"float32", "complex64"}


@pytest.mark.parametrize("way", Way)
def test_the_pullback_can_be_called_again_and_shares_nothing(way):
    rng = np.random.default_rng(0)
    primals = tuple(rng.normal(size=shape) for shape in ((2, 2, 6, 6), (4, 2, 3, 3), (4,)))
    y, pullback = conv2d_vjp(*primals, padding=1, way=way)
    y_bar = rng.normal(size=y.shape)
    first, _, again = pullback(y_bar), pullback(2 * y_bar), pullback(y_bar)
    for mine, repeated in zip(first, again, strict=True):
        np.testing.assert_array_equal(mine, repeated)
        assert not any(np.shares_memory(mine, other) for other in (*primals, y, y_bar, repeated))


@pytest.mark.parametrize("way", SUMS)
@pytest.mark.parametrize("workspace", [MEBIBYTE, 4 * MEBIBYTE])
def test_memory_is_inputs_results_their_lines_and_the_workspace(way, workspace):
    """An unbounded im2col of this layer takes 57 MiB beside them, and by day, of half of it, 28 MiB."""
    count = by_night(4, by_day=2)
    x, w, b = np.ones((count, 16, 80, 80), "f"), np.ones((16, 16, 6, 6), "f"), np.ones(16, "f")
    y, pullback = conv2d_vjp(x, w, b, way=way, workspace=workspace)
    y_bar = np.ones_like(y)
    for call in (lambda: conv2d(x, w, b, way=way, workspace=workspace), lambda: pullback(y_bar)):
        tracemalloc.start()
        call()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 * (x.nbytes + y.nbytes) + workspace


def test_a_large_kernel_goes_through_transforms_and_agrees():
    rng = np.random.default_rng(0)
    primals = tuple(rng.normal(size=shape) for shape in ((2, 2, 70, 64), (3, 2, 31, 29), (3,)))
    ours = pulled(conv2d_vjp, primals, {"padding": (15, 14)})
    theirs = pulled(conv2d_vjp, primals, {"padding": (15, 14), "way": Way.COLUMNS})
    for mine, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-12 * np.abs(expected).max())
        assert mine.size == 3 or not np.array_equal(mine, expected)  # another way was taken


def operands(x=(2, 2, 5, 5), w=(4, 2, 3, 3), b=(4,)):
    return tuple(np.ones(shape) for shape in (x, w, b))


@pytest.mark.parametrize(
    ("primals", "options", "sentence"),
    [
        (
            operands(w=(4, 3, 3, 3)),
            {},
            r"x \(2, 2, 5, 5\), w \(4, 3, 3, 3\) and b \(4,\) do not go together in 1",
        ),
        (operands(w=(3, 1, 3, 3), b=(3,)), {"groups": 2}, r"do not go together in 2 groups"),
        (operands(b=(5,)), {}, r"b \(5,\) do not go together"),
        (
            operands(),
            {"dilation": 3},
            r"spans 7 × 7 entries and must fit inside the padded image, which is 5 × 5",
        ),
        (operands(w=(4, 2, 0, 3)), {}, r"must fit inside"),
    ],
)
def test_shapes_that_do_not_go_together_are_refused_with_both_sides_named(primals, options, sentence):
    for function in (conv2d, conv2d_vjp):
        with pytest.raises(ValueError, match=sentence):
            function(*primals, **options)


def test_a_cotangent_of_another_shape_is_refused():
    _, pullback = conv2d_vjp(*operands())
    with pytest.raises(ValueError, match=r"y_bar has the shape \(1, 4, 3, 3\), and y has \(2, 4, 3, 3\)"):
        pullback(np.ones((1, 4, 3, 3)))
