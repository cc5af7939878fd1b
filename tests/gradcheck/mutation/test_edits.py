"""An edited function is the function with one change, and the change is told as the file has it."""

import ast

import numpy as np
import pytest

from gradcheck.mutation import Editor
from tests.gradcheck.mutation.files import functions_of

X = np.array([0.5, -1.5, 2.0])
G = np.array([1.0, 2.0, -3.0])
CENTRED = """
def backward(g, x):
    # the mean is subtracted
    c = x - x.mean()  # of all
    y = {}
    return g * y
"""


def editor_of(text, name="backward", **others):
    return Editor.of(functions_of(text, **others)[name])


def is_told(text, line, new, **others):
    """Return whether some edit makes this of a line."""
    edits = editor_of(text, **others).edits()
    return any((edit.change.line, edit.change.new) == (line, new) for edit in edits)


@pytest.mark.parametrize(
    ("stands", "edited"),
    [
        ("c * 2", "c"),
        ("c * 2", "-(c * 2)"),
        ("c * 2", "c / 2"),
        ("c * 2", "c * 1"),
        ("c", "x"),
        ("c", "c**2"),
        ("c", "c * x"),
        ("c", "c / 3"),
        ("c", "c - x"),
        ("c", "c * (x > 0)"),
        ("c", "c.T"),
        ("c", "c.conj()"),
        ("c", "c[::-1]"),
        ("c", "c.sum(axis=0, keepdims=True)"),
        ("c", "1 - c"),
        ("np.exp(c)", "c"),
        ("np.exp(c)", "np.log(c)"),
        ("np.where(c > 0, c, x)", "np.where(c >= 0, c, x)"),
        ("np.where(c > 0, c, x)", "np.where(c > 0, x, c)"),
        ("c[1:]", "c[:]"),
        ("c[1:]", "c[1:-1]"),
        ("c[1:]", "c[2:]"),
        ("c.sum(axis=0)", "c.mean(axis=0)"),
        ("c.sum(axis=0)", "c.sum()"),
        ("c.sum(axis=0)", "c.sum(axis=1)"),
        ("c / len(c)", "c / (len(c) - 1)"),
        ("np.einsum('ij,jk->ik', c, x)", "np.einsum('ji,jk->ik', c, x)"),
        ("c if len(x) else x", "x if len(x) else c"),
        ("np.roll(c * x, 1)", "np.roll(c, 1) * x"),
        ("np.roll(c, 1) * x", "np.roll(c * x, 1)"),
        ("c * x", "(c * x) - x * (c * x).sum(axis=-1, keepdims=True)"),
    ],
)
def test_edit_is_among_them_and_told_on_its_line(stands, edited):
    assert is_told(CENTRED.format(stands), 4, f"y = {edited}")


@pytest.mark.parametrize(
    ("stands", "edited"),
    [
        ("y += c", "y = c"),
        ("y += c", "y -= c"),
        ("y[x > 0] += c", "np.add.at(y, x > 0, c)"),
        ("np.add.at(y, [0, 1], c)", "y[[0, 1]] += c"),
        ("y += c", ""),
        ("y = c", "y += c"),
    ],
)
def test_statement_is_edited(stands, edited):
    text = f"def backward(g, x):\n    y, c = x, g\n    {stands}\n    return y\n"
    assert is_told(text, 3, edited)


@pytest.mark.parametrize(
    ("stands", "edited"),
    [
        ("return g * x * (1 - x)", "return g * c * (1 - c)"),
        ("y = c.sum(axis=0) + g.sum(axis=0)", "y = c.sum(axis=1) + g.sum(axis=1)"),
        (
            "y = c.sum(axis=0) + g.sum(axis=0)",
            "y = c.sum(axis=1, keepdims=True) + g.sum(axis=1, keepdims=True)",
        ),
    ],
)
def test_what_stands_in_one_statement_several_times_is_edited_in_all_places(stands, edited):
    text = f"def backward(g, x):\n    c = x * 2\n    {stands}\n    return y\n"
    assert is_told(text, 3, edited)


def test_name_that_stands_in_a_lambda_several_times_is_edited_in_all_places():
    found = Editor.of(functions_of("f = lambda g, x, y: g * x * (1 - x)\n")["f"]).edits()
    assert "lambda g, x, y: g * y * (1 - y)" in {each.change.new for each in found}


def test_returned_parts_change_places():
    assert is_told("def backward(g, x):\n    return g, x\n", 2, "return x, g")


def test_edits_are_told_as_they_are_made():
    text = CENTRED.format("(c + x) * np.exp(-c) / (1 + c)**2")
    for edit in list(editor_of(text).edits())[::17]:
        change = edit.change
        lines = text.strip("\n").splitlines()
        lines[change.line - 1] = lines[change.line - 1].replace(change.old, change.new or "pass")
        edit.site.put(edit.node)
        made = ast.unparse(edit.source.node)
        edit.site.put(edit.site.node)
        assert ast.unparse(ast.parse("\n".join(lines)).body[0]) == made


