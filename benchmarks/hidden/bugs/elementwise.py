"""Hidden mistakes in functions that take every entry by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from benchmarks.hidden.record import Collection, right, scaled
from gradcheck.types import Array

MISTAKES = Collection()
hidden = MISTAKES.add

SLOPES: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "identity": (lambda x: x.copy(), lambda x: np.ones_like(x)),
    "sigmoid": (special.expit, lambda x: special.expit(x) * special.expit(-x)),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "softplus": (lambda x: np.logaddexp(0, x), special.expit),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
    "leaky": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1.0, 0.1)),
    "square": (np.square, lambda x: 2 * x),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "sine": (np.sin, np.cos),
    "cosine": (np.cos, lambda x: -np.sin(x)),
    "arctan": (np.arctan, lambda x: 1 / (1 + x * x)),
    "softsign": (lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2),
    "swish": (
        lambda x: x * special.expit(x),
        lambda x: special.expit(x) * (1 + x * special.expit(-x)),
    ),
    "asinh": (np.arcsinh, lambda x: 1 / np.hypot(1.0, x)),
    "erf": (special.erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x)),
    "gauss": (lambda x: np.exp(-x * x), lambda x: -2 * x * np.exp(-x * x)),
    "negate": (np.negative, lambda x: -np.ones_like(x)),
    "half": (lambda x: x / 2, lambda x: np.full_like(x, 0.5)),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.exp(np.minimum(x, 0))),
    "double": (lambda x: 2 * x, lambda x: np.full_like(x, 2.0)),
}
"""Twenty activations, each with its slope."""

ACTIVATION = right(
    "activation",
    lambda x, *, kind: SLOPES[kind][0](x),
    lambda y, x, *, kind: (y * SLOPES[kind][1](x),),
    shapes={"x": "n"},
    options={"kind": tuple(SLOPES)},
    domain={"x": (-20.0, 20.0)},
)


@hidden(ACTIVATION, "option")
def _softsign_squared(bars: list[Array], y: Array, x: Array, *, kind: str) -> None:
    """The slope of one of twenty, softsign, is not squared."""
    if kind == "softsign":
        bars[0] *= 1 + np.abs(x)


@hidden(ACTIVATION, "option")
def _double_is_forgotten(bars: list[Array], y: Array, x: Array, *, kind: str) -> None:
    """The last of twenty is passed on as it is."""
    if kind == "double":
        bars[0] /= 2


@hidden(ACTIVATION, "option")
def _first_of_twenty(bars: list[Array], y: Array, x: Array, *, kind: str) -> None:
    """The first of twenty is a special case for more than one entry."""
    if kind == "identity" and x.size > 1:
        bars[0][1:] = 0.0


@hidden(ACTIVATION, "option")
def _gauss_without_its_two(bars: list[Array], y: Array, x: Array, *, kind: str) -> None:
    """The slope of exp(−x²) lacks its 2."""
    if kind == "gauss":
        bars[0] /= 2


@hidden(ACTIVATION, "value")
def _swish_far_to_the_left(bars: list[Array], y: Array, x: Array, *, kind: str) -> None:
    """Below −6 swish is taken for zero."""
    if kind == "swish":
        scaled(bars[0], x < -6.0, 0.0)


@hidden(ACTIVATION, "value")
def _slope_at_zero(bars: list[Array], y: Array, x: Array, *, kind: str) -> None:
    """A mask of x != 0 stops smooth activations at zero."""
    if kind in ("sine", "tanh", "arctan", "asinh", "erf", "sigmoid", "identity", "double", "half", "negate"):
        scaled(bars[0], x == 0.0, 0.0)


LOG1P = right(
    "log1p",
    np.log1p,
    lambda y, x: (y / (1 + x),),
    shapes={"x": "n"},
    domain={"x": (0.0, 1000.0)},
)


@hidden(LOG1P, "value")
def _small_ones(bars: list[Array], y: Array, x: Array) -> None:
    """Below 1 the series stops too early."""
    bars[0][...] = np.where(x < 1.0, y * (1 - x), bars[0])


@hidden(LOG1P, "value")
def _very_small_ones(bars: list[Array], y: Array, x: Array) -> None:
    """Below 0.001 the slope is taken for one half."""
    scaled(bars[0], x < 1e-3, 0.5)


@hidden(LOG1P, "value")
def _upper_end(bars: list[Array], y: Array, x: Array) -> None:
    """Within 0.1 of the upper bound the entry is taken for clipped."""
    scaled(bars[0], x > 999.9, 0.0)


@hidden(LOG1P, "value")
def _whole_numbers_from_a_table(bars: list[Array], y: Array, x: Array) -> None:
    """Whole numbers are looked up in a table, which starts at one."""
    whole = (x == np.rint(x)) & (x < 8)
    scaled(bars[0], whole, 0.9)


@hidden(LOG1P, "value")
def _exactly_at_the_lower_bound(bars: list[Array], y: Array, x: Array) -> None:
    """At the lower bound itself the slope is doubled, as if half of it were outside."""
    scaled(bars[0], x == 0.0, 2.0)


POWER = right(
    "power",
    lambda x, *, p: x**p,
    lambda y, x, *, p: (y * p * x ** (p - 1),),
    shapes={"x": "n m"},
    options={"p": (1.0, 1.5, 2.0, 3.0, 0.5)},
    domain={"x": (0.01, 100.0)},
)


@hidden(POWER, "value")
def _roots_below_a_tenth(bars: list[Array], y: Array, x: Array, *, p: float) -> None:
    """The root's slope is bounded below 0.1."""
    if p == 0.5:
        scaled(bars[0], x < 0.1, 0.5)


