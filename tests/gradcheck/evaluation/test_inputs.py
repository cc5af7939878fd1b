"""Inputs as the caller has them, and as real arrays behind the door."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck.errors import BrokenContract, CannotVerify
from gradcheck.evaluation.inputs import Inputs


def layer(forward, **fields):
    return Layer(forward, lambda *xs: None, **fields)


NESTED = layer(lambda params, x: x, name="nested")
W, B, X = np.ones((2, 3)), np.zeros(3), np.full((4, 2), 2.0)
PARAMS = {"W": W, "b": B}


def test_leaves_are_named_by_their_paths():
    inputs, arrays = Inputs.of(NESTED, (PARAMS, X))
    assert inputs.names == ("params['W']", "params['b']", "x")
    assert inputs.owners == ("params", "x")
    assert [a.shape for a in arrays] == [(2, 3), (3,), (4, 2)]


def test_filled_gives_the_callers_structure_back_as_copies():
    inputs, arrays = Inputs.of(NESTED, (PARAMS, X))
    params, x = inputs.unflatten(arrays)
    assert params.keys() == PARAMS.keys()
    assert np.array_equal(x, X)
    params["W"][0, 0] = 9.0
    assert W[0, 0] == 1.0


def test_none_fills_a_leaf_without_a_tangent():
    inputs, arrays = Inputs.of(NESTED, (PARAMS, X))
    params, _ = inputs.unflatten([None, *arrays[1:]])
    assert params["W"] is None


def test_a_constant_may_hold_what_is_no_number():
    configured = layer(lambda x, conf: x, constants=("conf",))
    inputs, arrays = Inputs.of(configured, (X, {"mode": "same", "stride": 2}))
    assert inputs.names == ("x", "conf['stride']")
    assert inputs.unflatten(arrays)[1] == {"mode": "same", "stride": 2}


def test_what_is_no_number_is_refused_elsewhere():
    with pytest.raises(CannotVerify, match="of 'nested' is a str; an array of numbers"):
        Inputs.of(NESTED, ({"W": "text"}, X))


def test_constants_that_name_no_input_are_told():
    with pytest.raises(CannotVerify, match="names 'labels'; its inputs are x"):
        Inputs.of(layer(lambda x: x, constants=("labels",)), (X,))


def test_one_leaf_of_an_input_may_be_constant():
    inputs, _ = Inputs.of(layer(lambda params, x: x, constants=("params['b']",)), (PARAMS, X))
    assert [leaf.is_constant for leaf in inputs.leaves] == [False, True, False]


def test_cotangents_are_taken_apart_as_the_primals_are():
    inputs, _ = Inputs.of(NESTED, (PARAMS, X))
    bars = inputs.cotangents(({"b": 2.0, "W": 1.0}, 3.0), (0, 1, 2), "pullback")
    assert bars == [1.0, 2.0, 3.0]


def test_a_missing_key_is_no_cotangent():
    inputs, _ = Inputs.of(NESTED, (PARAMS, X))
    assert inputs.cotangents(({"W": 1.0}, 3.0), (0, 1, 2), "pullback") == [1.0, None, 3.0]


def test_a_single_input_that_is_a_tuple_has_a_tuple_for_its_cotangent():
    inputs, _ = Inputs.of(layer(lambda pair: pair), ((W, B),))
    assert inputs.cotangents((1.0, 2.0), (0, 1), "pullback") == [1.0, 2.0]
    assert inputs.cotangents(((1.0, 2.0),), (0, 1), "pullback") == [1.0, 2.0]


def test_cotangents_of_another_count_are_counted():
    inputs, _ = Inputs.of(NESTED, (PARAMS, X))
    with pytest.raises(BrokenContract, match=r"returned 3 cotangents, expected 2 \(params, x\)"):
        inputs.cotangents((1.0, 2.0, 3.0), (0, 1, 2), "pullback")
