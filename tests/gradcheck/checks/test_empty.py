"""Size zero is no special case."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.checks.empty import has_sizes
from gradcheck.layers import letters_of_zero
from gradcheck.sampling import explore_cases
from tests.gradcheck.example_layers import LINEAR, MISSING_SUM, SQUARE, outcome

EMPTY_BATCH = np.zeros((0, 3)), np.ones((3, 2)), np.ones(2)


def test_right_layer_gives_nothing_from_nothing():
    assert outcome("empty", LINEAR, *EMPTY_BATCH).verdict is Verdict.CORRECT
    assert outcome("empty", SQUARE, np.zeros(0)).verdict is Verdict.CORRECT


def test_pullback_that_raises_at_size_zero_is_wrong():
    found = outcome("empty", MISSING_SUM, *EMPTY_BATCH)
    assert found.verdict is Verdict.WRONG
    assert "raised IndexError" in found.reason
    assert found.reason.endswith("where forward did not; if n is never 0, say so: where=lambda n: n > 0")


def test_gradient_from_an_empty_output_is_wrong():
    layer = Layer(LINEAR.forward, lambda x, w, b: (x @ w + b, lambda y: (y @ w.T, x.T @ y, np.ones_like(b))))
    found = outcome("empty", layer, *EMPTY_BATCH)
    assert found.reason == "the output is empty, but the cotangent of 'b' is not zero"


def test_size_that_forward_refuses_verifies_nothing():
    found = outcome("empty", Layer(lambda x: x[0] * 1.0, SQUARE.vjp), np.zeros(0))
    assert found.verdict is Verdict.UNVERIFIED
    assert found.reason.startswith("forward takes no such size: forward of")


def test_value_that_is_not_finite_at_size_zero_verifies_nothing():
    def mean(x):
        return np.sum(x) / np.float64(x.size)

    found = outcome("empty", Layer(mean, lambda x: (mean(x), lambda y: x * 0)), np.zeros(0))
    assert found.reason.startswith("forward is not defined at size zero: invalid value encountered")


@pytest.mark.parametrize("shape", ["n", "...", "n 3", "2*n"])
def test_layer_whose_forward_refuses_every_empty_size_is_not_concerned(shape):
    def forward(x):
        if x.size == 0:
            raise ValueError
        return x * x

    layer = Layer(forward, lambda x: (forward(x), lambda y: 2 * x * y), shapes={"x": shape})
    report = check(layer, max_examples=10)
    (result,) = (r for r in report.results if r.check == "empty")
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert report.verdict is Verdict.CORRECT


def test_a_forward_that_warns_at_size_zero_is_not_defined_there():
    def centred(x):
        return x - x.mean(axis=0)

    layer = Layer.from_backward(
        centred, lambda y_bar, x: y_bar - (1.0 / len(x)) * y_bar.sum(axis=0), shapes={"x": "n d"}
    )
    assert check(layer, max_examples=20).verdict is Verdict.CORRECT


def differences(x):
    assert x.size, "an axis of n + 1 has an entry"
    return x[1:] - x[:-1]


def differences_backward(y_bar, x):
    bar = np.zeros_like(x)
    bar[1:] += y_bar
    bar[:-1] -= y_bar
    return bar


def test_axis_of_one_more_than_a_letter_is_never_empty():
    layer = Layer.from_backward(differences, differences_backward, shapes={"x": "n+1"})
    assert has_sizes(layer) == "no input can be empty"
    both = Layer.from_backward(
        lambda x, w: differences(x).sum() * w,
        lambda y_bar, x, w: (
            differences_backward(np.full(len(x) - 1, (y_bar * w).sum()), x),
            y_bar * differences(x).sum(),
        ),
        shapes={"x": "n+1", "w": "m"},
    )
    sizes = set()
    explore_cases(
        lambda case: sizes.add(tuple(p.size for p in case.primals)),
        both,
        empty=True,
        seed=0,
        max_examples=20,
        shrink=False,
    )
    assert {w for _, w in sizes} == {0}
    assert check(both, max_examples=20).verdict is Verdict.CORRECT


def test_zero_of_a_letter_that_where_refuses_is_not_drawn():
    layer = Layer(LINEAR.forward, LINEAR.vjp, shapes=LINEAR.shapes, where=lambda n, i: n * i > 0)
    assert letters_of_zero(layer) == ("o",)


def test_way_out_keeps_what_where_says_already():
    layer = Layer(MISSING_SUM.forward, MISSING_SUM.vjp, shapes=MISSING_SUM.shapes, where=lambda i: i < 4)
    found = outcome("empty", layer, *EMPTY_BATCH)
    assert found.reason.endswith("where=lambda n: n > 0 and what it says already")


def rows_of(shape):
    def norms(x, w):
        return x * w / np.sqrt(np.sum(x * x, axis=-1, keepdims=True) + 1.0)

    def backward(y_bar, x, w):
        r = 1.0 / np.sqrt(np.sum(x * x, axis=-1, keepdims=True) + 1.0)
        g = y_bar * w
        w_bar = (y_bar * x * r).reshape(-1, x.shape[-1]).sum(axis=0)
        return r * g - r**3 * x * np.sum(g * x, axis=-1, keepdims=True), w_bar

    return Layer.from_backward(norms, backward, shapes={"x": shape, "w": "d"})


def test_samples_without_features_may_raise():
    assert check(rows_of("n d"), max_examples=20).verdict is Verdict.CORRECT


def test_a_batch_without_samples_may_not_raise():
    layer = rows_of("n d")

    def backward(y_bar, x, w):
        return layer.vjp(x, w)[1](y_bar) if len(x) else x[0]

    report = check(Layer.from_backward(layer.forward, backward, shapes=layer.shapes), max_examples=20)
    (found,) = report.findings
    assert found.check == "empty"
    assert "if n is never 0" in found.reason
