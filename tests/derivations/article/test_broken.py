"""Every claim that holds, broken on purpose: dropped flips and sums, short pads, swapped operands."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from derivations.article import unfinished
from derivations.convolution import cross_correlate, flip, pad
from derivations.fourier import fft_convolve_vjp
from derivations.network import article_cnn_vjp
from derivations.tensors import dY_dW, dY_dX
from gradcheck import decide
from tests.derivations.article.rulings import EVERY

TRIALS = 40


def short(dY, shape):
    """Pad by one less than is right, down to no padding at all."""
    return pad(dY, tuple(max(size - 1, 1) for size in shape))


def star(A, B):
    """⋆ of operands that need not fit: then there is no output."""
    fits = all(large >= small for large, small in zip(A.shape, B.shape, strict=True))
    return cross_correlate(A, B) if fits else np.zeros((0, 0))


def through(kernels, dO, change):
    return np.array([sum(change(k, dO_j) for k, dO_j in zip(row, dO, strict=True)) for row in kernels])


def spectra(x, w, dy):
    """The gradients without the conjugate: convolutions where correlations should be."""
    y, _ = fft_convolve_vjp(x, w)
    return np.concatenate((y, np.convolve(dy, w)[: len(x)], np.convolve(dy, x)[: len(w)]))


def wrapped(x, w, dy):
    """A transform that is too short: the tail comes round."""
    y, pullback = fft_convolve_vjp(x, w)
    y[0] += y[-1]
    return np.concatenate((y, *pullback(dy)))


def unsummed_slope(*inputs):
    """The slope along the kernel alone, as if the other parameters had no gradient."""
    return np.array([np.vdot(article_cnn_vjp(*inputs[:6])[1](1.0)[1], inputs[7])])


def units(gradient_in_x, gradient_in_w):
    def side(W, X):
        rows, cols = W.shape[0] - X.shape[0] + 1, W.shape[1] - X.shape[1] + 1
        upstream = np.eye(rows * cols, dtype=int).reshape(-1, rows, cols)
        in_x = [gradient_in_x(W, dY) for dY in upstream]
        return np.concatenate((in_x, [gradient_in_w(X, dY) for dY in upstream]), axis=None)

    return side


def right_in_w(X, dY):
    return cross_correlate(pad(dY, X.shape), flip(X))


WRONG = {
    ("R1", "no bias"): lambda W, a, b, y: EVERY["R1"].rhs(W, a, 0 * b, y),
    ("R2", "factor"): lambda a, y: Fraction(1, len(a)) * (a - y),
    ("R2", "no mean"): lambda a, y: 2 * (a - y),
    ("R3", "slope at the output"): lambda z, da, sigma: np.diag(np.tanh(z)) @ da,
    ("R4", "not transposed"): lambda W, a, b, dz: np.resize(W @ np.resize(dz, len(a)), len(a)),
    ("R5", "sign"): lambda W, a, b, dz: -dz,
    ("R6", "transposed"): lambda W, a, b, dz: np.outer(a, dz).reshape(W.shape),
    ("R7", "not transposed"): lambda W, a, b, dz: EVERY["R7"].lhs(W, a, b, dz)[::-1],
    ("C0 corrected", "no flip"): cross_correlate,
    ("C0 corrected", "one axis"): lambda W, X: cross_correlate(W, X[::-1]),
    ("C1", "flipped"): lambda W, X: cross_correlate(W, flip(X)),
    ("C2", "two axes"): lambda W, X: np.array([2, *W.shape, *X.shape]),
    ("C3 corrected", "flipped"): lambda W, X: EVERY["C3 corrected"].rhs(W, X)[::-1],
    ("C4", "flip"): lambda W, X, dY: cross_correlate(W, flip(dY)),
    ("C4", "swapped"): lambda W, X, dY: star(dY, W),
    ("C5", "flipped"): lambda W, X: EVERY["C5"].rhs(W, flip(X)),
    ("C6", "no flip"): lambda W, X, dY: cross_correlate(pad(dY, X.shape), X),
    ("C7", "no flip"): lambda W, X, dY: cross_correlate(pad(dY, X.shape), X),
    ("C7", "short pad"): lambda W, X, dY: star(short(dY, X.shape), flip(X)),
    ("C7", "axes of the pad"): lambda W, X, dY: star(pad(dY, X.shape[::-1]), flip(X)),
    ("C8", "no flip"): lambda W, X, dY, kernel: cross_correlate(pad(dY, X.shape), X),
    ("C9", "flip in x"): units(lambda W, dY: cross_correlate(W, flip(dY)), right_in_w),
    ("C9", "no flip in w"): units(cross_correlate, lambda X, dY: cross_correlate(pad(dY, X.shape), X)),
    ("M1", "every entry"): np.ones_like,
    ("M1", "minimum"): lambda x: np.where(x == x.min(), 1, 0),
    ("M2", "swapped"): lambda dB: EVERY["M2"].rhs(dB.T),
    ("M3", "minimum"): lambda A, dB, **o: EVERY["M3"].rhs(-A, dB, **o),
    ("P1", "one channel"): lambda A, dB, **o: EVERY["P1"].rhs(A[:1].repeat(len(A), 0), dB, **o),
    ("N1", "first input"): lambda inputs, K: EVERY["N1"].rhs(inputs[:1], K[:1]),
    ("N2", "flip"): lambda inputs, K, dO: EVERY["N2"].rhs(inputs, K, flip(dO)),
    ("N2", "swapped channels"): lambda inputs, K, dO: EVERY["N2"].rhs(inputs[::-1], K, dO),
    ("N3 corrected", "no sum"): lambda inputs, K, dO: EVERY["N3 corrected"].rhs(inputs, K[:, :1], dO[:1]),
    ("N3 corrected", "no flip"): lambda inputs, K, dO: through(
        K, dO, lambda k, dO_j: cross_correlate(pad(dO_j, k.shape), k)
    ),
    ("N3 corrected", "mean"): lambda inputs, K, dO: EVERY["N3 corrected"].rhs(inputs, K, dO) // len(dO),
    ("N4", "eight"): lambda: np.array([64, 1_000_000]),
    ("F1", "other order"): lambda x, dy: dy.reshape(x.shape, order="F"),
    ("I1 supplied", "kernel alone"): unsummed_slope,
    ("A1 supplied", "no conjugate"): spectra,
    ("A1 supplied", "wrapped"): wrapped,
    ("A2 supplied", "not slid"): lambda W, X: np.concatenate(
        (0 * dY_dX(W, X.shape), dY_dW(W.shape, X)), axis=None
    ),
    ("T1", "flip"): lambda X, W, dY: cross_correlate(pad(dY, W.shape), flip(W)),
    ("T1", "short pad"): lambda X, W, dY: star(short(dY, W.shape), W),
    ("T2", "no flip"): lambda X, W, dY: cross_correlate(X, dY),
    ("L1", "not transposed"): lambda W, X, dY: cross_correlate(W, dY),
    ("L2", "not transposed"): lambda W, X, dY: cross_correlate(pad(dY, X.shape), flip(X)),
    ("S1", "not flipped"): lambda W, X: cross_correlate(W, flip(X)),
}


@pytest.mark.parametrize(("name", "how"), WRONG)
def test_a_broken_claim_is_refuted(name, how):
    broken = replace(EVERY[name], rhs=WRONG[name, how], linear_in=(), correction=None)
    found = decide(broken, trials=TRIALS)
    assert found.decision.value == "refuted", found.reason


def test_every_claim_that_holds_is_broken_at_least_once():
    false_on_their_own, no_sides = {"C0", "C3", "N3"}, {n for n, c in EVERY.items() if c.lhs is None}
    assert {name for name, _ in WRONG} == set(EVERY) - false_on_their_own - no_sides - {"E1 supplied"}


@pytest.mark.parametrize(("step", "learns"), [(0.3, True), (-0.3, False), (0.0, False)])
def test_steps_up_the_gradient_or_none_at_all_do_not_fit_the_digits(monkeypatch, step, learns):
    """E1's other side is a bare True, so it is the left one that is broken."""
    monkeypatch.setattr(unfinished, "_STEP", step)
    claim, rng = EVERY["E1 supplied"], np.random.default_rng(0)
    start = [rng.standard_normal([int(n) for n in shape.split()]) for shape in claim.shapes.values()]
    assert bool(claim.lhs(*start)) is learns
