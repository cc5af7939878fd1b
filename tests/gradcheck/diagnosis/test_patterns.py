"""Each kind of mistake is named as what it is, and what is only like it is not."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.diagnosis.statistics import statistics
from tests.gradcheck.diagnosis.named import diagnosis, first, layer_of
from tests.gradcheck.example_layers import trial_of

pytestmark = pytest.mark.usefixtures("known_mistakes_alone")

RNG = np.random.default_rng(0)
GRID = {"x": "n k"}


def standardised(x):
    c = x - x.mean(axis=1, keepdims=True)
    return c / np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)


def standardised_backward(g, x, *, mean, variance):
    c = x - x.mean(axis=1, keepdims=True)
    s = np.sqrt((c * c).mean(axis=1, keepdims=True) + 1e-5)
    y = c / s
    through_mean = g.mean(axis=1, keepdims=True) if mean else 0.0
    through_variance = y * (g * y).mean(axis=1, keepdims=True) if variance else 0.0
    return (g - through_mean - through_variance) / s


@pytest.mark.parametrize(
    ("mean", "variance", "constant"),
    [(False, False, "mean and variance"), (True, False, "variance"), (False, True, "mean")],
)
def test_statistics_that_are_held_constant_are_named(mean, variance, constant):
    layer = layer_of(
        standardised,
        lambda g, x: standardised_backward(g, x, mean=mean, variance=variance),
        shapes=GRID,
        where=lambda k: k >= 3,
        domain={"x": (-2.0, 2.0)},
    )
    named = [first(layer, seed=seed) == ("held constant", constant) for seed in range(6)]
    assert sum(named) >= 4


def predicted(rows, *, mean, variance):
    """Return what is predicted of each statistic held constant: a Jacobian, NaN, or None."""

    def vjp(x):
        return standardised(x), lambda g: standardised_backward(g, x, mean=mean, variance=variance)

    return {
        key[1]: J for key, J in statistics(Specimen.of(trial_of(Layer(standardised, vjp), np.array(rows)), 0))
    }


def test_row_of_equal_entries_says_nothing_of_its_variance():
    alone = predicted([[0.01, 0.01, 0.01]], mean=False, variance=False)
    assert np.all(np.isnan(alone["mean and variance"]))
    for mean, name in ((False, "mean and variance"), (True, "variance")):
        beside = predicted([[0.01, 0.01, 0.01], [1.0, 0.3, -2.0]], mean=mean, variance=False)
        assert [key for key, J in beside.items() if J is not None] == [name]
        assert not np.isnan(beside[name]).any()


def test_wrong_multiple_of_the_mean_is_not_a_mean_held_constant():
    layer = layer_of(
        lambda x: x - x.mean(axis=0), lambda g, x: g - g.sum(axis=0), shapes=GRID, where=lambda n: n >= 2
    )
    assert first(layer)[:1] != ("held constant",)


@pytest.mark.parametrize(
    ("forward", "backward", "key"),
    [
        (np.exp, lambda g, x: g * np.exp(x) * x, ("multiplied", "input", "x")),
        (np.exp, lambda g, x: g, ("identity",)),
        (lambda x: x + np.sin(x), lambda g, x: g * np.cos(x), ("residual", "missing")),
        (lambda x: np.sin(x) * 2, lambda g, x: g * (2 * np.cos(x)) ** 2, ("squared", "even")),
        (
            lambda x: x.ravel() * 2,
            lambda g, x: 2 * g.reshape(x.shape, order="F"),
            ("entries", "order", "written by columns"),
        ),
        (lambda x: np.cumsum(x, axis=0), lambda g, x: np.cumsum(g, axis=0), ("not transposed",)),
        (
            lambda x: x.sum(axis=0),
            lambda g, x: np.vstack([np.zeros(g.shape), *[g] * (len(x) - 1)]),
            ("partly",),
        ),
    ],
)
def test_pattern_is_named(forward, backward, key):
    layer = layer_of(forward, backward, shapes=GRID, domain={"x": (0.1, 2.0)})
    found = first(layer)
    assert found[: len(key)] == key or (key == ("partly",) and found[:1] == ("terms missing",))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (sigmoid, lambda g, x: g * x * (1 - x)),
        (np.tanh, lambda g, x: g * (1 - x**2)),
        (np.exp, lambda g, x: g * x),
        (lambda x: x / np.sqrt(1 + x * x), lambda g, x: g * (1 - x * x) * np.sqrt(np.abs(1 - x * x))),
    ],
    ids=["sigmoid", "tanh", "exp", "softsign"],
)
def test_input_in_place_of_the_output_is_named(forward, backward):
    layer = layer_of(forward, backward, shapes=GRID)
    named = diagnosis(layer).causes
    assert ("input for output",) in [cause.key for cause in named]
    assert named[0].key == ("input for output",)


def test_output_in_place_of_the_input_is_named():
    layer = layer_of(np.sin, lambda g, x: g * np.cos(np.sin(x)), shapes=GRID)
    assert first(layer) == ("at output",)


def test_another_mistake_in_the_derivative_is_not_the_input_in_place_of_the_output():
    layer = layer_of(sigmoid, lambda g, x: g * x * (1 + x), shapes=GRID, domain={"x": (0.1, 2.0)})
    assert ("input for output",) not in [cause.key for cause in diagnosis(layer).causes]


def scale(x, gamma, beta):
    return gamma * np.sin(x) + beta


SUMS = {
    "gamma": lambda g, x, gamma, beta: (g * gamma * np.cos(x), (g * np.sin(x)).sum(axis=1), g.sum(axis=0)),
    "beta": lambda g, x, gamma, beta: (g * gamma * np.cos(x), (g * np.sin(x)).sum(axis=0), g.sum(axis=1)),
}


@pytest.mark.parametrize("shapes", ["n n", "n k"])
@pytest.mark.parametrize("wrong", ["gamma", "beta"])
def test_sum_over_another_axis_of_the_output_is_named(wrong, shapes):
    last = shapes.split()[-1]
    layer = layer_of(scale, SUMS[wrong], shapes={"x": shapes, "gamma": last, "beta": last})
    found = diagnosis(layer)
    assert [cause.key for cause in found.causes] == [("over other axis", -1, -2)]
    assert found.causes[0].said == "it is summed over axis 1 of the output, where axis 0 belongs"


def test_sum_over_another_axis_that_is_also_doubled_is_not_named_as_that_alone():
    def backward(g, x, gamma, beta):
        return g * gamma * np.cos(x), (g * np.sin(x)).sum(axis=0), 2 * g.sum(axis=1)

    layer = layer_of(scale, backward, shapes={"x": "n n", "gamma": "n", "beta": "n"})
    assert first(layer)[:1] != ("over other axis",)


def test_reduction_over_the_wrong_axis_is_named():
    def softmax(x, axis=1):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)

    def backward(g, x):
        y = softmax(x, 0)
        return y * (g - (g * y).sum(axis=0, keepdims=True))

    assert first(layer_of(softmax, backward, shapes=GRID, domain={"x": (-2.0, 2.0)})) == (
        "axes swapped",
        -2,
        -1,
    )


def test_symmetrised_gradient_of_one_triangle_is_named():
    def backward(g, a):
        bar = np.tril(g * np.cos(a))
        return (bar + bar.T) / 2

    layer = layer_of(lambda a: np.tril(np.sin(a)), lambda g, a: backward(g, a), shapes={"a": "n n"})
    assert first(layer) == ("symmetrised", "mean")


def test_repeated_index_that_is_counted_is_named():
    def backward(g, table, index):
        bar = np.zeros_like(table)
        np.add.at(bar, index, g)
        return bar * np.maximum(np.bincount(index, minlength=len(table)), 1)[:, None], None

    layer = layer_of(
        lambda table, index: table[index],
        backward,
        shapes={"table": "v d", "index": "n"},
        dtype={"index": "int64"},
        domain={"index": (0, "v-1")},
        constants=("index",),
    )
    assert first(layer) == ("counted",)


def test_size_that_counts_twice_is_named():
    layer = layer_of(
        lambda x: np.sum(x**2) / len(x) ** 2, lambda g, x: g * 2 * x, shapes=GRID, where=lambda n: n >= 1
    )
    assert first(layer) == ("times size", "x", (0,), "squared")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_penalty_that_is_missing_or_lacks_its_two_is_named(share):
    layer = layer_of(
        lambda w, x, *, reg: np.sum(np.sin(w) * x) + reg * np.sum(w**2),
        lambda g, w, x, *, reg: (g * (np.cos(w) * x + share * reg * w), g * np.sin(w)),
        shapes={"w": "n", "x": "n"},
        options={"reg": (0.1, 0.3)},
        domain={"w": (-2.0, 2.0), "x": (-2.0, 2.0)},
    )
    assert first(layer) in ((("penalty", "reg", share - 2.0)), ("option", "reg", "0.0"))


def test_sign_of_one_column_is_named_with_its_place():
    def backward(g, x, w):
        bar = x.T @ g
        bar[:, -1] *= -1
        return g @ w.T, bar

    found = diagnosis(layer_of(np.matmul, backward, shapes={"x": "n i", "w": "i o"}))
    assert found.where == "the last index of axis 1 (o)"
    assert found.causes[0].key == ("partly", "sign")


def test_small_difference_is_told_by_its_size_and_as_an_approximation():
    layer = layer_of(lambda x: np.sin(x), lambda g, x: g * np.cos(x) * (1 + 1e-6), shapes=GRID)
    (cause, *_) = diagnosis(layer).causes
    assert "1 times" not in cause.said
    assert "1.0e-06" in cause.said
    assert "approximation" in cause.said


def test_epsilon_that_is_dropped_is_named_with_its_value():
    point = np.array([0.2, 0.3, 0.5, 0.05])
    layer = layer_of(lambda p: np.log(p + 1e-7), lambda g, p: g / p)
    assert first(layer, point) == ("epsilon", "logarithm", 1e-7)
    layer = layer_of(lambda p: np.sqrt(p + 1e-7), lambda g, p: g / (2 * np.sqrt(p)))
    assert first(layer, point) == ("epsilon", "root", 1e-7)


def test_float32_inside_of_the_pullback_is_named():
    layer = layer_of(np.tanh, lambda g, x: g * (1 - np.tanh(x.astype(np.float32)).astype(float) ** 2))
    assert first(layer, RNG.standard_normal((4, 3))) == ("float32",)


@pytest.mark.parametrize(
    ("backward", "kind"),
    [
        (lambda g, x: 2 * x, "constant"),
        (lambda g, x: 2 * x * g * np.abs(g), "squared"),
        (lambda g, x: 2 * x * np.abs(g), "even"),
        (lambda g, x: 2 * x * g + x, "offset"),
        (lambda g, x: 2 * x * np.sign(g), "scale"),
    ],
)
def test_pullback_that_is_not_linear_is_told_by_how(backward, kind):
    layer = layer_of(lambda x: x * x, backward, shapes={"x": "n"}, domain={"x": (0.5, 2.0)})
    assert first(layer) == ("nonlinear", kind)


def test_saturated_example_does_not_hide_a_missing_mean():
    def forward(z, t):
        m = z.max(axis=1, keepdims=True)
        return -np.mean(np.sum(t * (z - m - np.log(np.exp(z - m).sum(axis=1, keepdims=True))), axis=1))

    def backward(g, z, t):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return g * (e / e.sum(axis=1, keepdims=True) * t.sum(axis=1, keepdims=True) - t), None

    layer = layer_of(forward, backward, shapes={"z": "n k", "t": "n k"}, constants=("t",))
    for seed in range(4):
        assert first(layer, seed=seed)[::2] == ("times size", (0,))
