"""Likelihoods, divergences and Gaussian processes."""

import numpy as np
from numpy import array
from scipy import linalg, special, stats

from benchmarks.calibration.strangers.stranger import by_both, by_gradient, normal, positive

DATA = array([0.7, 1.9, 2.2, 0.4])
COUNTS = array([2.0, 0.0, 3.0, 1.0])
X = np.column_stack([np.ones(4), array([0.1, -0.5, 1.2, 0.4])])


def gaussian(p):
    mu, s = p
    return np.sum(np.log(s) + 0.5 * ((DATA - mu) / s) ** 2 + 0.5 * np.log(2 * np.pi))


def gaussian_slope(p):
    mu, s = p
    return np.array([np.sum(mu - DATA) / s**2, len(DATA) / s - np.sum((DATA - mu) ** 2) / s**3])


def _gaussian_variance(p):
    mu, s = p
    return np.array([np.sum(mu - DATA) / s**2, len(DATA) / s - np.sum((DATA - mu) ** 2) / s**2])


def by_scipy(p):
    return -stats.norm.logpdf(DATA, p[0], np.exp(p[1])).sum()


def _by_scipy_slope(p):
    s = np.exp(p[1])
    z = (DATA - p[0]) / s
    return np.array([-z.sum() / s, len(DATA) - (z**2).sum()])


def _log_parameter_forgotten(p):
    s = np.exp(p[1])
    z = (DATA - p[0]) / s
    return np.array([-z.sum() / s, (len(DATA) - (z**2).sum()) / s])


def poisson(beta):
    eta = X @ beta
    return np.sum(np.exp(eta) - COUNTS * eta + special.gammaln(COUNTS + 1))


def gamma(p):
    a, b = p
    return -np.sum(a * np.log(b) - special.gammaln(a) + (a - 1) * np.log(DATA) - b * DATA)


def gamma_slope(p):
    a, b = p
    return -array([np.sum(np.log(b) - special.digamma(a) + np.log(DATA)), np.sum(a / b - DATA)])


def _gamma_no_digamma(p):
    a, b = p
    return -array([np.sum(np.log(b) + np.log(DATA)), np.sum(a / b - DATA)])


SHARES = array([0.2, 0.7, 0.5])


def beta_likelihood(p):
    return -np.sum((p[0] - 1) * np.log(SHARES) + (p[1] - 1) * np.log1p(-SHARES) - special.betaln(p[0], p[1]))


def _beta_slope(p, joint=1):
    both = joint * special.digamma(p.sum())
    a = np.sum(np.log(SHARES)) - 3 * (special.digamma(p[0]) - both)
    b = np.sum(np.log1p(-SHARES)) - 3 * (special.digamma(p[1]) - both)
    return -np.array([a, b])


def student(p, nu=4.0):
    z = (DATA - p[0]) / p[1]
    return np.sum(np.log(p[1]) + (nu + 1) / 2 * np.log1p(z * z / nu))


def student_slope(p, nu=4.0, power=2):
    z = (DATA - p[0]) / p[1]
    w = (nu + 1) / (nu + z**2)
    return np.array([-np.sum(w * z) / p[1], np.sum(1 - w * z**power) / p[1]])


def negative_binomial(p):
    r, q = p
    terms = special.gammaln(COUNTS + r) - special.gammaln(r) + r * np.log(q) + COUNTS * np.log1p(-q)
    return -terms.sum()


def _negative_binomial_slope(p):
    r, q = p
    dr = np.sum(special.digamma(COUNTS + r) - special.digamma(r) + np.log(q))
    return -np.array([dr, np.sum(r / q - COUNTS / (1 - q))])


def von_mises(p):
    return -np.sum(p[1] * np.cos(DATA - p[0]) - np.log(special.i0(p[1])))


def _von_mises_slope(p):
    a = special.i1(p[1]) / special.i0(p[1])
    return -np.array([np.sum(p[1] * np.sin(DATA - p[0])), np.sum(np.cos(DATA - p[0]) - a)])


def mixture(p):
    w, m1, m2 = special.expit(p[0]), p[1], p[2]
    a, b = w * stats.norm.pdf(DATA, m1), (1 - w) * stats.norm.pdf(DATA, m2)
    r = a / (a + b)
    grad = np.array([np.sum(r - w), np.sum(r * (DATA - m1)), np.sum((1 - r) * (DATA - m2))])
    return -np.sum(np.log(a + b)), -grad


def _mixture_responsibility(p):
    value, grad = mixture(p)
    w = special.expit(p[0])
    return value, np.array([grad[0], -w * np.sum(DATA - p[1]), -(1 - w) * np.sum(DATA - p[2])])


def vae_kl(mu, logvar):
    return -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))


def gaussian_kl(m, s):
    return np.sum(np.log(1 / s) + (s**2 + m**2) / 2 - 0.5)


