"""Backward passes written as functions become layers in one call, right ones and wrong ones."""

import numpy as np
import pytest

from gradcheck import Layer, MalformedLayer, Verdict, check
from gradcheck.layers.functional import forward_of, from_cached, from_gradient, pullback_from_backward

X = np.array([[1.0, -2.0], [3.0, 0.5]])


def verdict(layer, *primals, **options):
    return check(layer, *primals, max_examples=30, **options).verdict


def scaled_vjp(x, w):
    return x * w, lambda y_bar: (y_bar * w, y_bar * x)


def test_a_pullback_alone_is_a_layer():
    assert verdict(Layer.from_pullback(scaled_vjp, shapes={"x": "n", "w": "n"})) is Verdict.CORRECT


def test_a_wrong_pullback_alone_is_wrong():
    def twice(x):
        return x * x, lambda y_bar: x * y_bar

    assert verdict(Layer.from_pullback(twice, shapes={"x": "n"})) is Verdict.WRONG


def test_the_layer_is_named_after_its_function():
    assert Layer.from_pullback(scaled_vjp).name == "scaled_vjp"
    assert Layer.from_pullback(scaled_vjp).input_names(2) == ("x", "w")


def test_a_function_that_returns_no_pair_is_told():
    report = check(Layer.from_pullback(lambda x: x), np.ones(2))
    assert "vjp must return the pair (y, pullback); got an array" in str(report)


def test_backward_draws_from_the_generator_what_forward_drew():
    def forward(x, draws):
        return x * draws.random(x.shape)

    vjp = pullback_from_backward(forward, lambda y_bar, x, draws: y_bar * draws.random(x.shape))
    _, pullback = vjp(X, draws=np.random.default_rng(0))
    expected = forward(X, np.random.default_rng(0))
    assert np.array_equal(pullback(X), expected)
    assert np.array_equal(pullback(X), expected)


def affine_forward(x, w, b):
    out = x @ w + b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


SHAPES = {"x": "n d", "w": "d m", "b": "m"}


def test_a_cached_pair_is_a_layer():
    assert verdict(Layer.from_cached(affine_forward, affine_backward, shapes=SHAPES)) is Verdict.CORRECT


def test_a_wrong_cached_pair_is_wrong():
    def untransposed(dout, cache):
        x, w = cache
        return dout @ w, x.T @ dout, dout.sum(axis=0)

    layer = Layer.from_cached(affine_forward, untransposed, shapes={"x": "n d", "w": "d d", "b": "d"})
    assert verdict(layer) is Verdict.WRONG


def test_a_configuration_is_an_option():
    def forward(x, conf):
        return x * conf["scale"], conf

    def backward(dout, conf):
        return dout * conf["scale"]

    swept = {"conf": ({"scale": 2.0}, {"scale": -3.0})}
    layer = Layer.from_cached(forward, backward, shapes={"x": "n"}, options=swept)
    assert verdict(layer) is Verdict.CORRECT
    assert verdict(layer, X, conf={"scale": 0.5}) is Verdict.CORRECT


def test_several_outputs_have_their_cotangents_one_by_one():
    forward, vjp = from_cached(lambda x: (x, 2 * x, 3), lambda dx, dy, cache: dx + 2 * dy + 0 * cache)
    assert len(forward(X)) == 2
    _, pullback = vjp(X)
    assert np.array_equal(pullback((X, X)), 3 * X)


def test_a_forward_without_a_cache_is_told():
    report = check(Layer.from_cached(lambda x: x, affine_backward), X)
    assert "or, without a cache, be given to Layer.from_backward; got an array" in str(report)


def hinge(x):
    return np.maximum(x, 0).sum(), (x > 0).astype(x.dtype)


def several_forward(x, w):
    return x * w, x + w, (x, w)


def paired_forward(x, w):
    return (x * w, x + w), (x, w)


