"""Classes that keep a cache, parameters and gradients, in several hands."""

import numpy as np
from scipy.special import expit

from benchmarks.calibration.strangers.samples.images import col2im, im2col
from benchmarks.calibration.strangers.stranger import FLAWED, by_object, normal


class Linear:
    def __init__(self, n_in, n_out):
        self.weight = np.zeros((n_in, n_out))
        self.bias = np.zeros(n_out)

    def forward(self, x):
        self.inp = x
        return x @ self.weight + self.bias

    def backward(self, grad):
        self.grad_weight = self.inp.T @ grad
        self.grad_bias = grad.sum(axis=0)
        return grad @ self.weight.T


class _LinearMean(Linear):
    def backward(self, grad):
        out = super().backward(grad)
        self.grad_weight = self.grad_weight / len(grad)
        return out


class _LinearUntransposed(Linear):
    def backward(self, grad):
        super().backward(grad)
        return grad @ np.roll(self.weight.T, 1, axis=0)


class Affine:
    """As in books: a list of parameters, gradients copied into arrays that others hold."""

    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
        self.x = None

    def forward(self, x):
        W, b = self.params
        out = np.dot(x, W) + b
        self.x = x
        return out

    def backward(self, dout):
        W, b = self.params
        dx = np.dot(dout, W.T)
        self.grads[0][...] = np.dot(self.x.T, dout)
        self.grads[1][...] = np.sum(dout, axis=0)
        return dx


class _AffineForgetsBias(Affine):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads[1][...] = 0
        return dx


class Relu:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout = dout.copy()
        dout[self.mask] = 0
        return dout


class _ReluOfCotangent(Relu):
    def backward(self, dout):
        return np.maximum(dout, 0) * ~self.mask


class Sigmoid:
    def forward(self, x):
        self.out = expit(x)
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class _SigmoidNoFactor(Sigmoid):
    def backward(self, dout):
        return dout * (1.0 - self.out)


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        self.y = e / e.sum(axis=-1, keepdims=True)
        return -np.sum(np.log(self.y) * t) / len(t)

    def backward(self, dout=1.0):
        return dout * (self.y * self.t.sum(-1, keepdims=True) - self.t) / len(self.t), None


class _SoftmaxNoBatch(SoftmaxWithLoss):
    def backward(self, dout=1.0):
        return dout * (self.y * self.t.sum(-1, keepdims=True) - self.t), None


class Convolution:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        k, _, fh, fw = self.W.shape
        n, _, h, w = x.shape
        self.shape, self.col = x.shape, im2col(x, fh, fw)
        out = self.col @ self.W.reshape(k, -1).T + self.b
        return out.reshape(n, h - fh + 1, w - fw + 1, k).transpose(0, 3, 1, 2)

    def backward(self, dout):
        k, c, fh, fw = self.W.shape
        d = dout.transpose(0, 2, 3, 1).reshape(-1, k)
        self.db = d.sum(axis=0)
        self.dW = (self.col.T @ d).transpose(1, 0).reshape(k, c, fh, fw)
        return col2im(d @ self.W.reshape(k, -1), self.shape, fh, fw)


class _ConvolutionOrder(Convolution):
    def backward(self, dout):
        dx = super().backward(dout)
        k, c, fh, fw = self.W.shape
        d = dout.transpose(0, 2, 3, 1).reshape(-1, k)
        self.dW = (self.col.T @ d).reshape(k, c, fh, fw)
        return dx


class BatchNorm:
    def __init__(self, k=3):
        self.p = {"gamma": np.ones(k), "beta": np.zeros(k)}
        self.g = {}

    def forward(self, x):
        self.xc = x - x.mean(0)
        self.std = np.sqrt((self.xc**2).mean(0) + 1e-5)
        self.xn = self.xc / self.std
        return self.p["gamma"] * self.xn + self.p["beta"]

    def backward(self, dout):
        m = len(dout)
        self.g["beta"] = dout.sum(axis=0)
        self.g["gamma"] = np.sum(self.xn * dout, axis=0)
        dxn = self.p["gamma"] * dout
        dxc = dxn / self.std
        dstd = -np.sum(dxn * self.xc / self.std**2, axis=0)
        dxc += (2.0 / m) * self.xc * (0.5 * dstd / self.std)
        return dxc - dxc.sum(axis=0) / m


class _BatchNormVariance(BatchNorm):
    def backward(self, dout):
        super().backward(dout)
        m = len(dout)
        dxn = self.p["gamma"] * dout
        dxc = dxn / self.std
        dxc += (2.0 / m) * self.xc * -np.sum(dxn * self.xc / self.std**2, axis=0)
        return dxc - dxc.sum(axis=0) / m


class Accumulating:
    """Adds to its gradients at every call, as trainers with small batches want it."""

    def __init__(self, W):
        self.W = W.copy()
        self.dW = np.zeros_like(W)

    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W)

    def backward(self, dout):
        d = dout * (1 - np.tanh(self.x @ self.W) ** 2)
        self.dW += self.x.T @ d
        return d @ self.W.T


class _AccumulatingNoTanh(Accumulating):
    def backward(self, dout):
        self.dW += self.x.T @ dout
        return super().backward(dout)