def autoregression(p):
    phi, log_s = p
    e = DATA[1:] - phi * DATA[:-1]
    s2 = np.exp(2 * log_s)
    return 0.5 * len(e) * 2 * log_s + 0.5 * np.sum(e**2) / s2


def _autoregression_slope(p, two=2):
    phi, log_s = p
    e = DATA[1:] - phi * DATA[:-1]
    s2 = np.exp(2 * log_s)
    return np.array([-np.sum(e * DATA[:-1]) / s2, len(e) - two * 0.5 * np.sum(e**2) / s2])


# ---- Gaussian processes
T = array([0.0, 0.4, 1.1, 1.9])
R2 = (T[:, None] - T[None]) ** 2


def gp(theta):
    """Return the negative log marginal likelihood of log length, log scale and log noise."""
    length, scale, noise = np.exp(theta)
    K = scale**2 * np.exp(-R2 / (2 * length**2))
    L = linalg.cholesky(K + noise**2 * np.eye(4), lower=True)
    alpha = linalg.cho_solve((L, True), DATA)
    nll = 0.5 * DATA @ alpha + np.log(np.diag(L)).sum() + 2 * np.log(2 * np.pi)
    inner = np.outer(alpha, alpha) - linalg.cho_solve((L, True), np.eye(4))
    parts = (K * R2 / length**2, 2 * K, 2 * noise**2 * np.eye(4))
    return nll, np.array([-0.5 * np.sum(inner * dK) for dK in parts])


def _gp_not_log(theta):
    value, grad = gp(theta)
    return value, grad / np.exp(theta)


def _gp_no_trace(theta):
    length, scale, noise = np.exp(theta)
    K = scale**2 * np.exp(-R2 / (2 * length**2))
    alpha = np.linalg.solve(K + noise**2 * np.eye(4), DATA)
    parts = (K * R2 / length**2, 2 * K, 2 * noise**2 * np.eye(4))
    return gp(theta)[0], np.array([-0.5 * alpha @ dK @ alpha for dK in parts])


def periodic(theta):
    p, ell = theta
    s = np.sin(np.pi * np.sqrt(R2) / p)
    return np.sum(np.exp(-2 * s**2 / ell**2) * np.outer(DATA, DATA))


def periodic_slope(theta, inner=2.0):
    p, ell = theta
    a = np.pi * np.sqrt(R2) / p
    k = np.exp(-2 * np.sin(a) ** 2 / ell**2) * np.outer(DATA, DATA)
    dp = k * inner * 2 * np.sin(a) * np.cos(a) / ell**2 * a / p
    return np.array([dp.sum(), np.sum(k * 4 * np.sin(a) ** 2 / ell**3)])


def matern(theta):
    r = np.sqrt(3 * R2) / theta[0]
    return np.sum((1 + r) * np.exp(-r) * np.outer(DATA, DATA))


def cox(beta):
    """Return the negative partial likelihood, subjects sorted by the time of their event."""
    Z = normal(240, 5, 2)
    eta = Z @ beta
    risk = np.cumsum(np.exp(eta)[::-1])[::-1]
    weighted = np.cumsum((Z * np.exp(eta)[:, None])[::-1], axis=0)[::-1]
    return -np.sum(eta - np.log(risk)), -np.sum(Z - weighted / risk[:, None], axis=0)


def _cox_forward_risk(beta):
    Z = normal(240, 5, 2)
    e = np.exp(Z @ beta)
    return cox(beta)[0], -np.sum(Z - np.cumsum(Z * e[:, None], axis=0) / np.cumsum(e)[:, None], axis=0)


def multivariate(mu, L):
    """Return the negative log density of a sample, the precision's root in a lower triangle."""
    Z = normal(241, 5, 2)
    r = (Z - mu) @ np.tril(L)
    return 0.5 * np.sum(r**2) - 5 * np.sum(np.log(np.abs(np.diag(L))))


def _multivariate_slope(mu, L, keep=True):
    Z = normal(241, 5, 2)
    low = np.tril(L)
    r = (Z - mu) @ low
    dL = (Z - mu).T @ r - 5 * np.diag(1 / np.diag(L))
    return -np.sum(r @ low.T, axis=0), np.tril(dL) if keep else dL


def _over(name, size, low, high):
    return {"shapes": {name: size}, "domain": {name: (low, high)}}


