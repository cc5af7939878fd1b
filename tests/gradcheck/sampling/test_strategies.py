"""Examples are drawn as the layer declares: sizes, options, domain, dtype; simplest first."""

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from gradcheck import Layer
from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.sampling.strategies import LARGEST_OUTLIER, LARGEST_SIZE, cases
from tests.gradcheck.example_layers import LINEAR, product, product_vjp

PAIR = {"a": "n m", "b": "m"}
ONCE = settings(max_examples=1, database=None, suppress_health_check=list(HealthCheck))


def layer_of(**fields):
    fields.setdefault("shapes", PAIR)
    return Layer(fields.pop("forward", product), product_vjp, name="layer", **fields)


def shapes_of(case):
    return [np.shape(p) for p in case.primals]


@given(cases(LINEAR))
def test_equal_letters_are_equal_sizes(case):
    x, w, b = shapes_of(case)
    assert (x[1], w[1]) == (w[0], b[0])
    sizes = x[0], x[1], w[1]
    assert all(1 <= n <= LARGEST_OUTLIER for n in sizes)
    assert sum(n > LARGEST_SIZE for n in sizes) <= 1


@given(cases(LINEAR, empty=True))
def test_exactly_one_size_of_an_empty_example_is_zero(case):
    x, w, _ = shapes_of(case)
    assert [*x, w[1]].count(0) == 1


@given(cases(layer_of(shapes={"a": "...", "b": "n ..."})))
def test_any_shape_is_the_same_wherever_it_is_written(case):
    a, b = shapes_of(case)
    assert b[1:] == a
    assert len(a) <= 3


@given(cases(layer_of(shapes={"a": "...", "b": "..."}), empty=True))
def test_any_shape_has_a_zero_where_nothing_else_can(case):
    a, b = shapes_of(case)
    assert a == b
    assert a.count(0) == 1


@given(cases(layer_of(where=lambda n, m: n > m)))
def test_where_holds_for_every_example(case):
    (n, m), _ = shapes_of(case)
    assert n > m


@given(
    cases(
        layer_of(
            forward=lambda a, b, *, k, mode: a,
            shapes={"a": "k", "b": "2*k"},
            options={"k": (1, 3), "mode": ("same", "full")},
            where=lambda k, mode: k == 3 or mode == "same",
        )
    )
)
def test_letter_that_names_an_option_takes_its_value(case):
    k = case.options["k"]
    assert shapes_of(case) == [(k,), (2 * k,)]
    assert case.options["mode"] in ("same", "full")
    assert k == 3 or case.options["mode"] == "same"


@given(cases(layer_of(domain={"a": (0.1, 4.0), "b": (2.0, np.inf)}, dtype="float32")))
def test_values_keep_to_domain_and_dtype(case):
    a, b = case.primals
    assert a.dtype == b.dtype == np.float32
    assert np.all((a >= np.float32(0.1)) & (a <= 4.0))
    assert np.all(b >= 2.0)


def test_simplest_example_is_of_size_one():
    simplest = find(cases(LINEAR), lambda case: True)
    assert shapes_of(simplest) == [(1, 1), (1, 1), (1,)]
    assert np.abs(simplest.primals[0]) == 1.0


@given(cases(layer_of(shapes=None, cases=st.integers(1, 3).map(lambda n: ([np.ones(n), 2.0], {"k": n})))))
def test_own_strategy_is_drawn_from(case):
    assert isinstance(case.primals, tuple)
    assert case.primals[0].size == case.options["k"]


def test_function_of_a_strategy_is_called():
    layer = layer_of(shapes=None, cases=lambda: st.just(((1.0, 2.0), {})))
    assert find(cases(layer), lambda case: True).primals == (1.0, 2.0)


def drawn(layer):
    ONCE(given(cases(layer))(lambda case: None))()


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
        ({"where": lambda n: boom()}, "where"),
    ],
    ids=["function", "strategy", "predicate"],
)
def test_exception_while_drawing_is_the_layer_s(fields, role):
    with pytest.raises(LayerRaised, match=f"^{role} of 'layer' raised RuntimeError: no luck"):
        drawn(layer_of(**fields))


def test_unsatisfiable_where_is_left_to_hypothesis():
    with pytest.raises(Unsatisfiable):
        drawn(layer_of(where=lambda n: n > LARGEST_OUTLIER))
