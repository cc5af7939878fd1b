"""What computes in single precision inside is judged by it, whatever it takes and returns."""

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, Verdict
from gradcheck.evaluation import Calls, Trial, unit_inside

F = np.float32
X = np.random.default_rng(0).standard_normal((4, 3))
W = np.random.default_rng(1).standard_normal((3, 2))


def squares(x):
    return float(np.mean(x.astype(F).astype(float) ** 2))


def mixed(x, w):
    return np.tanh((x.astype(F) @ w.astype(F)).astype(float))


def mixed_back(factor):
    def back(g, x, w):
        d = (factor * g * (1 - mixed(x, w) ** 2)).astype(F)
        return (d @ w.astype(F).T).astype(float), (x.astype(F).T @ d).astype(float)

    return back


LAYERS = {
    "forward": (Layer.from_gradient, squares, lambda x: 2 * x.astype(F) / x.size, (X,)),
    "both": (Layer.from_backward, mixed, mixed_back(1.0), (X, W)),
}


def halved(a):
    return a.astype(np.float16).astype(float)


def narrow(a):
    return a.astype(F).astype(float)


@pytest.mark.parametrize("name", LAYERS)
def test_right_layer_is_correct_in_every_check(name):
    make, forward, derived, primals = LAYERS[name]
    report = gradcheck.check(make(forward, derived), *primals)
    assert report.verdict in (Verdict.CORRECT, Verdict.FLAWED), report.describe()
    assert not [r for r in report.results if r.verdict is Verdict.WRONG]


def test_pullback_that_rounds_where_forward_does_not_is_wrong():
    layer = Layer.from_backward(np.tanh, lambda g, x: narrow(g * (1 - np.tanh(x) ** 2)), shapes={"x": "n m"})
    assert gradcheck.check(layer).verdict is Verdict.WRONG


def test_report_says_that_it_computes_in_single_precision():
    report = gradcheck.check(Layer.from_gradient(squares, lambda x: 2 * x / x.size), X)
    (result,) = [r for r in report.results if r.check == "finite-difference"]
    assert "computes in float32 inside" in result.reason


@pytest.mark.parametrize("factor", [0.0, 0.99, 1.001, 2.0])
def test_wrong_layer_is_wrong(factor):
    report = gradcheck.check(Layer.from_backward(mixed, mixed_back(factor)), X, W)
    assert report.verdict is Verdict.WRONG


def test_evidence_of_a_wrong_layer_is_the_slope_that_single_precision_has():
    report = gradcheck.check(Layer.from_gradient(squares, lambda x: 3 * x / x.size), X)
    evidence = report.findings[0].evidence
    assert evidence.numerical == pytest.approx(2 / 3 * evidence.derived, rel=1e-3)


@pytest.mark.parametrize(
    ("forward", "derived", "unit"),
    [
        (lambda x: halved(x * x), lambda g, x: halved(2 * g * x), 2.0**-10),
        (lambda x: narrow(x * x), lambda g, x: narrow(2 * g * x), 2.0**-23),
        (np.sign, lambda g, x: 0 * g, 0.0),
        (np.square, lambda g, x: 2 * g * x, 0.0),
    ],
    ids=["float16", "float32", "signs", "double"],
)
def test_type_inside_shows_by_its_unit(forward, derived, unit):
    layer = Layer.from_backward(forward, derived)
    trial = Trial.of(layer, (X,), {}, 0, Calls())
    assert unit_inside(trial, np.random.default_rng(0)) == pytest.approx(unit)


def test_double_precision_is_told_from_single():
    def is_single(forward, backward, *primals):
        trial = Trial.of(Layer.from_backward(forward, backward), primals, {}, 0, Calls())
        return unit_inside(trial, np.random.default_rng(0)) == 2.0**-23

    assert is_single(mixed, mixed_back(1.0), X, W)
    assert not is_single(np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), X)
    assert not is_single(lambda x: 2 * x, lambda g, x: 2 * g, np.array([1.0, 2.0]))
    assert not is_single(np.sign, lambda g, x: 0 * g, X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(8))
def test_outputs_that_are_zero_and_stored_in_single_precision_are_measured_at_it(dtype, seed):
    def sines(w, x):
        return np.sin(w @ x).astype(np.float32).astype(x.dtype)

    def backward(g, w, x):
        inner = g * np.cos(w @ x)
        return np.outer(inner, x), w.T @ inner

    point = np.ones((3, 3), dtype), np.zeros(3, dtype)
    report = gradcheck.check(Layer.from_backward(sines, backward), *point, seed=seed)
    assert report.verdict is not Verdict.WRONG
