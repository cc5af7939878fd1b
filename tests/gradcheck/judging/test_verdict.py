"""From suspicion to verdict: right gradients are never wrong, wrong ones are, and doubt has a word."""

import zlib

import numpy as np
import pytest

from gradcheck import Layer, check
from gradcheck._util.arrays import draw_signed
from gradcheck._util.silence import silence_warnings
from gradcheck.checks.finite_difference import finite_difference
from gradcheck.judging.measurement import measure
from gradcheck.judging.tolerance import Reason
from gradcheck.judging.verdict import judge
from gradcheck.types import Verdict
from tests.gradcheck.example_layers import RELU, SQUARE, elementwise, point_of, square, trial_of
from tests.gradcheck.smooth import SHAPES


def mixing(rng, *, wrong=None, dtype=np.float64):
    """Return y = height · A φ(x / width) with a random matrix A, and a point for it.

    With `wrong`, one entry of x_bar is off by that part of itself.
    """
    shape = str(rng.choice(list(SHAPES)))
    f, slope = SHAPES[shape]
    width, height = (float(10.0 ** rng.uniform(-8, 8)) for _ in range(2))
    n, m = (int(k) for k in rng.integers(1, 6, 2))
    a = draw_signed((m, n), rng).astype(dtype)
    factor = np.ones(n)
    if wrong is not None:
        factor[rng.integers(n)] += wrong

    def forward(x):
        return a.astype(x.dtype) @ f(x / width) * height

    def vjp(x):
        def pullback(y_bar):
            x_bar = (a.astype(x.dtype).T @ y_bar) * slope(x / width) * (height / width)
            return factor.astype(x.dtype) * x_bar

        return forward(x), pullback

    x = (width * rng.uniform(0.2, 1.0, n) * rng.choice((-1.0, 1.0), n)).astype(dtype)
    return Layer(forward, vjp, name=shape, dtype=np.dtype(dtype).name), x


def judged(layer, *primals, seed=0, argnum=0):
    with silence_warnings():
        return judge(point_of(layer, *primals, seed=seed), argnum, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(4))
def test_right_gradient_is_never_wrong_in_float64(seed):
    rng, words = np.random.default_rng([seed, 64]), []
    for case in range(400):
        layer, x = mixing(rng)
        words.append(judged(layer, x, seed=case).reason)
    assert Reason.DIFFERS not in words
    assert words.count(Reason.AGREES) > 390


@pytest.mark.parametrize("seed", range(2))
def test_right_gradient_is_never_wrong_in_float32(seed):
    rng, verdicts = np.random.default_rng([seed, 32]), []
    for case in range(250):
        layer, x = mixing(rng, dtype=np.float32)
        with silence_warnings():
            verdicts.append(finite_difference(trial_of(layer, x, seed=case)).verdict)
    assert Verdict.WRONG not in verdicts
    assert verdicts.count(Verdict.CORRECT) > 240


def test_right_gradient_is_never_wrong_when_measured_in_float32_alone():
    rng, words = np.random.default_rng(33), []
    for case in range(150):
        layer, x = mixing(rng, dtype=np.float32)
        words.append(judged(layer, x, seed=case).reason)
    assert Reason.DIFFERS not in words


@pytest.mark.parametrize("wrong", [1e-1, -1e-2, 1e-3, -1e-4, 1e-5, -1e-6])
def test_gradient_with_one_entry_wrong_is_wrong(wrong):
    rng = np.random.default_rng(zlib.crc32(str(wrong).encode()))
    words = []
    for case in range(12):
        layer, x = mixing(rng, wrong=wrong)
        words.append(judged(layer, x, seed=case).reason)
    assert words.count(Reason.DIFFERS) >= 11, words


@pytest.mark.parametrize("wrong", [1e-1, -1e-3, 1e-6])
def test_formula_wrong_in_float32_is_found_in_float64(wrong):
    rng = np.random.default_rng(zlib.crc32(str(wrong).encode()))
    verdicts = []
    for case in range(8):
        layer, x = mixing(rng, wrong=wrong, dtype=np.float32)
        with silence_warnings():
            verdicts.append(finite_difference(trial_of(layer, x, seed=case)).verdict)
    assert verdicts.count(Verdict.WRONG) >= 7, verdicts


X = np.array([1.0, -2.0, 3.0])


def test_zero_jacobian_is_zero():
    assert judged(elementwise(lambda x: 1 + x / 2 - x / 3 - x / 6, np.zeros_like), X).reason is Reason.ZERO


def test_output_that_never_changes_is_detached():
    assert judged(elementwise(lambda x: 1 + 0 * x, np.zeros_like), X).reason is Reason.DETACHED


def test_detached_gradient_is_wrong_and_not_vacuous():
    assert judged(elementwise(np.sin, np.zeros_like), X).reason is Reason.DIFFERS


def test_relu_at_zero_is_a_kink():
    assert judged(RELU, np.zeros(1)).reason is Reason.KINK


