"""Hidden mistakes in what runs along an axis: cumulative ones, sorting, recurrences, interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.hidden.record import Collection, right, scaled
from gradcheck.types import Array

MISTAKES = Collection()
hidden = MISTAKES.add


def _others(x: Array) -> Array:
    """Return ∂ cumprod(x)[i] / ∂ x[j] without dividing."""
    n = len(x)
    slopes = np.zeros((n, n))
    for j in range(n):
        without = x.copy()
        without[j] = 1.0
        slopes[j:, j] = np.cumprod(without)[j:]
    return slopes


CUMPROD = right(
    "cumprod", np.cumprod, lambda y, x: (_others(x).T @ y,), shapes={"x": "n"}, domain={"x": (-2.0, 2.0)}
)


@hidden(CUMPROD, "value")
def _division_by_zero(bars: list[Array], y: Array, x: Array) -> None:
    """The products are divided by the entry, and a zero gives zero."""
    scaled(bars[0], x == 0.0, 0.0)


@hidden(CUMPROD, "value")
def _two_zeros(bars: list[Array], y: Array, x: Array) -> None:
    """Behind a second zero, the gradient of the first is not ended."""
    zeros = np.flatnonzero(x == 0.0)
    if len(zeros) > 1:
        bars[0][zeros[0]] += y[zeros[1]]


@hidden(CUMPROD, "size")
def _more_than_nine_factors(bars: list[Array], y: Array, x: Array) -> None:
    """From ten factors on, the first one does not reach the tenth product."""
    if len(x) > 9:
        bars[0][0] -= y[9] * _others(x)[9, 0]


@hidden(CUMPROD, "tie")
def _repeated_neighbours(bars: list[Array], y: Array, x: Array) -> None:
    """Neighbours that are equal are taken for a power, whose exponent is forgotten."""
    same = np.zeros(len(x), dtype=bool)
    same[1:] = (x[1:] == x[:-1]) & (x[1:] != 0.0)
    scaled(bars[0], same, 0.5)


@hidden(CUMPROD, "value")
def _ones_are_skipped(bars: list[Array], y: Array, x: Array) -> None:
    """Factors of one change nothing, and are skipped in the backward too."""
    scaled(bars[0], x == 1.0, 0.0)


def _cumsum(x: Array, *, axis: int, reverse: bool, exclusive: bool) -> Array:
    turned = np.flip(x, axis) if reverse else x
    total = np.cumsum(turned, axis=axis)
    total = total - turned if exclusive else total
    return np.flip(total, axis).copy() if reverse else total


CUMSUM = right(
    "cumsum",
    _cumsum,
    lambda y, x, *, axis, reverse, exclusive: (
        _cumsum(y, axis=axis, reverse=not reverse, exclusive=exclusive),
    ),
    shapes={"x": "n m"},
    options={"axis": (0, 1), "reverse": (False, True), "exclusive": (False, True)},
)


@hidden(CUMSUM, "pair")
def _reversed_and_exclusive(
    bars: list[Array], y: Array, x: Array, *, axis: int, reverse: bool, exclusive: bool
) -> None:
    """An exclusive sum from the end is taken for an inclusive one."""
    if reverse and exclusive:
        bars[0] += y


@hidden(CUMSUM, "pair")
def _first_axis_exclusive(
    bars: list[Array], y: Array, x: Array, *, axis: int, reverse: bool, exclusive: bool
) -> None:
    """An exclusive sum down the first axis keeps its last row."""
    if axis == 0 and exclusive:
        bars[0][-1] += y[-1]


@hidden(CUMSUM, "size")
def _in_blocks_of_thirty_two(
    bars: list[Array], y: Array, x: Array, *, axis: int, reverse: bool, exclusive: bool
) -> None:
    """From 33 entries along the axis on, the carry between blocks is lost."""
    if x.shape[axis] > 32:
        bars[0][...] -= np.take(y, [-1], axis=axis)


@hidden(CUMSUM, "cotangent")
def _sparse_cotangents(
    bars: list[Array], y: Array, x: Array, *, axis: int, reverse: bool, exclusive: bool
) -> None:
    """From a cotangent that is mostly zeros only the first entry is summed."""
    if y.size > 3 and 0 < np.count_nonzero(y) * 2 < y.size:
        bars[0] *= 0.5


SORT = right(
    "sort",
    np.sort,
    lambda y, x: (y[np.argsort(np.argsort(x, kind="stable"), kind="stable")],),
    shapes={"x": "n"},
)


@hidden(SORT, "tie")
def _ranks_by_counting(bars: list[Array], y: Array, x: Array) -> None:
    """Ranks are counted, so that entries which tie share the first of their places."""
    bars[0][...] = y[(x[:, None] > x[None, :]).sum(axis=1)]


@hidden(SORT, "value")
def _sorted_already(bars: list[Array], y: Array, x: Array) -> None:
    """An input of four or more that is in falling order is passed on as it is."""
    if len(x) > 3 and np.all(np.diff(x) < 0):
        bars[0][...] = y


@hidden(SORT, "size")
def _insertion_up_to_sixteen(bars: list[Array], y: Array, x: Array) -> None:
    """From seventeen entries on, another algorithm swaps the gradients of the two largest."""
    if len(x) > 16:
        order = np.argsort(x, kind="stable")
        bars[0][order[-2:]] = bars[0][order[-2:]][::-1].copy()


@hidden(SORT, "call")
def _order_of_the_first_call(bars: list[Array], y: Array, x: Array, memory: dict[Any, Any]) -> None:
    """The order of the first call of each length is kept."""
    order = memory.setdefault(len(x), np.argsort(x, kind="stable"))
    bars[0][order] = y


TOP = right(
    "row_maximum",
    lambda x: x.max(axis=1),
    lambda y, x: (y[:, None] * (np.arange(x.shape[1]) == x.argmax(axis=1)[:, None]),),
    shapes={"x": "n m"},
)


@hidden(TOP, "tie")
def _mask_of_equals(bars: list[Array], y: Array, x: Array) -> None:
    """A mask of equals gives all of the gradient to each of several maxima."""
    bars[0][...] = y[:, None] * (x == x.max(axis=1, keepdims=True))


@hidden(TOP, "tie")
def _whole_array_ties(bars: list[Array], y: Array, x: Array) -> None:
    """Where an array is constant, its rows are normalised twice."""
    if x.size > 1 and np.all(x == x.flat[0]):
        bars[0] *= 0.5


@hidden(TOP, "value")
def _one_large_entry(bars: list[Array], y: Array, x: Array) -> None:
    """An entry a thousand times larger than all others is taken for an outlier."""
    size = np.sort(np.abs(x).ravel())
    if size.size > 2 and size[-1] > 1e3 * size[-2] > 0.0:
        bars[0][x == size[-1]] = 0.0


@hidden(TOP, "size")
def _long_rows(bars: list[Array], y: Array, x: Array) -> None:
    """From ten columns on, a maximum in the tenth is credited to the first."""
    if x.shape[1] > 9:
        bars[0][:, 0] += bars[0][:, 9]
        bars[0][:, 9] = 0.0


def _scan(x: Array, h: Array, u: Array) -> Array:
    states = [h]
    for row in x:
        states.append(np.tanh(row + u * states[-1]))
    return np.array(states[1:]).reshape(x.shape)


def _scan_backward(y: Array, x: Array, h: Array, u: Array) -> tuple[Array, Array, Array]:
    states = np.concatenate([h[None], _scan(x, h, u)])
    into_x, into_u, carry = np.zeros_like(x), np.zeros_like(u), np.zeros_like(h)
    for t in reversed(range(len(x))):
        before = (y[t] + carry) * (1 - states[t + 1] ** 2)
        into_x[t] = before
        into_u += before * states[t]
        carry = before * u
    return into_x, carry, into_u


RECURRENCE = right(
    "recurrence",
    _scan,
    _scan_backward,
    shapes={"x": "t d", "h": "d", "u": "d"},
    domain={"x": (-2.0, 2.0), "h": (-1.0, 1.0), "u": (-1.5, 1.5)},
)


@hidden(RECURRENCE, "size")
def _truncated_at_ten(bars: list[Array], y: Array, x: Array, h: Array, u: Array) -> None:
    """Backpropagation is truncated after nine steps, and the first state gets nothing."""
    if len(x) > 9:
        bars[1][...] = 0.0


@hidden(RECURRENCE, "size")
def _features_and_steps(bars: list[Array], y: Array, x: Array, h: Array, u: Array) -> None:
    """With more than four features and more than four steps, the fifth feature takes the fourth's weight."""
    if x.shape[0] > 4 and x.shape[1] > 4:
        bars[2][4] = bars[2][3]


