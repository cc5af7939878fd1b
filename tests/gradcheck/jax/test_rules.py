import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from tests.gradcheck.jax.rules import RIGHT, SMALL, WRONG, cubed, rule, scaled_power, softplus


@pytest.mark.parametrize("layer", RIGHT, ids=lambda layer: layer.name)
def test_right_rule_is_correct(layer):
    report = check(layer, max_examples=3)
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize(("meant", "name", "function", "fields"), WRONG, ids=[w[1] for w in WRONG])
def test_wrong_rule_is_found_by_the_check_that_is_meant_for_it(meant, name, function, fields):
    layer = Layer.from_jax(function, name=name, **fields)
    (result,) = check(layer, checks=(meant,), max_examples=8).results
    assert result.verdict.is_failure, result.reason


def test_configuration_of_jax_is_left_alone():
    layer = Layer.from_jax(lambda x: x * x)
    assert layer.forward(np.ones(2)).dtype == np.float64
    assert not jax.config.jax_enable_x64
    assert jnp.ones(2).dtype == jnp.float32


def test_each_shape_is_compiled_once():
    traces = []

    def square(x):
        traces.append(x.shape)
        return x * x

    layer = Layer.from_jax(square)
    for _ in range(5):
        layer.forward(np.ones(3))
    assert traces == [(3,)]


def test_plain_function_is_recorded_once_for_all_cotangents():
    traces = []

    def square(x):
        traces.append(x.shape)
        return x * x

    _, pullback = Layer.from_jax(square, jit=False).vjp(np.ones(3))
    for scale in (1.0, 2.0, 3.0):
        assert pullback(np.full(3, scale))[0].tolist() == [2 * scale] * 3
    assert traces == [(3,)]


def test_nothing_is_compiled_at_a_point_but_what_is_compared_with_it():
    layer = Layer.from_jax(lambda x: jnp.sin(x) * x)
    assert check(layer, np.linspace(0.5, 1.5, 4)).verdict is Verdict.CORRECT
    assert len(layer.framework.compiled) == 1


def test_few_shapes_are_drawn():
    traces = set()

    def total(x, w):
        traces.add((x.shape, w.shape))
        return (x @ w).sum()

    check(Layer.from_jax(total, shapes={"x": "n k", "w": "k m"}), checks=("contract",))
    assert 2 <= len(traces) <= 4


def test_options_are_fixed_in_what_is_compiled():
    layer = Layer.from_jax(lambda x, *, k: x**k, options={"k": (2, 3)})
    assert layer.forward(np.array([2.0]), k=2) == [4.0]
    assert layer.forward(np.array([2.0]), k=3) == [8.0]


def test_integers_have_no_cotangent():
    layer = Layer.from_jax(lambda x, i: x[i], constants=("i",))
    _, pullback = layer.vjp(np.ones(3), np.array([0, 0]))
    x_bar, i_bar = pullback(np.array([1.0, 2.0]))
    assert x_bar.tolist() == [3.0, 0.0, 0.0]
    assert i_bar is None


def test_cotangent_of_a_complex_input_is_in_our_convention():
    layer = Layer.from_jax(lambda z: (z * z).real)
    _, pullback = layer.vjp(np.array([1.0 + 2.0j]))
    assert pullback(np.ones(1))[0].tolist() == [2.0 - 4.0j]


def test_custom_jvp_fills_jvp():
    (layer,) = (layer for layer in RIGHT if layer.name == "tangent")
    _, y_dot = layer.jvp((np.zeros(1),), (np.array([3.0]),))
    assert y_dot.tolist() == [3.0]


def test_line_is_that_of_the_rule():
    function = rule(softplus, lambda x: (softplus(x), x), lambda x, g: (g,))
    assert Layer.from_jax(function).functions[0].__wrapped__ is function.bwd


def test_wrong_second_derivative_is_told_where_nobody_asked():
    function = rule(cubed, lambda x: (cubed(x), x), lambda x, g: (g * jax.lax.stop_gradient(3 * x * x),))
    report = check(Layer.from_jax(function, shapes={"x": "n"}, domain={"x": SMALL}), max_examples=12)
    assert report.verdict is Verdict.CORRECT
    (told,) = (r.reason for r in report.results if r.check == "double-backward")
    assert "gives a wrong second derivative" in told


def test_plain_and_compiled_calls_agree():
    plain, compiled = (Layer.from_jax(lambda x: jnp.tanh(x), jit=jit) for jit in (False, True))
    x = np.linspace(-1, 1, 5)
    np.testing.assert_allclose(plain.forward(x), compiled.forward(x), rtol=1e-15)


def test_half_precision_results_come_as_float32():
    assert Layer.from_jax(lambda x: x.astype(jnp.bfloat16)).forward(np.ones(2)).dtype == np.float32