def test_slope_outside_the_one_sided_slopes_of_relu_is_outside():
    layer = elementwise(RELU.forward, lambda x: np.where(x == 0, 5.0, x > 0))
    assert judged(layer, np.zeros(1)).reason is Reason.KINK_OUTSIDE


def test_quantised_forward_is_noisy():
    """The output keeps 22 bits of the sine, and one ulp of the input does not show it."""
    layer = elementwise(lambda x: (2.0**30 + np.sin(x)) - 2.0**30, np.cos)
    found = {judged(layer, X, seed=seed).reason for seed in range(10)}
    assert found & {Reason.NOISY, Reason.SINGLE}


# Right gradients of forward maps that lose digits without any noise: what is left is a staircase.
STAIRCASES = {
    "kept to 22 bits": (lambda x: (2.0**30 + np.sin(x)) - 2.0**30, np.cos, 1.0),
    "naive 1 - cos": (lambda x: 1 - np.cos(x), np.sin, 1e-8),
    "naive log(1 + x²)": (lambda x: np.log(1 + x * x), lambda x: 2 * x / (1 + x * x), 1e-7),
    "naive √(1 + x²) - 1": (lambda x: np.sqrt(1 + x * x) - 1, lambda x: x / np.sqrt(1 + x * x), 1e-7),
    "naive softplus": (lambda x: np.log(1 + np.exp(x)), lambda x: 1 / (1 + np.exp(-x)), -192.0),
}


@pytest.mark.parametrize(("f", "slope", "at"), STAIRCASES.values(), ids=STAIRCASES)
def test_right_gradient_of_a_forward_that_loses_its_digits_is_never_wrong(f, slope, at):
    rng = np.random.default_rng(1)
    words = [judged(elementwise(f, slope), at * rng.uniform(0.5, 2.0, 1), seed=s).reason for s in range(20)]
    assert Reason.DIFFERS not in words


