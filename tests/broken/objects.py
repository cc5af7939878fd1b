"""Wrong gradients of objects, which keep their cache, their parameters and the gradients of these."""

from __future__ import annotations

import numpy as np

from gradcheck import Layer
from tests.broken.record import ACCUMULATION, CACHE, FD, STATE, Broken


class Linear:
    """Parameters and gradients in dicts, assigned at each backward."""

    def __init__(self, i, o):
        self.params = {"W": np.zeros((i, o)), "b": np.zeros(o)}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        self.grads["W"] = self.x.T @ dout
        self.grads["b"] = dout.sum(axis=0)
        return dout @ self.params["W"].T


class Adding(Linear):
    """Gradients are added up over calls."""

    def __init__(self, i, o):
        super().__init__(i, o)
        self.grads = {"W": 0.0, "b": 0.0}

    def backward(self, dout):
        self.grads["W"] = self.grads["W"] + self.x.T @ dout
        self.grads["b"] = self.grads["b"] + dout.sum(axis=0)
        return dout @ self.params["W"].T


class Halving(Linear):
    """The gradient of a second call is averaged with the first one's."""

    def backward(self, dout):
        x_bar = super().backward(dout)
        self.earlier = getattr(self, "earlier", self.grads["W"])
        self.grads["W"] = (self.grads["W"] + self.earlier) / 2
        return x_bar


class Averaging(Linear):
    """The bias' gradient is averaged over the batch."""

    def backward(self, dout):
        x_bar = super().backward(dout)
        self.grads["b"] = dout.mean(axis=0)
        return x_bar


class Stepping(Linear):
    """backward takes a step of gradient descent at once."""

    def backward(self, dout):
        x_bar = super().backward(dout)
        self.params["W"] = self.params["W"] - 0.1 * self.grads["W"]
        return x_bar


class HalfCached(Linear):
    """The input is kept by the first forward only, its square by every one."""

    def forward(self, x):
        self.x = getattr(self, "x", x)
        self.squared = x * x
        return (x + x * x) @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        self.grads["W"] = (self.x + self.squared).T @ dout
        self.grads["b"] = dout.sum(axis=0)
        return (1 + 2 * self.x) * (dout @ self.params["W"].T)


class Standardise:
    """Batch normalisation in evaluation: running statistics, as attributes."""

    def __init__(self, k):
        self.gamma, self.dgamma = np.ones(k), None
        self.training = False
        self.running_mean, self.running_var = np.full(k, 0.25), np.full(k, 2.0)

    def forward(self, x):
        self.x_hat = ((x - self.running_mean) / np.sqrt(self.running_var)).astype(x.dtype)
        return self.gamma * self.x_hat

    def backward(self, dout):
        self.dgamma = (dout * self.x_hat).sum(axis=0)
        return (dout * self.gamma / np.sqrt(self.running_var)).astype(dout.dtype)


class Drifting(Standardise):
    """The running mean moves in evaluation too."""

    def forward(self, x):
        y = super().forward(x)
        self.running_mean = 0.9 * self.running_mean + 0.1 * x.mean(axis=0)
        return y


class Switching(Standardise):
    """backward leaves the layer in training mode."""

    def backward(self, dout):
        self.training = True
        return super().backward(dout)


class SquaredLoss:
    """A loss, whose backward takes no cotangent."""

    factor = 2

    def forward(self, prediction, target):
        self.residual = prediction - target
        return (self.residual**2).mean()

    def backward(self):
        return self.factor * self.residual / self.residual.size


class SquaredLossWithoutItsTwo(SquaredLoss):
    """The factor of the square is forgotten."""

    factor = 1


def _linear(factory, **fields):
    return Layer.from_module(
        factory,
        name=fields.pop("name", _spelt(factory)),
        parameters={"W": ("params['W']", "grads['W']"), "b": ("params['b']", "grads['b']")},
        shapes={"x": "n i", "W": "i o", "b": "o"},
        **fields,
    )


def _standardise(factory):
    return Layer.from_module(
        factory,
        name=_spelt(factory),
        parameters={"gamma": ("gamma", "dgamma")},
        keeps=("training", "running_mean", "running_var"),
        shapes={"x": "n k", "gamma": "k"},
        where=lambda n: n >= 1,
        batch="n",
    )


def _loss(factory):
    return Layer.from_module(
        factory,
        name=_spelt(factory),
        shapes={"prediction": "n k", "target": "n k"},
        where=lambda n, k: n >= 1 and k >= 1,
        constants=("target",),
    )


def _spelt(factory):
    return f"object_{factory.__name__.lower()}"


ADDED = Broken(_linear(Adding, name="object_adds_unasked"), ACCUMULATION, "accumulation")
ASSIGNED = Broken(
    _linear(Linear, accumulates=True, name="object_assigns_where_it_should_add"), ACCUMULATION, "accumulation"
)
HALVED = Broken(_linear(Halving), ACCUMULATION, "accumulation")
AVERAGED = Broken(_linear(Averaging), FD, "extra mean")
STEPPED = Broken(_linear(Stepping), STATE, "moves its state")
HALF_CACHED = Broken(_linear(HalfCached), CACHE, "shared cache")
DRIFTED = Broken(_standardise(Drifting), STATE, "moves its state")
SWITCHED = Broken(_standardise(Switching), STATE, "moves its state")
HALF_A_LOSS = Broken(_loss(SquaredLossWithoutItsTwo), FD, "factor")

RIGHT_EXTRAS = (
    _linear(Linear),
    _linear(Adding, accumulates=True),
    _standardise(Standardise),
    _loss(SquaredLoss),
)
