"""Only functions that compute, and can do nothing else, may run edited."""

import numpy as np
import pytest

from gradcheck.mutation import Editor
from tests.gradcheck.mutation.files import functions_of

CLOSED = [
    "while g > 0:\n        g = g - 1",
    "with open('x') as f:\n        f.read()",
    "try:\n        g = g / x\n    except ValueError:\n        pass",
    "import os",
    "global seen\n    seen = g",
    "x.flags.writeable = False",
    "TABLE[0] = 1.0",
    "TABLE[0] += 1.0",
    "open('x', 'w')",
    "print(g)",
    "exec('1')",
    "getattr(x, 'sum')()",
    "np.save('x.npy', g)",
    "g.tofile('x')",
    "np.lib.stride_tricks.as_strided(g, (9,), (8,))",
    "REGISTER.note(g)",
    "REGISTER.get(g)",
    "count(g)",
    "table(g)",
    "x.__class__",
    "helper(g)",
    "yield g",
    "os.remove('x')",
    "f = np.save\n    f('x', g)",
    "np.vectorize(helper)(g)",
    "(lambda: g)()",
]
OPEN = [
    "for i in range(3):\n        g = g + x[i]",
    "y = [np.exp(v) for v in x]\n    y.append(g)",
    "y = np.zeros_like(x)\n    np.add.at(y, [0], g)",
    "g = np.linalg.inv(x) @ np.fft.fft(g).real",
    "g = double(g)",
    "def inner(v):\n        return v * x\n    g = inner(g)",
    "n = len(x) if x.ndim else max(1, 2)",
    "rng = np.random.default_rng(0)\n    g = g * rng.random()",
    "raise ValueError('no')",
]


def function_of(body):
    import os

    text = f"""
def double(v):
    return 2 * np.asarray(v)

def helper(v):
    while True:
        pass

def count(v):
    SEEN.append(v)

def table(v):
    return TABLE

def backward(g, x):
    {body}
    return g * x
"""
    return functions_of(text, TABLE=np.ones(3), REGISTER=object(), SEEN=[], os=os)["backward"]


@pytest.mark.parametrize("body", CLOSED)
def test_function_that_may_do_more_is_left_alone(body):
    assert Editor.of(function_of(body)) is None


@pytest.mark.parametrize("body", OPEN)
def test_function_that_computes_is_edited(body):
    assert Editor.of(function_of(body)) is not None


def test_function_that_draws_pictures_through_another_is_left_alone():
    functions = functions_of("""
    def deepest(v):
        return open(v)

    def deep(v):
        return deepest(v)

    def backward(g, x):
        return g * deep(x)
    """)
    assert Editor.of(functions["backward"]) is None


@pytest.mark.parametrize("function", [len, np.exp, str.upper, print, type("C", (), {"m": lambda s: 1})().m])
def test_what_is_no_plain_function_has_no_editor(function):
    assert Editor.of(function) is None


def test_function_without_a_source_has_no_editor():
    space = {}
    exec("def backward(g, x):\n    return g * x\n", space)
    assert Editor.of(space["backward"]) is None
