"""Functions of two arrays, reductions, norms, and what moves entries without changing them."""

from __future__ import annotations

from math import inf

import numpy as np
from scipy import special

from benchmarks.calibration.families.family import Family, family
from gradcheck.types import Array


def _over(a: Array, b: Array) -> Array:
    """Return a/b, and 0 for 0/0: at the tip of a norm, 0 is one of its subgradients and NaN is none."""
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)


_PAIR = {"a": "n k", "b": "n k"}
_ROWS = {"x": "n k"}


def _filled(n: int, k: int) -> bool:
    return n >= 1 and k >= 1


PAIRS = (
    family("subtract", _PAIR, lambda a, b: a - b, lambda y, a, b: (y.copy(), -y), traits=("multilinear",)),
    family(
        "add_a_row",
        {"x": "n k", "r": "k"},
        lambda x, r: x + r,
        lambda y, x, r: (y.copy(), y.sum(axis=0)),
        traits=("multilinear",),
    ),
    family(
        "product_of_three",
        {"a": "n", "b": "n", "c": "n"},
        lambda a, b, c: a * b * c,
        lambda y, a, b, c: (y * b * c, y * a * c, y * a * b),
        traits=("multilinear",),
        most=1e6,
    ),
    family("divide", _PAIR, lambda a, b: a / b, lambda y, a, b: (y / b, -y * a / b / b)),
    family(
        "hypot",
        _PAIR,
        np.hypot,
        lambda y, a, b: (y * _over(a, np.hypot(a, b)), y * _over(b, np.hypot(a, b))),
    ),
    family(
        "arctan2",
        _PAIR,
        np.arctan2,
        lambda y, a, b: (y * b / (a * a + b * b), -y * a / (a * a + b * b)),
    ),
    family(
        "power",
        _PAIR,
        lambda a, b: a**b,
        lambda y, a, b: (y * b * a ** (b - 1), y * a**b * np.log(a)),
        domain={"a": (0.0, inf)},
        most=10.0,
    ),
    family(
        "log_add_exp",
        _PAIR,
        np.logaddexp,
        lambda y, a, b: (y * special.expit(a - b), y * special.expit(b - a)),
    ),
    family(
        "smaller",
        {"a": "n", "b": "n"},
        np.minimum,
        lambda y, a, b: (np.where(a <= b, y, 0), np.where(a <= b, 0, y)),
        traits=("piecewise-linear",),
    ),
    family(
        "outer",
        {"a": "n", "b": "k"},
        np.outer,
        lambda y, a, b: (y @ b, a @ y),
        traits=("multilinear",),
    ),
    family("dot", {"a": "n", "b": "n"}, np.dot, lambda y, a, b: (y * b, y * a), traits=("multilinear",)),
)


def _products_of_the_others(x: Array) -> Array:
    """Return ∏ x[j] over j ≠ k, for every k, without dividing by an x[k] that may be zero."""
    others = np.where(np.eye(x.size, dtype=bool), x.dtype.type(1), x)
    result: Array = others.prod(axis=1)
    return result


def _softmax(x: Array) -> Array:
    shifted = np.exp(x - x.max(axis=1, keepdims=True))
    result: Array = shifted / shifted.sum(axis=1, keepdims=True)
    return result


def _log_sum_exp(x: Array) -> Array:
    most = x.max(axis=1)
    result: Array = most + np.log(np.exp(x - most[:, None]).sum(axis=1))
    return result


def _centred(x: Array) -> Array:
    result: Array = x - x.mean(axis=0)
    return result


REDUCTIONS = (
    family("sum_of_columns", _ROWS, lambda x: x.sum(axis=0), lambda y, x: np.broadcast_to(y, x.shape).copy()),
    family("mean", _ROWS, np.mean, lambda y, x: np.full_like(x, y / x.size), where=_filled),
    family("prod", {"x": "n"}, np.prod, lambda y, x: y * _products_of_the_others(x), most=1e3),
    family("cumsum", {"x": "n"}, np.cumsum, lambda y, x: np.cumsum(y[::-1])[::-1].copy()),
    family(
        "variance",
        _ROWS,
        lambda x: x.var(axis=0),
        lambda y, x: 2 / len(x) * _centred(x) * y,
        where=lambda n, k: n >= 2 and k >= 1,
    ),
    family(
        "standard_deviation",
        _ROWS,
        lambda x: x.std(axis=0),
        lambda y, x: y / len(x) * _over(_centred(x), x.std(axis=0)),
        where=lambda n, k: n >= 2 and k >= 1,
    ),
    family("log_sum_exp_of_rows", _ROWS, _log_sum_exp, lambda y, x: y[:, None] * _softmax(x), where=_filled),
    family(
        "log_softmax",
        _ROWS,
        lambda x: x - _log_sum_exp(x)[:, None],
        lambda y, x: y - _softmax(x) * y.sum(axis=1, keepdims=True),
        where=_filled,
    ),
    family(
        "largest_of_each_row",
        _ROWS,
        lambda x: x.max(axis=1),
        lambda y, x: np.where(np.arange(x.shape[1]) == x.argmax(axis=1)[:, None], y[:, None], 0),
        where=_filled,
    ),
    family("sort", {"x": "n"}, np.sort, lambda y, x: y[np.argsort(np.argsort(x, kind="stable"))]),
)


