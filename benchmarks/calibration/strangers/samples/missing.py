"""Losses of tables with missing values, as NaN marks them, and layers with a mask of booleans."""

import numpy as np
from numpy import array, nan

from benchmarks.calibration.strangers.stranger import by_backward, by_gradient, normal

RATINGS = normal(601, 4, 3)
RATINGS[0, 1] = RATINGS[3, 2] = nan
SERIES = array([1.0, nan, 0.5, -2.0, nan, 3.0])
MASK = array([[True, False, True], [False, False, True]])


def _residual(u, v):
    left = u @ v.T - RATINGS
    return np.where(np.isnan(RATINGS), 0.0, left)


def _factor_loss(u, v):
    return 0.5 * np.sum(_residual(u, v) ** 2)


def _factor_gradient(u, v):
    left = _residual(u, v)
    return left @ v, left.T @ u


def _with_mean(u, v):
    left = _residual(u, v)
    return left @ v / left.size, left.T @ u / left.size


def _nan_mean_square(x):
    return np.nanmean(x**2)


def _nan_mean_square_gradient(x):
    known = ~np.isnan(x)
    return np.where(known, 2 * np.nan_to_num(x) / known.sum(), 0.0)


def _of_all(x):
    return np.where(np.isnan(x), 0.0, 2 * np.nan_to_num(x) / x.size)


def _gaussian(mu, log_sigma):
    z = (SERIES - mu) * np.exp(-log_sigma)
    known = ~np.isnan(z)
    return np.sum(0.5 * z[known] ** 2 + log_sigma)


def _gaussian_gradient(mu, log_sigma):
    z = (SERIES - mu) * np.exp(-log_sigma)
    known = ~np.isnan(z)
    return -np.sum(z[known]) * np.exp(-log_sigma), np.sum(1 - z[known] ** 2)


def _gaussian_of_all(mu, log_sigma):
    d_mu, d_log_sigma = _gaussian_gradient(mu, log_sigma)
    return d_mu, d_log_sigma + np.isnan(SERIES).sum()


def _masked_softmax(x, mask):
    e = np.where(mask, np.exp(x - x.max(-1, keepdims=True)), 0.0)
    return e / np.maximum(e.sum(-1, keepdims=True), 1e-12)


def _masked_softmax_back(g, x, mask):
    p = _masked_softmax(x, mask)
    return p * (g - (g * p).sum(-1, keepdims=True))


def _interpolated(x):
    """Fill gaps of a series by the mean of both neighbours."""
    y = x.copy()
    gaps = np.flatnonzero(np.isnan(x))
    y[gaps] = 0.5 * (x[gaps - 1] + x[gaps + 1])
    return np.sum(np.sin(y))


def _interpolated_gradient(x):
    y = x.copy()
    gaps = np.flatnonzero(np.isnan(x))
    y[gaps] = 0.5 * (x[gaps - 1] + x[gaps + 1])
    g = np.cos(y)
    share = 0.5 * g[gaps]
    g[gaps] = 0.0
    np.add.at(g, gaps - 1, share)
    np.add.at(g, gaps + 1, share)
    return g


def _interpolated_without_share(x):
    return np.where(np.isnan(x), 0.0, np.cos(np.nan_to_num(x)))


MISSING = (
    by_gradient(
        "factors of a table with gaps",
        _factor_loss,
        _factor_gradient,
        normal(602, 4, 2),
        normal(603, 3, 2),
        wrong={"a mean": _with_mean},
    ),
    by_gradient(
        "mean square of what is known",
        _nan_mean_square,
        _nan_mean_square_gradient,
        SERIES,
        wrong={"mean over the gaps too": _of_all},
    ),
    by_gradient(
        "likelihood of a series with gaps",
        _gaussian,
        _gaussian_gradient,
        0.3,
        -0.2,
        wrong={"the gaps count": _gaussian_of_all},
    ),
    by_gradient(
        "gaps filled by their neighbours",
        _interpolated,
        _interpolated_gradient,
        array([0.4, 1.0, nan, -0.5, 2.0, nan, 0.1]),
        wrong={"no share of the gaps": _interpolated_without_share},
    ),
    by_backward(
        "where",
        lambda x, mask: np.where(mask, x, -1e9),
        lambda g, x, mask: np.where(mask, g, 0.0),
        normal(604, 2, 3),
        MASK,
        declared={"constants": ("mask",)},
        reference=lambda x, mask: np.where(mask, x, 0.0),
        wrong={"the mask forgotten": lambda g, x, mask: g.copy()},
        over={"shapes": {"x": "n m", "mask": "n m"}, "dtype": {"mask": "bool"}},
    ),
    by_backward(
        "masked softmax",
        _masked_softmax,
        _masked_softmax_back,
        normal(605, 2, 3),
        MASK,
        declared={"constants": ("mask",)},
        wrong={"diagonal": lambda g, x, mask: g * _masked_softmax(x, mask) * (1 - _masked_softmax(x, mask))},
        over={"shapes": {"x": "n m+1", "mask": "n m+1"}, "dtype": {"mask": "bool"}, "domain": {"x": (-4, 4)}},
    ),
)
