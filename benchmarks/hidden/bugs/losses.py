"""Hidden mistakes in losses and in what normalises: softmax, cross-entropy, layer norm, distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.hidden.record import Collection, right, scaled
from gradcheck.types import Array

MISTAKES = Collection()
hidden = MISTAKES.add


def _softmax(x: Array, *, axis: int, temperature: float) -> Array:
    e = np.exp((x - x.max(axis=axis, keepdims=True)) / temperature)
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def _softmax_backward(y: Array, x: Array, *, axis: int, temperature: float) -> tuple[Array]:
    p = _softmax(x, axis=axis, temperature=temperature)
    return (p * (y - (y * p).sum(axis=axis, keepdims=True)) / temperature,)


SOFTMAX = right(
    "softmax",
    _softmax,
    _softmax_backward,
    shapes={"x": "n k"},
    options={"axis": (0, 1), "temperature": (0.5, 1.0, 2.0, 5.0)},
    domain={"x": (-10.0, 10.0)},
)


@hidden(SOFTMAX, "pair")
def _columns_at_two(bars: list[Array], y: Array, x: Array, *, axis: int, temperature: float) -> None:
    """Down the columns, a temperature of 2 is applied twice."""
    if axis == 0 and temperature == 2.0:
        bars[0] /= 2


@hidden(SOFTMAX, "pair")
def _rows_at_five(bars: list[Array], y: Array, x: Array, *, axis: int, temperature: float) -> None:
    """Along the rows, a temperature of 5 is forgotten."""
    if axis == 1 and temperature == 5.0:
        bars[0] *= 5


@hidden(SOFTMAX, "tie")
def _equal_scores(bars: list[Array], y: Array, x: Array, *, axis: int, temperature: float) -> None:
    """Rows of two or more equal scores are taken for uniform ones without a gradient."""
    if axis == 1 and x.shape[1] > 1:
        bars[0][np.all(x == x[:, :1], axis=1)] = 0.0


@hidden(SOFTMAX, "size")
def _many_classes(bars: list[Array], y: Array, x: Array, *, axis: int, temperature: float) -> None:
    """From seventeen classes on, the inner sum misses the seventeenth."""
    if axis == 1 and x.shape[1] > 16:
        p = _softmax(x, axis=1, temperature=temperature)
        bars[0] += p * (y * p)[:, 16:17] / temperature


@hidden(SOFTMAX, "cotangent")
def _one_class_only(bars: list[Array], y: Array, x: Array, *, axis: int, temperature: float) -> None:
    """For a one-hot cotangent the shortcut p(1 − p) is put everywhere."""
    if y.size > 1 and np.count_nonzero(y) == 1:
        p = _softmax(x, axis=axis, temperature=temperature)
        bars[0][...] = y.sum() * p * (1 - p) / temperature


@hidden(SOFTMAX, "cotangent")
def _constant_cotangents(bars: list[Array], y: Array, x: Array, *, axis: int, temperature: float) -> None:
    """A constant cotangent should give zero, and gives the probabilities."""
    if y.size > 1 and np.all(y == y.flat[0]) and y.flat[0] != 0.0:
        bars[0] += _softmax(x, axis=axis, temperature=temperature)


def _cross_entropy(x: Array, t: Array, *, reduction: str, smoothing: float) -> Any:
    z = x - x.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    picked = log_p[np.arange(len(t)), t]
    each = -(1 - smoothing) * picked - smoothing * log_p.mean(axis=1)
    return {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]


def _cross_entropy_backward(
    y: Any, x: Array, t: Array, *, reduction: str, smoothing: float
) -> tuple[Array, None]:
    p = _softmax(x, axis=1, temperature=1.0)
    target = np.full_like(x, smoothing / x.shape[1])
    target[np.arange(len(t)), t] += 1 - smoothing
    weight = np.broadcast_to(np.asarray(y) / (len(t) if reduction == "mean" else 1), (len(t),))
    return weight[:, None] * (p - target), None


CROSS_ENTROPY = right(
    "cross_entropy",
    _cross_entropy,
    _cross_entropy_backward,
    shapes={"x": "n k", "t": "n"},
    options={"reduction": ("none", "sum", "mean"), "smoothing": (0.0, 0.1, 0.2)},
    domain={"x": (-10.0, 10.0), "t": (0, "k-1")},
    dtype={"t": "int64"},
    constants=("t",),
)


@hidden(CROSS_ENTROPY, "pair")
def _mean_of_smoothed(
    bars: list[Array], y: Any, x: Array, t: Array, *, reduction: str, smoothing: float
) -> None:
    """The mean of targets smoothed by 0.2 is a sum."""
    if reduction == "mean" and smoothing == 0.2:
        bars[0] *= len(t)


@hidden(CROSS_ENTROPY, "pair")
def _sum_without_smoothing(
    bars: list[Array], y: Any, x: Array, t: Array, *, reduction: str, smoothing: float
) -> None:
    """A sum of unsmoothed targets is divided by the number of classes."""
    if reduction == "sum" and smoothing == 0.0:
        bars[0] /= x.shape[1]


@hidden(CROSS_ENTROPY, "tie")
def _repeated_labels(
    bars: list[Array], y: Any, x: Array, t: Array, *, reduction: str, smoothing: float
) -> None:
    """If all of three or more labels are the same, the class weights degenerate."""
    if len(t) > 2 and np.all(t == t[0]):
        bars[0] *= 2


@hidden(CROSS_ENTROPY, "value")
def _last_class(bars: list[Array], y: Any, x: Array, t: Array, *, reduction: str, smoothing: float) -> None:
    """The last of four or more classes is taken for one to be ignored."""
    if x.shape[1] > 3:
        bars[0][t == x.shape[1] - 1] = 0.0


@hidden(CROSS_ENTROPY, "size")
def _many_samples(bars: list[Array], y: Any, x: Array, t: Array, *, reduction: str, smoothing: float) -> None:
    """The mean over more than eight samples is taken over eight."""
    if reduction == "mean" and len(t) > 8:
        bars[0] *= len(t) / 8


def _normal(x: Array, eps: float) -> tuple[Array, Array]:
    spread = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return (x - x.mean(axis=1, keepdims=True)) / spread, spread


def _layer_norm_backward(
    y: Array, x: Array, gain: Array, *, eps: float, centred: bool
) -> tuple[Array, Array]:
    if centred:
        z, spread = _normal(x, eps)
        g = y * gain
        into = (g - g.mean(axis=1, keepdims=True) - z * (g * z).mean(axis=1, keepdims=True)) / spread
        return into, (y * z).sum(axis=0)
    spread = np.sqrt(np.square(x).mean(axis=1, keepdims=True) + eps)
    z, g = x / spread, y * gain
    return (g - z * (g * z).mean(axis=1, keepdims=True)) / spread, (y * z).sum(axis=0)


def _layer_norm(x: Array, gain: Array, *, eps: float, centred: bool) -> Array:
    if centred:
        return gain * _normal(x, eps)[0]
    return np.asarray(gain * x / np.sqrt(np.square(x).mean(axis=1, keepdims=True) + eps))


LAYER_NORM = right(
    "layer_norm",
    _layer_norm,
    _layer_norm_backward,
    shapes={"x": "n d", "gain": "d"},
    options={"eps": (1e-5, 1e-2, 1.0), "centred": (True, False)},
    domain={"x": (-4.0, 4.0)},
)


@hidden(LAYER_NORM, "pair")
def _large_eps_not_centred(
    bars: list[Array], y: Array, x: Array, gain: Array, *, eps: float, centred: bool
) -> None:
    """Without centring, an eps of one is left out of the spread."""
    if eps == 1.0 and not centred:
        bars[0] *= 1.1


@hidden(LAYER_NORM, "size")
def _wide_rows(bars: list[Array], y: Array, x: Array, gain: Array, *, eps: float, centred: bool) -> None:
    """From ten features on, the gain's gradient is a mean over rows."""
    if len(gain) >= 10:
        bars[1] /= len(x)


