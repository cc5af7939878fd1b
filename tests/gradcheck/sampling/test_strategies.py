"""A layer's own strategy: what it draws, and what is told of one that draws something else."""

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from gradcheck import Layer
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.sampling.strategies import own_cases
from tests.gradcheck.example_layers import product, product_vjp

ONCE = settings(max_examples=1, database=None, suppress_health_check=list(HealthCheck))


def layer_of(**fields):
    return Layer(fields.pop("forward", product), product_vjp, name="layer", **fields)


@given(own_cases(layer_of(shapes=None, cases=st.integers(1, 3).map(lambda n: ([np.ones(n), 2.0], {"k": n})))))
def test_own_strategy_is_drawn_from(case):
    assert isinstance(case.primals, tuple)
    assert case.primals[0].size == case.options["k"]


def test_function_of_a_strategy_is_called():
    layer = layer_of(shapes=None, cases=lambda: st.just(((1.0, 2.0), {})))
    assert find(own_cases(layer), lambda case: True).primals == (1.0, 2.0)


def drawn(layer):
    ONCE(given(own_cases(layer))(lambda case: None))()


@pytest.mark.parametrize("value", [3, (1.0,), "ab", (np.ones(1), {}), None])
def test_draw_that_is_no_pair_is_said(value):
    with pytest.raises(CannotVerify, match=r"^cases of 'layer' must draw pairs \(primals, options\), got"):
        drawn(layer_of(shapes=None, cases=st.just(value)))


def test_options_that_are_no_mapping_are_said():
    with pytest.raises(CannotVerify, match=r"^cases of 'layer' must draw pairs \(primals, options\), got"):
        drawn(layer_of(shapes=None, cases=st.just(((1.0,), 3))))


def boom(*_):
    message = "no luck"
    raise RuntimeError(message)


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({"shapes": None, "cases": boom}, "cases"),
        ({"shapes": None, "cases": st.just(0).map(boom)}, "cases"),
    ],
    ids=["function", "strategy"],
)
def test_exception_while_drawing_is_the_layer_s(fields, role):
    with pytest.raises(LayerRaised, match=f"^{role} of 'layer' raised RuntimeError: no luck"):
        drawn(layer_of(**fields))