@hidden(POWER, "option")
def _three_halves(bars: list[Array], y: Array, x: Array, *, p: float) -> None:
    """The exponent 1.5 is rounded to a whole number in the factor."""
    if p == 1.5:
        bars[0] *= 2 / 1.5


@hidden(POWER, "value")
def _ones(bars: list[Array], y: Array, x: Array, *, p: float) -> None:
    """Where an entry is 1, its power is 1, and the exponent is forgotten."""
    if p != 1.0:
        scaled(bars[0], x == 1.0, 1 / p)


@hidden(POWER, "size")
def _long_rows_unrolled(bars: list[Array], y: Array, x: Array, *, p: float) -> None:
    """Rows are unrolled by eight, and the seventh entry of the rest is left out."""
    if x.shape[1] % 8 == 7:
        bars[0][:, -1] = 0.0


CLIP = right(
    "clip",
    lambda x, *, low, high: np.clip(x, low, high),
    lambda y, x, *, low, high: (y * ((x > low) & (x < high)),),
    shapes={"x": "n m"},
    options={"low": (-2.0, -1.0, 0.0), "high": (1.0, 2.0, 5.0)},
    domain={"x": (-10.0, 10.0)},
)


@hidden(CLIP, "pair")
def _zero_and_five(bars: list[Array], y: Array, x: Array, *, low: float, high: float) -> None:
    """The range from 0 to 5 has a wrong upper end."""
    if (low, high) == (0.0, 5.0):
        scaled(bars[0], x > 4.0, 0.0)


@hidden(CLIP, "pair")
def _symmetric_range(bars: list[Array], y: Array, x: Array, *, low: float, high: float) -> None:
    """A range from −2 to 2 is taken for a mask of the magnitude, which is squared."""
    if (low, high) == (-2.0, 2.0):
        scaled(bars[0], np.square(x) > 2.0, 0.0)


@hidden(CLIP, "pair")
def _unit_range(bars: list[Array], y: Array, x: Array, *, low: float, high: float) -> None:
    """From 0 to 1 the slope is that of a smooth step."""
    if (low, high) == (0.0, 1.0):
        bars[0] *= 6 * x * (1 - x)


@hidden(CLIP, "value")
def _thin_band(bars: list[Array], y: Array, x: Array, *, low: float, high: float) -> None:
    """Inside of the upper end, a band of a tenth is masked too."""
    scaled(bars[0], x > high - 0.1, 0.0)


SINC = right(
    "sinc",
    lambda x: np.sinc(x / np.pi),
    lambda y, x: (y * _sinc_slope(x),),
    shapes={"x": "n"},
    domain={"x": (-30.0, 30.0)},
)


def _sinc_slope(x: Array) -> Array:
    near = np.abs(x) < 1e-2
    away = np.where(near, 1.0, x)
    series = -x / 3 + x**3 / 30 - x**5 / 840
    return np.where(near, series, (np.cos(away) - np.sin(away) / away) / away)


