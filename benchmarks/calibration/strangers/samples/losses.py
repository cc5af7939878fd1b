"""Losses in the spellings in which they are public: cross entropies, hinges, contrasts, overlaps."""

import numpy as np
from numpy import array
from scipy import special

from benchmarks.calibration.strangers.stranger import (
    FLAWED,
    by_both,
    by_gradient,
    normal,
    positive,
)


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(z)
    n = x.shape[0]
    loss = -np.sum(log_probs[np.arange(n), y]) / n
    dx = np.exp(log_probs).copy()
    dx[np.arange(n), y] -= 1
    dx /= n
    return loss, (dx, None)


def _softmax_loss_sum(x, y):
    loss, (dx, _) = softmax_loss(x, y)
    return loss, (dx * len(x), None)


def _softmax_loss_plus(x, y):
    loss, (dx, _) = softmax_loss(x, y)
    dx = dx + 2 * np.eye(x.shape[1])[y] / len(x)
    return loss, (dx, None)


def one_hot_loss(z, t):
    m = z.max(axis=1, keepdims=True)
    return np.sum(np.sum(t, axis=1) * (m[:, 0] + np.log(np.exp(z - m).sum(axis=1)))) - np.sum(z * t)


def one_hot_slope(z, t):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p * t.sum(axis=1, keepdims=True) - t, None


def _one_hot_probabilities(z, t):
    return one_hot_slope(z, t)[0] + t, None


def cross_entropy_of_probabilities(p, t):
    return -np.mean(np.sum(t * np.log(p), axis=1))


def _cross_entropy_slope(p, t):
    return -t / p / len(p), None


def bce(z, t):
    return np.mean(np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z))))


def bce_slope(z, t):
    return (special.expit(z) - t) / z.size, None


def binary_loss_of_columns(a, y):
    m = y.shape[1]
    return float(np.squeeze(-(y @ np.log(a).T + (1 - y) @ np.log(1 - a).T) / m))


def _binary_slope(a, y):
    return -(np.divide(y, a) - np.divide(1 - y, 1 - a)) / y.shape[1], None


def svm_loss(x, y):
    n = x.shape[0]
    correct = x[np.arange(n), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(n), y] = 0
    loss = np.sum(margins) / n
    positives = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(n), y] -= positives
    dx /= n
    return loss, (dx, None)


def _svm_once(x, y):
    loss, _ = svm_loss(x, y)
    n = len(x)
    margins = x - x[np.arange(n), y][:, None] + 1.0 > 0
    dx = margins.astype(float)
    dx[np.arange(n), y] = -1
    return loss, (dx / n, None)


def focal(z, t, gamma=2.0):
    p = special.expit(z)
    pt = np.where(t == 1, p, 1 - p)
    return -np.sum((1 - pt) ** gamma * np.log(pt))


def focal_slope(z, t, gamma=2.0):
    p = special.expit(z)
    sign = np.where(t == 1, 1.0, -1.0)
    pt = np.where(t == 1, p, 1 - p)
    d = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    return sign * d * p * (1 - p), None


def _focal_weight_held(z, t, gamma=2.0):
    p = special.expit(z)
    pt = np.where(t == 1, p, 1 - p)
    return np.where(t == 1, -1.0, 1.0) * (1 - pt) ** gamma / pt * p * (1 - p), None


def dice(p, t):
    return 1 - (2 * np.sum(p * t) + 1) / (np.sum(p) + np.sum(t) + 1)


def dice_slope(p, t):
    a, b = 2 * np.sum(p * t) + 1, np.sum(p) + np.sum(t) + 1
    return -2 * t / b + a / b**2, None


def triplet(a, p, n, margin=1.0):
    d = np.sum((a - p) ** 2, axis=1) - np.sum((a - n) ** 2, axis=1) + margin
    return np.sum(np.maximum(d, 0))


def triplet_slope(a, p, n, margin=1.0):
    d = np.sum((a - p) ** 2, axis=1) - np.sum((a - n) ** 2, axis=1) + margin
    on = (d > 0)[:, None] * 2.0
    return on * (n - p), on * (p - a), on * (a - n)


def _triplet_anchor_wrong(a, p, n, margin=1.0):
    _, dp, dn = triplet_slope(a, p, n, margin)
    return -dp, dp, dn