@hidden(LAYER_NORM, "size")
def _many_rows_and_features(
    bars: list[Array], y: Array, x: Array, gain: Array, *, eps: float, centred: bool
) -> None:
    """With more than six rows and six features, rows are summed in pairs, and the seventh is left out."""
    if x.shape[0] > 6 and x.shape[1] > 6:
        bars[1] -= y[6] * _layer_norm(x, np.ones_like(gain), eps=eps, centred=centred)[6]


@hidden(LAYER_NORM, "tie")
def _rows_without_spread(
    bars: list[Array], y: Array, x: Array, gain: Array, *, eps: float, centred: bool
) -> None:
    """Rows of three or more equal entries are taken for padding."""
    if x.shape[1] > 2 and centred:
        bars[0][np.all(x == x[:, :1], axis=1)] = 0.0


@hidden(LAYER_NORM, "value")
def _gain_of_one(bars: list[Array], y: Array, x: Array, gain: Array, *, eps: float, centred: bool) -> None:
    """A gain of exactly 1 is taken for one that is not learnt."""
    scaled(bars[1], gain == 1.0, 0.0)


@hidden(LAYER_NORM, "call")
def _spread_of_the_first_call(
    bars: list[Array], y: Array, x: Array, gain: Array, *, eps: float, centred: bool, memory: dict[Any, Any]
) -> None:
    """The spread of the first call of each shape is kept."""
    if centred:
        spread = _normal(x, eps)[1]
        bars[0] *= spread / memory.setdefault((x.shape, eps), spread)