@pytest.mark.parametrize(
    ("forward", "backward", "said"),
    [
        (
            lambda x, w: (x * w, (x, w)),
            lambda dout, x, w: (dout * w, dout * x),
            "forward returns (y, cache), so it is called as backward(y_bar, cache); to one that takes what "
            "is in the cache by itself, pass lambda y_bar, cache: backward(y_bar, *cache)",
        ),
        (
            lambda x, w: (x * w, {"x": x, "w": w}),
            lambda dout, x, w: (dout * w, dout * x),
            "so it is called as backward(y_bar, cache); for one that takes the inputs, write "
            "Layer.from_backward, of a forward without cache",
        ),
        (
            several_forward,
            lambda dout, cache: (dout[0] * cache[1] + dout[1], dout[0] * cache[0] + dout[1]),
            "forward returns 2 outputs and a cache, the last of 3 things, so it is called as "
            "backward(y1_bar, y2_bar, cache); to one that takes all cotangents as one, pass lambda y1_bar, "
            "y2_bar, cache: backward((y1_bar, y2_bar), cache)",
        ),
        (
            several_forward,
            lambda dy, ds, x, w: (dy * w + ds, dy * x + ds),
            "by itself, pass lambda y1_bar, y2_bar, cache: backward(y1_bar, y2_bar, *cache)",
        ),
        (
            paired_forward,
            lambda dy, ds, cache: (dy * cache[1] + ds, dy * cache[0] + ds),
            "to one that takes each output's cotangent by itself, pass lambda y_bar, cache: "
            "backward(*y_bar, cache)",
        ),
        (several_forward, lambda dout, cache, config, mode: dout, "y2_bar, cache)"),
    ],
    ids=["cache apart", "inputs", "one cotangent", "both apart", "cotangents apart", "nothing known"],
)
def test_cached_backward_with_other_parameters_is_told_how_it_is_called(forward, backward, said):
    report = check(Layer.from_cached(forward, backward), X, X + 1)
    assert report.verdict is Verdict.UNVERIFIED
    assert said in " ".join(str(report).split())


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (several_forward, lambda dy, ds, cache: product_and_sum_backward(dy, ds, *cache)),
        (paired_forward, lambda y_bar, cache: product_and_sum_backward(*y_bar, *cache)),
    ],
)
def test_what_is_proposed_for_a_cached_backward_is_right(forward, backward):
    assert verdict(Layer.from_cached(forward, backward), X, X + 1) is Verdict.CORRECT


def product_and_sum_backward(dy, ds, x, w):
    return dy * w + ds, dy * x + ds


def test_error_inside_of_a_cached_backward_stays_as_it_is():
    layer = Layer.from_cached(lambda x: (x * x, x), lambda dout, cache: dout * len(3))
    report = check(layer, X)
    assert report.verdict is Verdict.WRONG
    assert "it is called as" not in str(report)


def test_backward_that_takes_several_cotangents_apart_is_told_how_they_come():
    layer = Layer.from_backward(lambda x, w: (x * w, x + w), lambda dy, ds, x, w: (dy * w + ds, dy * x + ds))
    report = check(layer, X, X + 1)
    assert report.verdict is Verdict.UNVERIFIED
    assert "pass lambda y_bar, x1, x2: backward(*y_bar, x1, x2)" in " ".join(str(report).split())


def test_a_loss_that_returns_its_gradient_is_a_layer():
    assert verdict(Layer.from_gradient(hinge, shapes={"x": "n"})) is Verdict.CORRECT