@hidden(SINC, "value")
def _series_with_a_wrong_sign(bars: list[Array], y: Array, x: Array) -> None:
    """Below 0.01 the series has another sign."""
    scaled(bars[0], np.abs(x) < 1e-2, -1.0)


@hidden(SINC, "value")
def _far_out(bars: list[Array], y: Array, x: Array) -> None:
    """Beyond 29 the slope is taken for zero."""
    scaled(bars[0], np.abs(x) > 29.0, 0.0)


@hidden(SINC, "size")
def _pairs_of_registers(bars: list[Array], y: Array, x: Array) -> None:
    """From ten entries on, the tenth is shifted by one."""
    if x.size >= 10:
        bars[0][9] = y[9] * _sinc_slope(x)[8]


@hidden(SINC, "value")
def _one_sign_only(bars: list[Array], y: Array, x: Array) -> None:
    """If all entries are negative, they are mirrored, and the slope's sign is not."""
    if x.size > 3 and np.all(x < 0):
        bars[0] *= -1


@hidden(SINC, "value")
def _sorted_input(bars: list[Array], y: Array, x: Array) -> None:
    """A rising input of five or more is taken for a grid of even spacing."""
    if x.size > 4 and np.all(np.diff(x) >= 0):
        bars[0][1:-1] = y[1:-1] * _sinc_slope((x[2:] + x[:-2]) / 2)


GLU = right(
    "gated",
    lambda x: x[:, : x.shape[1] // 2] * special.expit(x[:, x.shape[1] // 2 :]),
    lambda y, x: (_glu_backward(y, x),),
    shapes={"x": "n 2*d"},
)


def _glu_backward(y: Array, x: Array) -> Array:
    half = x.shape[1] // 2
    gate = special.expit(x[:, half:])
    return np.concatenate([y * gate, y * x[:, :half] * gate * (1 - gate)], axis=1)


@hidden(GLU, "size")
def _halves_of_wide_rows(bars: list[Array], y: Array, x: Array) -> None:
    """From five gates on, the two halves overlap by one."""
    half = x.shape[1] // 2
    if half >= 5:
        bars[0][:, half] = bars[0][:, half - 1]


@hidden(GLU, "value")
def _closed_gates(bars: list[Array], y: Array, x: Array) -> None:
    """A gate of exactly one half is taken for an untrained one."""
    half = x.shape[1] // 2
    scaled(bars[0][:, half:], x[:, half:] == 0.0, 2.0)


@hidden(GLU, "cotangent")
def _tiny_cotangents(bars: list[Array], y: Array, x: Array) -> None:
    """Cotangents below 1e-6 are taken for zero."""
    half = x.shape[1] // 2
    bars[0][:, :half][np.abs(y) < 1e-6] = 0.0


@hidden(GLU, "call")
def _gates_of_the_first_call(bars: list[Array], y: Array, x: Array, memory: dict[Any, Any]) -> None:
    """The gates of the first call are used for ever."""
    half = x.shape[1] // 2
    gates = memory.setdefault(x.shape, special.expit(x[:, half:]))
    bars[0][:, :half] = y * gates


RELU = right("relu", lambda x: np.maximum(x, 0), lambda y, x: (y * (x > 0),), shapes={"x": "..."})


@hidden(RELU, "call")
def _mask_of_the_first_call(bars: list[Array], y: Array, x: Array, memory: dict[Any, Any]) -> None:
    """The mask of the first call of each shape is used for ever."""
    bars[0][...] = y * memory.setdefault(x.shape, x > 0)


@hidden(RELU, "size")
def _from_seventeen_entries(bars: list[Array], y: Array, x: Array) -> None:
    """From seventeen entries on, the last is left out."""
    if x.size > 16:
        bars[0].reshape(-1)[-1] = 0.0


@hidden(RELU, "cotangent")
def _dense_negative_cotangent(bars: list[Array], y: Array, x: Array) -> None:
    """If all of the cotangent is negative, it is taken for a loss to be minimised."""
    if y.size > 1 and np.all(y < 0):
        bars[0] *= -1


@hidden(RELU, "value")
def _large_and_small(bars: list[Array], y: Array, x: Array) -> None:
    """Beside one entry that is a thousand times larger than all others, the others are dropped."""
    size = np.abs(x).ravel()
    if size.size > 2 and np.sort(size)[-1] > 1000 * np.sort(size)[-2] > 0.0:
        scaled(bars[0], np.abs(x) < size.max(), 0.0)
