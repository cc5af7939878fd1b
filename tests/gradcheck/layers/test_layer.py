"""`Layer` is data: frozen, independent of the dicts it was made of, named after its forward."""

import dataclasses

import numpy as np
import pytest

from gradcheck import Layer, MalformedLayer, Verdict, check
from tests.gradcheck.example_layers import (
    PRODUCT,
    linear,
    linear_vjp,
    product,
    product_vjp,
    square,
    square_vjp,
)


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(Layer)])
def test_no_field_can_be_set(field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(PRODUCT, field, None)


def test_dicts_of_the_caller_are_copied():
    shapes, options, domain = {"x": "n"}, {"k": (1, 2)}, {"x": (0.0, 1.0)}
    layer = Layer(lambda x, k: k * x, square_vjp, shapes=shapes, options=options, domain=domain)
    for given in (shapes, options, domain):
        given.clear()
    assert layer.shapes == {"x": "n"}
    assert layer.options == {"k": (1, 2)}
    assert layer.domain == {"x": (0.0, 1.0)}


def test_collections_of_names_become_immutable():
    constants, traits = ["b"], ["analytic"]
    layer = Layer(product, product_vjp, constants=constants, traits=traits)
    constants.append("a")
    traits.append("multilinear")
    assert layer.constants == ("b",)
    assert layer.traits == frozenset({"analytic"})


def test_a_layer_is_shown_as_one_line():
    assert repr(Layer(linear, linear_vjp, shapes={"x": "n i", "w": "i o", "b": "o"})) == (
        "<Layer 'linear': x (n, i), w (i, o), b (o)>"
    )
    assert repr(Layer(square, square_vjp)) == "<Layer 'square'>"


def test_everything_with_a_default_is_keyword_only():
    with pytest.raises(TypeError, match="positional"):
        Layer(square, square_vjp, "square")


def test_name_is_forward_s_own_unless_given():
    assert Layer(square, square_vjp).name == "square"
    assert Layer(square, square_vjp, name="x²").name == "x²"
    assert Layer(np.square, square_vjp).name == "square"


def test_callable_without_a_name_is_called_layer():
    class Nameless:
        def __call__(self, x):
            return x

    assert Layer(Nameless(), square_vjp).name == "layer"


def test_replace_makes_a_new_record_and_checks_it():
    renamed = dataclasses.replace(PRODUCT, name="times")
    assert (renamed.name, PRODUCT.name) == ("times", "product")
    with pytest.raises(MalformedLayer, match="dtype must be one of"):
        dataclasses.replace(PRODUCT, dtype="int64")


def test_from_backward_receives_the_cotangent_first_and_the_options():
    def forward(x, *, power):
        return x**power

    def backward(y_bar, x, *, power):
        return y_bar * power * x ** (power - 1)

    layer = Layer.from_backward(forward, backward, shapes={"x": "n"}, options={"power": (2, 3)})
    assert layer.name == "forward"
    y, pullback = layer.vjp(np.array([3.0]), power=2)
    assert y == 9.0
    assert pullback(np.array([5.0])) == 30.0
    assert check(layer, max_examples=20).verdict is Verdict.CORRECT


@pytest.mark.parametrize(("arguments", "named"), [((None, square), "forward"), ((square, 2), "backward")])
def test_from_backward_names_what_is_no_function(arguments, named):
    with pytest.raises(MalformedLayer, match=f"^{named} must be a function, got"):
        Layer.from_backward(*arguments)


def test_input_names_are_those_of_the_shapes():
    layer = Layer(linear, linear_vjp, shapes={"images": "n i", "weights": "i o", "bias": "o"})
    assert layer.input_names(3) == ("images", "weights", "bias")


def test_input_names_are_those_of_the_signature_without_shapes():
    assert Layer(linear, linear_vjp).input_names(3) == ("x", "w", "b")


def test_keyword_only_parameters_are_no_inputs():
    layer = Layer(lambda x, *, stride: x, square_vjp)
    assert layer.input_names(2) == ("x", "input 2")


def test_inputs_of_a_starred_lambda_are_named_by_position():
    layer = Layer(lambda *xs: sum(xs), square_vjp)
    assert layer.input_names(3) == ("input 1", "input 2", "input 3")


def test_input_names_always_have_the_asked_count():
    for count in range(5):
        assert len(PRODUCT.input_names(count)) == count


def test_accepts_asks_where_for_what_it_names_only():
    layer = Layer(product, product_vjp, shapes={"a": "n", "b": "m"}, where=lambda n: n > 1)
    assert layer.accepts({"n": 2, "m": 0})
    assert not layer.accepts({"n": 1, "m": 9})


def test_accepts_gives_everything_to_a_where_of_any_keywords():
    layer = Layer(product, product_vjp, shapes={"a": "n", "b": "m"}, where=lambda **k: k["n"] == k["m"])
    assert layer.accepts({"n": 2, "m": 2})
    assert not layer.accepts({"n": 2, "m": 1})


def test_layer_without_where_accepts_everything():
    assert PRODUCT.accepts({"n": 0}) is True


@pytest.mark.parametrize("make", [Layer, Layer.from_backward, Layer.from_cached])
def test_keyword_that_is_no_field_is_told_with_the_nearest_one(make):
    with pytest.raises(TypeError, match="no field 'shape' \\(did you mean 'shapes'\\?\\): it has forward"):
        make(np.sin, lambda g, x: g * np.cos(x), shape={"x": "n"})


def test_field_of_nothing_is_told_with_all_fields():
    with pytest.raises(TypeError, match="no field 'gradients': it has forward, vjp, name, shapes"):
        Layer.from_gradient(np.sum, np.ones_like, gradients={})


@pytest.mark.parametrize(
    ("field", "door"),
    [("jac", "from_jacobian"), ("hess", "from_hessian"), ("hessp", "from_hessian"), ("args", "constants=")],
)
def test_what_is_written_for_scipy_is_told_how_to_be_written_here(field, door):
    with pytest.raises(TypeError, match=f"no field '{field}' .*{door}"):
        Layer.from_gradient(np.sum, **{field: True})


def test_masks_are_drawn_as_booleans():
    shapes, types = {"x": "n", "mask": "n"}, {"mask": "bool"}
    seen = set()

    def forward(x, mask):
        seen.add(mask.dtype)
        return np.where(mask, x, 0.0)

    def backward(y_bar, x, mask):
        return np.where(mask, y_bar, 0.0)

    layer = Layer.from_backward(forward, backward, shapes=shapes, dtype=types, constants=("mask",))
    assert check(layer).verdict is Verdict.CORRECT
    assert seen == {np.dtype(bool)}
