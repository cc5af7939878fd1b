"""Likelihoods and divergences."""

import numpy as np
from numpy import array
from scipy import special, stats

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