def test_a_loss_with_a_gradient_of_its_own_is_a_layer():
    def rosenbrock(x):
        return ((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2).sum()

    def gradient(x):
        bar = np.zeros_like(x)
        bar[:-1] = -2 * (1 - x[:-1]) - 400 * x[:-1] * (x[1:] - x[:-1] ** 2)
        bar[1:] += 200 * (x[1:] - x[:-1] ** 2)
        return bar

    assert verdict(Layer.from_gradient(rosenbrock, gradient), np.array([0.5, -1.0, 2.0])) is Verdict.CORRECT
    wrong = Layer.from_gradient(rosenbrock, lambda x: gradient(x) * (1 + 1e-6))
    assert verdict(wrong, np.array([0.5, -1.0, 2.0])) is Verdict.WRONG


def test_the_cotangent_of_a_loss_scales_its_gradient_in_its_own_dtype():
    _, vjp = from_gradient(hinge, None)
    c, pullback = vjp(X.astype(np.float32))
    assert c == 4.5
    bar = pullback(np.float32(2.0))
    assert bar.dtype == np.float32
    assert np.array_equal(bar, 2 * (X > 0))


def test_a_loss_that_is_no_number_is_told():
    report = check(Layer.from_gradient(lambda x: (x, x)), X)
    assert "a loss must be one number, but forward returned the shape (2, 2)" in str(report)


@pytest.mark.parametrize(
    "make", [forward_of, lambda f: from_cached(f, abs), lambda f: from_gradient(f, None)]
)
def test_what_is_no_function_is_refused(make):
    with pytest.raises(MalformedLayer, match="must be a function, got int: 3"):
        make(3)


def test_gradient_of_whole_numbers_is_scaled_by_the_whole_cotangent():
    _, vjp = from_gradient(np.sum, lambda x: np.ones(x.shape, dtype=int))
    assert np.array_equal(vjp(X)[1](np.float64(1.5)), np.full(X.shape, 1.5))


def test_layer_of_a_gradient_is_a_loss_and_others_are_not():
    assert Layer.from_gradient(np.sum, np.ones_like).is_loss
    assert Layer.from_gradient(hinge).is_loss
    assert not Layer.from_backward(np.sum, lambda y_bar, x: y_bar * np.ones_like(x)).is_loss


def test_residuals_given_as_a_loss_are_told_how_to_write_them():
    report = check(Layer.from_gradient(lambda x: x**2 - 1, lambda x: np.diag(2 * x)), X[0])
    assert report.verdict is Verdict.UNVERIFIED
    assert "with its Jacobian write Layer.from_jacobian(forward, jacobian)" in str(report)
    layer = Layer.from_jacobian(lambda x: x**2 - 1, lambda x: np.diag(2 * x))
    assert verdict(layer, X[0]) is Verdict.CORRECT


def test_loss_that_returns_its_gradient_beside_a_gradient_is_told():
    report = check(Layer.from_gradient(hinge, lambda x: hinge(x)[1]), X)
    assert "forward returned a tuple of 2; if forward returns its gradient too" in str(report)


@pytest.mark.parametrize(
    "make", [Layer.from_gradient, lambda f, h: Layer.from_backward(f, lambda y_bar, x: h(x))]
)
def test_hessian_in_place_of_a_gradient_is_told(make):
    report = check(make(lambda x: np.sum(x**3), lambda x: np.diag(6 * x)), X[0])
    assert "has the shape (2, 2), expected (2,), that of a Jacobian or Hessian" in str(report)


def affine_with_cache(x, w, b):
    return x @ w + b, (x, w, b)


def cached_square(x):
    return x * x, x


def square_from_cache(dout, cache):
    return 2 * cache * dout


CACHED = {
    "three inputs": (affine_with_cache, affine_backward, (X, X, X[0])),
    "one input": (cached_square, square_from_cache, (X,)),
}


@pytest.mark.parametrize("name", CACHED)
def test_forward_with_a_cache_given_to_from_backward_is_told(name):
    forward, backward, primals = CACHED[name]
    report = check(Layer.from_backward(forward, backward), *primals)
    assert report.verdict is Verdict.UNVERIFIED
    assert f"if that is (y, cache), use Layer.from_cached(forward, {backward.__name__})" in str(report)


def test_cache_that_holds_more_than_numbers_is_told_too():
    report = check(Layer.from_backward(lambda x: (x * x, {"x": x, "mode": "train"}), square_from_cache), X)
    assert "but y[1]['mode'] is a str; if it is a cache, use Layer.from_cached" in str(report)


def test_two_outputs_are_no_cache():
    layer = Layer.from_backward(lambda x: (x * x, 3 * x), lambda y_bar, x: 2 * x * y_bar[0] + 3 * y_bar[1])
    assert verdict(layer, X) is Verdict.CORRECT


def test_a_bias_whose_gradient_is_not_summed_is_told_so():
    layer = Layer.from_backward(
        lambda x, w, b: x @ w + b,
        lambda g, x, w, b: (g @ w.T, x.T @ g, g.copy()),
        shapes={"x": "n i", "w": "i o", "b": "o"},
    )
    assert "if 'b' is broadcast, sum over what it is broadcast to, as b_bar.sum(axis=0)" in str(check(layer))
