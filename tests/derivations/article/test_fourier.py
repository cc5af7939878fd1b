"""One-dimensional convolution by FFT against `scipy.signal`, and what goes wrong without padding (A1)."""

import numpy as np
import pytest
from scipy import fft, signal

import gradcheck
from derivations.fourier import FFT_CONVOLUTION, fft_convolve, fft_convolve_oracle, fft_convolve_vjp

LENGTHS = [(1, 1), (1, 5), (5, 1), (4, 4), (7, 3), (3, 7), (64, 9), (100, 257)]


def draw(n, k, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n), rng.standard_normal(k), rng.standard_normal(n + k - 1)


def close(actual, expected, *factors):
    """Assert equality within the rounding of a transform: relative to the norms, not to each entry."""
    bound = 16 * np.finfo(np.float64).eps * np.prod([np.linalg.norm(a) for a in factors])
    assert actual.shape == expected.shape
    assert np.max(np.abs(actual - expected)) <= bound


@pytest.mark.parametrize(("n", "k"), LENGTHS)
def test_forward_is_fftconvolve_and_the_direct_sum(n, k):
    x, w, _ = draw(n, k)
    close(fft_convolve(x, w), signal.fftconvolve(x, w), x, w)
    close(fft_convolve(x, w), np.convolve(x, w), x, w)


@pytest.mark.parametrize(("n", "k"), LENGTHS)
def test_gradients_are_correlations(n, k):
    x, w, y_bar = draw(n, k)
    x_bar, w_bar = fft_convolve_vjp(x, w)[1](y_bar)
    close(x_bar, signal.correlate(y_bar, w, mode="valid", method="direct"), y_bar, w)
    close(w_bar, signal.correlate(y_bar, x, mode="valid", method="direct"), y_bar, x)


@pytest.mark.parametrize(("n", "k"), LENGTHS)
def test_gradients_are_the_adjoint_of_the_matrix(n, k):
    x, w, y_bar = draw(n, k, 1)
    by_x = np.stack([np.convolve(unit, w) for unit in np.eye(n)])
    by_w = np.stack([np.convolve(x, unit) for unit in np.eye(k)])
    x_bar, w_bar = fft_convolve_vjp(x, w)[1](y_bar)
    close(x_bar, by_x @ y_bar, y_bar, w)
    close(w_bar, by_w @ y_bar, y_bar, x)


def test_without_padding_the_tail_comes_round_and_is_added_to_the_head():
    x, w = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 6.0, 7.0])
    linear = np.convolve(x, w)
    circular = fft.irfft(fft.rfft(x, 4) * fft.rfft(w, 4), 4)
    np.testing.assert_allclose(circular, linear[:4] + np.array([*linear[4:], 0, 0]), rtol=1e-14)
    np.testing.assert_allclose(fft_convolve(x, w), linear, rtol=1e-14)


def test_a_transform_of_exactly_the_outputs_length_is_long_enough():
    x, w, _ = draw(5, 4)
    exact = fft.irfft(fft.rfft(x, 8) * fft.rfft(w, 8), 8)
    close(fft_convolve(x, w), exact, x, w)


def test_the_whole_battery():
    gradcheck.assert_correct(FFT_CONVOLUTION)


@pytest.mark.parametrize(
    "pull",
    [
        lambda y_bar, x, w: (np.convolve(y_bar, w)[: len(x)], np.convolve(y_bar, x)[: len(w)]),
        lambda y_bar, x, w: fft_convolve_vjp(x, w)[1](np.append(y_bar[:-1], 0.0)),
    ],
    ids=["no conjugate", "a tail that is lost"],
)
def test_a_wrong_gradient_is_noticed(pull):
    layer = gradcheck.Layer.from_backward(
        fft_convolve, pull, shapes={"x": "n", "w": "k"}, where=lambda n, k: min(n, k) >= 1
    )
    assert gradcheck.check(layer, max_examples=10).verdict is gradcheck.Verdict.WRONG


def test_single_precision_stays_single_and_the_oracle_is_another_computation():
    x, w, y_bar = (a.astype(np.float32) for a in draw(6, 3))
    for y, pullback in (fft_convolve_vjp(x, w), fft_convolve_oracle(x, w)):
        assert {a.dtype for a in (y, *pullback(y_bar))} == {np.dtype(np.float32)}
