"""Wrong gradients of layers with nested, integer and complex inputs, several outputs, and seeded masks."""

from __future__ import annotations

import numpy as np

from gradcheck import Layer
from tests.broken.record import CONTRACT, FD, Broken, with_backward


def mlp(params, x):
    return np.tanh(x @ params["in"]) @ params["out"]


def mlp_backward(y_bar, params, x):
    h = np.tanh(x @ params["in"])
    h_bar = (y_bar @ params["out"].T) * (1 - h * h)
    return {"in": x.T @ h_bar, "out": h.T @ y_bar}, h_bar @ params["in"].T


MLP = Layer.from_backward(
    mlp,
    mlp_backward,
    name="mlp_of_a_dict",
    shapes={"params": {"in": "k k", "out": "k k"}, "x": "n k"},
    domain={"params": (-1.0, 1.0), "x": (-1.0, 1.0)},
    traits=("analytic",),
    batch="n",
)


@with_backward(MLP, FD, "arguments swapped")
def mlp_swaps_two_parameters(y_bar, params, x):
    bars, x_bar = mlp_backward(y_bar, params, x)
    return {"in": bars["out"], "out": bars["in"]}, x_bar


@with_backward(MLP, CONTRACT, "missing parameter")
def mlp_leaves_a_parameter_out(y_bar, params, x):
    bars, x_bar = mlp_backward(y_bar, params, x)
    return {"in": bars["in"]}, x_bar


def tied(w, x):
    return (x @ w) @ w.T


def tied_backward(y_bar, w, x):
    h_bar = y_bar @ w
    return x.T @ h_bar + y_bar.T @ (x @ w), h_bar @ w.T


TIED = Layer.from_backward(tied, tied_backward, name="tied_weights", shapes={"w": "k h", "x": "n k"})


@with_backward(TIED, FD, "assignment instead of sum")
def tied_weights_count_once(y_bar, w, x):
    return y_bar.T @ (x @ w), y_bar @ w @ w.T


def polar(x):
    return {"sum": x.sum(axis=1), "parts": [np.sin(x), np.cos(x)], "signs": np.sign(x).astype(int)}


def polar_backward(y_bar, x):
    sine, cosine = y_bar["parts"]
    return y_bar["sum"][:, None] + sine * np.cos(x) - cosine * np.sin(x)


POLAR = Layer.from_backward(polar, polar_backward, name="several_outputs", shapes={"x": "n k"})


@with_backward(POLAR, FD, "missing path")
def several_outputs_one_forgotten(y_bar, x):
    return y_bar["sum"][:, None] + y_bar["parts"][0] * np.cos(x)


@with_backward(POLAR, FD, "order of outputs")
def several_outputs_swapped(y_bar, x):
    cosine, sine = y_bar["parts"]
    return y_bar["sum"][:, None] + sine * np.cos(x) - cosine * np.sin(x)


def complex_product(z, w):
    return z * w


def complex_product_backward(y_bar, z, w):
    return y_bar * np.conj(w), y_bar * np.conj(z)


COMPLEX_PRODUCT = Layer.from_backward(
    complex_product,
    complex_product_backward,
    name="complex_product",
    shapes={"z": "n", "w": "n"},
    dtype="complex128",
)


@with_backward(COMPLEX_PRODUCT, FD, "missing conjugate")
def complex_product_without_conjugate(y_bar, z, w):
    return y_bar * w, y_bar * z


@with_backward(COMPLEX_PRODUCT, CONTRACT, "wrong dtype")
def complex_product_real_part_only(y_bar, z, w):
    return (y_bar * np.conj(w)).real, y_bar * np.conj(z)


def spectrum(x):
    return np.fft.fft(x).astype(np.result_type(x.dtype, np.complex64))


def spectrum_backward(y_bar, x):
    return (np.fft.ifft(y_bar).real * x.size).astype(x.dtype)


SPECTRUM = Layer.from_backward(
    spectrum, spectrum_backward, name="spectrum", shapes={"x": "n"}, where=lambda n: n >= 1
)


