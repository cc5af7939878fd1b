"""SymPy's partial derivatives beside the article's: C3's four misprints, found by machine."""

import subprocess
import sys

import numpy as np
import pytest

from derivations import symbolic
from derivations.article import printed

MISPRINTS = [
    ("∂y11/∂x12 = w22", "w12", "∂y11/∂x22 = w22"),
    ("∂y12/∂x12 = w23", "w13", "∂y12/∂x22 = w23"),
    ("∂y21/∂x12 = w32", "w22", "∂y21/∂x22 = w32"),
    ("∂y22/∂x12 = w33", "w23", "∂y22/∂x22 = w33"),
]


@pytest.fixture
def sympy():
    return pytest.importorskip("sympy", reason='SymPy is missing: pip install "gradcheck[symbolic]"')


def test_four_of_the_sixteen_are_misprinted(sympy):
    table = symbolic.partials_in_x()
    assert [len(row) for row in table.rows] == [4] * 4
    assert [tuple(misprint) for misprint in table.misprints] == MISPRINTS


def test_none_of_the_thirty_six_is_misprinted(sympy):
    table = symbolic.partials_in_w()
    assert [len(row) for row in table.rows] == [4] * 9
    assert table.misprints == ()
    assert sum(equation.endswith("= 0") for row in table.rows for equation in row) == 20


def test_the_corrected_table_has_no_misprints(sympy, monkeypatch):
    monkeypatch.setattr(symbolic, "DY_DX", printed.DY_DX_CORRECTED)
    assert symbolic.partials_in_x().misprints == ()


def test_a_misprint_that_no_other_label_mends_has_no_correction(sympy, monkeypatch):
    nonsense = printed.Partial((0, 0), (0, 0), (2, 2))
    monkeypatch.setattr(symbolic, "DY_DX", (nonsense, *printed.DY_DX_CORRECTED[1:]))
    assert [tuple(m) for m in symbolic.partials_in_x().misprints] == [("∂y11/∂x11 = w33", "w11", None)]


def test_the_command_prints_both_tables_and_the_misprints(sympy):
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "derivations.symbolic"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "16 partials ∂y/∂x: 4 misprinted" in done.stdout
    assert "36 partials ∂y/∂w: 0 misprinted" in done.stdout
    for said, derivative, corrected in MISPRINTS:
        assert f"printed {said}, but it is {derivative}; true is {corrected}" in done.stdout


def test_without_sympy_the_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(symbolic.SymbolicUnavailable, match=r'pip install "gradcheck\[symbolic\]"'):
        symbolic.partials_in_w()
    assert symbolic.main() == 2
    assert 'pip install "gradcheck[symbolic]"' in capsys.readouterr().err


def test_integers_put_in_for_the_symbols_give_the_definition_back(sympy):
    W, X = symbolic._symbols("w", (3, 3)), symbolic._symbols("x", (2, 2))
    numbers = {symbol: k * k + 1 for k, symbol in enumerate([*W.flat, *X.flat])}
    put = np.vectorize(lambda entry: int(entry.subs(numbers)))
    np.testing.assert_array_equal(put(symbolic.star(W, X)), symbolic.star(put(W), put(X)))