class Sequential:
    def __init__(self, i, h, o):
        self.layers = [Linear(i, h), Relu(), Linear(h, o)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class _SequentialSkips(Sequential):
    def backward(self, grad):
        for layer in (self.layers[2], self.layers[0]):
            grad = layer.backward(grad)
        return grad


class MeanSquare:
    """A loss without a cotangent; its backward takes nothing."""

    def forward(self, prediction, target):
        self.r = prediction - target
        return np.mean(self.r**2)

    def backward(self):
        return 2 * self.r / self.r.size, -2 * self.r / self.r.size


class _MeanSquareRows(MeanSquare):
    def backward(self):
        return 2 * self.r / len(self.r), -2 * self.r / len(self.r)


LINEAR = {"weight": ("weight", "grad_weight"), "bias": ("bias", "grad_bias")}
LISTED = {"W": ("params[0]", "grads[0]"), "b": ("params[1]", "grads[1]")}
NORM = {"gamma": ("p['gamma']", "g['gamma']"), "beta": ("p['beta']", "g['beta']")}
STACK = {
    "w1": ("layers[0].weight", "layers[0].grad_weight"),
    "b1": ("layers[0].bias", "layers[0].grad_bias"),
    "w2": ("layers[2].weight", "layers[2].grad_weight"),
    "b2": ("layers[2].bias", "layers[2].grad_bias"),
}
DENSE = normal(290, 4, 3), normal(291, 3, 2), normal(292, 2)

OBJECTS = (
    by_object(
        "linear object",
        lambda n_in=3, n_out=2: Linear(n_in, n_out),
        *DENSE,
        declared={"parameters": LINEAR},
        wrong={
            "averaged": lambda n_in=3, n_out=2: _LinearMean(n_in, n_out),
            "rolled": lambda n_in=3, n_out=2: _LinearUntransposed(n_in, n_out),
        },
        over={"shapes": {"x": "n n_in", "weight": "n_in n_out", "bias": "n_out"}},
    ),
    by_object(
        "affine object of a book",
        lambda: Affine(np.zeros((3, 2)), np.zeros(2)),
        *DENSE,
        declared={"parameters": LISTED},
        widens=True,
        wrong={"the bias": lambda: _AffineForgetsBias(np.zeros((3, 2)), np.zeros(2))},
        over={"shapes": {"x": "n 3", "W": "3 2", "b": "2"}},
    ),
    by_object(
        "relu object",
        Relu,
        normal(293, 3, 4),
        wrong={"of the cotangent": _ReluOfCotangent},
        over={"shapes": {"x": "n k"}},
    ),
    by_object(
        "sigmoid object",
        Sigmoid,
        normal(294, 3, 4),
        wrong={"a factor": _SigmoidNoFactor},
        over={"shapes": {"x": "n k"}},
        expected=FLAWED,
    ),
    by_object(
        "softmax-with-loss object",
        SoftmaxWithLoss,
        normal(295, 3, 4),
        np.eye(4)[[2, 0, 1]],
        declared={"constants": ("t",)},
        wrong={"the batch": _SoftmaxNoBatch},
        over={"shapes": {"x": "n+1 k+1", "t": "n+1 k+1"}, "domain": {"x": (-6.0, 6.0), "t": (0.0, 1.0)}},
    ),
    by_object(
        "convolution object",
        lambda: Convolution(np.zeros((2, 2, 2, 3)), np.zeros(2)),
        normal(296, 2, 2, 3, 4),
        normal(297, 2, 2, 2, 3),
        normal(298, 2),
        declared={"parameters": {"W": ("W", "dW"), "b": ("b", "db")}},
        wrong={"a transpose": lambda: _ConvolutionOrder(np.zeros((2, 2, 2, 3)), np.zeros(2))},
        over={"shapes": {"x": "n 2 h+2 w+3", "W": "2 2 2 3", "b": "2"}},
    ),
    by_object(
        "batch normalisation object",
        BatchNorm,
        normal(299, 5, 3),
        normal(300, 3),
        normal(301, 3),
        declared={"parameters": NORM},
        wrong={"the root's half": _BatchNormVariance},
        over={"shapes": {"x": "n+2 k", "gamma": "k", "beta": "k"}, "domain": {"x": (-5.0, 5.0)}},
    ),
    by_object(
        "gradients that add up",
        lambda: Accumulating(np.zeros((3, 2))),
        normal(302, 4, 3),
        normal(303, 3, 2),
        declared={"parameters": {"W": ("W", "dW")}, "accumulates": True},
        widens=True,
        wrong={"added twice": lambda: _AccumulatingNoTanh(np.zeros((3, 2)))},
        over={"shapes": {"x": "n 3", "W": "3 2"}},
    ),
    by_object(
        "network of objects",
        lambda: Sequential(3, 4, 2),
        normal(304, 5, 3),
        normal(305, 3, 4),
        normal(306, 4),
        normal(307, 4, 2),
        normal(308, 2),
        declared={"parameters": STACK},
        wrong={"a layer is skipped": lambda: _SequentialSkips(3, 4, 2)},
        over={"shapes": {"x": "n 3", "w1": "3 4", "b1": "4", "w2": "4 2", "b2": "2"}},
    ),
    by_object(
        "mean-square object",
        MeanSquare,
        normal(309, 3, 2),
        normal(310, 3, 2),
        wrong={"rows, not entries": _MeanSquareRows},
        over={"shapes": {"prediction": "n+1 k+1", "target": "n+1 k+1"}},
    ),
)