def info_nce(a, b):
    s = a @ b.T / 0.5
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    n = len(a)
    loss = -np.mean(np.log(p[np.arange(n), np.arange(n)]))
    ds = (p - np.eye(n)) / n / 0.5
    return loss, (ds @ b, ds.T @ a)


def _info_nce_no_temperature(a, b):
    loss, (da, db) = info_nce(a, b)
    return loss, (da * 0.5, db * 0.5)


def _info_nce_untransposed(a, b):
    loss, (da, _) = info_nce(a, b)
    s = a @ b.T / 0.5
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    return loss, (da, (p - np.eye(len(a))) / len(a) / 0.5 @ a)


def huber(r):
    a = np.abs(r)
    return np.sum(np.where(a <= 1.0, 0.5 * r**2, a - 0.5))


def crf(unary, pairs):
    """Return the negative log-likelihood of the path of zeros in a chain, with its gradient."""
    t, k = unary.shape
    alpha, beta = np.zeros((t, k)), np.zeros((t, k))
    alpha[0] = unary[0]
    for i in range(1, t):
        alpha[i] = unary[i] + special.logsumexp(alpha[i - 1][:, None] + pairs, axis=0)
    for i in range(t - 2, -1, -1):
        beta[i] = special.logsumexp(pairs + unary[i + 1] + beta[i + 1], axis=1)
    z = special.logsumexp(alpha[-1])
    du, dp = np.exp(alpha + beta - z), np.zeros_like(pairs)
    for i in range(t - 1):
        dp += np.exp(alpha[i][:, None] + pairs + unary[i + 1] + beta[i + 1] - z)
    du[:, 0] -= 1
    dp[0, 0] -= t - 1
    return z - unary[:, 0].sum() - (t - 1) * pairs[0, 0], (du, dp)


def _crf_forward_only(unary, pairs):
    loss, (_, dp) = crf(unary, pairs)
    t, k = unary.shape
    alpha = np.zeros((t, k))
    alpha[0] = unary[0]
    for i in range(1, t):
        alpha[i] = unary[i] + special.logsumexp(alpha[i - 1][:, None] + pairs, axis=0)
    du = special.softmax(alpha, axis=1)
    du[:, 0] -= 1
    return loss, (du, dp)


LABELS = array([2, 0, 1])
HOT = np.eye(4)[LABELS]
BITS = array([[1.0, 0.0, 1.0]])
LABELLED = {
    "shapes": {"x": "n+1 k+1", "y": "n+1"},
    "dtype": {"y": "int64"},
    "domain": {"y": (0, "k"), "x": (-6.0, 6.0)},
}
TARGET, WORDS = {"constants": ("t",)}, {"constants": ("y",)}

