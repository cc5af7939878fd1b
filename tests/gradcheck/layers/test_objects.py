"""Objects with forward and backward become layers in one call; what they lack is said at once."""

import numpy as np
import pytest

from gradcheck import Layer, MalformedLayer, Verdict, check

SHAPES = {"x": "n i", "W": "i o", "b": "o"}
PLACES = {"W": ("W", "dW"), "b": ("b", "db")}


class Affine:
    """As a student writes it."""

    def __init__(self, i=2, o=3):
        self.W, self.b = np.zeros((i, o)), np.zeros(o)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T


ONE = Affine()


class Doubled(Affine):
    def backward(self, dout):
        x_bar = super().backward(dout)
        self.dW = 2 * self.dW
        return x_bar


def made(factory=Affine, **fields):
    return Layer.from_module(factory, **{"parameters": PLACES, "shapes": SHAPES, **fields})


def verdict(layer, *primals):
    return check(layer, *primals, max_examples=30).verdict


def test_a_right_object_is_correct_at_any_size():
    assert verdict(made()) is Verdict.CORRECT


def test_a_wrong_gradient_of_a_parameter_is_found_by_its_name():
    report = check(made(Doubled), max_examples=30)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].reason == "in the cotangent of 'W' (input 2 of 3)"


def test_the_factory_is_given_the_sizes_it_names():
    seen = set()

    def factory(i, o):
        seen.add((i, o))
        return Affine(i, o)

    assert verdict(made(factory)) is Verdict.CORRECT
    assert len(seen) > 3


def test_the_factory_may_take_the_parameters_themselves():
    class Given(Affine):
        def __init__(self, W, b):
            self.params = [W, b]
            self.grads = [np.zeros_like(W), np.zeros_like(b)]

        def forward(self, x):
            self.x = x
            return x @ self.params[0] + self.params[1]

        def backward(self, dout):
            self.grads[0][...] = self.x.T @ dout
            self.grads[1][...] = dout.sum(axis=0)
            return dout @ self.params[0].T

    places = {"W": ("params[0]", "grads[0]"), "b": ("params[1]", "grads[1]")}
    assert verdict(made(Given, parameters=places)) is Verdict.CORRECT


def test_options_go_to_the_factory_or_to_forward():
    class Scaled:
        def __init__(self, factor):
            self.factor = factor

        def forward(self, x, flip):
            self.sign = -1 if flip else 1
            return self.sign * self.factor * x

        def backward(self, dout):
            return self.sign * self.factor * dout

    options = {"factor": (1.0, 3.0), "flip": (False, True)}
    layer = Layer.from_module(Scaled, shapes={"x": "n"}, options=options)
    assert verdict(layer) is Verdict.CORRECT


def test_names_of_methods_are_the_users():
    class Other:
        def __call__(self, x):
            self.x = x
            return np.sin(x)

        def grad(self, dout):
            return np.cos(self.x) * dout

    layer = Layer.from_module(Other, forward="__call__", backward="grad", shapes={"x": "..."})
    assert verdict(layer) is Verdict.CORRECT


def test_accessor_functions_lead_to_parameters_and_gradients():
    class Hidden(Affine):
        def weights(self):
            return [self.W, self.b]

        def weight_grads(self):
            return {"W": self.dW, "b": self.db}

    places = {
        "W": (lambda layer: layer.weights()[0], lambda layer: layer.weight_grads()["W"]),
        "b": ("weights()[1]", "weight_grads()['b']"),
    }
    layer = Layer.from_module(lambda i, o: Hidden(i, o), parameters=places, shapes=SHAPES, name="hidden")
    assert verdict(layer) is Verdict.CORRECT


def test_at_a_point_inputs_are_named_as_in_the_method():
    layer = Layer.from_module(lambda: Affine(2, 3), parameters=PLACES)
    report = check(layer, np.ones((4, 2)), np.ones((2, 3)), np.ones(3))
    assert report.inputs == ("x", "W", "b")
    assert report.layer == "Affine"
    assert report.verdict is Verdict.CORRECT


def test_a_loss_without_a_cotangent_is_a_layer():
    class Loss:
        def forward(self, a, t):
            self.residual = a - t
            return (self.residual**2).sum()

        def backward(self):
            return 2 * self.residual

    layer = Layer.from_module(Loss, shapes={"a": "n", "t": "n"}, constants=("t",))
    assert verdict(layer) is Verdict.CORRECT


def test_several_outputs_have_their_cotangents_one_by_one():
    class Pair:
        def forward(self, x):
            return 2 * x, 3 * x

        def backward(self, first, second):
            return 2 * first + 3 * second

    assert verdict(Layer.from_module(Pair, shapes={"x": "n"})) is Verdict.CORRECT


