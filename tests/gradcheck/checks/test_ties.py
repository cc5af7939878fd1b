"""Where entries are equal they move together, so that what chooses between them is judged."""

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.checks.ties import Classes, has_ties
from tests.gradcheck.example_layers import outcome, trial_of

TIED = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, -1.0]])


def top(x):
    return x.max(axis=1)


def first_of_equals(y_bar, x):
    return y_bar[:, None] * (np.arange(x.shape[1]) == x.argmax(axis=1)[:, None])


def each_of_equals(y_bar, x):
    return y_bar[:, None] * (x == x.max(axis=1, keepdims=True))


def shared_by_equals(y_bar, x):
    mask = x == x.max(axis=1, keepdims=True)
    return (y_bar[:, None] * mask / mask.sum(axis=1, keepdims=True)).astype(x.dtype)


def layer_of(backward, **fields):
    fields.setdefault("shapes", {"x": "n m"})
    return Layer.from_backward(top, backward, name="top", **fields)


@pytest.mark.parametrize("backward", [first_of_equals, shared_by_equals])
def test_maximum_may_choose_among_equals_or_share(backward):
    assert check(layer_of(backward)).verdict is Verdict.CORRECT
    assert outcome("finite-difference", layer_of(backward), TIED).verdict is Verdict.CORRECT


def test_maximum_that_is_routed_to_each_of_equals_is_wrong():
    found = outcome("finite-difference", layer_of(each_of_equals), TIED)
    assert found.reason == "in the cotangent of 'x' (input 1 of 1), where equal entries move together"
    evidence = found.locate()
    assert evidence.derived != pytest.approx(evidence.numerical)


@pytest.mark.parametrize("domain", [{}, {"x": (-2.0, 2.0)}, {"x": (0.0, np.inf)}])
def test_it_is_found_from_declared_shapes_whatever_the_domain(domain):
    report = check(layer_of(each_of_equals, domain=domain))
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].example.shapes == {"x": (1, 2)}


def test_entries_that_are_not_on_the_kink_count():
    def relu_of_wrong(y_bar, x):
        return y_bar * (x > 0) * np.where(x > 2, 1.5, 1.0)

    layer = Layer.from_backward(lambda x: np.maximum(x, 0), relu_of_wrong, name="relu")
    x = np.array([0.0, 0.0, 1.0, 3.0])
    assert outcome("finite-difference", layer, x).verdict is Verdict.WRONG
    right = Layer.from_backward(lambda x: np.maximum(x, 0), lambda y_bar, x: y_bar * (x > 0), name="relu")
    found = outcome("finite-difference", right, x)
    assert (found.verdict, list(found.sensitivities)) == (Verdict.CORRECT, ["x"])


def test_point_where_kinks_cancel_is_no_suspicion_of_a_function_with_kinks():
    """relu(x − y) − relu(y − x) is x − y; where x = y, the subgradients that one takes say 0."""

    def forward(x, y):
        return np.maximum(x - y, 0) - np.maximum(y - x, 0)

    def backward(c, x, y):
        slope = (x > y) * 1.0 + (y > x)
        return c * slope, -c * slope

    layer = Layer.from_backward(forward, backward, name="cancelling")
    found = outcome("finite-difference", layer, np.array([1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    assert (found.verdict, found.suspicious, found.suspicious_if_smooth) == (Verdict.UNVERIFIED, False, True)


def test_smooth_function_has_no_excuse_at_whole_numbers():
    layer = Layer.from_backward(
        np.log1p,
        lambda y_bar, x: (y_bar / (1 + x) * np.where((x == np.rint(x)) & (x < 9), 0.9, 1.0)).astype(x.dtype),
        name="log1p",
        shapes={"x": "n"},
        domain={"x": (0.0, 1000.0)},
    )
    report = check(layer)
    assert report.verdict is Verdict.UNVERIFIED
    assert "no example sits on a kink" in report.findings[0].reason


def test_classes_hold_what_may_move():
    classes = Classes.of_input(np.array([0.0, 2.0, -1.0, 2.0, 5.0]), (-np.inf, 5.0))
    assert classes.values.tolist() == [-1.0, 2.0]
    assert classes.of.tolist() == [-1, 1, 0, 1, -1]
    assert classes.spread(np.array([7.0, 8.0])).tolist() == [0.0, 8.0, 7.0, 8.0, 5.0]
    assert classes.gather(np.arange(5.0)).tolist() == [2.0, 4.0]


def test_distinct_values_have_no_ties():
    layer = layer_of(first_of_equals)
    assert has_ties(trial_of(layer, TIED))
    assert not has_ties(trial_of(layer, np.arange(1.0, 7.0).reshape(2, 3)))


def to_all(x):
    return (x == x.max()) * 1.0


def to_first(x):
    x_bar = np.zeros_like(x)
    x_bar[np.argmax(x)] = 1.0
    return x_bar


AT_POINTS = [
    (np.max, to_all, to_first, (np.ones(3),)),
    (lambda x: abs(x[0] - x[1]), np.ones_like, lambda x: np.array([1.0, -1.0]), (np.array([2.0, 2.0]),)),
    (
        lambda a, b: float(np.maximum(a, b).sum()),
        lambda a, b: ((a >= b) * 1.0, (b >= a) * 1.0),
        lambda a, b: ((a >= b) * 1.0, (b > a) * 1.0),
        (np.ones(2), np.ones(2)),
    ),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("function", "wrong", "right", "point"), AT_POINTS, ids=["top", "gap", "both"])
def test_at_a_point_equal_entries_show_what_goes_to_all_of_them(function, wrong, right, point, seed):
    assert check(Layer.from_gradient(function, wrong), *point, seed=seed).verdict is Verdict.WRONG
    assert check(Layer.from_gradient(function, right), *point, seed=seed).verdict is Verdict.CORRECT


@pytest.mark.parametrize("seed", range(3))
def test_values_that_two_inputs_share_are_moved_together(seed):
    shapes = {"a": "n", "b": "n"}
    both = Layer.from_backward(np.maximum, lambda g, a, b: (g * (a >= b), g * (b >= a)), shapes=shapes)
    doubled = Layer.from_backward(
        np.multiply, lambda g, a, b: (g * b, np.where(a == b, 2 * g * a, g * a)), shapes=shapes
    )
    right = Layer.from_backward(np.maximum, lambda g, a, b: (g * (a >= b), g * (b > a)), shapes=shapes)
    found = check(both, seed=seed)
    assert found.verdict is Verdict.WRONG
    assert "in the cotangents of a and b, where equal entries move together" in str(found)
    assert check(doubled, seed=seed).verdict is Verdict.WRONG
    assert check(right, seed=seed).verdict is Verdict.CORRECT
