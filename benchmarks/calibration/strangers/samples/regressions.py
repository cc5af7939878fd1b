"""Regressions with their data in a closure, as they are handed to an optimiser."""

import numpy as np
from numpy import array
from scipy.special import expit

from benchmarks.calibration.strangers.stranger import by_both, by_gradient, normal

X = np.hstack([np.ones((6, 1)), normal(220, 6, 2)])


Y = array([1.0, 0, 1, 1, 0, 1])


SIGNS = 2 * Y - 1


TIMES = np.linspace(0, 3, 7)


OBSERVED = 2.5 * np.exp(-1.3 * TIMES) + 0.05 * normal(221, 7)


def logistic_cost(theta, lam=0.5):
    m = len(Y)
    h = 1 / (1 + np.exp(-X.dot(theta)))
    J = -(Y.dot(np.log(h)) + (1 - Y).dot(np.log(1 - h))) / m
    J += lam / (2 * m) * np.sum(theta[1:] ** 2)
    grad = X.T.dot(h - Y) / m
    grad[1:] += lam / m * theta[1:]
    return J, grad


def _regularise_all(theta, lam=0.5):
    J, grad = logistic_cost(theta, lam)
    grad[0] += lam / len(Y) * theta[0]
    return J, grad


def _regularise_half(theta, lam=0.5):
    J, grad = logistic_cost(theta, lam)
    grad[1:] -= lam / (2 * len(Y)) * theta[1:]
    return J, grad


def signed_logistic(w):
    return np.sum(np.log(1 + np.exp(-SIGNS * (X @ w))))


def _signed_jac(w):
    return -X.T @ (SIGNS / (1 + np.exp(SIGNS * (X @ w))))


def exponential_fit(p):
    r = p[0] * np.exp(-p[1] * TIMES) - OBSERVED
    return 0.5 * np.sum(r**2)


def exponential_fit_jac(p):
    e = np.exp(-p[1] * TIMES)
    r = p[0] * e - OBSERVED
    return np.array([np.sum(r * e), np.sum(r * (-p[0] * TIMES * e))])


def _exponential_no_inner(p):
    e = np.exp(-p[1] * TIMES)
    r = p[0] * e - OBSERVED
    return np.array([np.sum(r * e), np.sum(r * (-p[0] * e))])


def ridge(w, alpha=0.3):
    r = X @ w - Y
    return r @ r + alpha * w @ w


def softmax_regression(flat, lam=0.1):
    """Return the cost of a flattened matrix of weights, which is unrolled first."""
    W = flat.reshape(3, 3)
    labels = np.array([0, 1, 2, 1, 0, 2])
    s = X @ W
    s = s - s.max(axis=1, keepdims=True)
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    hot = np.eye(3)[labels]
    cost = -np.sum(hot * np.log(p)) / 6 + lam / 2 * np.sum(W**2)
    return cost, (X.T @ (p - hot) / 6 + lam * W).ravel()


def _softmax_ravel(flat, lam=0.1):
    cost, grad = softmax_regression(flat, lam)
    return cost, grad.reshape(3, 3).T.ravel()


def _softmax_reg_missing(flat, lam=0.1):
    cost, grad = softmax_regression(flat, lam)
    return cost, grad - lam * flat


def network_cost(flat):
    """Return cost and gradient of an unrolled network with one hidden layer."""
    W1, W2 = flat[:9].reshape(3, 3), flat[9:].reshape(4, 1)
    a = np.hstack([np.ones((6, 1)), expit(X @ W1)])
    out = expit(a @ W2)[:, 0]
    cost = -np.mean(Y * np.log(out) + (1 - Y) * np.log(1 - out))
    d = ((out - Y) / 6)[:, None]
    hidden = (d @ W2.T)[:, 1:] * a[:, 1:] * (1 - a[:, 1:])
    return cost, np.concatenate([(X.T @ hidden).ravel(), (a.T @ d).ravel()])


def _network_bias_column(flat):
    cost, grad = network_cost(flat)
    W1, W2 = flat[:9].reshape(3, 3), flat[9:].reshape(4, 1)
    a = np.hstack([np.ones((6, 1)), expit(X @ W1)])
    d = ((expit(a @ W2)[:, 0] - Y) / 6)[:, None]
    hidden = (d @ W2.T)[:, :-1] * a[:, 1:] * (1 - a[:, 1:])
    return cost, np.concatenate([(X.T @ hidden).ravel(), grad[9:]])


RATINGS = array([[5.0, 0, 3], [4, 2, 0], [0, 1, 4]])


GIVEN = RATINGS > 0


