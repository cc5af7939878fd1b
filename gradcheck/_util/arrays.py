"""Arrays as vectors: inner products that lose nothing, random signs, one-ulp jitter, memory layouts."""

from collections.abc import Iterator
from math import isfinite, prod, sqrt
from typing import Any

import numpy as np

from gradcheck.types import Array, Rng

CHUNK = 2**15
"""Entries of a chunk: a few arrays of so many fit into a processor's second cache."""
DOUBLE_OR_WIDER = (np.dtype(np.float64), np.dtype(np.longdouble))
SHORT = 2**10
"""Arrays of no more entries are compared as strings of bytes: of longer ones, these take fresh memory, and
longer than a look at the entries as whole numbers. Half and twice of it cost a microsecond."""
ONE_THREAD = 2**13
"""So few entries are added up by one thread of BLAS, whose result then does not depend on their number."""
KEPT = 2**25 - 2**14
"""Bytes of the largest block that glibc's allocator takes a hint from (32 MB with its own header). Half of it
keeps half as much; of a larger one nothing is kept."""
SIGN_AND_FRACTION = np.uint64(0x800F_FFFF_FFFF_FFFF)
ONE = np.float64(1.0).view(np.uint64)
WORDS: dict[int, Any] = {4: np.uint32, 8: np.uint64, 16: np.uint64}
"""By the bytes of a number, the whole numbers as which its bits are compared."""
SAFE_SQUARES = (1e-280, 1e280)
"""A sum of squares in this range has lost nothing to underflow, and nothing to overflow."""


def widen(a: Array) -> Array:
    """Return `a` in at least double precision, so that sums of it are not the weakest link."""
    return a if a.dtype in DOUBLE_OR_WIDER else a.astype(np.float64)


def slices(size: int, chunk: int = CHUNK) -> Iterator[slice]:
    """Yield the chunks in which long arrays are worked through: temporaries stay small, and in the cache."""
    for start in range(0, size, chunk):
        yield slice(start, min(start + chunk, size))


def only(a: Array, entries: int | Array) -> Array:
    """Return `a` with zeros in place of all but some entries, which are given by their flat positions."""
    kept = np.zeros(a.size)
    kept[entries] = a.ravel()[entries]
    return kept.reshape(a.shape)


def dot(a: Array, b: Array) -> float:
    """Return ⟨a, b⟩ in at least double precision, added up pairwise (and by one thread)."""
    if a.size <= CHUNK or a.shape != b.shape:
        return np.add.reduce(widen(a) * widen(b), axis=None)  # type: ignore[no-any-return]
    left, right = a.ravel(), b.ravel()
    parts = [np.add.reduce(widen(left[s]) * widen(right[s])) for s in slices(a.size)]
    return np.add.reduce(parts)  # type: ignore[no-any-return]


def norm(a: Array) -> float:
    """Return ‖a‖₂ without overflow or underflow of the squares."""
    if a.size > ONE_THREAD:
        flat = a.ravel()
        return norm(np.array([norm(flat[s]) for s in slices(a.size, ONE_THREAD)]))
    a = widen(a)
    total = float(np.vdot(a, a))  # it makes no temporary array, and says nothing of overflow
    if SAFE_SQUARES[0] < total < SAFE_SQUARES[1]:
        return sqrt(total)
    most = max_abs(a)
    if most == 0.0 or not isfinite(most):
        return most
    return most * float(np.sqrt(np.sum(np.square(a / most))))


def is_finite(a: Array) -> bool:
    """Return whether all entries are finite. Where the sum of their squares is, there is no need to look."""
    return isfinite(np.vdot(a, a)) or bool(np.isfinite(a).all())


def rms(a: Array) -> float:
    """Return the root mean square of the entries, 0 for none."""
    return norm(a) / sqrt(a.size) if a.size else 0.0


def sizes_of_entries(a: Array) -> Array:
    """Return the magnitudes of all entries as a new array in at least double precision.

    A zero has that of the others, their root mean square, or 1 where all are zero.
    """
    sizes = np.asarray(widen(np.abs(a)))
    are_zero = sizes == 0.0
    if are_zero.any():
        sizes[are_zero] = rms(a) or 1.0
    return sizes


def max_abs(a: Array) -> float:
    """Return the largest magnitude among the entries, 0 for none."""
    return max(abs(float(a.max())), abs(float(a.min()))) if a.size else 0.0