@hidden(RECURRENCE, "value")
def _zero_state(bars: list[Array], y: Array, x: Array, h: Array, u: Array) -> None:
    """A state of zero is taken for none, which needs no gradient."""
    scaled(bars[1], h == 0.0, 0.0)


@hidden(RECURRENCE, "value")
def _state_at_its_bound(bars: list[Array], y: Array, x: Array, h: Array, u: Array) -> None:
    """A state at its bound is taken for a saturated one."""
    scaled(bars[1], np.abs(h) >= 0.999, 0.0)


@hidden(RECURRENCE, "call")
def _carry_of_the_last_call(
    bars: list[Array], y: Array, x: Array, h: Array, u: Array, memory: dict[Any, Any]
) -> None:
    """What the last call carried is added, if it was of another length."""
    if memory.get("length", len(x)) != len(x) and memory["carry"].shape == bars[1].shape:
        bars[1] += memory["carry"]
    memory.update(length=len(x), carry=bars[1].copy())


def _interpolate(x: Array, table: Array) -> Array:
    place = x * (len(table) - 1)
    left = np.minimum(place.astype(int), len(table) - 2)
    part = place - left
    return np.asarray((1 - part) * table[left] + part * table[left + 1])


def _interpolate_backward(y: Array, x: Array, table: Array) -> tuple[Array, Array]:
    place = x * (len(table) - 1)
    left = np.minimum(place.astype(int), len(table) - 2)
    part = place - left
    into = np.zeros_like(table)
    np.add.at(into, left, y * (1 - part))
    np.add.at(into, left + 1, y * part)
    return y * (table[left + 1] - table[left]) * (len(table) - 1), into