def in_float32(factor):
    """Return a kernel that computes in float32, with a gradient that is off by a factor."""

    def forward(x):
        return jnp.tanh(x.astype(jnp.float32)).astype(x.dtype), x

    def backward(x, g):
        slope = 1 - jnp.tanh(x.astype(jnp.float32)) ** 2
        return ((factor * slope * g.astype(jnp.float32)).astype(g.dtype),)

    return rule(lambda x: forward(x)[0], forward, backward)


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, Verdict.CORRECT), (1.02, Verdict.WRONG)])
def test_kernel_is_compared_with_a_plain_function_in_its_own_precision(factor, verdict):
    layer = Layer.from_jax(
        in_float32(factor), reference=jnp.tanh, shapes={"x": "n"}, domain={"x": (-2.0, 2.0)}
    )
    assert check(layer, checks=("reference",), max_examples=4).verdict is verdict


def test_arrays_of_jax_are_taken_at_a_point():
    layer = Layer.from_jax(lambda a, b: jnp.sin(a["x"]) * b)
    assert check(layer, {"x": jnp.linspace(0.1, 1.0, 4)}, np.ones(4)).verdict is Verdict.CORRECT


def test_options_that_look_alike_are_compiled_apart():
    def apply(x, act):
        return act(x)

    layer = Layer.from_jax(apply, shapes={"x": "n"}, options={"act": (jax.jit(jnp.sin), jax.jit(jnp.tanh))})
    report = check(layer, max_examples=6, checks=("finite-difference", "compiled"))
    assert report.verdict is Verdict.CORRECT


POWERS = {"shapes": {"x": "n"}, "domain": {"x": SMALL}, "options": {"power": (2, 3)}}


def powered(by):
    return rule(scaled_power, lambda p, x: (x**p, x), lambda p, x, g: (g * p * x ** (p - by),), (0,))


def test_option_before_the_inputs_is_given_in_its_place():
    right, wrong = (Layer.from_jax(powered(by), **POWERS) for by in (1, 0))
    x = np.array([0.7, 1.9])
    assert check(right, max_examples=4).verdict is Verdict.CORRECT
    assert check(right, x, power=3).verdict is Verdict.CORRECT
    assert check(wrong, max_examples=4).verdict is Verdict.WRONG
    assert check(wrong, x, power=3).verdict is Verdict.WRONG


def test_option_that_is_left_out_at_a_point_is_asked_for():
    report = check(Layer.from_jax(powered(1), **POWERS), np.ones(2))
    assert "missing a required argument: 'x'" in str(report)
    assert "as check(layer, x, power=2)" in str(report)


@pytest.mark.parametrize("seed", range(4))
def test_few_examples_suffice_for_a_second_derivative(seed):
    meant, name, function, fields = next(each for each in WRONG if each[0] == "double-backward")
    (result,) = check(
        Layer.from_jax(function, name=name, **fields), checks=(meant,), max_examples=3, seed=seed
    ).results
    assert result.verdict is Verdict.WRONG


def test_what_is_not_differentiated_goes_by_position_at_a_point():
    x = np.array([0.7, 1.9])
    assert check(Layer.from_jax(powered(1)), 3, x).verdict is Verdict.CORRECT
    assert check(Layer.from_jax(powered(1), constants=("power",)), 3, x).verdict is Verdict.CORRECT
    assert check(Layer.from_jax(powered(0)), 3, x).verdict is Verdict.WRONG


def test_function_that_cannot_be_mapped_is_let_be_beside_examples_that_overflow():
    def sinh(x):
        return jax.pure_callback(np.sinh, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    function = rule(sinh, lambda x: (sinh(x), x), lambda x, g: (g * jnp.cosh(x),))
    report = check(Layer.from_jax(function, shapes={"x": "n"}), max_examples=20)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_single_precision_is_computed_as_the_user_s_process_computes_it():
    def pick(z, t):
        return jnp.take_along_axis(z, t[:, None], 1)[:, 0]

    function = rule(
        pick,
        lambda z, t: (pick(z, t), (t, z.shape[1])),
        lambda kept, g: (g[:, None] * jax.nn.one_hot(*kept), None),
    )
    fields = {"dtype": {"t": "int64"}, "domain": {"t": (0, "k-1")}}
    report = check(Layer.from_jax(function, shapes={"z": "n k", "t": "n"}, **fields), max_examples=6)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_loop_is_compiled_at_a_point_since_it_takes_long_by_itself():
    def iterate(a, x):
        return jax.lax.fori_loop(0, 20, lambda _, x: 0.5 * jnp.cos(a * x), x)

    layer = Layer.from_jax(iterate)
    check(layer, np.array([0.3]), np.zeros(1), checks=("finite-difference", "linearity", "layout"))
    assert layer.framework.compiles or max(layer.framework.plain_seconds) < 0.02
