"""JAX's operations with random rounding, and what is known of a gradient by it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradcheck import Layer, Verdict, check

X, W = np.random.default_rng(0).normal(size=(4, 3)), np.random.default_rng(1).normal(size=(3, 3))


def recurrent(x, w):
    def step(h, row):
        h = jnp.tanh(row + h @ w)
        return h, h

    return jax.lax.scan(step, jnp.zeros(3), x, reverse=True)[1]


@jax.custom_vjp
def square(x):
    return x * x


square.defvjp(lambda x: (x * x, x), lambda x, y_bar: (2.0 * x * y_bar,))

FUNCTIONS = {
    "operations": (lambda x: jnp.tanh(x) * jnp.exp(x), X),
    "softmax": (lambda x: jax.nn.softmax(x), X),
    "product": (lambda x, w: x @ w, X, W),
    "a rule": (lambda x: square(x) + 1.0, X),
    "a branch": (lambda x: jax.lax.cond(x.sum() > 0, jnp.sin, jnp.cos, x), X),
    "a loop": (recurrent, X, W),
    "a longer loop": (recurrent, np.tile(X, (30, 1)), W),
    "a loop of no round": (lambda x: jax.lax.scan(lambda h, r: (h * r, h), x[0], x[:0])[0] * x, X),
    "checkpoint": (jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))), X),
    "compiled inside": (lambda x: jax.jit(jnp.sin)(x) / 3.0, X),
    "inverse": (lambda w: jnp.linalg.inv(w @ w.T + jnp.eye(3)), W),
}


def far(found, value):
    """Return by how many units in the last place of the largest entry two arrays differ."""
    found, value = np.asarray(found), np.asarray(value)
    return float(np.max(np.abs(found - value)) / np.max(np.abs(value))) * 2.0**52


@pytest.mark.parametrize(("function", "point"), [(f, p) for f, *p in FUNCTIONS.values()], ids=FUNCTIONS)
def test_value_and_gradient_are_off_by_rounding(function, point):
    framework, rng = Layer.from_jax(function).framework, np.random.default_rng(2)
    y, pullback = framework.linearise(point, {}, jit=True)
    y_bar = np.linspace(1.0, 2.0, y.size).reshape(y.shape)
    bars = pullback(y_bar)
    with framework.rounding_at_random(rng):
        values = [framework.forward(point, {}) for _ in range(4)]
        noisy = framework.linearise(point, {}, jit=True)[1](y_bar)
    with framework.rounding_at_random(rng, most=0.0) as still:
        assert far(framework.forward(point, {}), y) < 8
    assert still.coarsest == 2.0**-52
    assert 0.0 < max(far(value, y) for value in values) < 200
    assert 0.0 < max(far(*pair) for pair in zip(noisy, bars, strict=True)) < 1000


def test_loop_of_unknown_length_has_its_inputs_moved():
    framework = Layer.from_jax(
        lambda x: jax.lax.while_loop(lambda a: a.sum() < 99, lambda a: a * 1.5, x)
    ).framework
    y = framework.forward((np.abs(X),), {})
    with framework.rounding_at_random(np.random.default_rng(0)):
        assert 0.0 < far(framework.forward((np.abs(X),), {}), y) < 8


def test_choices_and_moves_do_not_round():
    framework = Layer.from_jax(lambda x: jnp.maximum(-x[::-1].T, 0.0).reshape(-1)).framework
    with framework.rounding_at_random(np.random.default_rng(0)):
        assert np.array_equal(framework.forward((X,), {}), np.maximum(-X[::-1].T, 0.0).ravel())


def test_gradient_of_the_gradient_is_off_by_rounding_too():
    framework, given = (
        Layer.from_jax(lambda x: jnp.exp(x) * jnp.sin(x)).framework,
        ((X,), np.ones_like(X), {}),
    )
    with framework.at_point():
        (bar,), pullback = framework.derivative_vjp(*given)
        with framework.rounding_at_random(np.random.default_rng(0)):
            (noisy_bar,), noisy = framework.derivative_vjp(*given)
            back = noisy([X])[0]
    assert 0.0 < far(noisy_bar, bar) < 50
    assert 0.0 < far(back, pullback([X])[0]) < 50


def test_error_is_as_large_as_is_asked_for():
    framework = Layer.from_jax(lambda x: x * x).framework
    with framework.rounding_at_random(np.random.default_rng(0), least=1e-3):
        assert 1e-4 < far(framework.forward((X,), {}), X * X) / 2.0**52 < 1e-3


TAILS = {
    "gelu, which a 1 swallows": (jax.nn.gelu, (-8.0, -6.0), "finite-difference"),
    "exp(s) - 1 - s beside zero": (lambda s: jnp.exp(s) - 1.0 - s, (-1e-6, 1e-6), "compiled"),
    "log(1 + exp(-x)) far out": (lambda x: jnp.log(1.0 + jnp.exp(-x)), (20.0, 34.0), "finite-difference"),
    "1 - tanh far out": (lambda x: 1.0 - jnp.tanh(x), (12.0, 18.0), "finite-difference"),
}


@pytest.mark.parametrize(("function", "domain", "name"), TAILS.values(), ids=TAILS)
def test_digits_that_a_compiled_function_loses_inside_are_no_mistake(function, domain, name):
    layer = Layer.from_jax(function, shapes={"s": "n"}, domain={"s": domain})
    for seed in range(3):
        report = check(layer, checks=("finite-difference", name), max_examples=10, seed=seed)
        assert not report.verdict.is_failure, str(report)


@pytest.mark.parametrize("name", ["gelu", "softplus"])
def test_factor_is_found_where_few_digits_are_left(name):
    function = getattr(jax.nn, name)

    @jax.custom_vjp
    def layer(x):
        return function(x)

    layer.defvjp(lambda x: (function(x), x), lambda x, y_bar: (0.5 * jax.vjp(function, x)[1](y_bar)[0],))
    report = check(Layer.from_jax(layer, shapes={"x": "n"}, domain={"x": (-6.0, 3.0)}), max_examples=10)
    assert report.verdict is Verdict.WRONG
