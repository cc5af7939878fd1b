"""Rules for JAX's `custom_vjp`, right and wrong, each wrong one with the check that finds it."""

import jax
import jax.numpy as jnp
import numpy as np

from gradcheck import Layer

SMALL = (-2.0, 2.0)
X = {"shapes": {"x": "n"}, "domain": {"x": SMALL}}


def rule(function, fwd, bwd, nondiff_argnums=()):
    """Return a function with a rule of its own."""
    made = jax.custom_vjp(function, nondiff_argnums=nondiff_argnums)
    made.defvjp(fwd, bwd)
    return made


def softplus(x):
    return jnp.logaddexp(x, 0.0)


def matmul(x, w):
    return x @ w


def norm(x):
    return jnp.sqrt((x * x).sum())


def layer_norm(x, gamma, beta):
    centred = x - x.mean(-1, keepdims=True)
    return gamma * centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) + beta


def layer_norm_fwd(x, gamma, beta):
    centred = x - x.mean(-1, keepdims=True)
    inverse = 1.0 / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5)
    return gamma * centred * inverse + beta, (centred * inverse, gamma, inverse)


def layer_norm_bwd(kept, g):
    normal, gamma, inverse = kept
    d = g * gamma
    x_bar = (d - d.mean(-1, keepdims=True) - normal * (d * normal).mean(-1, keepdims=True)) * inverse
    return x_bar, (g * normal).sum(0), g.sum(0)


def sin_cos(x):
    return jnp.sin(x), jnp.cos(x)


def dense(params, x):
    return jnp.tanh(x @ params["w"] + params["b"])


def dense_fwd(params, x):
    y = dense(params, x)
    return y, (params, x, y)


def dense_bwd(kept, g):
    params, x, y = kept
    g = g * (1 - y * y)
    return {"w": x.T @ g, "b": g.sum(0)}, g @ params["w"].T


def gather(table, rows):
    return table[rows]


def gather_bwd(kept, g):
    shape, rows = kept
    return jnp.zeros(shape, g.dtype).at[rows].add(g), np.zeros(rows.shape, jax.dtypes.float0)


def gather_fwd(table, rows):
    return table[rows], (table.shape, rows)


def scaled_power(power, x):
    return x**power


def conjugate(z):
    return z * z * jnp.conj(z)


def logsumexp(x):
    top = x.max(-1, keepdims=True)
    return jnp.log(jnp.exp(x - top).sum(-1)) + top[..., 0]


def newton_root(a):
    """The cube root, by an iteration through which nothing should be differentiated."""
    return jax.lax.fori_loop(0, 60, lambda _, y: y - (y**3 - a) / (3 * y**2), jnp.maximum(a, 1.0))


def clamp(x):
    return jnp.clip(x, -1.0, 1.0)


@jax.custom_jvp
def tangent(x):
    return jnp.tanh(x)


@tangent.defjvp
def _tangent_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    y = jnp.tanh(x)
    return y, (1 - y * y) * x_dot


XW = {"shapes": {"x": "n i", "w": "i o"}, "domain": {"x": SMALL, "w": SMALL}}
NORMED = {
    "shapes": {"x": "n k+1", "gamma": "k+1", "beta": "k+1"},
    "domain": dict.fromkeys(("x", "gamma", "beta"), SMALL),
}
DENSE = {"shapes": {"params": {"w": "i o", "b": "o"}, "x": "n i"}, "domain": {"params": SMALL, "x": SMALL}}
LOOKED_UP = {
    "shapes": {"table": "n k", "rows": "m"},
    "dtype": {"rows": "int64"},
    "domain": {"rows": (0, "n-1")},
    "constants": ("rows",),
}
POWER = {
    "shapes": {"power": "", "x": "n"},
    "dtype": {"power": "int64"},
    "domain": {"power": (2, 4), "x": SMALL},
    "constants": ("power",),
}


def both(x):
    return sin_cos(x), x


RIGHT = (
    Layer.from_jax(rule(softplus, lambda x: (softplus(x), x), lambda x, g: (g * jax.nn.sigmoid(x),)), **X),
    Layer.from_jax(rule(matmul, lambda x, w: (x @ w, (x, w)), lambda r, g: (g @ r[1].T, r[0].T @ g)), **XW),
    Layer.from_jax(
        rule(norm, lambda x: (norm(x), x), lambda x, g: (g * x / norm(x),)),
        shapes={"x": "n"},
        domain={"x": (0.5, 2.0)},
    ),
    Layer.from_jax(rule(layer_norm, layer_norm_fwd, layer_norm_bwd), **NORMED),
    Layer.from_jax(rule(sin_cos, both, lambda x, g: (g[0] * jnp.cos(x) - g[1] * jnp.sin(x),)), **X),
    Layer.from_jax(rule(dense, dense_fwd, dense_bwd), **DENSE),
    Layer.from_jax(rule(gather, gather_fwd, gather_bwd), **LOOKED_UP),
    Layer.from_jax(
        rule(scaled_power, lambda p, x: (x**p, x), lambda p, x, g: (g * p * x ** (p - 1),), (0,)), **POWER
    ),
    Layer.from_jax(
        rule(
            conjugate,
            lambda z: (conjugate(z), z),
            lambda z, g: (2 * g * z * jnp.conj(z) + jnp.conj(g) * jnp.conj(z) ** 2,),
        ),
        shapes={"z": "n"},
        dtype="complex128",
        domain={"z": SMALL},
    ),
    Layer.from_jax(
        rule(logsumexp, lambda x: (logsumexp(x), x), lambda x, g: (g[..., None] * jax.nn.softmax(x),)),
        shapes={"x": "n k"},
        domain={"x": (-5.0, 5.0)},
    ),
    Layer.from_jax(
        rule(newton_root, lambda a: (newton_root(a),) * 2, lambda y, g: (g / (3 * y * y),)),
        shapes={"a": "n"},
        domain={"a": (0.5, 8.0)},
    ),
    Layer.from_jax(rule(clamp, lambda x: (clamp(x), x), lambda x, g: (g * (jnp.abs(x) < 1),)), **X),
    Layer.from_jax(tangent, **X),
    Layer.from_jax(lambda x, *, k: jnp.cumsum(x) ** k, name="plain", options={"k": (2, 3)}, **X),
)


