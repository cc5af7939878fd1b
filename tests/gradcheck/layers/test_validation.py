"""Every malformed record is refused by a sentence that names the field, what came and what was expected."""

import re

import numpy as np
import pytest

from gradcheck import Layer, MalformedLayer
from tests.gradcheck.example_layers import linear, linear_vjp, product, product_vjp, square, square_vjp

SHAPES = {"a": "n", "b": "n"}


def strided_square(x, *, stride):
    return square(x[::stride])


# Each row: what is wrong, the record's fields, and the words that the sentence must contain.
MALFORMED = {
    "forward missing": ({"forward": None}, ("forward must be a function", "NoneType")),
    "forward an array": ({"forward": np.ones(2)}, ("forward must be a function", "ndarray")),
    "vjp a number": ({"vjp": 3}, ("vjp must be a function", "int: 3")),
    "where a string": (
        {"where": "n >= k and stride > 1"},
        ("write where=lambda n, k, stride: n >= k and stride > 1.",),
    ),
    "where words": ({"where": "n at least k"}, ("as where=lambda n, k: n >= k.",)),
    "product without a sign": ({"shapes": {"x": "n 4k"}}, ("x has the axis '4k'", ": write 4*k.")),
    "where a boolean": ({"where": True}, ("where must be a function", "bool: True")),
    "oracle a string": ({"oracle": "numpy"}, ("oracle must be a function", "str: 'numpy'")),
    "jvp a number": ({"jvp": 1.5}, ("jvp must be a function", "float: 1.5")),
    "shapes and cases": ({"cases": lambda: None}, ("shapes= or cases=", "not both")),
    "cases a list": ({"shapes": None, "cases": [1]}, ("cases must be a Hypothesis strategy", "[1]")),
    "shapes a list": ({"shapes": ["n", "n"]}, ("shapes must map each input to its shape", "['n', 'n']")),
    "shapes empty": ({"shapes": {}}, ("shapes must map each input to its shape", "{}")),
    "shape a tuple": (
        {"shapes": {"a": (2, 3), "b": "n"}},
        ("shapes: a[0] must be a string", 'got 2 in (2, 3): write "2 3".'),
    ),
    "axis with a slash": (
        {"shapes": {"a": "n n/2", "b": "n"}},
        ("shapes: a has the axis 'n/2'", "made of them with *, + and -"),
    ),
    "axis with commas": ({"shapes": {"a": "n", "b": "n,m"}}, ("shapes: b has the axis 'n,m'",)),
    "too few shapes": ({"shapes": {"a": "n"}}, ("shapes names 1 input", "'a'", "(a, b)")),
    "too many shapes": ({"shapes": {**SHAPES, "c": "n"}}, ("shapes names 3 inputs", "'c'", "(a, b)")),
    "options a list": ({"options": ["stride"]}, ("options must map each option to its values", "['stride']")),
    "option a number": ({"options": {"stride": 2}}, ("options['stride']", "non-empty sequence", "got 2")),
    "option a string": ({"options": {"mode": "same"}}, ("options['mode']", "non-empty sequence", "'same'")),
    "option empty": ({"options": {"stride": ()}}, ("options['stride']", "non-empty sequence", "got ()")),
    "option named seed": ({"options": {"seed": (1,)}}, ("option name 'seed' is taken by check()",)),
    "option not in forward": ({"options": {"stride": (1,)}}, ("no parameter", "'stride'", "forward(a, b)")),
    "where of a stranger": ({"where": lambda n, m: n < m}, ("where= asks for 'm'", "known: 'n'")),
    "domain of a stranger": ({"domain": {"c": (0, 1)}}, ("domain names 'c'", "inputs: 'a', 'b'")),
    "domain a number": ({"domain": {"a": 3}}, ("domain['a'] must be a pair (low, high)", "got 3")),
    "domain a triple": ({"domain": {"a": (0, 1, 2)}}, ("domain['a'] must be a pair", "(0, 1, 2)")),
    "domain upside down": (
        {"domain": {"a": (1.0, 0.0)}},
        ("domain['a'] must be two numbers with low < high", "(1.0, 0.0)"),
    ),
    "domain a point": (
        {"domain": {"b": (1, 1)}},
        ("domain['b'] must be two numbers with low < high", "(1, 1)"),
    ),
    "domain of nan": (
        {"domain": {"a": (0, np.nan)}},
        ("domain['a'] must be two numbers with low < high", "nan"),
    ),
    "domain of None": (
        {"domain": {"a": (0, None)}},
        ("domain['a'] must be two numbers", "(0, None)", "(0.0, math.inf)"),
    ),
    "domain of arrays": (
        {"domain": {"a": (np.zeros(2), np.ones(2))}},
        ("domain['a'] must be two numbers", "One pair holds for all entries"),
    ),
    "domain of two entries": (
        {"domain": {"a": [(0, None), (0, 1)]}},
        ("domain['a'] must be two numbers", "One pair holds for all entries"),
    ),
    "domain of three entries": (
        {"domain": {"a": [(0, 1)] * 3}},
        ("domain['a'] must be a pair", "One pair holds for all entries"),
    ),
    "constants of lists": ({"constants": ([1],)}, ("constants must be a tuple of names", "[1]")),
    "state none": ({"state": None}, ("state must be a tuple of options", "None")),
    "where unreadable": ({"where": max}, ("where must be a function whose parameters can be read",)),
    "shape without a name": ({"shapes": {1: "n"}}, ("shapes must map names to shapes", "1")),
    "batch inside a product": (
        {"shapes": {"a": "2*n", "b": "k"}, "batch": "n"},
        ("batch must be a letter that is an axis of its own, got 'n'", "'k'"),
    ),
    "constants a string": ({"constants": "a"}, ("constants must be a tuple of names", "('a',)")),
    "constants a stranger": ({"constants": ("c",)}, ("constants names 'c'", "inputs: 'a', 'b'")),
    "only constants": ({"constants": ("a", "b")}, ("every input is a constant", "no gradient")),
    "traits a string": ({"traits": "analytic"}, ("traits must be a tuple of names", "('analytic',)")),
    "trait unknown": ({"traits": ("linear",)}, ("traits has 'linear'", "'multilinear'")),
    "dtype unknown": (
        {"dtype": "float16"},
        ("dtype must be one of 'complex128', 'complex64', 'float32', 'float64'", "'float16'"),
    ),
    "dtype a type": ({"dtype": np.float32}, ("dtype must be one of", "numpy.float32")),
}


