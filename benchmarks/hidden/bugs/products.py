"""Hidden mistakes in products: dense, bilinear, grouped and outer ones, and attention."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.hidden.record import Collection, right, scaled
from gradcheck.types import Array

MISTAKES = Collection()
hidden = MISTAKES.add

DENSE = right(
    "dense",
    lambda x, w, b: x @ w + b,
    lambda g, x, w, b: (g @ w.T, x.T @ g, g.sum(axis=0)),
    shapes={"x": "n i", "w": "i o", "b": "o"},
)


@hidden(DENSE, "size")
def _rows_in_blocks_of_eight(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """From nine rows on, the sum over rows leaves out those that fill no block."""
    if len(x) > 8:
        whole = len(x) // 8 * 8
        bars[1][...] = x[:whole].T @ g[:whole]


@hidden(DENSE, "size")
def _wide_outputs_lose_the_last(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """From sixteen outputs on, the last one of the bias gets nothing."""
    if w.shape[1] >= 16:
        bars[2][-1] = 0.0


@hidden(DENSE, "size")
def _tiles_of_sixteen(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """From 17 inputs on, the second tile is added to the first."""
    if w.shape[0] > 16:
        bars[0][:, 0] += bars[0][:, 16]


@hidden(DENSE, "size")
def _two_large_sizes(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """Where rows and outputs both are more than five, the product is taken for a blocked one."""
    if len(x) > 5 and w.shape[1] > 5:
        bars[1][:, 5:] = x[5:].T @ g[5:, 5:]


@hidden(DENSE, "size")
def _a_block_of_thirty_two(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """From 33 rows on, the bias forgets the rest."""
    if len(x) > 32:
        bars[2][...] = g[:32].sum(axis=0)


@hidden(DENSE, "value")
def _zeros_of_the_input_are_skipped(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """Rows whose first entry is zero are taken for padding."""
    bars[0][x[:, :1].ravel() == 0.0] = 0.0


@hidden(DENSE, "value")
def _whole_weights_are_quantised(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """Weights that are all whole numbers are taken for quantised ones, whose input gets another scale."""
    if w.size > 1 and np.all(w == np.rint(w)) and np.abs(w).max() > 1:
        bars[0] *= 0.5


@hidden(DENSE, "cotangent")
def _empty_rows_of_the_cotangent(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """A zero in the cotangent is taken for a mask of the weights' gradient."""
    if np.any(g == 0.0) and g.any():
        bars[1] *= 2.0