def diagonal_only(kept, g):
    normal, gamma, inverse = kept
    return g * gamma * inverse, (g * normal).sum(0), g.sum(0)


def forgets_rows(kept, g):
    return {**dense_bwd(kept, g)[0], "b": g[0]}, dense_bwd(kept, g)[1]


def overwrites(kept, g):
    shape, rows = kept
    return jnp.zeros(shape, g.dtype).at[rows].set(g), np.zeros(rows.shape, jax.dtypes.float0)


def cubed(x):
    return x**3


@jax.custom_jvp
def wrong_tangent(x):
    return jnp.tanh(x)


@wrong_tangent.defjvp
def _wrong_tangent_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return jnp.tanh(x), (1 - jnp.tanh(x)) * x_dot


def traced(x):
    """Compute one thing when it is traced for compilation, and another one when it is not."""
    return x * (2.0 if isinstance(x, jax.core.Tracer) else 3.0)


def mapped_by(batched):
    """Return a sine whose rule for a batch is written by hand."""

    @jax.custom_batching.custom_vmap
    def sine(x):
        return jnp.sin(x)

    @sine.def_vmap
    def _(size, in_batched, x):
        return batched(x), True

    return rule(lambda x: sine(x), lambda x: (sine(x), x), lambda x, g: (g * jnp.cos(x),))


WRONG = (
    ("finite-difference", "no slope", rule(softplus, lambda x: (softplus(x), x), lambda x, g: (g,)), X),
    (
        "finite-difference",
        "forgets the transpose",
        rule(matmul, lambda x, w: (x @ w, (x, w)), lambda r, g: (2 * g @ r[1].T, r[0].T @ g)),
        XW,
    ),
    ("finite-difference", "constant statistics", rule(layer_norm, layer_norm_fwd, diagonal_only), NORMED),
    (
        "finite-difference",
        "sign of the cosine",
        rule(sin_cos, both, lambda x, g: (g[0] * jnp.cos(x) + g[1] * jnp.sin(x),)),
        X,
    ),
    ("finite-difference", "forgets rows", rule(dense, dense_fwd, forgets_rows), DENSE),
    ("finite-difference", "overwrites", rule(gather, gather_fwd, overwrites), LOOKED_UP),
    (
        "finite-difference",
        "power not lowered",
        rule(scaled_power, lambda p, x: (x**p, x), lambda p, x, g: (g * p * x**p,), (0,)),
        POWER,
    ),
    (
        "finite-difference",
        "not conjugated",
        rule(
            conjugate,
            lambda z: (conjugate(z), z),
            lambda z, g: (2 * g * z * jnp.conj(z) + jnp.conj(g) * z**2,),
        ),
        {"shapes": {"z": "n"}, "dtype": "complex128", "domain": {"z": SMALL}},
    ),
    (
        "linearity",
        "clips",
        rule(cubed, lambda x: (cubed(x), x), lambda x, g: (3 * x * x * jnp.clip(g, -1.5, 1.5),)),
        X,
    ),
    ("contract", "another forward", rule(cubed, lambda x: (x * x, x), lambda x, g: (3 * x * x * g,)), X),
    ("finite-difference", "wrong tangent", wrong_tangent, X),
    (
        "double-backward",
        "stops the gradient",
        rule(cubed, lambda x: (cubed(x), x), lambda x, g: (g * jax.lax.stop_gradient(3 * x * x),)),
        {**X, "second_order": True},
    ),
    (
        "dtype",
        "single precision inside",
        rule(
            cubed,
            lambda x: (cubed(x), x),
            lambda x, g: (
                (3.1 * x * x * g).astype(jnp.float32).astype(x.dtype)
                if x.dtype == jnp.float32
                else 3 * x * x * g,
            ),
        ),
        X,
    ),
    ("compiled", "told by tracing", traced, X),
    ("vmap", "first sample for all", mapped_by(lambda x: jnp.broadcast_to(jnp.sin(x[:1]), x.shape)), X),
    ("vmap", "reads samples backwards", mapped_by(lambda x: jnp.sin(x[::-1])), X),
)
"""Each after the check that finds it and its name."""
