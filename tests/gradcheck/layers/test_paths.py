"""Places in an object: read, written, and refused with the names that exist."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import MalformedLayer
from gradcheck.layers.paths import describe_fault, read, require_owner, write


def layer():
    parameter = SimpleNamespace(data=np.zeros(2), grad=None)
    return SimpleNamespace(
        W=np.ones(2),
        params={"W": np.ones(3), "layers": [np.zeros(1)]},
        parameters=lambda: [parameter],
        buffer=lambda: parameter.data,
    )


@pytest.mark.parametrize(
    ("place", "shape"),
    [
        ("W", (2,)),
        ("params['W']", (3,)),
        ("params['layers'][0]", (1,)),
        ("params['layers'][-1]", (1,)),
        ("parameters()[0].data", (2,)),
        (lambda obj: obj.W, (2,)),
    ],
)
def test_a_value_is_read_and_written_where_one_would_write_it(place, shape):
    obj = layer()
    assert read(obj, place).shape == shape
    write(obj, place, np.full(shape, 7.0))
    assert np.all(read(obj, place) == 7.0)


def test_a_name_or_key_is_bound_to_any_shape():
    obj = layer()
    write(obj, "params['W']", np.zeros((4, 4)))
    assert obj.params["W"].shape == (4, 4)


def test_an_accessor_s_array_takes_its_own_shape_only():
    with pytest.raises(MalformedLayer, match=r"gives an array of shape \(2,\), which can't take .* \(3,\)"):
        write(layer(), "buffer()", np.zeros(3))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("w", "'w': 'SimpleNamespace' has no attribute 'w'; it has W, buffer, parameters, params"),
        ("params['b']", "\"params['b']\": there is no 'b'; there is 'W', 'layers'"),
        ("params['layers'][3]", "there is no 3; there is 1 entry"),
    ],
)
def test_a_wrong_name_lists_those_that_exist(place, said):
    with pytest.raises(MalformedLayer) as refused:
        read(layer(), place)
    assert said in str(refused.value)


def test_writing_makes_no_new_names():
    with pytest.raises(MalformedLayer, match="no attribute 'w'"):
        write(layer(), "w", np.ones(2))


def test_the_last_name_of_a_reachable_place_need_not_exist_yet():
    require_owner(layer(), "params['dW']")
    with pytest.raises(MalformedLayer, match="no attribute 'grads'"):
        require_owner(layer(), "grads['dW']")


@pytest.mark.parametrize("place", ["", "W +", "f(3)", "a[b]", "W = 1", 3, "a['x':2]"])
def test_what_is_no_place_is_refused(place):
    assert "a place is written like" in describe_fault(place)


@pytest.mark.parametrize("place", ["W", "params['W']", "parameters()[0].data", "grads[-1]", len])
def test_a_place_is_accepted(place):
    assert describe_fault(place) is None
