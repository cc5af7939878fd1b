"""Symmetric, definite, skew and triangular matrices."""

import numpy as np
from numpy import array
from scipy import linalg

from benchmarks.calibration.strangers.stranger import by_backward, by_gradient, normal

S = array([[2.0, 0.3, -0.4], [0.3, 1.0, 0.1], [-0.4, 0.1, 1.5]])


C = array([[1.0, 0.5, 0.2], [-0.3, 2.0, 0.7], [0.4, 0.1, 1.2]])


RIGHT_SIDE = array([1.0, -2.0, 0.5])


def _definite(rng):
    n = int(rng.integers(1, 5))
    m = rng.standard_normal((n, n))
    return (m @ m.T + 0.5 * np.eye(n),), {}


def _symmetric(rng):
    n = int(rng.integers(2, 5))
    m = rng.standard_normal((n, n))
    return (m + m.T + np.diag(3.0 * np.arange(n)),), {}


def _three(rng):
    m = rng.standard_normal((3, 3))
    return (m @ m.T + 0.5 * np.eye(3),), {}


def _logdet_cholesky(a):
    return 2 * np.sum(np.log(np.diag(np.linalg.cholesky(a))))


def _logdet_averaged(a):
    return 2 * np.sum(np.log(np.diag(np.linalg.cholesky((a + a.T) / 2))))


def _solve_definite(a):
    return linalg.cho_solve(linalg.cho_factor((a + a.T) / 2), RIGHT_SIDE)


def _solve_definite_back(g, a):
    factor = linalg.cho_factor((a + a.T) / 2)
    x, z = linalg.cho_solve(factor, RIGHT_SIDE), linalg.cho_solve(factor, g)
    return -(np.outer(z, x) + np.outer(x, z)) / 2


def _solve_definite_twice(g, a):
    return 2 * _solve_definite_back(g, a)


def _cholesky_back(halve=True):
    """Return the symmetric cotangent of a matrix from that of its lower factor."""

    def back(g, a):
        low = np.linalg.cholesky(a)
        p = np.tril(low.T @ np.tril(g))
        if halve:
            p[np.diag_indices_from(p)] /= 2
        inverse = np.linalg.inv(low)
        s = inverse.T @ p @ inverse
        return (s + s.T) / 2

    return back


def _eigenvalues_back(g, a):
    _, v = np.linalg.eigh(a)
    return v @ np.diag(g) @ v.T


def _eigenvectors_transposed(g, a):
    _, v = np.linalg.eigh(a)
    return v.T @ np.diag(g) @ v


def _largest(a):
    return np.linalg.eigvalsh((a + a.T) / 2)[-1]


def _largest_slope(a):
    v = np.linalg.eigh((a + a.T) / 2)[1][:, -1]
    return np.outer(v, v)


def _singular_back(g, m):
    u, _, vt = np.linalg.svd(m, full_matrices=False)
    return u @ np.diag(g) @ vt


def _nuclear_slope(m):
    u, _, vt = np.linalg.svd(m, full_matrices=False)
    return u @ vt


def _rotation(k):
    return linalg.expm(k)


def _rotation_back(g, k):
    return linalg.expm_frechet(k.T, g, compute_expm=False)


def _principal(x):
    """Return the variance along the first principal component."""
    c = x - x.mean(0)
    return np.linalg.eigvalsh(c.T @ c / len(x))[-1]


def _principal_slope(x, factor=2.0):
    c = x - x.mean(0)
    v = np.linalg.eigh(c.T @ c / len(x))[1][:, -1]
    return factor * np.outer(c @ v, v) / len(x)


def _mahalanobis(x, a):
    return x @ np.linalg.solve(a, x)


def _triangle(v):
    low = np.zeros((3, 3))
    low[np.tril_indices(3)] = v
    return low @ low.T


def _triangle_back(g, v, both=True):
    low = np.zeros((3, 3))
    low[np.tril_indices(3)] = v
    return ((g + g.T if both else g) @ low)[np.tril_indices(3)]


def _over(draw):
    return {"draw": draw}


SYMMETRIC = {"tangent": {"a": "symmetric"}}