LOSSES = (
    by_both(
        "softmax loss of labels",
        softmax_loss,
        normal(200, 3, 4),
        LABELS,
        declared=WORDS,
        wrong={"not divided by n": _softmax_loss_sum, "plus one": _softmax_loss_plus},
        over=LABELLED,
    ),
    by_gradient(
        "log-sum-exp minus the target",
        one_hot_loss,
        one_hot_slope,
        normal(201, 3, 4),
        HOT,
        declared=TARGET,
        wrong={"probabilities alone": _one_hot_probabilities},
        over={"shapes": {"z": "n k+1", "t": "n k+1"}, "domain": {"z": (-6.0, 6.0), "t": (0.0, 1.0)}},
    ),
    by_gradient(
        "cross entropy of probabilities",
        cross_entropy_of_probabilities,
        _cross_entropy_slope,
        array([[0.2, 0.5, 0.2, 0.1], [0.7, 0.1, 0.1, 0.1], [0.25, 0.5, 0.2, 0.05]]),
        HOT,
        declared=TARGET,
        wrong={"softmax and cross entropy at once": lambda p, t: ((p - t) / len(p), None)},
        over={"shapes": {"p": "n+1 k", "t": "n+1 k"}, "domain": {"p": (0.05, 1.0), "t": (0.0, 1.0)}},
    ),
    by_gradient(
        "binary cross entropy of logits",
        bce,
        bce_slope,
        normal(202, 4),
        array([1.0, 0.0, 0.0, 1.0]),
        declared=TARGET,
        wrong={
            "not the mean": lambda z, t: (special.expit(z) - t, None),
            "the sign": lambda z, t: (-bce_slope(z, t)[0], None),
        },
        over={"shapes": {"z": "n+1", "t": "n+1"}, "domain": {"z": (-8.0, 8.0), "t": (0.0, 1.0)}},
    ),
    by_gradient(
        "binary cross entropy of columns",
        binary_loss_of_columns,
        _binary_slope,
        array([[0.8, 0.3, 0.6]]),
        BITS,
        declared=WORDS,
        wrong={"the sign between": lambda a, y: (-(y / a + (1 - y) / (1 - a)) / y.shape[1], None)},
        over={"shapes": {"a": "1 m+1", "y": "1 m+1"}, "domain": {"a": (0.05, 0.95), "y": (0.0, 1.0)}},
    ),
    by_both(
        "multi-class hinge",
        svm_loss,
        normal(203, 3, 4),
        LABELS,
        declared=WORDS,
        wrong={"the right class counted once": _svm_once},
        over=LABELLED,
    ),
    by_gradient(
        "focal loss",
        focal,
        focal_slope,
        normal(204, 4),
        array([1.0, 0.0, 0.0, 1.0]),
        declared=TARGET,
        wrong={"the weight is held": _focal_weight_held},
    ),
    by_gradient(
        "Dice overlap",
        dice,
        dice_slope,
        array([0.2, 0.9, 0.6]),
        array([0.0, 1.0, 1.0]),
        declared=TARGET,
        wrong={"the denominator is held": lambda p, t: (-2 * t / (p.sum() + t.sum() + 1), None)},
        over={"shapes": {"p": "n", "t": "n"}, "domain": {"p": (0.0, 1.0), "t": (0.0, 1.0)}},
    ),
    by_gradient(
        "triplet loss",
        triplet,
        triplet_slope,
        normal(205, 3, 2),
        normal(206, 3, 2),
        normal(207, 3, 2),
        widens=True,
        wrong={"the anchor": _triplet_anchor_wrong},
        over={"shapes": {"a": "n d", "p": "n d", "n": "n d"}, "domain": dict.fromkeys("apn", (-3.0, 3.0))},
    ),
    by_both(
        "contrast of pairs",
        info_nce,
        normal(208, 3, 2),
        normal(209, 3, 2),
        widens=True,
        wrong={"temperature": _info_nce_no_temperature, "not transposed": _info_nce_untransposed},
        over={"shapes": {"a": "n+1 d", "b": "n+1 d"}, "domain": {"a": (-2.0, 2.0), "b": (-2.0, 2.0)}},
    ),
    by_gradient(
        "Huber",
        huber,
        lambda r: np.clip(r, -1, 1),
        array([0.2, -0.7, 1.8, -3.0]),
        wrong={"quadratic everywhere": lambda r: r, "signs everywhere": np.sign},
        over={"shapes": {"r": "n"}, "domain": {"r": (-4.0, 4.0)}},
        expected=FLAWED,
    ),
    by_both(
        "chain field by forward and backward",
        crf,
        normal(210, 4, 3),
        normal(211, 3, 3),
        wrong={"forward only": _crf_forward_only},
        over={
            "shapes": {"unary": "t+1 k+1", "pairs": "k+1 k+1"},
            "domain": {"unary": (-3.0, 3.0), "pairs": (-3.0, 3.0)},
        },
    ),
    by_gradient(
        "quantile loss",
        lambda r, q=0.9: np.mean(np.maximum(q * r, (q - 1) * r)),
        lambda r, q=0.9: np.where(r > 0, q, q - 1) / r.size,
        array([0.5, -0.2, 2.0]),
        widens=True,
        wrong={"swapped": lambda r, q=0.9: np.where(r > 0, 1 - q, q) / r.size},
        over={"shapes": {"r": "n+1"}, "options": {"q": (0.1, 0.9)}, "domain": {"r": (-3.0, 3.0)}},
    ),
    by_gradient(
        "cosine distance",
        lambda a, b: 1 - a @ b / np.sqrt((a @ a) * (b @ b)),
        lambda a, b: (
            -(b - a * (a @ b) / (a @ a)) / np.sqrt((a @ a) * (b @ b)),
            -(a - b * (a @ b) / (b @ b)) / np.sqrt((a @ a) * (b @ b)),
        ),
        positive(212, 4),
        normal(213, 4),
        wrong={
            "norms are held": lambda a, b: (-b / np.sqrt((a @ a) * (b @ b)), -a / np.sqrt((a @ a) * (b @ b)))
        },
        over={"shapes": {"a": "n+2", "b": "n+2"}, "domain": {"a": (0.2, 2.0), "b": (0.2, 2.0)}},
    ),
)
