"""Layers whose backward is mutated: a right one in each dialect, and some that misbehave once they are."""

import numpy as np

from gradcheck import Layer


def square(x):
    return x**2


def square_backward(g, x):
    return 2 * x * g


SQUARE = Layer.from_backward(square, square_backward, shapes={"x": "n"}, name="square")


def down(x, *, stride=1):
    return 3 * x[::stride]


def down_backward(g, x, *, stride=1):
    bar = np.zeros_like(x)
    bar[::stride] = 3 * g
    return bar if stride > 1 else 3 * g


def down_layer(*strides):
    """Return a layer that sweeps some strides."""
    fields = {"shapes": {"x": "n"}, "options": {"stride": strides}, "name": "down"}
    return Layer.from_backward(down, down_backward, **fields)


def count_backward(g, x):
    i = 0
    bar = np.zeros_like(x)
    while i < len(x):
        bar[i] = 2 * x[i] * g[i]
        i += 1
    return bar


COUNTING = Layer.from_backward(square, count_backward, shapes={"x": "n"}, name="counting")


def tanh(x, w):
    y = np.tanh(x @ w)
    return y, (x, w, y)


def tanh_backward(g, cache):
    x, w, y = cache
    bar = inner(g, y)
    return bar @ w.T, x.T @ bar


def inner(g, y):
    return g * (1 - y * y)


CACHED = Layer.from_cached(tanh, tanh_backward, shapes={"x": "n i", "w": "i o"}, name="cached")


class Linear:
    def __init__(self, i, o):
        self.w, self.dw = np.zeros((i, o)), np.zeros((i, o))

    def forward(self, x):
        self.x = x
        return x @ self.w

    def backward(self, g):
        self.dw[:] = self.outer(g)
        return g @ self.w.T

    def outer(self, g):
        return self.x.T @ g


OBJECT = Layer.from_module(
    lambda i, o: Linear(i, o),
    parameters={"w": ("w", "dw")},
    shapes={"x": "n i", "w": "i o"},
    name="object",
)


def loss(x):
    r = x - 1
    return float(r @ r), 2 * r


LOSS = Layer.from_gradient(loss, shapes={"x": "n"}, name="loss")


def wrong_backward(g, x):
    return 3 * x * g


WRONG = Layer.from_backward(square, wrong_backward, shapes={"x": "n"}, name="wrong")
COMPILED = Layer(np.sin, np.frompyfunc(lambda x: x, 1, 2), shapes={"x": "n"}, name="compiled")
TYPED = eval("Layer.from_backward(square, lambda g, x: 2 * x * g, shapes={'x': 'n'}, name='typed')")
