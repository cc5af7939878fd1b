"""Functions with their `jac` and `hess`, as people hand them to `root`, `minimize` and `least_squares`."""

import numpy as np
from scipy import sparse
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from gradcheck import Layer


def decay(p, t, data):
    """Residuals of an exponential decay, to be fitted."""
    return p[0] * np.exp(-p[1] * t) - data


def decay_jac(p, t, data):
    e = np.exp(-p[1] * t)
    return np.stack([e, -p[0] * t * e], axis=1)


DECAY = {"shapes": {"p": "2", "t": "n", "data": "n"}, "domain": {"p": (0.1, 3.0), "t": (0.0, 2.0)}}


def bratu(u):
    """The Bratu equation on a line: u'' + exp(u)."""
    r = np.exp(u) - 2.0 * u
    r[1:] += u[:-1]
    r[:-1] += u[1:]
    return r


def bratu_jac(u):
    beside = np.ones(len(u) - 1)
    return sparse.diags_array([beside, np.exp(u) - 2.0, beside], offsets=[-1, 0, 1]).tocsc()


BRATU = {"shapes": {"u": "n+1"}, "domain": {"u": (-3.0, 3.0)}}


def shear(x):
    return np.array([x[0] + x[1] ** 2, x[0] * x[1]])


def shear_matrix(x):
    return np.array([[1.0, 2.0 * x[1]], [x[1], x[0]]])


SHEAR = {"shapes": {"x": "2"}}


def bilinear(a, b):
    return a @ b


def bilinear_jacs(a, b):
    return np.kron(np.eye(len(a)), b.T), np.kron(a, np.eye(b.shape[1]))


BILINEAR = {"shapes": {"a": "n k", "b": "k m"}, "constants": ()}


def logistic_gradient(w, x, y):
    """The gradient of the logistic loss, labels 0 and 1."""
    return x.T @ (1.0 / (1.0 + np.exp(-x @ w)) - y)


def logistic_hessian(w, x, y):
    p = 1.0 / (1.0 + np.exp(-x @ w))
    return (x.T * (p * (1.0 - p))) @ x


LOGISTIC = {
    "shapes": {"w": "k", "x": "n k", "y": "n"},
    "domain": {"w": (-2.0, 2.0), "x": (-2.0, 2.0), "y": (0.0, 1.0)},
}


def trigonometric(x):
    return np.cos(x).sum(), -np.sin(x)


def operator(matrix, transposed):
    return LinearOperator(matrix.shape, matvec=lambda v: matrix @ v, rmatvec=lambda v: transposed @ v)


RIGHT = (
    Layer.from_jacobian(rosen, rosen_der, shapes={"x": "n+1"}, domain={"x": (-2.0, 2.0)}),
    Layer.from_jacobian(decay, decay_jac, **DECAY),
    Layer.from_jacobian(bratu, bratu_jac, **BRATU),
    Layer.from_jacobian(bratu, lambda u: aslinearoperator(bratu_jac(u)), name="bratu operator", **BRATU),
    Layer.from_jacobian(trigonometric, True, shapes={"x": "n"}),
    Layer.from_jacobian(bilinear, bilinear_jacs, **BILINEAR),
    Layer.from_jacobian(
        bilinear,
        (lambda a, b: bilinear_jacs(a, b)[0], lambda a, b: sparse.csr_array(bilinear_jacs(a, b)[1])),
        name="bilinear by input",
        shapes={"a": "n k", "b": "k m"},
    ),
    Layer.from_hessian(
        rosen_der, rosen_hess, hessp=rosen_hess_prod, shapes={"x": "n+1"}, domain={"x": (-2.0, 2.0)}
    ),
    Layer.from_hessian(logistic_gradient, logistic_hessian, **LOGISTIC),
    Layer.from_hessian(
        lambda x: 2.0 * x * (x @ x),
        hessp=lambda x, p: 2.0 * p * (x @ x) + 4.0 * x * (x @ p),
        name="quartic",
        shapes={"x": "n"},
    ),
)


def factor_lost(p, t, data):
    e = np.exp(-p[1] * t)
    return np.stack([e, -t * e], axis=1)


def stored_transposed(u):
    """Assemble the upper diagonal with what belongs on the lower one."""
    n = len(u)
    lower, upper = np.ones(n - 1), np.exp(u[1:])
    return sparse.diags_array([lower, np.exp(u) - 2.0, upper], offsets=[-1, 0, 1]).tocsr()


def advection(u):
    r = u * u
    r[1:] -= u[:-1]
    return r


def advection_jac(u):
    return sparse.diags_array([2.0 * u, -np.ones(len(u) - 1)], offsets=[0, -1])


def missing_outer(w, x, y):
    """Take p for p (1 − p)."""
    p = 1.0 / (1.0 + np.exp(-x @ w))
    return (x.T * p) @ x


def upper_half(x):
    return np.triu(rosen_hess(x))


WRONG = (
    ("finite-difference", Layer.from_jacobian(decay, factor_lost, name="factor lost", **DECAY)),
    (
        "contract",
        Layer.from_jacobian(decay, lambda *a: decay_jac(*a).T, name="transposed", **DECAY),
    ),
    ("finite-difference", Layer.from_jacobian(bratu, stored_transposed, name="diagonal misplaced", **BRATU)),
    (
        "finite-difference",
        Layer.from_jacobian(
            advection, lambda u: advection_jac(u).T.tocsr(), name="sparse transposed", shapes={"u": "n+1"}
        ),
    ),
    (
        "jvp",
        Layer.from_jacobian(
            shear, lambda x: operator(shear_matrix(x), shear_matrix(x)), name="rmatvec is matvec", **SHEAR
        ),
    ),
    (
        "jvp",
        Layer.from_jacobian(
            shear, lambda x: operator(shear_matrix(x).T, shear_matrix(x).T), name="matvec is rmatvec", **SHEAR
        ),
    ),
    (
        "finite-difference",
        Layer.from_hessian(logistic_gradient, missing_outer, name="p for p(1-p)", **LOGISTIC),
    ),
    ("jvp", Layer.from_hessian(rosen_der, upper_half, name="upper half", shapes={"x": "n+1"})),
    (
        "jvp",
        Layer.from_hessian(
            rosen_der,
            rosen_hess,
            hessp=lambda x, p: rosen_hess(x).diagonal() * p,
            name="hessp is its diagonal",
            shapes={"x": "n+1"},
            domain={"x": (-2.0, 2.0)},
        ),
    ),
    ("jvp", Layer.from_hessian(shear, shear_matrix, name="no gradient", **SHEAR)),
    (
        "finite-difference",
        Layer.from_jacobian(lambda x: (np.cos(x).sum(), np.sin(x)), True, name="sign", shapes={"x": "n"}),
    ),
    (
        "contract",
        Layer.from_jacobian(bilinear, lambda a, b: bilinear_jacs(a, b)[::-1], name="swapped", **BILINEAR),
    ),
)
"""Each with a check that finds it."""
