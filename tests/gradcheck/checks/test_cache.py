"""A pullback is asked for its own gradient after forward has been elsewhere."""

import numpy as np

from gradcheck import Layer, Verdict, check
from gradcheck.checks.cache import ONE_CACHE
from tests.gradcheck.example_layers import LINEAR, SQUARE, outcome

X = np.array([1.0, -2.0, 3.0])


def test_pullbacks_with_residuals_of_their_own_are_correct():
    assert outcome("cache", SQUARE, X).verdict is Verdict.CORRECT
    primals = np.ones((2, 3)), np.ones((3, 1)), np.ones(1)
    assert outcome("cache", LINEAR, *primals).verdict is Verdict.CORRECT


def test_a_cache_shared_by_all_calls_is_wrong():
    kept = {}

    def vjp(x):
        kept["x"] = x
        return x * x, lambda y_bar: 2 * kept["x"] * y_bar

    found = outcome("cache", Layer(SQUARE.forward, vjp), X)
    assert found.verdict is Verdict.WRONG
    assert "the cotangent of 'x' is the other's: what both calls share, a cache or a buffer" in found.reason


class Halves:
    """Keeps one factor per forward, and the other from the first forward on."""

    def __init__(self):
        self.first = None

    def forward(self, x):
        self.first = x if self.first is None else self.first
        self.x = x
        return x**3

    def backward(self, y_bar):
        return 3 * self.x * self.first * y_bar


class Latest(Halves):
    def forward(self, x):
        self.first = None
        return super().forward(x)


def test_an_object_that_keeps_its_latest_input_is_said_to():
    found = outcome("cache", Layer.from_module(Latest), X)
    assert (found.verdict, found.reason) == (Verdict.CORRECT, ONE_CACHE)


def test_an_object_that_mixes_two_inputs_is_wrong():
    found = outcome("cache", Layer.from_module(Halves), X)
    assert found.verdict is Verdict.WRONG
    assert "the cotangent of 'x' is neither's" in found.reason


class Cell:
    """Its gradient depends on its parameter in a curved way."""

    def __init__(self, w):
        self.w, self.dw = w, None

    def forward(self, x):
        self.x, self.y = x, np.tanh(x * self.w)
        return self.y

    def backward(self, y_bar):
        z_bar = y_bar * (1 - self.y**2)
        self.dw = (z_bar * self.x).sum()
        return z_bar * self.w


PLACES = {"w": ("w", "dw")}


def test_parameters_stay_where_the_inputs_move():
    layer = Layer.from_module(Cell, parameters=PLACES, shapes={"x": "n", "w": ""})
    found = outcome("cache", layer, X, np.array(0.5))
    assert (found.verdict, found.reason) == (Verdict.CORRECT, ONE_CACHE)


def test_a_cache_of_the_class_is_shared_by_its_objects():
    class Shared(Cell):
        def forward(self, x):
            Shared.x = x
            return x * self.w

        def backward(self, y_bar):
            self.dw = (y_bar * Shared.x).sum()
            return y_bar * self.w

    layer = Layer.from_module(Shared, parameters=PLACES, shapes={"x": "n", "w": ""})
    found = outcome("cache", layer, X, np.array(0.5))
    assert found.verdict is Verdict.WRONG
    assert "the cotangent of 'w' is the other's" in found.reason


def test_an_object_that_draws_a_new_mask_each_time_is_right():
    class Drop:
        def __init__(self, draws):
            self.draws = draws

        def forward(self, x):
            self.kept = self.draws.random(x.shape) < 0.5
            return x * self.kept

        def backward(self, y_bar):
            return y_bar * self.kept

    layer = Layer.from_module(Drop, shapes={"x": "n"}, options={"draws": (np.random.default_rng(0),)})
    for name in ("cache", "accumulation"):
        found = outcome(name, layer, X, draws=np.random.default_rng(0))
        assert found.verdict is not Verdict.WRONG, found.reason


def kept_mask():
    """Return a ReLU whose first mask of each shape is used for ever."""
    masks = {}
    return Layer.from_backward(
        lambda x: np.maximum(x, 0),
        lambda y_bar, x: y_bar * masks.setdefault(x.shape, x > 0),
        name="relu",
        shapes={"x": "n"},
    )


def test_mask_of_the_first_call_that_is_used_for_ever_shows_at_a_single_point():
    found = outcome("cache", kept_mask(), np.array([1.0, -2.0, 3.0, -4.0, 5.0]), is_user_point=True)
    assert found.verdict is Verdict.WRONG
    assert found.reason.endswith("what the first call kept is used for ever")


def test_mask_of_the_first_call_shows_from_declared_shapes():
    assert check(kept_mask()).verdict.is_failure


def test_gradient_that_is_the_same_everywhere_is_no_kept_one():
    layer = Layer.from_backward(lambda x: 2 * x, lambda y_bar, x: 2 * y_bar, name="double")
    assert outcome("cache", layer, np.array([1.0, -2.0, 3.0]), is_user_point=True).verdict is Verdict.CORRECT
