"""A cause is asserted only if it explains every failing example, and enough of them."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.diagnose import diagnose
from tests.gradcheck.example_layers import LINEAR, MISSING_SUM, trial_of

RNG = np.random.default_rng(0)
BIAS = 2


def trials(layer, rows=(2, 3, 4)):
    sizes = [(n, 3, 2) for n in rows]
    return [trial_of(layer, *(RNG.standard_normal(s) for s in ((n, i), (i, o), o))) for n, i, o in sizes]


def keys(layer, **sizes):
    with silence_warnings():
        return [cause.key for cause in diagnose(trials(layer, **sizes), BIAS).causes]


def biased(b_bar):
    """Return the linear layer whose bias' cotangent is some function of that of the output."""
    return replace(
        LINEAR, vjp=lambda x, w, b: (x @ w + b, lambda y_bar: (y_bar @ w.T, x.T @ y_bar, b_bar(y_bar)))
    )


def test_right_layer_has_nothing_to_explain():
    with silence_warnings():
        found = diagnose(trials(LINEAR), BIAS)
    assert (found.where, found.causes, found.examples) == ("", (), 0)


def test_missing_sum_is_named_with_its_evidence():
    with silence_warnings():
        found = diagnose(trials(MISSING_SUM), BIAS)
    assert found.causes[0].key == ("slice", -2, "first")
    assert (found.where, found.examples, found.causes[0].examples) == ("every entry", 3, 3)


def test_cause_that_one_example_refutes_is_none():
    """With two rows the mean is half the sum, with three it is not."""
    mean = biased(lambda y_bar: y_bar.mean(axis=0))
    assert ("factor", 0.5) in keys(mean, rows=(2, 2, 2))
    assert ("factor", 0.5) not in keys(mean)
    assert keys(mean)[0] == ("divided by size", "x", (0,))


def test_too_few_wrong_entries_name_nothing():
    with silence_warnings():
        found = diagnose(trials(MISSING_SUM, rows=(2,)), BIAS)
    assert (found.causes, found.examples) == ((), 1)


@pytest.mark.parametrize("b_bar", [lambda y_bar: np.sqrt((y_bar**2).sum(axis=0)) + y_bar.sum(axis=0)])
def test_nonlinear_pullback_is_that_and_nothing_else(b_bar):
    assert keys(biased(b_bar)) == [("nonlinear",)]


def test_pullback_that_gives_another_cotangent_each_time_is_that():
    entropy = np.random.default_rng()
    assert keys(biased(lambda y_bar: y_bar.sum(axis=0) * entropy.random())) == [("unrepeatable",)]


@pytest.mark.usefixtures("known_mistakes_alone")
def test_vague_cause_is_looked_for_in_larger_examples_too():
    """In small examples every other term is missing; in a larger one the error is another."""

    def vjp(x):
        def pullback(y_bar):
            x_bar = 2 * x * y_bar
            return np.where(np.arange(x.size) % 2, 0.0, x_bar) if x.size < 5 else 3 * x_bar * (x > 0)

        return x * x, pullback

    layer = Layer(lambda x: x * x, vjp)
    small = [trial_of(layer, RNG.uniform(1, 2, n)) for n in (3, 4, 3, 4, 3, 4)]
    with silence_warnings():
        assert [cause.key for cause in diagnose(small, 0).causes] == [("terms missing",)]
        assert diagnose([*small, trial_of(layer, RNG.uniform(1, 2, 6))], 0).causes == ()


def clipped(x):
    return np.clip(x, -1.0, 1.0), lambda y_bar: y_bar.copy()


def test_cotangent_as_it_comes_is_that_and_not_the_derivative_at_zero():
    layer = Layer.from_pullback(clipped, shapes={"x": "n k"})
    with silence_warnings():
        causes = diagnose(
            [trial_of(layer, 2.0 * RNG.standard_normal((n, 4))) for n in (2, 3, 4, 5)], 0
        ).causes
    assert causes[0].key == ("identity",)
    assert ("with", "x", "zero") in [cause.key for cause in causes]


def shared(x):
    y = np.maximum(x[::2], x[1::2])
    return y, lambda y_bar: np.repeat(y_bar, 2) / 2.0


def test_mean_of_both_sides_of_a_kink_is_no_derivative():
    """With all entries the same every maximum ties, and halves are what a central difference gives there."""
    layer = Layer.from_pullback(shared, shapes={"x": "2*n"})
    with silence_warnings():
        causes = diagnose([trial_of(layer, RNG.standard_normal(2 * n)) for n in (2, 3, 4, 5, 6)], 0).causes
    assert not any(cause.key[:2] == ("with", "x") for cause in causes)
