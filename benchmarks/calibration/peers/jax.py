"""``jax.test_util.check_grads`` in reverse mode, first order, with its own defaults and 64-bit numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import jax
from jax.test_util import check_grads

from benchmarks.calibration.peers.pair import Pair
from gradcheck.types import Array

Form: TypeAlias = tuple[int, ...]
_served: list[Pair] = []
"""The pair that the callbacks call. JAX compiles anew for every new function, which takes longer than the
check; so there is one pair of callbacks, and they look here."""


def rejects(pair: Pair) -> bool:
    """Return whether it rejects."""
    primals = pair.primals
    _served[:] = [pair]
    wrapped = _wrapped(pair.forward(*primals).shape, tuple(x.shape for x in primals))
    try:
        with jax.enable_x64(True):  # the configuration of the whole process is not ours
            check_grads(wrapped, primals, order=1, modes=["rev"])
    except AssertionError:
        return True
    return False


@cache
def _wrapped(y_shape: Form, x_shapes: tuple[Form, ...]) -> Callable[..., Any]:
    y_form = jax.ShapeDtypeStruct(y_shape, "float64")
    x_forms = tuple(jax.ShapeDtypeStruct(shape, "float64") for shape in x_shapes)

    @jax.custom_vjp  # type: ignore[untyped-decorator]  # jax is Any to the type checker
    def wrapped(*xs: Any) -> Any:
        return jax.pure_callback(_forward, y_form, *xs)

    def linearised(*xs: Any) -> tuple[Any, Any]:
        return wrapped(*xs), xs

    def pulled_back(xs: Any, y_bar: Any) -> Any:
        return jax.pure_callback(_cotangents, x_forms, y_bar, *xs)

    wrapped.defvjp(linearised, pulled_back)
    checkable: Callable[..., Any] = wrapped
    return checkable


def _forward(*xs: Any) -> Array:
    return _served[0].forward(*xs)


def _cotangents(y_bar: Any, *xs: Any) -> tuple[Array, ...]:
    return _served[0].cotangents(y_bar, *xs)
