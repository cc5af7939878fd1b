"""No function of the package is called by both sides of a claim, and left sides know no formula."""

import ast
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest

import derivations
from derivations.article import definitions
from gradcheck import Claim
from tests.derivations.article.rulings import EVERY

HOME = str(Path(derivations.__file__).parent)
TESTABLE = [name for name, claim in EVERY.items() if claim.lhs is not None]


def called(side, inputs, options):
    """Return every function of the package that a side calls, itself left out."""
    seen = set()

    def watch(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(HOME):
            seen.add((code.co_filename, code.co_firstlineno, code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        side(*(a.copy() for a in inputs), **options)
    finally:
        sys.setprofile(before)
    own = side.__code__
    return seen - {(own.co_filename, own.co_firstlineno, own.co_qualname)}


def some_inputs(claim, size=2):
    """Return inputs whose every letter is `size`, and the first options that go with it."""
    options = {name: values[0] for name, values in claim.options.items()}
    known = {**dict.fromkeys(claim.letters, size), **options}
    if not claim.accepts(known):
        pytest.fail(f"{claim.id} has no inputs of size {size}")
    rng = np.random.default_rng(0)
    draw = rng.standard_normal if claim.numerical else lambda shape: rng.integers(1, 9, shape)
    return [draw(shape_of(shape, known)) for shape in claim.shapes.values()], options


def shape_of(text, known):
    return tuple(int(eval(axis, {}, known)) for axis in text.split())  # the shape language is Python's


def both(claim):
    inputs, options = some_inputs(claim)
    return called(claim.lhs, inputs, options), called(claim.rhs, inputs, options)


@pytest.mark.parametrize("name", TESTABLE)
def test_no_function_is_called_by_both_sides(name):
    left, right = both(EVERY[name])
    assert left & right == set()


@pytest.mark.parametrize("name", [n for n in TESTABLE if n != "E1 supplied"])
def test_a_left_side_calls_definitions_and_nothing_else_of_the_package(name):
    claim = EVERY[name]
    allowed = {definitions.__file__, inspect.getfile(claim.lhs)}
    assert {file for file, *_ in both(claim)[0]} <= allowed


def test_the_definitions_import_no_code_of_the_package():
    tree = ast.parse(Path(definitions.__file__).read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert {name for name in imported if name.startswith(("derivations", "gradcheck"))} == {
        "derivations.types"
    }


def test_a_claim_that_asks_a_function_about_itself_would_be_noticed():
    star = definitions.star
    cheat = Claim("cheat", "", lambda W, X: star(W, X), lambda W, X: 1 * star(W, X), {"W": "h h", "X": "h h"})
    left, right = both(cheat)
    assert {name for *_, name in left & right} >= {"star"}
