"""`Framework`: a function of PyTorch or JAX behind a layer, and what can be asked of it beyond the layer."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from math import inf
from typing import Any, Protocol, TypeAlias

from gradcheck._util import leaves, unflatten
from gradcheck.errors import MalformedLayer
from gradcheck.types import Options, Primals, Pullback, Rng

Wanted: TypeAlias = Callable[[int], bool]
"""Of the differentiable leaves of the inputs, numbered in order: those whose gradient is asked for."""

Axes: TypeAlias = Sequence[int | None]


class Framework(Protocol):
    """A function of PyTorch or JAX."""

    @property
    def title(self) -> str:
        """What the framework is called."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """What the inputs are called in order, as far as that is known."""
        ...

    def with_names(self, names: Sequence[str]) -> Framework:
        """Return the same function, whose inputs are called by other names."""
        ...

    @property
    def answers(self) -> Collection[str]:
        """The checks that say something of the function."""
        ...

    @property
    def second_order(self) -> bool | None:
        """Whether its gradient must be differentiable again; None where that is only told."""
        ...

    def subset_vjp(self, primals: Primals, options: Options, wanted: Wanted) -> tuple[Any, Pullback]:
        """Return y and the pullback to those inputs alone that are wanted."""
        ...

    def draws(self, primals: Primals, options: Options) -> bool:
        """Return whether the function draws from the framework's own generator."""
        ...

    def may_not_end(self, primals: Primals, options: Options) -> bool:
        """Return whether it holds a loop that only its numbers end, and that nobody can stop from outside."""
        ...

    def complete(self, primals: Primals) -> tuple[Primals, dict[str, Any]]:
        """Return a point with what the function has by itself, such as parameters, where that is left out.

        What can't have a derivative there, such as a number among tensors, is returned as an option.
        """
        ...

    @property
    def wants_few_shapes(self) -> bool:
        """Whether each new shape costs a compilation."""
        ...

    def compare_vjps(self, primals: Primals, options: Options) -> tuple[Any, Any]:
        """Return y and the pullback twice, as it is and as it is compiled."""
        ...

    @property
    def repeats_bits(self) -> bool:
        """Whether the same call gives the same bits: what is compiled in between need not."""
        ...

    @property
    def is_fragile(self) -> bool:
        """Whether an index out of range ends more than its own call: on a GPU, every later one fails."""
        ...

    @property
    def must_map(self) -> bool:
        """Whether the user asked that it can be mapped over a batch."""
        ...

    def map_vjp(self, primals: Primals, axes: Axes, options: Options) -> tuple[Any, Pullback]:
        """Return y and the pullback of the function mapped over axes of its leaves, None for shared ones.

        Samples lie along the first axis of y, and along those of their inputs in the cotangents.
        """
        ...

    def derivative_vjp(self, primals: Primals, y_bar: Any, options: Options) -> tuple[Any, Pullback]:
        """Return the gradients, as a list, and their own pullback: to the inputs, and to ȳ."""
        ...

    def checking(self) -> AbstractContextManager[Any]:
        """Return a context for all calls of a check of the layer."""
        ...

    def at_point(self) -> AbstractContextManager[Any]:
        """Return a context for calls at one point alone, of which there are few."""
        ...

    def to_arrays(self, tensors: Any) -> Any:
        """Return nested tensors of the framework as arrays, and what else there is as it is."""
        ...

    @property
    def rounds_at_random(self) -> bool:
        """Whether its operations can be made to round at random."""
        ...

    def rounding_at_random(
        self, rng: Rng, least: float = 0.0, most: float = inf
    ) -> AbstractContextManager[Any]:
        """Return a context in which they do so, by a relative error of at least and at most so much."""
        ...


def choose_answers(
    always: frozenset[str], *, is_compiled: bool, maps: bool, second_order: bool | None
) -> Collection[str]:
    """Return the checks that say something of a function: those that `always` do, and those asked for."""
    asked = {"compiled": is_compiled, "vmap": maps}
    found = always | {name for name, is_asked in asked.items() if is_asked}
    return found if second_order is not False else found - {"double-backward"}


def map_parts(call: Callable[..., Any], tree: Any, axes: Axes) -> tuple[Callable[..., Any], list[Any]]:
    """Return a function of those leaves of a tree that have an axis, the others fixed, and these leaves."""
    flat = [leaf for _, leaf in leaves(tree)]
    moving = [leaf for leaf, axis in zip(flat, axes, strict=True) if axis is not None]

    def function(*parts: Any) -> Any:
        upcoming = iter(parts)
        pairs = zip(flat, axes, strict=True)
        return call(unflatten(tree, [leaf if axis is None else next(upcoming) for leaf, axis in pairs]))

    return function, moving


@cache
def load(name: str, maker: str, extra: str) -> Any:
    """Import a framework, at the first call of a layer that needs it.

    Raises
    ------
    MalformedLayer
        If it is not installed: with the command that installs it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise
        message = f"Layer.{maker} needs {name}, which is not installed: pip install 'gradcheck[{extra}]'"
        raise MalformedLayer(message) from missing


def positional_parameters(function: Any) -> list[inspect.Parameter]:
    """Return the parameters of a function that can be given by position; none where they can't be read."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in parameters if p.kind in kinds]


def signature_of(inputs: Sequence[inspect.Parameter], options: Collection[str]) -> inspect.Signature:
    """Return the signature of a layer's forward: inputs by position, options by keyword."""
    kind = inspect.Parameter
    positional = [p.replace(kind=kind.POSITIONAL_ONLY, annotation=kind.empty) for p in inputs]
    if not positional:
        positional = [kind("inputs", kind.VAR_POSITIONAL)]
    return inspect.Signature([*positional, *(kind(name, kind.KEYWORD_ONLY) for name in options)])


def identifier(name: str) -> str:
    """Return a name such as ``0.weight`` as one that a parameter of a function may have."""
    return name if name.isidentifier() else "_" + re.sub(r"\W", "_", name)
