"""The networks: their gradient by finite differences of the layers, and what a planted bug does to it."""

import numpy as np
import pytest

import gradcheck
from derivations import network
from derivations.activations import relu, sigmoid
from derivations.convolution import flip
from derivations.flatten import flatten
from derivations.linear import linear, linear_vjp
from derivations.losses import cross_entropy
from derivations.multichannel import conv2d, conv2d_vjp
from derivations.network import ARTICLE_CNN, CNN, article_cnn, article_cnn_vjp, class_scores, cnn, cnn_vjp
from derivations.pooling import max_pool, max_pool_vjp

INPUTS = ("images", "kernel", "kernel_bias", "weights", "bias")


def example(seed=0, images=3, channels=1, filters=2, size=8, classes=10, dtype=float):
    rng = np.random.default_rng(seed)
    shapes = (
        (images, channels, size, size),
        (filters, channels, 3, 3),
        (filters,),
        (filters * size * size // 4, classes),
        (classes,),
    )
    targets = np.eye(classes)[rng.integers(classes, size=images)]
    return (*(rng.uniform(-0.9, 0.9, shape).astype(dtype) for shape in shapes), targets.astype(dtype))


def layer_by_layer(images, kernel, kernel_bias, weights, bias, targets):
    hidden = relu(conv2d(images, kernel, kernel_bias, padding=1))
    return cross_entropy(linear(flatten(max_pool(hidden)), weights, bias), targets)


def test_the_network_is_its_layers_in_order():
    primals = example()
    assert cnn(*primals) == layer_by_layer(*primals)


def test_the_article_network_ends_in_a_sigmoid_and_a_mean_square():
    *inputs, targets = example()
    scores = class_scores(*inputs, activation=sigmoid)
    assert article_cnn(*inputs, targets) == np.mean((sigmoid(scores) - targets) ** 2)


@pytest.mark.parametrize("block", range(5), ids=INPUTS)
def test_the_gradient_is_the_slope_of_the_composed_layers(block):
    """A central difference of the layers along one direction; no pullback takes part in it."""
    primals = example()
    _, pullback = cnn_vjp(*primals)
    v = np.random.default_rng(1).normal(size=primals[block].shape)
    h = 1e-6

    def moved(step):
        return layer_by_layer(*primals[:block], primals[block] + step * v, *primals[block + 1 :])

    slope = (moved(h) - moved(-h)) / (2 * h)
    assert np.vdot(pullback(1.0)[block], v) == pytest.approx(slope, rel=1e-7)


def test_the_targets_have_no_derivative():
    for vjp in (cnn_vjp, article_cnn_vjp):
        assert vjp(*example())[1](1.0)[-1] is None


@pytest.mark.parametrize("layer", [CNN, ARTICLE_CNN], ids=["cnn", "article_cnn"])
def test_several_channels_and_filters_at_one_point(layer):
    report = gradcheck.check(layer, *example(channels=3, filters=4, size=6, classes=5))
    assert report.verdict is gradcheck.Verdict.CORRECT, report


def missing_flip(x, w, b, **options):
    y, pullback = conv2d_vjp(x, w, b, **options)
    mirrored = conv2d_vjp(x, flip(w), b, **options)[1]
    return y, lambda y_bar: (mirrored(y_bar)[0], *pullback(y_bar)[1:])


def first_output_channel_only(x, w, b, **options):
    """N3 as the article prints it."""
    y, pullback = conv2d_vjp(x, w, b, **options)

    def pulled(y_bar):
        first = y_bar.copy()
        first[:, 1:] = 0
        return pullback(first)[0], *pullback(y_bar)[1:]

    return y, pulled


def every_other_winner(x, **options):
    y, pullback = max_pool_vjp(x, **options)
    return y, lambda y_bar: pullback(y_bar * (np.indices(y_bar.shape).sum(axis=0) % 2 == 0))


def averaged_weights(x, w, b):
    y, pullback = linear_vjp(x, w, b)

    def pulled(y_bar):
        x_bar, w_bar, b_bar = pullback(y_bar)
        return x_bar, w_bar / len(x), b_bar

    return y, pulled


BUGS = {
    "conv2d_vjp": [(missing_flip, "images"), (first_output_channel_only, "images")],
    "max_pool_vjp": [(every_other_winner, "images")],
    "linear_vjp": [(averaged_weights, "weights")],
}


@pytest.mark.parametrize(
    ("where", "bug", "guilty"),
    [(where, bug, guilty) for where, bugs in BUGS.items() for bug, guilty in bugs],
    ids=[bug.__name__ for bugs in BUGS.values() for bug, _ in bugs],
)
def test_a_bug_in_one_layer_makes_the_whole_network_wrong(monkeypatch, where, bug, guilty):
    monkeypatch.setattr(network, where, bug)
    report = gradcheck.check(CNN, *example(size=4, classes=3))
    assert report.verdict is gradcheck.Verdict.WRONG
    (found,) = [r for r in report.findings if r.check == "finite-difference"]
    assert found.evidence.what == f"{guilty}_bar"


def test_the_missing_sum_shows_only_with_two_output_channels(monkeypatch):
    """Why N3 looks right in the article: with one filter there is nothing to sum."""
    monkeypatch.setattr(network, "conv2d_vjp", first_output_channel_only)
    assert gradcheck.check(CNN, *example(filters=1, size=4)).verdict is gradcheck.Verdict.CORRECT
    assert gradcheck.check(CNN, *example(filters=2, size=4)).verdict is gradcheck.Verdict.WRONG


def test_the_sentence_names_the_input_whose_gradient_is_wrong(monkeypatch):
    monkeypatch.setattr(network, "conv2d_vjp", missing_flip)
    with pytest.raises(gradcheck.WrongGradient, match="wrong in the cotangent of 'images'"):
        gradcheck.assert_correct(CNN, *example(size=4, classes=3))


def test_single_precision_goes_all_the_way_through():
    primals = example(dtype=np.float32)
    for vjp in (cnn_vjp, article_cnn_vjp):
        c, pullback = vjp(*primals)
        assert c.dtype == np.float32
        assert [bar.dtype for bar in pullback(np.float32(1))[:-1]] == [np.float32] * 5


def test_gradient_descent_on_the_derived_gradient_lowers_the_loss():
    *inputs, targets = example()
    before = cnn(*inputs, targets)
    for _ in range(20):
        bars = cnn_vjp(*inputs, targets)[1](1.0)
        inputs = [inputs[0], *(p - 0.1 * bar for p, bar in zip(inputs[1:], bars[1:5], strict=True))]
    assert cnn(*inputs, targets) < 0.2 * before