@with_backward(SPECTRUM, FD, "missing conjugate")
def spectrum_transforms_forward_again(y_bar, x):
    return np.fft.fft(y_bar).real.astype(x.dtype)


@with_backward(SPECTRUM, FD, "1/n")
def spectrum_keeps_the_factor_of_the_inverse(y_bar, x):
    return np.fft.ifft(y_bar).real.astype(x.dtype)


def power(z):
    return z.real**2 + z.imag**2


POWER = Layer.from_backward(
    power, lambda y_bar, z: 2 * z * y_bar, name="power", shapes={"z": "n"}, dtype="complex128"
)


@with_backward(POWER, FD, "missing conjugate")
def power_conjugated(y_bar, z):
    return 2 * np.conj(z) * y_bar


def picked(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(labels)), labels].mean()


def picked_backward(c_bar, scores, labels, offset=1.0):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= offset
    return (c_bar * p / len(labels)).astype(scores.dtype)


PICKED = Layer.from_backward(
    picked,
    picked_backward,
    name="loss_of_labels",
    shapes={"scores": "n k", "labels": "n"},
    where=lambda n, k: n >= 1 and k >= 1,
    dtype={"labels": "int64"},
    domain={"labels": (0, "k-1"), "scores": (-4.0, 4.0)},
    traits=("smooth",),
)


@with_backward(PICKED, FD, "missing term")
def loss_of_labels_forgets_the_label(c_bar, scores, labels):
    return picked_backward(c_bar, scores, labels, offset=0.0)


@with_backward(PICKED, FD, "batch size")
def loss_of_labels_summed_over_the_batch(c_bar, scores, labels):
    return picked_backward(c_bar, scores, labels) * len(labels)


def svm_loss(scores, labels):
    """Return the multiclass hinge loss and its gradient together, as a course would."""
    return _svm(scores, labels, counted=True)


def _svm(scores, labels, *, counted):
    rows = np.arange(len(labels))
    margins = np.maximum(0, scores - scores[rows, labels][:, None] + 1)
    margins[rows, labels] = 0
    bars = (margins > 0).astype(scores.dtype)
    bars[rows, labels] -= bars.sum(axis=1) if counted else 1
    return margins.sum() / len(labels), bars / np.asarray(len(labels), scores.dtype)


_SVM = {
    "shapes": {"scores": "n k", "labels": "n"},
    "where": lambda n, k: n >= 1 and k >= 1,
    "dtype": {"labels": "int64"},
    "domain": {"labels": (0, "k-1")},
}
SVM = Layer.from_gradient(svm_loss, **_SVM)


def svm_subtracts_one_for_all_margins(scores, labels):
    return _svm(scores, labels, counted=False)


SVM_MARGINS = Broken(Layer.from_gradient(svm_subtracts_one_for_all_margins, **_SVM), FD, "missing sum")


def seeded_dropout(x, draws):
    return x * (draws.random(x.shape) < 0.5) * 2


def seeded_dropout_backward(y_bar, x, draws):
    return y_bar * (draws.random(x.shape) < 0.5) * 2


SEEDED_DROPOUT = Layer.from_backward(
    seeded_dropout,
    seeded_dropout_backward,
    name="seeded_dropout",
    shapes={"x": "n k"},
    options={"draws": tuple(np.random.default_rng(i) for i in range(4))},
    traits=("multilinear",),
)


@with_backward(SEEDED_DROPOUT, FD, "mask drawn anew")
def seeded_dropout_draws_once_more(y_bar, x, draws):
    draws.random(x.shape)
    return y_bar * (draws.random(x.shape) < 0.5) * 2


@with_backward(SEEDED_DROPOUT, FD, "factor")
def seeded_dropout_does_not_scale(y_bar, x, draws):
    return y_bar * (draws.random(x.shape) < 0.5)


RIGHT_EXTRAS = (
    *(MLP, TIED, POLAR, COMPLEX_PRODUCT, SPECTRUM, POWER, PICKED, SVM),
    SEEDED_DROPOUT,
)
