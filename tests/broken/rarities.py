"""Wrong gradients that one check alone can see: JVPs, tiny errors, curvature, float32, batches, extremes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from derivations import AFFINE, TANH
from gradcheck import Layer
from tests.broken.record import (
    BATCH,
    COMPLEX_STEP,
    DETERMINISM,
    DTYPE,
    ENTROPY,
    EXTREMES,
    JVP,
    SECOND_ORDER,
    Broken,
    with_backward,
)


def matmul(a, b):
    return a @ b


def matmul_jvp(primals, tangents):
    (a, b), (a_dot, b_dot) = primals, tangents
    return a @ b, a_dot @ b + a @ b_dot


MATMUL = Layer.from_backward(
    matmul,
    lambda y_bar, a, b: (y_bar @ b.T, a.T @ y_bar),
    name="matmul_with_jvp",
    shapes={"a": "n k", "b": "k m"},
    jvp=matmul_jvp,
    batch="n",
)


def _jvp(family, layer=MATMUL):
    return lambda jvp: Broken(replace(layer, jvp=jvp, name=jvp.__name__), JVP, family)


@_jvp("missing term")
def jvp_of_one_factor(primals, tangents):
    (a, b), (a_dot, _) = primals, tangents
    return a @ b, a_dot @ b


@_jvp("clipped")
def jvp_clips_its_tangent(primals, tangents):
    (a, b), (a_dot, b_dot) = primals, tangents
    return a @ b, np.clip(a_dot @ b + a @ b_dot, -1e9, 1e9)


@_jvp("wrong primal value")
def jvp_of_another_primal(primals, tangents):
    (a, b), (a_dot, b_dot) = primals, tangents
    return a_dot @ b, a_dot @ b + a @ b_dot


def off_by_a_little(x, y_bar):
    return y_bar * (1 - np.tanh(x) ** 2) * (1 + 1e-12)


TANH_1E_12 = with_backward(
    replace(TANH, oracle=None, domain={"x": (-2.0, 2.0)}), COMPLEX_STEP, "one part in 1e12"
)(lambda y_bar, x: off_by_a_little(x, y_bar))
TANH_1E_12 = replace(TANH_1E_12, layer=replace(TANH_1E_12.layer, name="tanh_off_by_1e_12"))


def rational(x):
    return 1 / (1 + x * x)


@with_backward(
    Layer.from_backward(rational, lambda y_bar, x: -2 * x * rational(x) ** 2 * y_bar, shapes={"x": "n"}),
    COMPLEX_STEP,
    "rounded constant",
    traits=("analytic",),
    domain={"x": (0.5, 2.0)},
)
def rational_with_a_rounded_two(y_bar, x):
    return -1.99999999999 * x * rational(x) ** 2 * y_bar


def coarse(w, x):
    """A forward map that is rounded to single precision on its way out."""
    return np.sin(w @ x).astype(np.float32).astype(x.dtype)


def coarse_backward(y_bar, w, x):
    z_bar = y_bar * np.cos(w @ x)
    return np.outer(z_bar, x), w.T @ z_bar


COARSE = Layer.from_backward(
    coarse,
    coarse_backward,
    name="sine_rounded_to_float32",
    shapes={"w": "n n", "x": "n"},
    domain={"w": (-1.0, 1.0), "x": (-1.0, 1.0)},
    traits=("smooth",),
)


@with_backward(COARSE, SECOND_ORDER, "transposed")
def coarse_and_transposed(y_bar, w, x):
    z_bar = y_bar * np.cos(w @ x)
    return np.outer(z_bar, x), w @ z_bar


@with_backward(COARSE, SECOND_ORDER, "one entry off")
def coarse_with_a_small_factor_in_one_input(y_bar, w, x):
    z_bar = y_bar * np.cos(w @ x)
    return np.outer(z_bar, x), (1 + 1e-7) * (w.T @ z_bar)


def leaky(x):
    return np.where(x > 0, x, x / 8)


LEAKY = Layer.from_backward(
    leaky,
    lambda y_bar, x: np.where(x > 0, y_bar, y_bar / 8),
    name="leaky_by_an_eighth",
    shapes={"x": "n k"},
    traits=("piecewise-linear",),
    batch="n",
)


@with_backward(LEAKY, DTYPE, "wrong dtype")
def leaky_by_a_float64_mask(y_bar, x):
    return y_bar * np.where(x > 0, 1.0, 0.125)


@with_backward(AFFINE, DTYPE, "wrong dtype")
def affine_into_a_float64_buffer(z_bar, W, a, b):
    W_bar = np.zeros(W.shape)
    W_bar += np.outer(z_bar, a)
    return W_bar, W.T @ z_bar, z_bar.copy()


def softmax_of_columns(x):
    shifted = np.exp(x - x.max(axis=0))
    return shifted / shifted.sum(axis=0)


def softmax_of_columns_backward(y_bar, x):
    p = softmax_of_columns(x)
    return p * (y_bar - (p * y_bar).sum(axis=0))


SOFTMAX_ACROSS_SAMPLES = Broken(
    Layer.from_backward(
        softmax_of_columns,
        softmax_of_columns_backward,
        name="softmax_across_samples",
        shapes={"x": "n k"},
        where=lambda n, k: n >= 1,
        domain={"x": (-4.0, 4.0)},
        batch="n",
    ),
    BATCH,
    "samples mixed",
)
CENTRED_ACROSS_SAMPLES = Broken(
    Layer.from_backward(
        lambda x: x - x.mean(axis=0),
        lambda y_bar, x: y_bar - y_bar.mean(axis=0),
        name="centred_across_samples",
        shapes={"x": "n k"},
        where=lambda n, k: n >= 1,
        batch="n",
    ),
    BATCH,
    "samples mixed",
)


def softplus(x):
    return np.logaddexp(0, x)


SOFTPLUS = Layer.from_backward(
    softplus,
    lambda y_bar, x: y_bar * (0.5 + 0.5 * np.tanh(x / 2)),
    name="softplus_by_tanh",
    shapes={"x": "n"},
    domain={"x": (-8.0, 800.0)},  # below, 0.5 + 0.5 tanh loses digits that forward has, in float32 all
    traits=("smooth",),
)


@with_backward(SOFTPLUS, EXTREMES, "overflow")
def softplus_by_a_quotient_of_exponentials(y_bar, x):
    return y_bar * np.exp(x) / (1 + np.exp(x))


@with_backward(SOFTPLUS, EXTREMES, "overflow", domain={})
def softplus_by_an_exponential_that_overflows(y_bar, x):
    return y_bar / (1 + np.exp(-x))


def magnitude(x):
    return np.sqrt(x * x + 1e-300)


@with_backward(
    Layer.from_backward(magnitude, lambda y_bar, x: y_bar * x / magnitude(x), shapes={"x": "n"}),
    EXTREMES,
    "NaN at zero",
)
def magnitude_divides_by_the_input(y_bar, x):
    return y_bar * x * x / (x * magnitude(x))


def sum_in_random_order(x, w):
    order = ENTROPY.permutation(w.shape[0])
    return x[:, order] @ w[order]


SUM_IN_RANDOM_ORDER = Broken(
    Layer.from_backward(
        sum_in_random_order,
        lambda y_bar, x, w: (y_bar @ w.T, x.T @ y_bar),
        shapes={"x": "n i", "w": "i o"},
    ),
    DETERMINISM,
    "non-deterministic",
)


RIGHT_EXTRAS = (MATMUL, COARSE, LEAKY, SOFTPLUS)
