"""One-dimensional convolution by the fast Fourier transform, and its gradients (A1).

The article stops in the middle of this section. Here ∗ is the true convolution that it opens with, as a sum
over every t at which a term exists: x of length n and w of length k make n + k − 1 outputs,

    y[t] = Σ_τ x[τ] w[t−τ]

    ∂c/∂x[τ] = Σ_t ȳ[t] w[t−τ],      ∂c/∂w[τ] = Σ_t ȳ[t] x[t−τ]

since y[t] reads x[τ] through the tap w[t−τ], and ∗ commutes. A gradient is therefore a correlation.

The transform of length N turns a *circular* sum into a product. With F(a)[f] = Σ_t a[t] e^(−2πi f t / N),

    F(x) F(w) = F(y°),        y°[t] = Σ_τ x[τ] w[(t−τ) mod N]
    F(ȳ) F(w)* = F(x°),       x°[τ] = Σ_t ȳ[t] w[(t−τ) mod N]

the second because e^(+2πi f t / N), the conjugate, stands for a reversed index: a correlation. What the
remainder mod N lets in, and the wanted sums do not have, is w at a negative index, t − τ = −1 … −(n−1), which
wraps to N − 1 … N − (n−1). Zeros behind w are there to be read harmlessly: the last of these indices lies
behind w's k entries if N ≥ n + k − 1. So all three arrays are padded with zeros to one N of at least the
length of y, and circular and linear sums are equal; by symmetry in x and w, so is the gradient in w. With a
shorter N the tail of y comes round and is added to its head.

A transform takes N log N operations where the sum takes n·k. It mixes all entries, so the rounding of each
is relative to the largest: equal to a direct sum within rounding, but not bit for bit.
"""

from scipy import fft, signal

from derivations.types import Array, Pullback
from gradcheck import Layer


def fft_convolve(x: Array, w: Array) -> Array:
    """Return y = x ∗ w, the whole linear convolution: x (n,), w (k,), y (n + k − 1,); source A1."""
    count = _length(x, w)
    product = fft.rfft(x, count) * fft.rfft(w, count)
    return _inverse(product, count, len(x) + len(w) - 1)


def fft_convolve_vjp(x: Array, w: Array) -> tuple[Array, Pullback]:
    """Return x ∗ w and its pullback, ȳ -> ∂c/∂x, ∂c/∂w, each one product of spectra; source A1."""
    count = _length(x, w)
    x_spectrum, w_spectrum = fft.rfft(x, count), fft.rfft(w, count)

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        spectrum = fft.rfft(y_bar, count)
        x_bar = _inverse(spectrum * w_spectrum.conj(), count, len(x))
        w_bar = _inverse(spectrum * x_spectrum.conj(), count, len(w))
        return x_bar, w_bar

    return fft_convolve(x, w), pullback


def _length(x: Array, w: Array) -> int:
    """Return the least length that leaves no room to wrap around and is a product of small primes."""
    return int(fft.next_fast_len(len(x) + len(w) - 1, real=True))


def _inverse(spectrum: Array, count: int, wanted: int) -> Array:
    """Return the first `wanted` entries of the array whose transform of length `count` is `spectrum`."""
    entries: Array = fft.irfft(spectrum, count)[:wanted]
    return entries.copy()  # not a view that keeps the padding alive


def fft_convolve_oracle(x: Array, w: Array) -> tuple[Array, Pullback]:
    """Return the same as `fft_convolve_vjp` by the direct sums of `scipy.signal`."""

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        # ȳ is the longest of the three, so that "valid" swaps no operands.
        return tuple(signal.correlate(y_bar, other, mode="valid", method="direct") for other in (w, x))

    return signal.convolve(x, w, mode="full", method="direct"), pullback


FFT_CONVOLUTION = Layer(
    fft_convolve,
    fft_convolve_vjp,
    name="fft_convolution",
    shapes={"x": "n", "w": "k"},
    where=lambda n, k: n >= 1 and k >= 1,
    oracle=fft_convolve_oracle,
)

LAYERS: tuple[Layer, ...] = (FFT_CONVOLUTION,)