def test_edited_function_computes_what_its_text_says():
    edits = editor_of(CENTRED.format("c * 2")).edits()
    edit = next(each for each in edits if each.change.new == "y = c")
    assert np.array_equal(edit.make()(G, X), G * (X - X.mean()))


def test_unedited_function_is_the_function():
    functions = functions_of(CENTRED.format("c * 2"))
    editor = Editor.of(functions["backward"])
    assert np.array_equal(editor.unedited()(G, X), functions["backward"](G, X))


def test_closure_of_a_vjp_is_made_again_with_its_surroundings():
    text = """
    def layer(scale):
        def vjp(x, power=2):
            def pullback(g):
                return g * scale * x
            return x * scale, pullback
        return vjp
    """
    vjp = functions_of(text)["layer"](3.0)
    edit = next(e for e in Editor.of(vjp).edits() if e.change.new == "return g * scale / x")
    assert edit.change.line == 4
    assert np.array_equal(edit.make()(X)[1](G), G * 3.0 / X)


def test_decorated_function_has_its_own_lines():
    text = """
    def as_it_is(function):
        return function

    @as_it_is
    def backward(g, x):
        return g * x
    """
    assert is_told(text, 6, "return g")


def test_lambda_is_told_without_what_stands_around_it():
    text = "pair = (lambda x: x**2, lambda g, x: g * x * 3)\n"
    found = Editor.of(functions_of(text)["pair"][1]).edits()
    change = next(e.change for e in found if e.change.new == "lambda g, x: g * x * 2")
    assert (change.line, change.old) == (1, "lambda g, x: g * x * 3")


def test_lines_of_one_statement_are_told_as_they_stand():
    text = """
    def backward(g, x):
        y = (
            np.exp(x)
            * (g + x)
        )
        return y
    """
    assert is_told(text, 4, "* (g - x)")


def test_text_beyond_ascii_does_not_shift_what_is_told():
    text = 'def backward(g, x):\n    ȳ = g  # ȳ is the cotangent\n    return "ü" and ȳ * x\n'
    assert is_told(text, 3, 'return "ü" and ȳ / x')


def test_expressions_of_other_functions_are_at_hand():
    functions = functions_of("""
    def forward(x):
        return np.sqrt(x * x + 1.0)

    def backward(g, x):
        return g * x
    """)
    edits = Editor.of(functions["backward"], [functions["forward"]]).edits()
    assert "return g * x / np.sqrt(x * x + 1.0)" in {edit.change.new for edit in edits}


def test_numpy_is_called_by_the_file_s_name_for_it():
    text = "def backward(g, x):\n    return g * x\n"
    assert is_told(text, 2, "return numpy.sqrt(g) * x", np=None, numpy=np)


def test_function_not_in_a_file_has_no_line():
    functions = functions_of("def backward(g, x):\n    return g * x\n", file="<stdin>")
    assert {edit.change.line for edit in Editor.of(functions["backward"]).edits()} == {0}


def test_what_can_change_the_wrong_part_alone_comes_first():
    text = """
    def backward(g, x, w):
        p = g * w
        q = g * x
        return p, q
    """
    edits = list(editor_of(text).edits({1}, 2))
    assert {edit.change.line for edit in edits[:40]} == {3, 4}


def test_pullback_s_parts_are_not_taken_for_the_pair_around_it():
    text = """
    def vjp(x, w):
        def pullback(g):
            p = g * w
            q = g * x
            return p, q
        return x * w, pullback
    """
    edits = list(editor_of(text, "vjp").edits({0}, 2, is_inner=True))
    assert edits[0].change.old == "p = g * w"


def test_global_array_is_never_changed_by_an_edit():
    table = np.ones(3)
    text = "def backward(g, x):\n    y = TABLE.copy()\n    y *= g\n    return y\n"
    functions = functions_of(text, TABLE=table)
    for edit in Editor.of(functions["backward"]).edits():
        function = edit.make()
        with np.errstate(all="ignore"):
            try:
                function(G.copy(), X.copy())
            except Exception:
                continue
    assert np.array_equal(table, np.ones(3))


def test_loop_that_an_edit_makes_endless_ends():
    text = """
    def backward(g, x):
        seen, others = [0.0], []
        for value in seen:
            others.append(value)
        return g * len(others)
    """
    edit = next(e for e in editor_of(text).edits() if e.change.new == "seen.append(value)")
    with pytest.raises(RuntimeError, match="no end"):
        edit.make()(G, X)


def test_array_that_an_edit_leaves_unfilled_holds_no_value():
    """What was computed before may lie in its memory, and look right by chance."""
    text = """
    def backward(g, x):
        y = np.empty_like(x)
        y[:] = g * x
        return y
    """
    edits = list(editor_of(text).edits())
    left_out = next(e for e in edits if e.change.old == "y[:] = g * x" and not e.change.new)
    assert np.all(np.isnan(left_out.make()(G, X)))
    assert np.array_equal(editor_of(text).unedited()(G, X), G * X)
