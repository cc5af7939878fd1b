"""Mutants are typical mistakes, each once, in what belongs to the gradient, and run in its place."""

import numpy as np
import pytest

from gradcheck.mutation import Root, mutants_of, notes, planted, probe, read_source
from tests.gradcheck.mutation.files import functions_of

BACKWARD = """
def backward(g, x, *, stride=1):
    y = np.tanh(x)
    return {}
"""


def mutants(text, name="backward", **how):
    return mutants_of([Root(read_source(functions_of(text)[name]), **how)])


def told(text, **how):
    return [(mutant.kind, mutant.change.new) for mutant in mutants(text, **how)]


@pytest.mark.parametrize(
    ("stands", "kind", "planted_there"),
    [
        ("g * (1 - y)", "sign", "g * (1 + y)"),
        ("g * (1 - y)", "sign", "-(g * (1 - y))"),
        ("g * (1 - y)", "operator", "g / (1 - y)"),
        ("g * (1 - y)", "factor", "g"),
        ("g * y**2", "factor", "g * y"),
        ("g * (1 - y)", "factor", "2 * (g * (1 - y))"),
        ("g * (1 - y)", "term", "g * (1)"),
        ("g * (1 - y)", "name", "g * (1 - x)"),
        ("g.sum(axis=0)", "axis", "g.sum(axis=1)"),
        ("g.sum(axis=0)", "axis", "g.sum()"),
        ("g.sum(axis=0)", "keepdims", "g.sum(axis=0, keepdims=True)"),
        ("g.sum(axis=0)", "function", "g.mean(axis=0)"),
        ("g.sum(axis=0)", "sum", "g"),
        ("g * x", "sum", "(g * x).sum(axis=0)"),
        ("g @ y.T", "transpose", "g @ y"),
        ("g @ y", "transpose", "g.T @ y"),
        ("np.einsum('ij,jk->ik', g, y)", "transpose", "np.einsum('ji,jk->ik', g, y)"),
        ("np.einsum('ij,jk->ik', g, y)", "order", "np.einsum('ij,jk->ik', y, g)"),
        ("g.swapaxes(0, 1)", "transpose", "g"),
        ("g[::-1]", "flip", "g[:]"),
        ("np.exp(g)", "flip", "np.exp(g)[::-1]"),
        ("g[1:]", "off by one", "g[2:]"),
        ("g[::stride]", "off by one", "g[::stride + 1]"),
        ("g[::stride]", "option", "g[::1]"),
        ("g / len(x)", "count", "g / (len(x) - 1)"),
        ("g * (x > 0)", "comparison", "g * (x >= 0)"),
        ("np.where(x > 0, g, 0)", "branch", "g"),
        ("g if stride > 1 else y", "branch", "g if True else y"),
        ("g @ y", "order", "y @ g"),
        ("g, y", "order", "y, g"),
        ("0.5 * g", "constant", "0.5005 * g"),
        ("g * y", "scale", "1.001 * (g * y)"),
        ("g * y", "precision", "(g * y).astype('float32')"),
        ("helper(g, stride=stride)", "keyword", "helper(g)"),
        ("g.copy()", "call", "g"),
    ],
)
def test_mistake_is_planted(stands, kind, planted_there):
    assert (kind, f"return {planted_there}") in told(BACKWARD.format(stands))


@pytest.mark.parametrize(
    ("statement", "new"),
    [
        ("y += g", "y = g"),
        ("y[0] = g", "y[0] += g"),
        ("y += g", "y -= g"),
        ("np.add.at(y, i, g)", "y[i] += g"),
        ("for i in range(3): y[i] = 0", "for i in range(4): y[i] = 0"),
    ],
)
def test_mistake_is_planted_into_a_statement(statement, new):
    text = BACKWARD.replace("return {}", f"{statement}\n    return y")
    assert new in [change for _, change in told(text)]


