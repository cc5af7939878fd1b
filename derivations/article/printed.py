"""The article's tables of partial derivatives, transcribed as they are printed, misprints included."""

from typing import NamedTuple

Place = tuple[int, int]


class Partial(NamedTuple):
    """One printed equation, ``∂y[of]/∂?[by] = ?[value]``; a value of None is a printed 0."""

    of: Place
    by: Place
    value: Place | None


_DY_DX = """
y11 x11 w11   y11 x12 w12   y11 x21 w21   y11 x12 w22
y12 x11 w12   y12 x12 w13   y12 x21 w22   y12 x12 w23
y21 x11 w21   y21 x12 w22   y21 x21 w31   y21 x12 w32
y22 x11 w22   y22 x12 w23   y22 x21 w32   y22 x12 w33
"""
# The last column of each row says x12 once more. These are the labels that it should have.
_DY_DX_CORRECTED = """
y11 x11 w11   y11 x12 w12   y11 x21 w21   y11 x22 w22
y12 x11 w12   y12 x12 w13   y12 x21 w22   y12 x22 w23
y21 x11 w21   y21 x12 w22   y21 x21 w31   y21 x22 w32
y22 x11 w22   y22 x12 w23   y22 x21 w32   y22 x22 w33
"""
_DY_DW = """
y11 w11 x11   y12 w11 0     y21 w11 0     y22 w11 0
y11 w12 x12   y12 w12 x11   y21 w12 0     y22 w12 0
y11 w13 0     y12 w13 x12   y21 w13 0     y22 w13 0
y11 w21 x21   y12 w21 0     y21 w21 x11   y22 w21 0
y11 w22 x22   y12 w22 x21   y21 w22 x12   y22 w22 x11
y11 w23 0     y12 w23 x22   y21 w23 0     y22 w23 x12
y11 w31 0     y12 w31 0     y21 w31 x21   y22 w31 0
y11 w32 0     y12 w32 0     y21 w32 x22   y22 w32 x21
y11 w33 0     y12 w33 0     y21 w33 0     y22 w33 x22
"""


def _place(symbol: str) -> Place:
    return int(symbol[1]) - 1, int(symbol[2]) - 1


def _partials(text: str) -> tuple[Partial, ...]:
    words = iter(text.split())
    return tuple(
        Partial(_place(of), _place(by), None if value == "0" else _place(value))
        for of, by, value in zip(words, words, words, strict=True)
    )


DY_DX = _partials(_DY_DX)
"""The 16 partials ∂y/∂x (C3)."""
DY_DX_CORRECTED = _partials(_DY_DX_CORRECTED)
DY_DW = _partials(_DY_DW)
"""The 36 partials ∂y/∂w (C5)."""