def _norm(x: Array) -> Array:
    result: Array = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return result


def _normalise_backward(y: Array, x: Array) -> Array:
    u = x / _norm(x)
    result: Array = (y - u * (u * y).sum(axis=1, keepdims=True)) / _norm(x)
    return result


def _cosine_backward(y: Array, a: Array, b: Array) -> tuple[Array, Array]:
    u, v = a / _norm(a), b / _norm(b)
    cosine = (u * v).sum(axis=1, keepdims=True)
    scale = y[:, None]
    return scale * (v - cosine * u) / _norm(a), scale * (u - cosine * v) / _norm(b)


def _distance_backward(y: Array, a: Array, b: Array) -> tuple[Array, Array]:
    a_bar = y[:, None] * _over(a - b, _norm(a - b))
    return a_bar, -a_bar


def _squared_distances_backward(y: Array, a: Array, b: Array) -> tuple[Array, Array]:
    weighted = 2 * y[:, :, None] * (a[:, None] - b[None])
    return weighted.sum(axis=1), -weighted.sum(axis=0)


NORMS = (
    family("norm_1", _ROWS, lambda x: np.abs(x).sum(axis=1), lambda y, x: y[:, None] * np.sign(x)),
    family(
        "norm_2", _ROWS, lambda x: _norm(x)[:, 0], lambda y, x: y[:, None] * _over(x, _norm(x)), where=_filled
    ),
    family(
        "norm_3",
        {"x": "n"},
        lambda x: np.cbrt((np.abs(x) ** 3).sum()),
        lambda y, x: y * _over(x * np.abs(x), np.cbrt((np.abs(x) ** 3).sum()) ** 2),
        where=lambda n: n >= 1,
    ),
    family(
        "norm_inf",
        {"x": "n"},
        lambda x: np.abs(x).max(),
        lambda y, x: np.where(np.arange(x.size) == np.abs(x).argmax(), y * np.sign(x), 0),
        where=lambda n: n >= 1,
    ),
    family("normalise", _ROWS, lambda x: x / _norm(x), _normalise_backward, where=lambda n, k: k >= 2),
    family(
        "cosine_similarity",
        _PAIR,
        lambda a, b: (a * b).sum(axis=1) / (_norm(a) * _norm(b))[:, 0],
        _cosine_backward,
        where=lambda n, k: k >= 2,
    ),
    family("distance", _PAIR, lambda a, b: _norm(a - b)[:, 0], _distance_backward, where=_filled),
    family(
        "squared_distances",
        {"a": "n k", "b": "m k"},
        lambda a, b: ((a[:, None] - b[None]) ** 2).sum(axis=2),
        _squared_distances_backward,
    ),
)

MOVES = (
    family("transpose", _ROWS, lambda x: x.T.copy(), lambda y, x: y.T.copy(), traits=("multilinear",)),
    family("roll", {"x": "n"}, lambda x: np.roll(x, 2), lambda y, x: np.roll(y, -2), traits=("multilinear",)),
    family(
        "difference_of_neighbours",
        {"x": "n"},
        np.diff,
        lambda y, x: -np.diff(np.pad(y, 1)),
        where=lambda n: n >= 1,
    ),
    family(
        "concatenate",
        {"a": "n", "b": "m"},
        lambda a, b: np.concatenate([a, b]),
        lambda y, a, b: (y[: a.size].copy(), y[a.size :].copy()),
        traits=("multilinear",),
    ),
    family(
        "repeat",
        _ROWS,
        lambda x: x.repeat(3, axis=1),
        lambda y, x: y.reshape(*x.shape, 3).sum(axis=2),
        traits=("multilinear",),
    ),
    family("pad", _ROWS, lambda x: np.pad(x, 2), lambda y, x: y[2:-2, 2:-2].copy(), traits=("multilinear",)),
)

ARITHMETIC: tuple[Family, ...] = (*PAIRS, *REDUCTIONS, *NORMS, *MOVES)
