"""Functions of JAX as people write them, which a wrapper could get wrong."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradcheck import Layer, Verdict, check


@jax.custom_jvp
def log1pexp(x):
    return jnp.log(1.0 + jnp.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return log1pexp(x), (1 - 1 / (1 + jnp.exp(x))) * x_dot


def drop(key, x):
    return x * jax.random.bernoulli(key, 0.5, x.shape)


@jax.custom_vjp
def rounded(x):
    return jnp.round(x)


rounded.defvjp(lambda x: (jnp.round(x), None), lambda _, g: (g,))


def test_outputs_that_overflow_are_left_out_of_every_comparison():
    report = check(Layer.from_jax(log1pexp), np.array([0.1, 800.0]))
    assert report.verdict is not Verdict.WRONG, str(report)
    assert "y[1] is left out, which forward returned as not finite" in str(report)
    assert {r.check for r in report.results if r.verdict is Verdict.UNVERIFIED} == {"contract"}


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_digits_that_a_compiled_function_loses_are_no_mistake(name):
    layer = Layer.from_jax(log1pexp, name=name, shapes={"x": "n"}, domain={"x": (-20.0, 20.0)})
    report = check(layer, max_examples=30, checks=("finite-difference",))
    assert report.verdict is Verdict.CORRECT, str(report)


def test_typed_key_is_a_constant():
    report = check(Layer.from_jax(drop, constants=("key",)), jax.random.key(0), np.ones(6))
    assert report.verdict is Verdict.CORRECT, str(report)


def test_key_that_is_not_declared_is_told():
    assert "constants=('key',)" in str(check(Layer.from_jax(drop), jax.random.key(0), np.ones(6)))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(2.0**-52, Verdict.CORRECT), (1e-9, Verdict.FLAWED)],
    ids=["a bit, as a compilation changes", "more"],
)
def test_changes_from_call_to_call_are_found_beyond_the_bits_of_a_compilation(monkeypatch, change, verdict):
    layer = Layer.from_jax(jnp.sin)
    plain = type(layer.framework).forward
    calls = []

    def forward(self, primals, options):
        calls.append(1)
        return plain(self, primals, options) * (1.0 + len(calls) % 2 * change)

    monkeypatch.setattr(type(layer.framework), "forward", forward)
    (result,) = check(layer, np.array([0.3, 1.0]), checks=("determinism",)).results
    assert result.verdict is verdict, result.reason


def test_straight_through_estimator_is_correct_with_its_surrogate():
    layer = Layer.from_jax(rounded, surrogate=lambda x: x, shapes={"x": "n"})
    report = check(layer, max_examples=5)
    assert report.verdict is Verdict.CORRECT, str(report)
    assert check(Layer.from_jax(rounded, surrogate=lambda x: 2 * x), np.ones(3)).verdict is Verdict.WRONG


@jax.custom_vjp
def newton(a):
    """Return the root of a, by an iteration whose end float32 never reaches."""
    wanted, start = 1e-14 * a, a
    return jax.lax.while_loop(lambda c: jnp.abs(c * c - a) > wanted, lambda c: 0.5 * (c + a / c), start)


newton.defvjp(lambda a: (newton(a),) * 2, lambda y, g: (g / (2 * y),))


def test_loop_that_nobody_can_end_is_not_run_in_float32():
    layer = Layer.from_jax(newton, shapes={"a": ""}, domain={"a": (0.5, 4.0)})
    report = check(layer, max_examples=3, checks=("finite-difference", "dtype"))
    assert report.verdict is Verdict.CORRECT, str(report)
    (dtype,) = (result for result in report.results if result.check == "dtype")
    assert dtype.verdict is Verdict.NOT_APPLICABLE
    assert "may never" in dtype.reason


def _beside_noise(error):
    """Return tanh(x), whose gradient loses digits to another input that it does not depend on."""

    @jax.custom_vjp
    def layer(x, a):
        return jnp.tanh(x) + 0.0 * a

    def backward(kept, y_bar):
        x, a = kept
        rounded = ((a * 1.1 - a) - a * 0.1) * 1e12  # zero, but for its rounding
        return y_bar * (1 - jnp.tanh(x) ** 2 + rounded + error(x, a)), 0.0 * y_bar

    layer.defvjp(lambda x, a: (layer(x, a), (x, a)), backward)
    return Layer.from_jax(layer, jit=False)


NOISY = np.array([0.3, 0.7, 1.1]), np.array([1.7, 2.3, 0.9])


def test_digits_that_a_gradient_loses_to_another_input_are_rounding():
    report = check(_beside_noise(lambda x, a: 0.0), *NOISY, checks=("finite-difference",))
    assert report.verdict is not Verdict.WRONG, str(report)


def test_error_larger_than_what_is_lost_is_wrong():
    report = check(_beside_noise(lambda x, a: 0.5), *NOISY, checks=("finite-difference",))
    assert report.verdict is Verdict.WRONG


def test_gradient_that_is_wrong_where_inputs_are_equal_is_no_rounding():
    @jax.custom_vjp
    def product(x, a):
        return x * a

    def backward(kept, y_bar):
        x, a = kept
        return y_bar * jnp.where(x == a, 0.0, a), y_bar * x

    product.defvjp(lambda x, a: (x * a, (x, a)), backward)
    point = np.array([0.3, 0.7, 1.1])
    report = check(Layer.from_jax(product), point, point.copy(), checks=("finite-difference",))
    assert report.verdict is Verdict.WRONG