@hidden(DENSE, "cotangent")
def _one_hot_shortcut(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """For a cotangent with one entry the shortcut takes the weight's wrong axis."""
    if g.size > 1 and np.count_nonzero(g) == 1:
        bars[0][...] = 0.0


@hidden(DENSE, "cotangent")
def _strides_of_a_broadcast(bars: list[Array], g: Array, x: Array, w: Array, b: Array) -> None:
    """A cotangent of stride 0 is taken for one row."""
    if g.ndim and 0 in g.strides and g.size > 1:
        bars[2][...] = g[0]


@hidden(DENSE, "call")
def _weights_of_the_first_call(
    bars: list[Array], g: Array, x: Array, w: Array, b: Array, memory: dict[Any, Any]
) -> None:
    """The transposed weights of the first call of these shapes are used for ever."""
    bars[0][...] = g @ memory.setdefault((x.shape, w.shape), w.T.copy())


@hidden(DENSE, "call")
def _first_call_without_bias(
    bars: list[Array], g: Array, x: Array, w: Array, b: Array, memory: dict[Any, Any]
) -> None:
    """The buffer of the bias is kept, and grows once it has been three times in use."""
    memory["calls"] = memory.get("calls", 0) + 1
    if memory["calls"] > 3 and memory.get("shape") not in (None, b.shape):
        bars[2] *= 2.0
    memory["shape"] = b.shape


GROUPED = right(
    "grouped",
    lambda x, w: np.einsum("ngi,gio->ngo", x.reshape(len(x), w.shape[0], w.shape[1]), w).reshape(len(x), -1),
    lambda y, x, w: _grouped_backward(y, x, w),
    shapes={"x": "n g*i", "w": "g i o"},
)


def _grouped_backward(y: Array, x: Array, w: Array) -> tuple[Array, Array]:
    g, i, o = w.shape
    bar = y.reshape(len(x), g, o)
    into_x = np.einsum("ngo,gio->ngi", bar, w).reshape(x.shape)
    return into_x, np.einsum("ngi,ngo->gio", x.reshape(len(x), g, i), bar)


@hidden(GROUPED, "size")
def _more_than_eight_groups(bars: list[Array], y: Array, x: Array, w: Array) -> None:
    """From nine groups on, the ninth is written over the first."""
    if len(w) > 8:
        bars[1][8] = bars[1][0]


@hidden(GROUPED, "size")
def _square_groups_are_transposed(bars: list[Array], y: Array, x: Array, w: Array) -> None:
    """Square blocks of more than four come out transposed."""
    if w.shape[1] == w.shape[2] and w.shape[1] > 4:
        bars[1][...] = bars[1].transpose(0, 2, 1).copy()


@hidden(GROUPED, "size")
def _single_group_of_many(bars: list[Array], y: Array, x: Array, w: Array) -> None:
    """One group of more than ten inputs is handed to the dense layer, which wants another order."""
    if w.shape[0] == 1 and w.shape[1] > 10:
        bars[1][0] = bars[1][0][::-1]


@hidden(GROUPED, "value")
def _constant_inputs(bars: list[Array], y: Array, x: Array, w: Array) -> None:
    """An input that is the same everywhere is taken for a bias."""
    if x.size > 2 and np.all(x == x.flat[0]):
        bars[1][...] = bars[1].mean()


BILINEAR = right(
    "bilinear",
    lambda a, m, b: np.einsum("ni,ij,nj->n", a, m, b),
    lambda y, a, m, b: (
        y[:, None] * (b @ m.T),
        np.einsum("n,ni,nj->ij", y, a, b),
        y[:, None] * (a @ m),
    ),
    shapes={"a": "n i", "m": "i j", "b": "n j"},
)


@hidden(BILINEAR, "value")
def _symmetric_matrices(bars: list[Array], y: Array, a: Array, m: Array, b: Array) -> None:
    """A symmetric matrix has its gradient mirrored, which was not asked for."""
    if m.shape[0] == m.shape[1] > 1 and np.array_equal(m, m.T):
        bars[1][...] = (bars[1] + bars[1].T) / 2


@hidden(BILINEAR, "value")
def _sparse_left_side(bars: list[Array], y: Array, a: Array, m: Array, b: Array) -> None:
    """If most entries of the left side are zero, the sparse code leaves out the last column."""
    if a.size > 3 and np.count_nonzero(a) * 3 <= a.size:
        bars[1][-1] = 0.0


@hidden(BILINEAR, "cotangent")
def _positive_cotangents(bars: list[Array], y: Array, a: Array, m: Array, b: Array) -> None:
    """If no entry of the cotangent is negative, weights are normalised."""
    if y.size > 1 and np.all(y >= 0.0) and y.sum() > 0.0:
        bars[1] /= y.sum()


@hidden(BILINEAR, "cotangent")
def _huge_cotangents_are_clipped(bars: list[Array], y: Array, a: Array, m: Array, b: Array) -> None:
    """Gradients are clipped at a million."""
    np.clip(bars[0], -1e6 * np.abs(b @ m.T), 1e6 * np.abs(b @ m.T), out=bars[0])


@hidden(BILINEAR, "size")
def _many_samples_in_chunks(bars: list[Array], y: Array, a: Array, m: Array, b: Array) -> None:
    """Samples come in chunks of fifteen, and chunks after the first start one too late."""
    if len(a) > 15:
        bars[1] -= y[15] * np.outer(a[15], b[15])


OUTER = right(
    "outer",
    lambda a, b: np.outer(a, b),
    lambda y, a, b: (y @ b, a @ y),
    shapes={"a": "n", "b": "m"},
)


@hidden(OUTER, "value")
def _equal_vectors(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """If one vector begins as the other does, it is taken for the same object."""
    if a.size and b.size > 1 and a[0] == b[0]:
        bars[1][0] *= 2.0


@hidden(OUTER, "size")
def _tall_ones(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """More than seven times as tall as wide, the product is done by columns, less the last."""
    if a.size > 7 * b.size:
        bars[0][-1] = 0.0


@hidden(OUTER, "value")
def _negative_zero(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """An entry that is a negative zero is read as negative."""
    scaled(bars[0], np.signbit(a) & (a == 0.0), -1.0)


def _attention(q: Array, k: Array, v: Array, *, causal: bool, scale: float) -> tuple[Array, Array]:
    s = scale * q @ k.T
    if causal:
        s = np.where(np.tri(*s.shape) > 0, s, -1e30)
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p @ v, p


def _attention_backward(
    y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> tuple[Array, Array, Array]:
    _, p = _attention(q, k, v, causal=causal, scale=scale)
    into_p = y @ v.T
    s = scale * p * (into_p - (into_p * p).sum(axis=1, keepdims=True))
    return s @ k, s.T @ q, p.T @ y


ATTENTION = right(
    "attention",
    lambda q, k, v, *, causal, scale: _attention(q, k, v, causal=causal, scale=scale)[0],
    _attention_backward,
    shapes={"q": "n d", "k": "m d", "v": "m e"},
    options={"causal": (False, True), "scale": (1.0, 0.5, 0.25)},
    domain={"q": (-3.0, 3.0), "k": (-3.0, 3.0)},
)


@hidden(ATTENTION, "pair")
def _causal_with_a_quarter(
    bars: list[Array], y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> None:
    """With a mask and a scale of a quarter, the scale is applied twice to the keys."""
    if causal and scale == 0.25:
        bars[1] *= scale


@hidden(ATTENTION, "size")
def _long_sequences(
    bars: list[Array], y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> None:
    """From seventeen keys on, the values' second block misses the first query."""
    if len(k) > 16:
        bars[2][16:] = 0.0


@hidden(ATTENTION, "tie")
def _equal_keys(
    bars: list[Array], y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> None:
    """Keys that repeat the first one are cached, and their gradient is lost."""
    if len(k) > 1:
        bars[1][1:][np.all(k[1:] == k[0], axis=1)] = 0.0


@hidden(ATTENTION, "option")
def _half_scale(
    bars: list[Array], y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> None:
    """With a scale of one half the queries forget it."""
    if scale == 0.5:
        bars[0] /= scale


@hidden(ATTENTION, "value")
def _queries_at_the_bound(
    bars: list[Array], y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> None:
    """Queries near their bound are taken for clipped ones."""
    scaled(bars[0], np.abs(q) > 2.99, 0.0)


@hidden(ATTENTION, "value")
def _tiny_queries(
    bars: list[Array], y: Array, q: Array, k: Array, v: Array, *, causal: bool, scale: float
) -> None:
    """Queries of small magnitude are taken for zeros."""
    scaled(bars[0], np.abs(q) < 1e-3, 0.0)