LIKELIHOODS = (
    by_gradient(
        "Gaussian likelihood",
        gaussian,
        gaussian_slope,
        array([1.0, 0.8]),
        wrong={"s² for s³": _gaussian_variance},
    ),
    by_gradient(
        "likelihood by scipy.stats",
        by_scipy,
        _by_scipy_slope,
        array([1.0, -0.3]),
        wrong={"the log of the scale": _log_parameter_forgotten},
        over=_over("p", "2", -1.0, 1.0),
    ),
    by_gradient(
        "Poisson regression",
        poisson,
        lambda beta: X.T @ (np.exp(X @ beta) - COUNTS),
        array([0.2, -0.4]),
        wrong={"the link": lambda beta: X.T @ (X @ beta - COUNTS)},
        over=_over("beta", "2", -1.0, 1.0),
    ),
    by_gradient(
        "gamma likelihood",
        gamma,
        gamma_slope,
        array([1.3, 0.8]),
        wrong={"digamma": _gamma_no_digamma},
        over=_over("p", "2", 0.2, 3.0),
    ),
    by_gradient(
        "beta likelihood",
        beta_likelihood,
        _beta_slope,
        array([1.5, 2.5]),
        wrong={"the joint digamma": lambda p: _beta_slope(p, 0)},
        over=_over("p", "2", 0.3, 4.0),
    ),
    by_gradient(
        "Student likelihood",
        student,
        student_slope,
        array([1.0, 0.6]),
        wrong={"a power": lambda p: student_slope(p, power=1)},
    ),
    by_gradient(
        "negative binomial",
        negative_binomial,
        _negative_binomial_slope,
        array([2.0, 0.4]),
        wrong={"the second alone": lambda p: _negative_binomial_slope(p) * array([0.0, 1.0])},
    ),
    by_gradient(
        "von Mises",
        von_mises,
        _von_mises_slope,
        array([0.8, 2.0]),
        wrong={
            "no Bessel ratio": lambda p: (
                -np.array([np.sum(p[1] * np.sin(DATA - p[0])), np.sum(np.cos(DATA - p[0]))])
            )
        },
    ),
    by_both(
        "mixture of two", mixture, array([0.3, 0.5, 2.0]), wrong={"responsibilities": _mixture_responsibility}
    ),
    by_gradient(
        "divergence of an autoencoder",
        vae_kl,
        lambda mu, logvar: (mu, 0.5 * (np.exp(logvar) - 1)),
        normal(242, 3),
        normal(243, 3),
        wrong={
            "half": lambda mu, logvar: (mu, 0.5 * np.exp(logvar)),
            "mu": lambda mu, logvar: (2 * mu, 0.5 * (np.exp(logvar) - 1)),
        },
        over={"shapes": {"mu": "k", "logvar": "k"}, "domain": {"mu": (-3.0, 3.0), "logvar": (-3.0, 3.0)}},
        expected=("CORRECT", "FLAWED"),
    ),
    by_gradient(
        "divergence of Gaussians",
        gaussian_kl,
        lambda m, s: (m.copy(), s - 1 / s),
        normal(244, 3),
        positive(245, 3),
        wrong={"the logarithm": lambda m, s: (m.copy(), s.copy())},
        over={"shapes": {"m": "k", "s": "k"}, "domain": {"m": (-3.0, 3.0), "s": (0.2, 3.0)}},
    ),
    by_gradient(
        "autoregression",
        autoregression,
        _autoregression_slope,
        array([0.5, 0.1]),
        wrong={"two": lambda p: _autoregression_slope(p, 1)},
    ),
    by_both(
        "partial likelihood",
        cox,
        array([0.3, -0.5]),
        wrong={"who is at risk": _cox_forward_risk},
        over=_over("beta", "2", -1.5, 1.5),
    ),
    by_gradient(
        "root of a precision",
        multivariate,
        _multivariate_slope,
        array([0.1, -0.2]),
        array([[1.2, 0.0], [0.4, 0.9]]),
        wrong={"above the diagonal too": lambda mu, L: _multivariate_slope(mu, L, keep=False)},
    ),
)

PROCESSES = (
    by_both(
        "Gaussian process",
        gp,
        array([-0.2, 0.1, -1.0]),
        wrong={"not of logs": _gp_not_log, "no trace": _gp_no_trace},
        over=_over("theta", "3", -1.0, 0.5),
    ),
    by_gradient(
        "periodic kernel",
        periodic,
        periodic_slope,
        array([1.3, 0.9]),
        wrong={"the double angle": lambda t: periodic_slope(t, 1.0)},
    ),
    by_gradient(
        "Matern kernel",
        matern,
        lambda t: np.array(
            [np.sum(3 * R2 / t[0] ** 3 * np.exp(-np.sqrt(3 * R2) / t[0]) * np.outer(DATA, DATA))]
        ),
        array([0.7]),
        wrong={
            "a power": lambda t: np.array(
                [np.sum(3 * R2 / t[0] ** 2 * np.exp(-np.sqrt(3 * R2) / t[0]) * np.outer(DATA, DATA))]
            )
        },
        over=_over("theta", "1", 0.3, 2.0),
    ),
)

STATISTICS = (*LIKELIHOODS, *PROCESSES)