@pytest.mark.parametrize(("fields", "words"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_record_is_refused_with_a_sentence_that_names_it(fields, words):
    record = {"forward": product, "vjp": product_vjp, "name": "product", "shapes": SHAPES} | fields
    with pytest.raises(MalformedLayer) as refused:
        Layer(**record)
    said = str(refused.value)
    assert said.startswith("Layer 'product': ")
    assert said.endswith(".")
    for word in words:
        assert word in said


# Fields of the wrong kind altogether, for which a bare TypeError from inside would name nothing.
WRONG_KIND = {
    "constants": {"constants": 5},
    "traits": {"traits": 5},
    "domain": {"domain": [("a", (0.0, 1.0))]},
}


@pytest.mark.parametrize(("field", "fields"), WRONG_KIND.items(), ids=WRONG_KIND)
def test_field_of_the_wrong_kind_is_refused_by_name(field, fields):
    with pytest.raises(MalformedLayer, match=rf"Layer 'product': {field}\b"):
        Layer(product, product_vjp, **fields)


ACCEPTED = {
    "nothing but functions": (product, product_vjp, {}),
    "shapes": (linear, linear_vjp, {"shapes": {"x": "n i", "w": "i o", "b": "o"}}),
    "a product, a number, a scalar": (product, product_vjp, {"shapes": {"a": "g*i 3", "b": ""}}),
    "any shape": (product, product_vjp, {"shapes": {"a": "...", "b": "..."}}),
    "a letter that is an option": (
        strided_square,
        square_vjp,
        {"shapes": {"x": "n stride"}, "options": {"stride": (1, 2)}, "where": lambda n, stride: n > stride},
    ),
    "where of everything": (
        product,
        product_vjp,
        {"shapes": SHAPES, "where": lambda **known: known["n"] > 1},
    ),
    "a lambda of any inputs": (lambda *xs: sum(xs), product_vjp, {"shapes": SHAPES}),
    "a ufunc": (np.multiply, product_vjp, {"shapes": SHAPES}),
    "a function of cases": (product, product_vjp, {"cases": lambda: None}),
    "one bound at infinity": (product, product_vjp, {"shapes": SHAPES, "domain": {"a": (0.0, np.inf)}}),
    "constants and traits as lists": (
        product,
        product_vjp,
        {"shapes": SHAPES, "constants": ["b"], "traits": ["multilinear", "analytic"]},
    ),
    "single precision": (product, product_vjp, {"shapes": SHAPES, "dtype": "float32"}),
}


@pytest.mark.parametrize(("forward", "vjp", "fields"), ACCEPTED.values(), ids=ACCEPTED)
def test_good_record_is_accepted(forward, vjp, fields):
    layer = Layer(forward, vjp, **fields)
    assert layer.forward is forward
    assert layer.shapes == fields.get("shapes")


def test_malformed_layer_is_a_type_error():
    with pytest.raises(TypeError, match=re.escape("or a dict of them by input, got 'half'.")):
        Layer(square, square_vjp, dtype="half")


def test_shapes_in_another_order_than_the_parameters_are_refused():
    with pytest.raises(MalformedLayer, match="shapes is in the order w, x, but forward takes x, w"):
        Layer(lambda x, w: x @ w, lambda x, w: None, shapes={"w": "i o", "x": "n i"})


def test_what_is_neither_an_input_nor_an_option_is_told_where_to_declare():
    with pytest.raises(MalformedLayer, match=r'has its values in options={"bn_param": \[…\]}'):
        Layer.from_backward(lambda x, bn_param: x, lambda g, x, bn_param: g, shapes={"x": "n d"})


def test_the_measurement_is_not_exempt_and_what_may_be_declared_is_told():
    with pytest.raises(MalformedLayer, match=r"declares accuracy=, that of another function surrogate="):
        Layer(lambda x: x, lambda x: (x, lambda g: g), exempt={"finite-difference": "known"})
