"""The article's 16 and 36 partial derivatives, by SymPy, beside the printed ones (C3, C5).

The literal definition of ⋆ is applied to symbols w₁₁ … w₃₃ and x₁₁ … x₂₂ and differentiated by computer
algebra: no differences of integers, and no formula of this package. ``python -m derivations.symbolic``
prints both tables and whatever the article prints otherwise.
"""

import sys
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from derivations.article.definitions import star
from derivations.article.printed import DY_DW, DY_DX, Partial, Place
from derivations.types import Array


class SymbolicUnavailable(ImportError):  # noqa: N818 -- it says what is the case, as the public errors do
    """SymPy, which differentiates symbols, is not installed."""


class Misprint(NamedTuple):
    """A printed equation that is false: what the derivative is, and the label under which it is true."""

    printed: str
    derivative: str
    corrected: str | None


class Table(NamedTuple):
    """All partial derivatives of Y in one operand, as text, row by row, and the printed ones that differ."""

    rows: tuple[tuple[str, ...], ...]
    misprints: tuple[Misprint, ...]


def partials_in_x() -> Table:
    """Return the 16 partials ∂y/∂x; source C3.

    Raises
    ------
    SymbolicUnavailable
        If SymPy is not installed; the sentence says how to get it.
    """
    W, X = _symbols("w", (3, 3)), _symbols("x", (2, 2))
    return _table(star(W, X), X, W, DY_DX, rows_by_output=True)


def partials_in_w() -> Table:
    """Return the 36 partials ∂y/∂w; source C5.

    Raises
    ------
    SymbolicUnavailable
        If SymPy is not installed; the sentence says how to get it.
    """
    W, X = _symbols("w", (3, 3)), _symbols("x", (2, 2))
    return _table(star(W, X), W, X, DY_DW, rows_by_output=False)


def main() -> int:
    """Print both tables and every misprint; return 0, or 2 without SymPy."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ∂ is no reason to stop
    try:
        tables = {"∂y/∂x": partials_in_x(), "∂y/∂w": partials_in_w()}
    except SymbolicUnavailable as missing:
        print(f"derivations.symbolic: {missing}", file=sys.stderr)
        return 2
    for name, (rows, misprints) in tables.items():
        count = sum(len(row) for row in rows)
        print(f"{count} partials {name}: {len(misprints)} misprinted in the article\n")
        print("\n".join("   ".join(f"{equation:<15}" for equation in row).rstrip() for row in rows))
        for printed, derivative, corrected in misprints:
            print(f"\n  printed {printed}, but it is {derivative}; true is {corrected}", end="")
        print("\n" if misprints else "")
    return 0


def _symbols(letter: str, shape: tuple[int, int]) -> Array:
    try:
        sympy: Any = import_module("sympy")
    except ImportError as missing:
        message = 'Symbols are differentiated by SymPy, which is missing: pip install "gradcheck[symbolic]".'
        raise SymbolicUnavailable(message) from missing
    names = [[f"{letter}{i + 1}{j + 1}" for j in range(shape[1])] for i in range(shape[0])]
    return np.array([[sympy.Symbol(name) for name in row] for row in names], dtype=object)


def _table(
    Y: Array, by: Array, values: Array, printed: tuple[Partial, ...], *, rows_by_output: bool
) -> Table:
    """Differentiate every entry of Y in every entry of `by`, one output or one input a row."""
    outputs, inputs = list(np.ndindex(Y.shape)), list(np.ndindex(by.shape))
    ordered = [[(o, i) for i in inputs] for o in outputs]
    if not rows_by_output:
        ordered = [[(o, i) for o in outputs] for i in inputs]
    rows = tuple(tuple(_equation(o, by[i], _slope(Y, o, by[i])) for o, i in row) for row in ordered)
    return Table(rows, tuple(_misprints(Y, by, values, printed)))


def _misprints(Y: Array, by: Array, values: Array, printed: tuple[Partial, ...]) -> list[Misprint]:
    found = []
    for of, place, value in printed:
        said, derivative = 0 if value is None else values[value], _slope(Y, of, by[place])
        if said != derivative:
            others = [x for x in by.flat if _slope(Y, of, x) == said]
            corrected = _equation(of, others[0], said) if len(others) == 1 else None
            found.append(Misprint(_equation(of, by[place], said), str(derivative), corrected))
    return found


def _slope(Y: Array, of: Place | tuple[int, ...], by: Any) -> Any:
    entry: Any = Y[of]
    return entry.diff(by)


def _equation(of: Place | tuple[int, ...], by: Any, value: Any) -> str:
    return f"∂y{of[0] + 1}{of[1] + 1}/∂{by} = {value}"


if __name__ == "__main__":
    raise SystemExit(main())