def test_every_call_works_on_an_object_of_its_own():
    layer = made(accumulates=True)
    _, pullback = layer.vjp(np.ones((1, 2)), np.ones((2, 3)), np.ones(3))
    first, second = (pullback(np.ones((1, 3))) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"forward": "call"}, "'Affine' has no method 'call' for forward=; it has W, b, backward, forward"),
        ({"backward": "W"}, "'Affine' has no method 'W' for backward=; it has W, b, backward, forward"),
        ({"parameters": {"b": ("bias", "db")}}, "'Affine' has no attribute 'bias'; it has W, b, backward"),
        ({"parameters": {"b": ("b", "grads['b']")}}, "'Affine' has no attribute 'grads'"),
        ({"parameters": {"b": "db"}}, "must be the pair of places (value, gradient)"),
        ({"parameters": {"b": ("b", "d b")}}, "a place is written like"),
        ({"keeps": ("3x",)}, "a place is written like"),
        ({"shapes": {"W": "i o", "x": "n i", "b": "o"}}, "shapes must end with the parameters W, b"),
        ({"parameters": ["W"]}, "parameters must map each parameter to (value, gradient), got ['W']"),
        ({"keeps": "training"}, "keeps must be a tuple of places, got 'training'"),
        ({"keeps": ("trainin",)}, "'Affine' has no attribute 'trainin'"),
        ({"forward": 3}, "forward must be the name of a method, got 3"),
        ({"shapes": {"x": 3, "W": 4, "b": 5}}, "shapes must map each input to a string"),
        ({"factory": lambda: 1 / 0}, "factory raised ZeroDivisionError: division by zero"),
        ({"factory": lambda: None}, "factory must return an object, but it returns None"),
        ({"parameters": {"b": (lambda o: o.nope, "db")}}, "an accessor of 'Affine' raised AttributeError"),
        ({"factory": Affine()}, "factory must make a new object, got one Affine: write lambda"),
        ({"factory": 3}, "factory must make a new object, got one int"),
        ({"factory": lambda: ONE}, "factory must make a new object at each call"),
    ],
)  # fmt: skip
def test_what_an_object_lacks_is_said_when_the_record_is_written(fields, said):
    with pytest.raises(MalformedLayer) as refused:
        Layer.from_module(**{"factory": Affine, "parameters": PLACES, **fields})
    assert said in str(refused.value)


def test_a_factory_that_asks_for_something_unknown_is_told_what_is_known():
    layer = made(lambda i, width: Affine(i, width))
    said = "factory asks for 'width', which is no size, option or parameter; known: 'n', 'i', 'o', 'W', 'b'"
    with pytest.raises(MalformedLayer, match=said):
        check(layer, max_examples=5)


class Squares:
    def forward(self, x):
        self.x = x
        return np.sum(x * x)

    def backward(self):
        return 2 * self.x


def test_size_that_the_factory_asks_for_is_told_where_to_name():
    class Sized(Affine):
        def __init__(self, n_in, n_out):
            super().__init__(n_in, n_out)

    with pytest.raises(MalformedLayer, match=r'If it is a size, call it so in shapes: \{"x": "n n_in"\}'):
        check(made(Sized))
    named = {"x": "n n_in", "W": "n_in n_out", "b": "n_out"}
    assert verdict(made(Sized, shapes=named)) is Verdict.CORRECT


@pytest.mark.parametrize("factory", [Squares, lambda: Squares()])
def test_object_whose_backward_takes_no_cotangent_is_a_loss(factory):
    assert Layer.from_module(factory).is_loss
    assert not made().is_loss


class Table:
    """A look-up whose constructor asks for its rows."""

    def __init__(self, W):
        self.W, self.dW = W.copy(), np.zeros_like(W)

    def forward(self, words):
        self.words = words
        return self.W[words]

    def backward(self, dout):
        self.dW[...] = 0
        np.add.at(self.dW, self.words, dout)


def test_inputs_of_a_class_that_asks_for_a_parameter_are_named_as_in_the_method():
    layer = Layer.from_module(Table, parameters={"W": ("W", "dW")}, constants=("words",))
    report = check(layer, np.array([0, 2, 2]), np.arange(8.0).reshape(4, 2) + 0.3)
    assert report.verdict is Verdict.CORRECT
    assert report.inputs == ("words", "W")


def test_parameters_that_are_left_out_at_a_point_are_asked_for_by_name():
    class Dense:
        def __init__(self):
            self.w, self.dw = np.ones((3, 2)), None

        def forward(self, x):
            self.x = x
            return x @ self.w

        def backward(self, d):
            self.dw = self.x.T @ d
            return d @ self.w.T

    layer = Layer.from_module(Dense, parameters={"w": ("w", "dw")})
    said = str(check(layer, np.ones((4, 3))))
    assert "the parameters' values (w) follow the inputs, as in check(layer, x, w)" in said
