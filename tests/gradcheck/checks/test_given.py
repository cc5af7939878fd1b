"""What a layer is given beside arrays may be anything."""

import dataclasses
import math
import threading
from collections import OrderedDict

import numpy as np
import pytest
from scipy import sparse

from gradcheck import Layer, Verdict, check
from tests.gradcheck.example_layers import outcome

X = np.array([1.0, -2.0, 3.0])


class Frame:
    """Compares entry by entry and has no truth value, as tables do."""

    def __init__(self, values):
        self.values = values

    def __eq__(self, other):
        return self.values == other.values

    def __hash__(self):
        return 0

    def equals(self, other):
        return np.array_equal(self.values, other.values, equal_nan=True)


class Plain:
    def __init__(self):
        self.factor = 2.0


class Uncopyable:
    def __deepcopy__(self, memo):
        message = "one of a kind"
        raise RuntimeError(message)


@dataclasses.dataclass
class Record:
    weights: np.ndarray


SENTINEL = object()
OPTIONS = {
    "sparse matrix": sparse.csr_matrix(np.eye(3)),
    "sparse array": sparse.coo_array(np.eye(3)),
    "table": Frame(np.array([1.0, np.nan])),
    "NaN": math.nan,
    "NaN in a dict": {"fill": [float("nan")]},
    "object": Plain(),
    "class": Plain,
    "sentinel": SENTINEL,
    "record": Record(np.ones(2)),
    "module": math,
    "lock": threading.Lock(),
    "lock in a dict": {"lock": threading.Lock(), "scale": [2.0]},
    "uncopyable": Uncopyable(),
    "objects in an array": np.array([Plain(), None], dtype=object),
    "ordered": OrderedDict(a=1),
    "function": np.tanh,
}


def forward(x, *, anything):
    assert anything is not None
    return 2.0 * x * x


def layer_of(factor=4.0):
    return Layer.from_backward(forward, lambda y_bar, x, *, anything: factor * x * y_bar)


@pytest.mark.parametrize("name", OPTIONS)
def test_option_may_be_anything(name):
    assert check(layer_of(), X, anything=OPTIONS[name]).verdict is Verdict.CORRECT
    wrong = check(layer_of(4.01), X, anything=OPTIONS[name])
    assert wrong.verdict is Verdict.WRONG
    assert str(wrong)


@pytest.mark.parametrize("name", OPTIONS)
def test_constant_may_be_anything(name):
    layer = Layer.from_backward(
        lambda x, c: 2.0 * x * x, lambda y_bar, x, c: (4.0 * x * y_bar, None), constants=("c",)
    )
    assert check(layer, X, OPTIONS[name]).verdict is Verdict.CORRECT


def test_open_file_and_generator_are_passed_as_they_are(tmp_path):
    with (tmp_path / "log").open("w") as file:
        assert check(layer_of(), X, anything=file).verdict is Verdict.CORRECT
    assert check(layer_of(), X, anything=(i for i in range(3))).verdict is Verdict.CORRECT


def test_sparse_matrix_is_a_constant_that_a_layer_multiplies_with():
    matrix = sparse.random(4, 3, 0.5, format="csr", random_state=0)
    layer = Layer.from_backward(lambda x, A: A @ x, lambda y_bar, x, A: (A.T @ y_bar, None), constants=("A",))
    assert check(layer, X, matrix).verdict is Verdict.CORRECT
    undeclared = check(Layer.from_backward(lambda x, A: A @ x, lambda y_bar, x, A: A.T @ y_bar), X, matrix)
    assert "pass A.toarray(), or declare constants=('A',)" in str(undeclared)


@pytest.mark.parametrize("name", ["lock", "object", "uncopyable", "module"])
def test_what_is_not_watched_is_said_in_a_note(name):
    found = outcome("purity", layer_of(), X, anything=OPTIONS[name])
    assert found.verdict is Verdict.CORRECT
    assert found.reason.startswith("'anything' holds ")
    assert found.reason.endswith("what can't be copied or compared is not watched for changes")


def writes(change):
    def changing(x, *, anything):
        change(anything)
        return 2.0 * x * x

    return Layer.from_backward(changing, lambda y_bar, x, *, anything: 4.0 * x * y_bar)


CHANGES = {
    "sparse matrix": lambda a: a.data.__imul__(2),
    "table": lambda a: a.values.__imul__(2),
    "record": lambda a: a.weights.__imul__(2),
    "lock in a dict": lambda a: a["scale"].append(1),
    "NaN in a dict": lambda a: a["fill"].append(1),
    "ordered": lambda a: a.update(a=a["a"] + 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_can_be_compared_is_watched(name):
    found = outcome("purity", writes(CHANGES[name]), X, anything=OPTIONS[name])
    assert found.verdict is Verdict.WRONG
    assert "changes its option 'anything' in place" in found.reason


def test_sentinel_is_the_callers_own():
    def checked(x, *, mode):
        assert mode is SENTINEL
        return x * x

    layer = Layer.from_backward(checked, lambda y_bar, x, *, mode: 2 * x * y_bar)
    assert check(layer, X, mode=SENTINEL).verdict is Verdict.CORRECT
