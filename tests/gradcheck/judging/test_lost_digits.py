"""Where digits are lost inside, a right gradient is never called wrong, and a wrong one is still found."""

import math

import numpy as np
import pytest
import scipy.special

from gradcheck import Layer, Verdict, check

# Scalar functions as one writes them with `math`, which keeps no shadows, each with its own derivative.
LOSSES = {
    "inverse sinh": (
        lambda x: math.log(math.sqrt(x * x + 1) - x),
        lambda x: -1 / math.sqrt(x * x + 1),
        [10.0, 1e3, 1e5, 1e6, 1e7, 3e7],
    ),
    "one minus cosine": (
        lambda x: (1 - math.cos(x)) / x**2,
        lambda x: (x * math.sin(x) - 2 * (1 - math.cos(x))) / x**3,
        [1.0, 1e-2, 1e-3, 1e-4, 3e-5, 1e-6],
    ),
    "exponential minus one": (
        lambda x: (math.exp(x) - 1) / x,
        lambda x: (x * math.exp(x) - math.exp(x) + 1) / x**2,
        [1.0, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10],
    ),
    "tangent minus sine": (
        lambda x: (math.tan(x) - math.sin(x)) / x**3,
        lambda x: (1 / math.cos(x) ** 2 - math.cos(x)) / x**3 - 3 * (math.tan(x) - math.sin(x)) / x**4,
        [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
    ),
    "smaller root": (
        lambda b: (-b + math.sqrt(b * b - 4)) / 2,
        lambda b: (-1 + b / math.sqrt(b * b - 4)) / 2,
        [3.0, 1e2, 1e4, 1e6, 1e7],
    ),
    "hyperbolic cotangent": (
        lambda x: 1 / math.tanh(x) - 1 / x,
        lambda x: 1 / x**2 - 1 / math.sinh(x) ** 2,
        [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
    ),
}
POINTS = [(name, x) for name, (_, _, xs) in LOSSES.items() for x in xs]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("name", "x"), POINTS)
def test_right_gradient_is_never_wrong_where_digits_are_lost(name, x, seed):
    function, slope, _ = LOSSES[name]
    assert check(Layer.from_gradient(function, slope), x, seed=seed).verdict is not Verdict.WRONG


@pytest.mark.parametrize("name", LOSSES)
def test_wrong_gradient_is_found_where_they_are_not(name):
    function, slope, (x, *_) = LOSSES[name]
    layer = Layer.from_gradient(function, lambda x: 1.0001 * slope(x))
    assert check(layer, x).verdict is Verdict.WRONG


@pytest.mark.parametrize("factor", [2.0, 3.0])
def test_wrong_gradient_is_not_correct_where_half_of_the_digits_are_lost(factor):
    function, slope, _ = LOSSES["smaller root"]
    layer = Layer.from_gradient(function, lambda b: factor * slope(b))
    assert check(layer, 1e7).verdict is not Verdict.CORRECT


@pytest.mark.parametrize(
    ("distance", "verdict"), [(1e-12, Verdict.UNVERIFIED), (1e-9, Verdict.WRONG), (1e-6, Verdict.WRONG)]
)
def test_wrong_gradient_is_found_next_to_the_edge_of_its_domain(distance, verdict):
    def inverse_cosh(x):
        return math.log(x + math.sqrt(x * x - 1))

    def slope(x):
        return 1 / math.sqrt(x * x - 1)

    right, wrong = (
        check(Layer.from_gradient(inverse_cosh, derived), 1 + distance)
        for derived in (slope, lambda x: 2 * slope(x))
    )
    assert right.verdict is Verdict.CORRECT
    assert wrong.verdict is verdict


@pytest.mark.parametrize("slope", [np.sign, lambda x: 0.5 * np.sign(x)], ids=["sign", "half a sign"])
def test_kink_at_zero_of_a_number_is_no_rounding(slope):
    report = check(Layer.from_gradient(abs, slope), 0.0)
    assert report.verdict is Verdict.CORRECT
    assert "kink" in str(report)


def softmax_of_single_products(x, w):
    z = (x.astype(np.float32) @ w.astype(np.float32)).astype(float)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    return p, (x, w, p)


def softmax_backward(y_bar, cache):
    x, w, p = cache
    z_bar = (p * (y_bar - (y_bar * p).sum(1, keepdims=True))).astype(np.float32)
    return (z_bar @ w.astype(np.float32).T).astype(float), (x.astype(np.float32).T @ z_bar).astype(float)


@pytest.mark.parametrize("seed", range(3))
def test_single_precision_inside_is_seen_from_weights_of_zero_and_from_equal_ones(seed):
    """Products with zero round alike at every step, and equal weights leave rounding alone."""
    shapes = {"x": "n i", "w": "i k+1"}
    layer = Layer.from_cached(softmax_of_single_products, softmax_backward, shapes=shapes)
    assert check(layer, seed=seed).verdict is Verdict.CORRECT


def test_pullback_that_alone_computes_in_single_precision_is_wrong():
    def backward(y_bar, x, w):
        y_bar, x, w = (a.astype(np.float32) for a in (y_bar, x, w))
        return (y_bar @ w.T).astype(float), (x.T @ y_bar).astype(float)

    layer = Layer.from_backward(np.matmul, backward, shapes={"x": "n i", "w": "i k"})
    assert check(layer).verdict is Verdict.WRONG


def entropy_of(softmax, factor=1.0):
    def entropy(z):
        p = softmax(z)
        return -(p * np.log(p)).sum()

    def gradient(z):
        p = softmax(z)
        return -factor * p * (np.log(p) - (p * np.log(p)).sum())

    return Layer.from_gradient(entropy, gradient)


@pytest.mark.parametrize("seed", range(3))
def test_digits_that_a_function_of_scipy_loses_accuse_nobody(seed):
    right, wrong = (entropy_of(scipy.special.softmax, factor) for factor in (1.0, 1.01))
    assert check(right, np.array([0.0, -40.0]), seed=seed).verdict is not Verdict.WRONG
    assert check(wrong, np.array([0.0, -4.0]), seed=seed).verdict is Verdict.WRONG


WILKINSON = np.poly(np.arange(1, 21))


@pytest.mark.parametrize("factor", [1.0, 1.01, 1.5])
@pytest.mark.parametrize("x", [12.7, 15.2])
def test_polynomial_that_has_lost_its_digits_sits_on_no_kink(x, factor):
    layer = Layer.from_gradient(
        lambda x: np.polyval(WILKINSON, x).sum(), lambda x: factor * np.polyval(np.polyder(WILKINSON), x)
    )
    (result,) = check(layer, np.array([x]), checks=("finite-difference",)).results
    assert result.verdict is Verdict.UNVERIFIED
    assert "kink" not in result.reason


@pytest.mark.parametrize("size", [1e-16, 1e-30])
def test_entry_of_too_little_effect_is_named(size):
    layer = Layer.from_gradient(lambda x: x[0] ** 2 + size * x[1] ** 2, lambda x: 2 * x * [1.0, 2 * size])
    report = check(layer, np.array([1.0, 2.0]))
    assert report.verdict is Verdict.CORRECT
    assert "x[1]: too little effect to be measured" in str(report)


def _beside_noise(error, **fields):
    """Return tanh(x) on Python's numbers, whose gradient loses digits to another input."""

    def forward(x, a):
        return np.array(
            [math.tanh(each) + 0.0 * other for each, other in zip(x.tolist(), a.tolist(), strict=True)]
        )

    def slope(x, a):
        return 1 - math.tanh(x) ** 2 + error + ((a * 1.1 - a) - a * 0.1) * 1e12

    def backward(y_bar, x, a):
        entries = zip(y_bar.tolist(), x.tolist(), a.tolist(), strict=True)
        return np.array([g * slope(each, other) for g, each, other in entries]), np.array([0.0] * len(a))

    return Layer.from_backward(forward, backward, name="beside noise", **fields)


@pytest.mark.parametrize(
    "fields", [{}, {"arrays": (np.asarray, np.asarray)}], ids=["numbers", "another library"]
)
@pytest.mark.parametrize(("error", "is_wrong"), [(0.0, False), (0.5, True)])
def test_digits_lost_to_another_input_outside_numpy_are_rounding(fields, error, is_wrong):
    point = np.array([0.3, 0.7, 1.1]), np.array([1.7, 2.3, 0.9])
    report = check(_beside_noise(error, **fields), *point, checks=("finite-difference",))
    assert (report.verdict is Verdict.WRONG) is is_wrong, str(report)