def test_statement_can_be_left_out():
    assert "" in [new for _, new in told(BACKWARD.replace("return {}", "y += g\n    return y"))]


def test_no_mutant_comes_twice_or_is_the_original():
    found = mutants(BACKWARD.format("g * (1 - y) + g * (1 - y)"))
    codes = [mutant.code() for mutant in found]
    assert len({(c.co_code, repr(c.co_consts), c.co_names) for c in codes}) == len(codes) > 20


def test_mutant_is_the_function_with_the_mistake_wherever_it_is_held():
    function = functions_of(BACKWARD.format("g * (1 - y)"))["backward"]
    held = [function]
    (mutant,) = [m for m in mutants_of([Root(read_source(function))]) if m.change.new == "return g * (1 + y)"]
    with planted(function, mutant.code()):
        assert held[0](1.0, 0.0) == 1.0
        assert held[0](1.0, 1.0) == 1 + np.tanh(1.0)
    assert held[0](1.0, 1.0) == 1 - np.tanh(1.0)


CLOSURE = """
def around(scale):
    def backward(g):
        return scale * g
    return backward

class Layer:
    def __secret(self):
        return 3.0
    def backward(self, g):
        return self.__secret() * g
"""


def test_mutant_keeps_the_variables_around_it_even_if_it_reads_them_no_more():
    function = functions_of(CLOSURE)["around"](2.0)
    (mutant,) = [m for m in mutants_of([Root(read_source(function))]) if m.change.new == "return g"]
    with planted(function, mutant.code()):
        assert function(5.0) == 5.0


def test_mutant_of_a_method_knows_the_private_names_of_its_class():
    kind = functions_of(CLOSURE)["Layer"]
    found = mutants_of([Root(read_source(kind.backward))])
    (mutant,) = [m for m in found if m.change.new == "return 2 * (self.__secret() * g)"]
    with planted(kind.backward, mutant.code()):
        assert kind().backward(1.0) == 6.0


VJP = """
def vjp(x):
    y = np.tanh(x)
    other = 3 * x
    mask = x > 0
    def pullback(g):
        return g * mask
    return y + other, pullback
"""


def test_only_what_the_pullback_depends_on_is_mutated():
    lines = {mutant.change.line for mutant in mutants(VJP, "vjp", returns_value=True)}
    assert lines == {4, 6}


def test_what_is_forward_s_too_is_left_alone():
    text = VJP.replace("g * mask", "g * mask * y")
    assert 2 in {m.change.line for m in mutants(text, "vjp", returns_value=True)}
    assert 2 not in {m.change.line for m in mutants(text, "vjp", returns_value=True, is_forward=True)}


def test_statement_that_reaches_beyond_the_process_is_left_alone():
    text = BACKWARD.replace("return {}", "open('log', 'a').write(str(1 + 1))\n    return g")
    assert 3 not in {mutant.change.line for mutant in mutants(text)}


def test_types_and_guards_are_left_alone():
    text = """
def backward(g: list[1], x):
    if g.ndim != 2:
        raise ValueError(f"{1 + g.ndim} axes")
    return g
"""
    found = mutants(text)
    assert {m.change.line for m in found} <= {2, 4}
    assert not any("False" in m.change.new for m in found)


def test_probed_function_computes_the_same_and_notes_its_statements():
    function = functions_of(
        "def f(x):\n    if x > 0:\n        y = 2\n    else:\n        y = 3\n    return y"
    )["f"]
    with notes() as ran, planted(function, probe(read_source(function))):
        assert function(1) == 2
        assert {line for _, line in ran} == {2, 3, 6}
        assert function(-1) == 3
    assert {line for _, line in ran} == {2, 3, 5, 6}


def test_probed_lambda_notes_itself():
    function = functions_of("f = lambda x: 2 * x")["f"]
    with notes() as ran, planted(function, probe(read_source(function))):
        assert function(4) == 8
    assert {line for _, line in ran} == {1}
