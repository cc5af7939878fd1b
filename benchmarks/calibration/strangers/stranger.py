"""`Stranger`: a right layer as people write one, its wrong twins, and where both are checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradcheck import Layer

CORRECT = ("CORRECT",)
FLAWED = ("CORRECT", "FLAWED")
"""Of a layer that returns views, or another dtype: its gradient agrees, and a rule may be broken."""
UNVERIFIED = ("UNVERIFIED",)
"""Of a forward that moves in steps: there is no derivative to compare with."""
RIGHT = ""
"""The name of the variant that is no wrong twin."""
POINT, SHAPES = "at a point", "over shapes"


@dataclass(frozen=True)
class Stranger:
    """A right layer as somebody else wrote it, with wrong ones beside it.

    Parameters
    ----------
    name
        What it computes.
    door
        The constructor of `Layer` that fits how it is written, such as ``"from_backward"``.
    parts
        What that constructor takes; the last part holds the derivation.
    at, options
        A point, and the keyword arguments there.
    wrong
        Wrong derivations in place of the last part, by what is wrong with them.
    over
        The fields of `Layer` that draw inputs, if the layer makes sense over shapes. ``"draw"`` is a
        function of a generator that returns ``(primals, options)``, in place of a strategy.
    declared
        The fields of `Layer` that are declared in both places, such as ``constants``.
    expected
        The verdicts that the right layer deserves.
    widens
        Whether it answers single-precision inputs in double. Over shapes, where such inputs are drawn, it may
        be called flawed for it; at a point of doubles it may not.
    undeclared
        Whether its gradient is that of something else by intention, and nobody said so: it may be called
        wrong if the message says how to declare it.
    reference
        Another forward of which the derived gradient is the exact one, for those who prove it:
        without rounding, or in full precision.
    within
        To which relative accuracy the derived gradient is the derivative.
    """

    name: str
    door: str
    parts: tuple[Any, ...]
    at: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[str, Any] = field(default_factory=dict)
    over: Mapping[str, Any] | None = None
    declared: Mapping[str, Any] = field(default_factory=dict)
    expected: tuple[str, ...] = CORRECT
    widens: bool = False
    undeclared: bool = False
    reference: Callable[..., Any] | None = None
    within: float = 1e-7

    @property
    def variants(self) -> tuple[str, ...]:
        """The right one, then the wrong twins by what is wrong with them."""
        return (RIGHT, *self.wrong)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it is checked."""
        return (POINT,) if self.over is None else (POINT, SHAPES)

    def deserves(self, place: str) -> tuple[str, ...]:
        """Return the verdicts that the right layer deserves at a place."""
        return FLAWED if self.widens and place == SHAPES else self.expected

    def layer(self, variant: str, place: str) -> tuple[Layer, tuple[str, ...]]:
        """Return the record to be checked, and the declared fields that this version does not know."""
        last = self.parts[-1] if variant == RIGHT else self.wrong[variant]
        asked = dict(self.declared)
        if place == SHAPES:
            asked |= _drawn(self.over or {})
        make = getattr(Layer, self.door)
        known = {f.name for f in fields(Layer)} | set(inspect.signature(make).parameters)
        unknown = tuple(name for name in asked if name not in known)
        given = {name: value for name, value in asked.items() if name in known}
        return make(*self.parts[:-1], last, name=self.name, **given), unknown


def _drawn(over: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields of `Layer`, with a strategy in place of a function of a generator."""
    given = {name: value for name, value in over.items() if name != "draw"}
    if "draw" in over:
        given["cases"] = st.integers(0, 2**32 - 1).map(partial(_seeded, over["draw"]))
    return given


def _seeded(draw: Callable[[np.random.Generator], Any], seed: int) -> Any:
    return draw(np.random.default_rng(seed))


def by_backward(
    name: str, forward: Callable[..., Any], backward: Callable[..., Any], *at: Any, **more: Any
) -> Stranger:
    """Return a stranger's ``forward(*primals)`` and ``backward(cotangent, *primals)``."""
    return Stranger(name, "from_backward", (forward, backward), at, **more)


def by_gradient(
    name: str, value: Callable[..., Any], gradient: Callable[..., Any], *at: Any, **more: Any
) -> Stranger:
    """Return a stranger's ``fun(*primals)`` and ``jac(*primals)``, as optimisers take them."""
    return Stranger(name, "from_gradient", (value, gradient), at, **more)


def by_both(name: str, both: Callable[..., Any], *at: Any, **more: Any) -> Stranger:
    """Return a stranger's function that returns a loss and its gradient together."""
    return Stranger(name, "from_gradient", (both,), at, **more)


def by_cache(
    name: str, forward: Callable[..., Any], backward: Callable[..., Any], *at: Any, **more: Any
) -> Stranger:
    """Return a stranger's ``forward(*primals) -> (y, cache)`` and ``backward(cotangent, cache)``."""
    return Stranger(name, "from_cached", (forward, backward), at, **more)


def by_pullback(name: str, vjp: Callable[..., Any], *at: Any, **more: Any) -> Stranger:
    """Return a stranger's function that returns its value and a closure over what it keeps."""
    return Stranger(name, "from_pullback", (vjp,), at, **more)


def by_object(name: str, factory: Callable[..., Any], *at: Any, **more: Any) -> Stranger:
    """Return a stranger's class, whose objects keep a cache, parameters and gradients."""
    return Stranger(name, "from_module", (factory,), at, **more)


def normal(seed: int, *shape: int) -> Any:
    """Return ordinary values, the same at every call."""
    return np.random.default_rng([7, seed]).standard_normal(shape)


def positive(seed: int, *shape: int) -> Any:
    """Return values between 0.2 and 2."""
    return np.random.default_rng([8, seed]).uniform(0.2, 2.0, shape)
