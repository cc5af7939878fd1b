"""The first look moves all inputs at once; each of them is settled only by a look fine enough for itself."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck._util.silence import silence_warnings
from gradcheck.judging.screen import TARGET, compare_jointly
from gradcheck.judging.tolerance import Reason
from gradcheck.numerics.moves import DOWN, UP, move
from gradcheck.numerics.screen import screen_further, screen_jointly
from tests.gradcheck.example_layers import LINEAR, PRODUCT, SQUARE, elementwise, point_of
from tests.gradcheck.smooth import scaled


def settled(layer, *primals, seed=0):
    point = point_of(layer, *primals, seed=seed)
    with silence_warnings():
        found = screen_jointly(point.near_jointly(), np.random.default_rng(seed))
        return {} if found is None else compare_jointly(point, found, TARGET)


def linear_inputs(rng):
    return rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=2)


def planted(layer, argnum, flat, relative):
    """Return the layer with one entry of one cotangent off by a part of itself."""

    def vjp(*primals):
        y, pullback = layer.vjp(*primals)

        def wrong(y_bar):
            bars = [np.array(bar) for bar in pullback(y_bar)]
            bars[argnum].flat[flat] *= 1 + relative
            return tuple(bars)

        return y, wrong

    return Layer(layer.forward, vjp, shapes=layer.shapes)


def test_all_inputs_cost_two_forward_calls_together():
    point = point_of(LINEAR, *linear_inputs(np.random.default_rng(0)))
    before = point.trial.calls.forward
    assert set(
        compare_jointly(point, screen_jointly(point.near_jointly(), np.random.default_rng(0)), TARGET)
    ) == {0, 1, 2}
    assert point.trial.calls.forward - before == 2


@pytest.mark.parametrize("argnum", range(3))
def test_error_in_an_input_leaves_that_input_unsettled(argnum):
    rng = np.random.default_rng(argnum)
    for seed in range(50):
        layer = planted(LINEAR, argnum, int(rng.integers(2)), 1e-4)
        assert argnum not in settled(layer, *linear_inputs(rng), seed=seed)


@pytest.mark.parametrize("large", [True, False])
def test_sides_made_one_after_the_other_measure_the_same(monkeypatch, large):
    point = point_of(SQUARE, np.random.default_rng(0).normal(size=50))
    expected = screen_jointly(point.near_jointly(), np.random.default_rng(1))
    monkeypatch.setattr("gradcheck.numerics.screen.LARGE", 0 if large else 2**30)
    assert screen_jointly(point.near_jointly(), np.random.default_rng(1)) == expected


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-6, 1.001, 0.9, 2.0, -1.0, 0.0])
def test_gradient_that_is_off_by_a_millionth_is_never_settled(factor, seed):
    rng = np.random.default_rng([seed, 43])
    for _ in range(50):
        function = scaled(rng)
        x = rng.normal(size=1) * function.width
        assert not settled(function.layer(factor), x, seed=seed), (function, x)


def test_most_right_gradients_are_settled():
    rng, passed = np.random.default_rng(3), 0
    for seed in range(200):
        function = scaled(rng)
        judgements = settled(function.layer(1.0), rng.normal(size=1) * function.width, seed=seed)
        assert all(j.reason is Reason.AGREES for j in judgements.values())
        assert all(j.sensitivity == pytest.approx(TARGET) for j in judgements.values())
        passed += bool(judgements)
    assert passed > 100


def test_input_of_little_effect_is_left_to_a_look_of_its_own():
    layer = elementwise(np.sin, np.cos)
    sum_of_two = Layer(
        lambda a, b: np.sin(a).sum() + 1e-9 * b.sum(),
        lambda a, b: (layer.forward(a).sum(), lambda y: (y * np.cos(a), 1e-9 * y * np.ones_like(b))),
    )
    rng = np.random.default_rng(0)
    assert set(settled(sum_of_two, rng.normal(size=100), rng.normal(size=3))) == {0}


def test_opposite_errors_in_two_inputs_do_not_cancel():
    def opposite(a, b):
        return a * b, lambda y_bar: (y_bar * (b + 1e-5 / a), y_bar * (a - 1e-5 / b))

    layer = Layer(PRODUCT.forward, opposite, shapes=PRODUCT.shapes)
    rng = np.random.default_rng(0)
    for seed in range(50):
        assert not settled(layer, rng.uniform(1, 2, 3), rng.uniform(1, 2, 3), seed=seed)


def test_edge_of_a_domain_settles_nothing():
    layer = elementwise(lambda x: 3 * x, lambda x: 3 + 0 * x, domain={"x": (1.0, 2.0)})
    assert not settled(layer, np.array([1.0]))


def test_error_in_a_late_block_of_a_long_input_is_not_settled():
    x = np.random.default_rng(0).normal(size=100_000)
    assert settled(SQUARE, x)

    def wrong(x):
        bar = 2 * x
        bar[99_999] *= 1.01
        return x * x, lambda y_bar: bar * y_bar

    assert not settled(Layer(SQUARE.forward, wrong), x)


def test_layer_that_overwrites_its_inputs_is_measured_all_the_same():
    def overwriting(a, b):
        y = a * b
        a[:], b[:] = 7.0, 8.0
        return y

    rng = np.random.default_rng(0)
    layer = Layer(overwriting, lambda a, b: (a * b, lambda y_bar: (y_bar * b, y_bar * a)))
    assert set(settled(layer, rng.normal(size=4), rng.normal(size=4))) == {0, 1}


def test_further_look_finds_an_error_to_its_size_where_the_function_bends():
    cubic = elementwise(lambda x: x + x**3, lambda x: 1.01 * (1 + 3 * x**2))
    point = point_of(cubic, np.linspace(0.5, 1.5, 6))
    near = point.near_jointly()
    look = screen_further(near, [0], np.random.default_rng(0))
    assert look.excess == pytest.approx(-0.01 / 1.01 * look.predicted[0], rel=1e-6)


def test_inputs_that_are_zero_move_too():
    point = point_of(PRODUCT, np.zeros(3), np.zeros(3))
    moved = {UP: {}, DOWN: {}}
    move(point.near_jointly(), [0, 1], 0.1, np.random.default_rng(0), moved)
    assert all(np.all(moved[UP][argnum] != moved[DOWN][argnum]) for argnum in (0, 1))
