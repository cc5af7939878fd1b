"""How much NumPy's functions round: for each result the size of its error, in rounding units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcheck._util import map_leaves
from gradcheck.types import Array

EXACT = frozenset(
    (
        *("absolute", "ceil", "clip", "conjugate", "copysign", "divmod", "fabs", "floor", "floor_divide"),
        *("fmax", "fmin", "fmod", "frexp", "heaviside", "ldexp", "maximum", "minimum", "modf", "negative"),
        *("nextafter", "positive", "remainder", "rint", "sign", "spacing", "trunc"),
    )
)
"""Universal functions whose results are not rounded."""
BILINEAR = frozenset(("matmul", "matvec", "vecdot", "vecmat"))
MULTILINEAR = frozenset(("convolve", "correlate", "dot", "einsum", "inner", "tensordot", "vdot"))
SUMS = frozenset(("cumsum", "nansum", "sum", "trace"))
MEANS = frozenset(("average", "mean", "nanmean"))
ROUNDED = frozenset(
    (
        *("cross", "cumprod", "diff", "gradient", "interp", "kron", "nanprod", "nanstd", "nanvar", "outer"),
        *("prod", "ptp", "std", "trapezoid", "var"),
    )
)
"""Other functions whose results are rounded; what is named nowhere here moves or chooses entries."""
TRANSFORMS = frozenset(f"{i}{r}fft{d}" for i in ("", "i") for r in ("", "r") for d in ("", "2", "n"))


def of_ufunc(
    ufunc: np.ufunc, method: str, inputs: Sequence[Any], options: Mapping[str, Any], result: Array
) -> Array | float:
    """Return the rounding of what a universal function made."""
    if ufunc.__name__ in EXACT:
        return 0.0
    if result.dtype.kind == "c":
        return result  # part by part: a tiny imaginary part has digits of its own
    own = np.abs(result)
    is_sum = ufunc is np.add and method in ("reduce", "accumulate", "reduceat")
    if is_sum or (ufunc.__name__ in BILINEAR and method == "__call__"):
        kept = {name: value for name, value in options.items() if name not in ("initial", "dtype")}
        return of_terms(getattr(ufunc, method), inputs, kept, own)
    if method != "__call__":
        return own
    if ufunc in (np.add, np.subtract):
        return np.where(_is_exact_sum(ufunc, inputs[0], inputs[1], result), 0.0, own)
    if ufunc is np.square:
        return np.where(_is_exact_product(inputs[0], inputs[0], result), 0.0, own)
    if ufunc is np.multiply:
        return np.where(_is_exact_product(inputs[0], inputs[1], result), 0.0, own)
    if ufunc is np.divide:
        return np.where(_is_exact_product(result, inputs[1], inputs[0]), 0.0, own)
    return own


def of_function(
    name: str, function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any], result: Array
) -> Array | float:
    """Return the rounding of what another function of NumPy made."""
    if name in TRANSFORMS:
        whole = np.mean(np.abs(result) ** 2, axis=_axes(name, args, options), keepdims=True)
        return np.asarray(np.sqrt(whole) + 0 * result)
    if name == "astype":
        return np.where(result == args[0], 0.0, np.abs(result))
    if name in ROUNDED or getattr(function, "__module__", "") == "numpy.linalg":
        return result
    if result.dtype.kind == "c":
        return result if name in MULTILINEAR | SUMS | MEANS else 0.0
    if name in MULTILINEAR | SUMS:
        return of_terms(function, args, options, np.abs(result))
    if name in MEANS:
        count = max(1.0, np.size(args[0]) / max(result.size, 1))
        return np.asarray(of_terms(function, args, options, np.abs(result)) / np.sqrt(count))
    return 0.0


def of_terms(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any], own: Array
) -> Array:
    """Return the root of the sum of the squares of the terms of a sum of products; 0 for whole numbers."""
    terms = [a for a in args if isinstance(a, np.ndarray | np.inexact) and a.dtype.kind == "f"]
    if all(np.array_equal(a, np.rint(a)) for a in terms):
        return np.zeros(own.shape)
    squares = np.sqrt(np.abs(function(*map_leaves(tuple(args), _square), **options)))
    return np.maximum(own, np.where(np.isfinite(squares), squares, 0.0))


def _square(value: Any) -> Any:
    return np.abs(value) ** 2 if np.asarray(value).dtype.kind in "fc" else value


def _axes(name: str, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    if name.endswith("n"):
        return None
    return (-2, -1) if name.endswith("2") else options.get("axis", args[2] if len(args) > 2 else -1)


def _is_exact_sum(ufunc: np.ufunc, a: Any, b: Any, result: Array) -> Array:
    """Return where a sum lost nothing, by the error that Knuth's two-sum finds without error."""
    b = b if ufunc is np.add else np.negative(b)
    a, b = (np.asarray(part, dtype=result.dtype) for part in (a, b))
    other = result - a
    return np.asarray((a - (result - other)) + (b - other) == 0.0)


def _is_exact_product(a: Any, b: Any, result: Any) -> Array:
    """Return where a·b is the result without error, by Dekker's product of halves of the digits."""
    dtype = np.result_type(a, b, result)
    a, b, result = (np.asarray(part, dtype=dtype) for part in (a, b, result))
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    left = ((a_high * b_high - result) + a_high * b_low + a_low * b_high) + a_low * b_low
    return np.asarray(left == 0.0)


def _halves(a: Array) -> tuple[Array, Array]:
    """Return Veltkamp's two halves of the digits, whose products are exact."""
    digits = np.finfo(a.dtype).nmant + 1
    scaled = a * a.dtype.type(2.0 ** ((digits + 1) // 2) + 1.0)
    high = scaled - (scaled - a)
    return high, a - high
