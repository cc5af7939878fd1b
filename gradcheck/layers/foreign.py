"""Functions on arrays that are not NumPy's: what goes in is converted, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import wraps
from math import inf
from typing import Any

import numpy as np

from gradcheck._util import map_leaves
from gradcheck.errors import MalformedLayer
from gradcheck.layers.framework import load
from gradcheck.layers.torch_rounding import round_at_random
from gradcheck.layers.torch_tensors import to_arrays, to_tensor
from gradcheck.types import Pullback, Rng

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class ForeignArrays:
    """How arrays become those of another library, and back.

    Parameters
    ----------
    to, back
        Convert one array or number, and one leaf of what the functions return.
    is_torch
        Whether they are PyTorch's tensors, whose operations can be made to round at random.
    """

    to: Convert
    back: Convert
    is_torch: bool = False

    def at_point(self) -> AbstractContextManager[Any]:
        """Return a context that changes nothing."""
        return nullcontext()

    @property
    def rounds_at_random(self) -> bool:
        """Whether operations can be made to round at random."""
        return self.is_torch

    def rounding_at_random(
        self, rng: Rng, least: float = 0.0, most: float = inf
    ) -> AbstractContextManager[Any]:
        """Return a context in which operations round at random, where that is known how."""
        context: AbstractContextManager[Any] = nullcontext()
        return round_at_random(_torch(), rng, least, most) if self.is_torch else context

    def to_arrays(self, tree: Any) -> Any:
        """Return nested arrays of the library as NumPy's, and what else there is as it is."""
        return map_leaves(tree, lambda leaf: self.back(leaf) if _is_foreign(leaf) else leaf)

    def convert_forward(self, forward: Callable[..., Any]) -> Callable[..., Any]:
        """Return a forward map on NumPy's arrays."""

        @wraps(forward)
        def converted(*primals: Any, **options: Any) -> Any:
            return self._back(forward(*self._to(primals), **options))

        return converted

    def convert_vjp(self, vjp: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that makes a pullback, both on NumPy's arrays."""

        @wraps(vjp)
        def converted(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
            returned = vjp(*self._to(primals), **options)
            if not (isinstance(returned, tuple) and len(returned) == 2 and callable(returned[1])):
                return returned  # type: ignore[no-any-return]  # it is told what is wrong where it is read
            y, pullback = returned
            return self._back(y), lambda y_bar: self._back(pullback(self._to(y_bar)))

        join = getattr(vjp, "join", None)
        attributes: Any = converted  # what finds the function in which the gradient is written
        attributes.join = lambda other: self.convert_vjp(other if join is None else join(other))
        attributes.is_pair = getattr(vjp, "is_pair", join is None)
        attributes.__wrapped__ = getattr(vjp, "__wrapped__", vjp)
        return converted

    def convert_jvp(self, jvp: Callable[..., Any]) -> Callable[..., Any]:
        """Return a JVP on NumPy's arrays."""

        @wraps(jvp)
        def converted(primals: Any, tangents: Any, **options: Any) -> Any:
            return self._back(jvp(self._to(primals), self._to(tangents), **options))

        return converted

    def _to(self, tree: Any) -> Any:
        return map_leaves(
            tree, lambda leaf: self.to(leaf) if isinstance(leaf, np.ndarray | np.generic) else leaf
        )

    def _back(self, tree: Any) -> Any:
        return map_leaves(tree, lambda leaf: leaf if leaf is None or np.isscalar(leaf) else self.back(leaf))


def foreign_arrays(declared: Any) -> ForeignArrays | None:
    """Return how arrays are converted that a layer declares, None for NumPy's own.

    Raises
    ------
    MalformedLayer
        If it is none of what `gradcheck.Layer` says of `arrays`.
    """
    if declared == "numpy" or declared is np:
        return None
    if declared == "torch" or getattr(declared, "__name__", "") == "torch":
        return ForeignArrays(lambda a: to_tensor(_torch(), a), to_arrays, is_torch=True)
    if declared == "cupy" or getattr(declared, "__name__", "") == "cupy":
        return ForeignArrays(
            lambda a: load("cupy", "arrays", "cupy").asarray(a), lambda a: a.get() if hasattr(a, "get") else a
        )
    if isinstance(declared, tuple) and len(declared) == 2 and all(callable(f) for f in declared):
        to, back = declared
        return ForeignArrays(lambda a: to(_writeable(a)), back)
    name = getattr(declared, "__name__", "")
    if name.partition(".")[0] == "jax":
        message = f"arrays={name}: Layer.from_jax takes functions of JAX"
        raise MalformedLayer(message)
    if callable(getattr(declared, "asarray", None)):
        return ForeignArrays(lambda a: declared.asarray(np.array(a)), _from_any)
    message = (
        'arrays must be "numpy", "torch", "cupy", a namespace with asarray, or a pair of functions '
        f"(to, back), got {declared!r}"
    )
    raise MalformedLayer(message)


def _is_foreign(value: Any) -> bool:
    """Return whether something is an array, and not NumPy's."""
    return hasattr(value, "shape") and not isinstance(value, np.ndarray | np.generic)


def _writeable(a: Any) -> Any:
    """Return an array that others can share: few take one that is read-only, or that runs backwards."""
    is_plain = isinstance(a, np.ndarray) and a.flags.writeable and all(stride >= 0 for stride in a.strides)
    return a if is_plain else np.array(a)


def _from_any(value: Any) -> Any:
    """Return a copy of an array as NumPy's, by either protocol that libraries have for that."""
    return np.array(np.from_dlpack(value) if hasattr(value, "__dlpack__") else value)


def _torch() -> Any:
    return load("torch", "arrays", "torch")