MATRICES = (
    by_gradient(
        "log-determinant by Cholesky",
        _logdet_cholesky,
        np.linalg.inv,
        S,
        declared=SYMMETRIC,
        wrong={"the matrix itself": lambda a: a, "twice": lambda a: 2 * np.linalg.inv(a)},
        over=_over(_definite),
    ),
    by_gradient(
        "log-determinant, averaged first",
        _logdet_averaged,
        np.linalg.inv,
        S,
        wrong={"half": lambda a: np.linalg.inv(a) / 2},
        over=_over(_definite),
    ),
    by_backward(
        "definite solve",
        lambda m: np.linalg.solve(m, RIGHT_SIDE),
        lambda g, m: -np.outer(np.linalg.solve(m.T, g), np.linalg.solve(m, RIGHT_SIDE)),
        S,
        wrong={"transposed": lambda g, m: -np.outer(np.linalg.solve(m, RIGHT_SIDE), np.linalg.solve(m.T, g))},
        over=_over(_three),
    ),
    by_backward(
        "definite solve, symmetric gradient",
        _solve_definite,
        _solve_definite_back,
        S,
        wrong={"both halves": _solve_definite_twice},
        over=_over(_three),
    ),
    by_backward(
        "Cholesky factor",
        np.linalg.cholesky,
        _cholesky_back(),
        S,
        declared=SYMMETRIC,
        wrong={"the diagonal is not halved": _cholesky_back(halve=False)},
        over=_over(_definite),
    ),
    by_backward(
        "eigenvalues",
        np.linalg.eigvalsh,
        _eigenvalues_back,
        S,
        declared=SYMMETRIC,
        wrong={"vectors transposed": _eigenvectors_transposed},
        over=_over(_symmetric),
    ),
    by_gradient(
        "largest eigenvalue",
        _largest,
        _largest_slope,
        S,
        wrong={"the smallest's": lambda a: np.outer(*[np.linalg.eigh(a)[1][:, 0]] * 2)},
        over=_over(_symmetric),
    ),
    by_gradient(
        "trace of the inverse",
        lambda a: np.trace(np.linalg.inv(a)),
        lambda a: -np.linalg.inv(a).T @ np.linalg.inv(a).T,
        S,
        wrong={"once": lambda a: -np.linalg.inv(a).T},
        over=_over(_definite),
    ),
    by_gradient(
        "distance of Mahalanobis",
        _mahalanobis,
        lambda x, a: (2 * np.linalg.solve(a, x), -np.outer(np.linalg.solve(a, x), np.linalg.solve(a, x))),
        RIGHT_SIDE,
        S,
        declared=SYMMETRIC,
        wrong={
            "half": lambda x, a: (
                np.linalg.solve(a, x),
                -np.outer(np.linalg.solve(a, x), np.linalg.solve(a, x)),
            )
        },
    ),
    by_backward(
        "singular values",
        lambda m: np.linalg.svd(m, compute_uv=False),
        _singular_back,
        C,
        wrong={"transposed": lambda g, m: _singular_back(g, m).T.copy()},
        over={"shapes": {"m": "3 2"}, "domain": {"m": (-2.0, 2.0)}},
    ),
    by_gradient(
        "nuclear norm",
        lambda m: np.linalg.svd(m, compute_uv=False).sum(),
        _nuclear_slope,
        C,
        wrong={"the matrix": lambda m: m / np.linalg.norm(m)},
        over={"shapes": {"m": "3 2"}, "domain": {"m": (-2.0, 2.0)}},
    ),
    by_backward(
        "rotation from a skew matrix",
        _rotation,
        _rotation_back,
        array([[0.0, -0.4, 0.2], [0.4, 0.0, -0.7], [-0.2, 0.7, 0.0]]),
        declared={"tangent": {"k": "skew"}},
        wrong={"as if it commuted": lambda g, k: linalg.expm(k).T @ g @ np.diag([1.0, 1.0, 0.5])},
    ),
    by_gradient(
        "first principal variance",
        _principal,
        _principal_slope,
        normal(280, 6, 3),
        wrong={"without the two": lambda x: _principal_slope(x, 1.0)},
        over={"shapes": {"x": "n+4 3"}, "domain": {"x": (-2.0, 2.0)}},
    ),
    by_backward(
        "triangle filled from a vector",
        _triangle,
        _triangle_back,
        normal(281, 6),
        wrong={"one side": lambda g, v: _triangle_back(g, v, both=False)},
        over={"shapes": {"v": "6"}},
    ),
)