def hashed(x):
    """Return noise of size one that is the same for the same bits."""
    bits = np.frombuffer(np.ascontiguousarray(x).tobytes(), dtype=np.uint64)
    return ((bits * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(11)).astype(float).reshape(x.shape) / 2.0**53


@pytest.mark.parametrize("size", [1.0, 100.0])
def test_hopeless_noise_verifies_nothing_and_refutes_nothing(size):
    layer = elementwise(lambda x: x + size * hashed(x), np.ones_like)
    words = {judged(layer, X, seed=seed).reason for seed in range(20)}
    assert words <= {Reason.WEAK, Reason.UNRESOLVED, Reason.SUSPECT, Reason.ISOLATED}


def test_small_noise_makes_the_measurement_coarse_but_right():
    layer = elementwise(lambda x: x + 1e-9 * hashed(x), np.ones_like)
    judgement = judged(layer, X)
    assert judgement.verdict is Verdict.CORRECT
    assert 1e-12 < judgement.comparison.sensitivity < 0.05


def test_slope_that_is_right_in_wider_precision_only_gets_that_word():
    """Its pullback loses a hundredth in float32, nothing in float64."""
    layer = elementwise(square, lambda x: 2 * x * (1.01 if x.dtype == np.float32 else 1.0))
    assert judged(layer, X.astype(np.float32)).reason is Reason.PRECISION
    assert judged(layer, X).reason is Reason.AGREES


def leftover(x):
    """Return what rounding leaves of √2² − 2: the same for every x, less in a wider precision."""
    return 1e13 * (np.sqrt(x.dtype.type(2)) ** 2 - 2)


def quotient(x):
    h = np.finfo(x.dtype).eps ** 0.4  # so large that it is wrong by more than its rounding
    return (np.sin(1e3 * (x + h)) - np.sin(1e3 * x)) / h


def test_rounding_that_no_jitter_shows_is_no_error():
    layer = elementwise(lambda x: 1 * x, lambda x: 1 + leftover(x) + 0 * x)
    assert {judged(layer, X, seed=seed).reason for seed in range(20)} == {Reason.ROUNDED}


@pytest.mark.parametrize(
    "layer",
    [
        elementwise(lambda x: 1 * x, lambda x: 1.001 + leftover(x) + 0 * x),
        elementwise(lambda x: np.sin(1e3 * x), quotient),
        elementwise(np.exp, lambda x: np.exp(x).astype(np.float16).astype(x.dtype)),
    ],
    ids=["an error below the rounding", "difference quotient", "float16 on the way"],
)
def test_error_that_stays_in_wider_precision_is_one(layer):
    assert {judged(layer, X, seed=seed).reason for seed in range(20)} == {Reason.DIFFERS}


def test_error_at_one_point_only_is_isolated():
    layer = elementwise(np.sin, lambda x: np.where(np.abs(x - 1) < 1e-9, 7.0, np.cos(x)))
    assert judged(layer, np.ones(3)).reason is Reason.ISOLATED


def test_judgement_carries_the_numbers_of_the_error():
    layer = elementwise(lambda x: x * x, lambda x: 3 * x)
    judgement = judged(layer, np.array([2.0]))
    assert judgement.verdict is Verdict.WRONG
    found = judgement.comparison
    assert found.error == pytest.approx(-found.derived / 3)
    assert 0 < found.uncertainty < found.allowed < 1e-9


def test_judgement_is_a_function_of_point_and_seed():
    assert judged(SQUARE, X, seed=4) == judged(SQUARE, X, seed=4)
    assert judged(SQUARE, X, seed=4) != judged(SQUARE, X, seed=5)


def test_given_direction_is_used():
    layer = elementwise(lambda x: x * x, lambda x: np.where(np.arange(3) == 2, 0.0, 2 * x))
    along = [np.eye(3)[i] for i in range(3)]
    with silence_warnings():
        point = point_of(layer, X)
        words = [judge(point, 0, np.random.default_rng(0), v).reason for v in along]
    assert words[:2] == [Reason.AGREES, Reason.AGREES]
    assert words[2] is not Reason.AGREES


@pytest.mark.parametrize("x", [1.0, -3.0, 1e8, 1e-8])
def test_right_gradient_at_a_minimum_is_not_accused_of_jumping(x):
    """One ulp moves the slope 2 (x − y) from 0 to something, which is its curvature and no jump."""
    layer = elementwise(lambda a: (a - x) ** 2, lambda a: 2 * (a - x))
    words = {judged(layer, np.array([x]), seed=seed).reason for seed in range(40)}
    assert Reason.DIFFERS not in words


def test_slope_that_is_wrong_at_one_point_of_a_smooth_map_is_wrong():
    layer = elementwise(lambda a: a * a, lambda a: np.where(a == 0.0, 5.0, 2 * a))
    assert {judged(layer, np.zeros(2), seed=seed).reason for seed in range(10)} == {Reason.DIFFERS}


def test_at_an_edge_the_error_is_told_along_the_direction_that_was_asked_for():
    layer = elementwise(np.sin, lambda x: 2 * np.cos(x), domain={"x": (0.0, 1.0)})
    for v in (np.array([1.0]), np.array([-1.0])):
        found = measure(point_of(layer, np.array([0.0])), 0, np.random.default_rng(0), v).comparison
        assert found.derived * v[0] == pytest.approx(2 * point_of(layer, np.array([0.0])).y_bar[0])
        assert found.error == pytest.approx(-found.derived / 2)


def test_outputs_stored_in_a_narrower_type_are_not_resolved_at_an_edge():
    def rounded(x):
        return np.sin(x).astype(np.float32).astype(x.dtype)

    at_edge = np.array([0.25, 1.0])
    layer = elementwise(rounded, np.cos, domain={"x": (0.25, 1.0)})
    assert judged(layer, at_edge).reason is not Reason.DIFFERS


def test_wider_precision_is_asked_for_one_step_where_it_finds_the_same_difference():
    layer = elementwise(np.sin, lambda x: 1.001 * np.cos(x))
    point = point_of(layer, np.random.default_rng(0).normal(size=5))
    with silence_warnings():
        assert judge(point, 0, np.random.default_rng(0)).reason is Reason.DIFFERS
    assert point.trial.calls.forward < 140


def poles(factor):
    """Return x ↦ (1e-12, 1, 1) / x: at `POLES`, all steps but the smallest go beyond a pole."""
    height = np.array([1e-12, 1.0, 1.0])
    return elementwise(lambda x: height / x, lambda x: -factor * height / x**2)


POLES = np.array([3e-12, 1e-11, 1.0])


@pytest.mark.parametrize("seed", range(10))
def test_pole_that_steps_jump_over_is_not_wrong(seed):
    assert judged(poles(1.0), POLES, seed=seed).verdict is not Verdict.WRONG


@pytest.mark.parametrize("entry", range(3))
def test_wrong_entry_beside_a_pole_is_wrong_at_its_own_scale(entry):
    factor = np.where(np.arange(3) == entry, 1.5, 1.0)
    words = [judged(poles(factor), POLES, seed=seed).reason for seed in range(10)]
    assert words.count(Reason.DIFFERS) > 5, words


def write_through_flat(bar):
    bar.flat[-1] *= 1.001


def write_through_all_of_flat(bar):
    bar.flat = bar * np.array([1.0, 1.0, 1.001])


def write_through_an_iterator(bar):
    for entry in np.nditer(bar, op_flags=["readwrite"]):
        entry[...] = entry * 1.001


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("write", [write_through_flat, write_through_all_of_flat, write_through_an_iterator])
def test_wrong_entry_written_past_the_array_is_no_rounding(write, seed):
    def backward(y_bar, x):
        bar = 2.0 * x * y_bar
        write(bar)
        return bar

    layer = Layer.from_backward(lambda x: x**2, backward)
    report = check(layer, np.array([0.5, 1.0, 2.0]), seed=seed, checks=("finite-difference",))
    assert report.verdict is Verdict.WRONG