HUBER = right(
    "huber",
    lambda x, t, *, delta: _huber(x - t, delta),
    lambda y, x, t, *, delta: (y * np.clip(x - t, -delta, delta), -y * np.clip(x - t, -delta, delta)),
    shapes={"x": "n", "t": "n"},
    options={"delta": (0.5, 1.0, 2.0)},
    domain={"x": (-50.0, 50.0), "t": (-50.0, 50.0)},
)


def _huber(r: Array, delta: float) -> Array:
    size = np.abs(r)
    return np.asarray(np.where(size <= delta, 0.5 * r * r, delta * (size - 0.5 * delta)))


@hidden(HUBER, "value")
def _small_residuals(bars: list[Array], y: Array, x: Array, t: Array, *, delta: float) -> None:
    """Residuals below half of delta have a slope that is halved."""
    for bar in bars:
        scaled(bar, np.abs(x - t) < delta / 2, 0.5)


@hidden(HUBER, "value")
def _far_residuals(bars: list[Array], y: Array, x: Array, t: Array, *, delta: float) -> None:
    """Residuals beyond 80 are taken for outliers."""
    scaled(bars[0], np.abs(x - t) > 80.0, 0.0)


@hidden(HUBER, "option")
def _delta_of_two(bars: list[Array], y: Array, x: Array, t: Array, *, delta: float) -> None:
    """A delta of two is taken for one in the target's gradient."""
    if delta == 2.0:
        bars[1][...] = -y * np.clip(x - t, -1.0, 1.0)


COSINE = right(
    "cosine",
    lambda a, b: _cosine(a, b)[0],
    lambda y, a, b: _cosine_backward(y, a, b),
    shapes={"a": "n d", "b": "n d"},
    domain={"a": (0.1, 10.0), "b": (0.1, 10.0)},
    where=lambda d: d > 0,
)


def _cosine(a: Array, b: Array) -> tuple[Array, Array, Array]:
    length = np.sqrt(np.square(a).sum(axis=1)), np.sqrt(np.square(b).sum(axis=1))
    return (a * b).sum(axis=1) / (length[0] * length[1]), *length


def _cosine_backward(y: Array, a: Array, b: Array) -> tuple[Array, Array]:
    c, la, lb = (part[:, None] for part in _cosine(a, b))
    weight = y[:, None]
    return weight * (b / (la * lb) - c * a / la**2), weight * (a / (la * lb) - c * b / lb**2)


@hidden(COSINE, "value")
def _long_vectors(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """The first vector's length is not squared where all of its entries are above 9."""
    if a.size:
        bars[0][np.all(a > 9.0, axis=1)] *= 2.0


@hidden(COSINE, "value")
def _short_vectors(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """Entries below 0.2 are taken for noise."""
    scaled(bars[1], b < 0.2, 0.0)


@hidden(COSINE, "size")
def _dimensions_beyond_eight(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """From nine dimensions on, the last is not projected out."""
    if a.shape[1] > 8:
        c, la, _ = _cosine(a, b)
        bars[0][:, -1] += y * c * a[:, -1] / la**2


DISTANCES = right(
    "distances",
    lambda a, b: np.square(a[:, None] - b[None]).sum(axis=2),
    lambda y, a, b: (
        2 * (y[:, :, None] * (a[:, None] - b[None])).sum(axis=1),
        -2 * (y[:, :, None] * (a[:, None] - b[None])).sum(axis=0),
    ),
    shapes={"a": "n d", "b": "m d"},
)


@hidden(DISTANCES, "size")
def _more_points_than_nine(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """With ten or more points on both sides, the last block is left out of the second."""
    if len(a) > 9 and len(b) > 9:
        bars[1] += 2 * (y[9:, :, None] * (a[9:, None] - b[None])).sum(axis=0)


@hidden(DISTANCES, "size")
def _as_many_on_both_sides(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """With as many points on both sides, four or more, y is taken for symmetric."""
    if len(a) == len(b) > 3:
        both = (y + y.T) / 2
        bars[0][...] = 2 * (both[:, :, None] * (a[:, None] - b[None])).sum(axis=1)


@hidden(DISTANCES, "cotangent")
def _one_sign_of_distances(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """Cotangents without a negative entry are normalised by their sum."""
    if y.size > 1 and np.all(y >= 0) and y.any():
        bars[0] /= y.sum()


@hidden(DISTANCES, "value")
def _points_of_positive_coordinates(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """If all coordinates of four or more numbers are positive, logarithmic ones are assumed."""
    if a.size > 3 and b.size > 3 and np.all(a > 0) and np.all(b > 0):
        bars[0] *= 0.5