def max_abs_difference(a: Array, b: Array, factor: float = 1.0) -> tuple[float, float]:
    """Return the largest magnitudes of a − factor·b and of factor·b, in at least double precision.

    They are NaN if any entry is none.
    """
    left, right = a.reshape(-1), b.reshape(-1)
    found = [_apart(left[s], right[s], factor) for s in slices(left.size)]
    if len(found) < 2:
        return found[0] if found else (0.0, 0.0)
    apart, most = np.max(found, axis=0)
    return float(apart), float(most)


def _apart(a: Array, b: Array, factor: float) -> tuple[float, float]:
    there = widen(b) if factor == 1.0 else factor * widen(b)
    return max_abs(widen(a) - there), max_abs(there)


def add_to(total: Array, a: Array) -> float:
    """Add an array to a total in place, and return the largest magnitude of its entries."""
    if total.size <= CHUNK:
        total += a
        return max_abs(a)
    left, right = total.reshape(-1), a.reshape(-1)
    most = 0.0
    for s in slices(left.size):
        left[s] += right[s]
        most = max(most, max_abs(right[s]))
    return most


def native(a: Array) -> Array:
    """Return `a` in the byte order of the machine: itself, unless it came from another one."""
    return a if a.dtype.isnative else a.astype(a.dtype.newbyteorder("="))


def identical(a: Array, b: Array) -> bool:
    """Return whether two arrays hold the same bits: the sign of a zero counts, and NaN is itself.

    A long double has bytes that belong to no digit, and may hold anything.
    """
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.char == "G":
        return identical(a.real, b.real) and identical(a.imag, b.imag)
    if a.dtype.char == "g":
        return np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a), np.signbit(b))
    is_long = a.size > SHORT and a.dtype.kind in "fiuc" and a.dtype.itemsize in WORDS
    if is_long and a.flags.c_contiguous and b.flags.c_contiguous:
        words = (each.reshape(-1).view(WORDS[each.dtype.itemsize]) for each in (a, b))
        return _are_equal(*words)
    return a.tobytes() == b.tobytes()


def _are_equal(a: Array, b: Array) -> bool:
    """Return whether two long flat arrays are equal, chunk by chunk."""
    return all(np.array_equal(a[s], b[s]) for s in slices(a.size))


def keep_freed_memory() -> None:
    """Let the C library keep freed memory for the next array, in place of asking the system for fresh pages.

    The allocator of glibc keeps what is free at the end of its heap, up to twice the largest block that was
    ever freed. A checker makes and drops arrays of the inputs' sizes all the time; the first touch of each
    fresh page takes longer than most of what is done in it. Nothing is written here, which takes no time.
    """
    np.empty(KEPT, np.uint8)


def draw_signed(shape: tuple[int, ...], rng: Rng) -> Array:
    """Return random signs times U[1, 2]: dense, signed, and no entry near zero.

    A single wrong entry cannot hide (no weight is below 1), and a pair of equal and opposite
    errors cancels with probability 0, where Rademacher signs cancel it half of the time.
    """
    if prod(shape) > CHUNK:
        return draw_bits(prod(shape), rng).reshape(shape)
    toward = rng.random(shape, np.float32) - 0.5
    return np.asarray(np.copysign(1.0 + rng.random(shape), toward))


def draw_bits(size: int, rng: Rng) -> Array:
    """Return so many of ±U[1, 2) as `draw_signed` does, in half the time: random signs and fractions."""
    bits: Array = rng.bit_generator.random_raw(size)
    bits &= SIGN_AND_FRACTION
    bits |= ONE
    return bits.view(np.float64)


def jitter(a: Array, rng: Rng) -> Array:
    """Return `a` with every entry moved by −1, 0 or +1 units in its last place."""
    return np.asarray(a + np.spacing(a) * rng.integers(-1, 2, a.shape).astype(a.dtype), dtype=a.dtype)


def to_strided(a: Array) -> Array:
    """Return `a` as a view of every second entry of a larger array: no stride is what its shape tells."""
    if a.ndim == 0:
        return a.copy()
    larger = np.zeros((*a.shape[:-1], 2 * a.shape[-1]), dtype=a.dtype)
    view = larger[..., ::2]
    view[...] = a
    return view


def to_reversed_strides(a: Array) -> Array:
    """Return `a` as a view with negative strides on every axis."""
    if a.ndim == 0:
        return a.copy()  # NumPy's layout functions make a 0-d array 1-d
    backwards = tuple(slice(None, None, -1) for _ in a.shape)
    return a[backwards].copy()[backwards]


def unravel(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of an entry from its position in the flat array; () for a scalar."""
    return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()