def recommender(params):
    A, B = params[:6].reshape(3, 2), params[6:].reshape(3, 2)
    E = (A @ B.T - RATINGS) * GIVEN
    grad = np.concatenate([(E @ B + 0.1 * A).ravel(), (E.T @ A + 0.1 * B).ravel()])
    return 0.5 * np.sum(E**2) + 0.05 * np.sum(params**2), grad


def _recommender_no_transpose(params):
    cost, grad = recommender(params)
    A, B = params[:6].reshape(3, 2), params[6:].reshape(3, 2)
    E = (A @ B.T - RATINGS) * GIVEN
    return cost, np.concatenate([grad[:6], (E @ A + 0.1 * B).ravel()])


def _recommender_all_rated(params):
    cost, _ = recommender(params)
    A, B = params[:6].reshape(3, 2), params[6:].reshape(3, 2)
    E = A @ B.T - RATINGS
    return cost, np.concatenate([(E @ B + 0.1 * A).ravel(), (E.T @ A + 0.1 * B).ravel()])


def squared_hinge(w):
    slack = np.maximum(0, 1 - SIGNS * (X @ w))
    return 0.5 * w @ w + 2.0 * np.sum(slack**2)


def _squared_hinge_jac(w, two=2):
    slack = np.maximum(0, 1 - SIGNS * (X @ w))
    return w - two * 2.0 * X.T @ (SIGNS * slack)


MEAN, COV = array([0.08, 0.12, 0.1]), array([[0.05, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.06]])


def sharpe(w):
    return -(w @ MEAN - 0.02) / np.sqrt(w @ COV @ w)


def sharpe_jac(w):
    s = np.sqrt(w @ COV @ w)
    return -(MEAN * s - (w @ MEAN - 0.02) * COV @ w / s) / s**2


REGRESSIONS = (
    by_both(
        "regularised logistic cost",
        logistic_cost,
        normal(222, 3),
        wrong={"the intercept too": _regularise_all, "half the penalty": _regularise_half},
        over={
            "shapes": {"theta": "3"},
            "domain": {"theta": (-2.0, 2.0)},
            "options": {"lam": (0.0, 0.5, 3.0)},
        },
    ),
    by_gradient(
        "logistic loss of signs",
        signed_logistic,
        _signed_jac,
        normal(223, 3),
        wrong={
            "the sign": lambda w: -_signed_jac(w),
            "labels left out": lambda w: -X.T @ expit(-SIGNS * (X @ w)),
        },
        over={"shapes": {"w": "3"}, "domain": {"w": (-2.0, 2.0)}},
    ),
    by_gradient(
        "exponential fit",
        exponential_fit,
        exponential_fit_jac,
        array([2.0, 0.8]),
        wrong={"the inner time": _exponential_no_inner},
        over={"shapes": {"p": "2"}, "domain": {"p": (0.1, 3.0)}},
    ),
    by_gradient(
        "ridge with an option",
        ridge,
        lambda w, alpha=0.3: 2 * X.T @ (X @ w - Y) + 2 * alpha * w,
        normal(224, 3),
        options={"alpha": 0.7},
        wrong={"the penalty's two": lambda w, alpha=0.3: 2 * X.T @ (X @ w - Y) + alpha * w},
        over={"shapes": {"w": "3"}, "options": {"alpha": (0.1, 1.0)}, "domain": {"w": (-9.0, 9.0)}},
    ),
    by_both(
        "softmax regression, unrolled",
        softmax_regression,
        normal(225, 9),
        wrong={"unrolled in another order": _softmax_ravel, "no penalty": _softmax_reg_missing},
        over={"shapes": {"flat": "9"}, "domain": {"flat": (-2.0, 2.0)}},
    ),
    by_both(
        "network cost, unrolled",
        network_cost,
        normal(226, 13),
        wrong={"the wrong column left out": _network_bias_column},
        over={"shapes": {"flat": "13"}, "domain": {"flat": (-1.5, 1.5)}},
    ),
    by_both(
        "recommender",
        recommender,
        normal(227, 12),
        wrong={"not transposed": _recommender_no_transpose, "unrated ones too": _recommender_all_rated},
        over={"shapes": {"params": "12"}, "domain": {"params": (-3.0, 3.0)}},
    ),
    by_gradient(
        "squared hinge",
        squared_hinge,
        _squared_hinge_jac,
        normal(228, 3),
        wrong={"without the two": lambda w: _squared_hinge_jac(w, 1)},
        over={"shapes": {"w": "3"}, "domain": {"w": (-2.0, 2.0)}},
    ),
    by_gradient(
        "Sharpe ratio",
        sharpe,
        sharpe_jac,
        array([0.3, 0.5, 0.2]),
        wrong={"volatility is held": lambda w: -MEAN / np.sqrt(w @ COV @ w)},
        over={"shapes": {"w": "3"}, "domain": {"w": (0.1, 1.0)}},
    ),
)