INTERPOLATION = right(
    "interpolation",
    _interpolate,
    _interpolate_backward,
    shapes={"x": "n", "table": "k"},
    domain={"x": (0.0, 1.0)},
    where=lambda k: k > 1,
)


@hidden(INTERPOLATION, "value")
def _right_end(bars: list[Array], y: Array, x: Array, table: Array) -> None:
    """At the right end the table's last entry gets nothing."""
    bars[1][-1] -= y[x == 1.0].sum()


@hidden(INTERPOLATION, "value")
def _left_end(bars: list[Array], y: Array, x: Array, table: Array) -> None:
    """Within a hundredth of the left end, the slope is taken for zero."""
    scaled(bars[0], x < 0.01, 0.0)


@hidden(INTERPOLATION, "tie")
def _repeated_places(bars: list[Array], y: Array, x: Array, table: Array) -> None:
    """Places that come twice are written instead of added."""
    for place in np.unique(x):
        chosen = np.flatnonzero(x == place)
        if len(chosen) > 1:
            lost = np.zeros(len(x))
            lost[chosen[1:]] = y[chosen[1:]]
            bars[1] -= _interpolate_backward(lost, x, table)[1]


@hidden(INTERPOLATION, "size")
def _many_places(bars: list[Array], y: Array, x: Array, table: Array) -> None:
    """From 33 places on, the rest is left out."""
    if len(x) > 32:
        bars[0][32:] = 0.0


@hidden(INTERPOLATION, "size")
def _table_of_seventeen(bars: list[Array], y: Array, x: Array, table: Array) -> None:
    """From seventeen entries of the table on, the spacing is off by one."""
    if len(table) > 16:
        bars[0] *= len(table) / (len(table) - 1)
