"""Backward passes that are methods: an object keeps its cache, its parameters and their gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from gradcheck._util import copy_options, leaves
from gradcheck.errors import BrokenContract, MalformedLayer, is_control
from gradcheck.layers import paths
from gradcheck.layers.factories import different_objects, refuse_malformed
from gradcheck.layers.functional import VJP, Forward, scale_by_cotangent
from gradcheck.layers.paths import Place, attributes
from gradcheck.layers.shapes import letters, sizes_of
from gradcheck.types import Options, Primals, Pullback

__all__ = ["Module", "Place"]


@dataclass(frozen=True)
class Module:
    """How to make objects with a forward and a backward, and where they keep what.

    See `gradcheck.Layer.from_module` for the fields.
    """

    factory: Callable[..., Any]
    forward: str
    backward: str
    parameters: Mapping[str, tuple[Place, Place]]
    accumulates: bool
    keeps: tuple[Place, ...]
    shapes: Mapping[str, Any]
    faults: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    """What is known of the factory since its first objects, under the key ``"factory"``."""

    def __post_init__(self) -> None:
        refuse_malformed(self)
        if not self._factory_parameters({}):
            self._try_factory()

    @property
    def title(self) -> str:
        """What reports call the layer: the class of its objects, where one can be made without asking."""
        if isinstance(self.factory, type):
            return self.factory.__name__
        return "layer" if self._factory_parameters({}) else type(self.factory()).__name__

    @cached_property
    def is_loss(self) -> bool:
        """Whether backward is that of a loss: it takes no cotangent. False where no object can be asked."""
        if isinstance(self.factory, type):
            method = getattr(self.factory, self.backward, None)
            return callable(method) and _takes_no_cotangent(method, after=1)
        return not self._factory_parameters({}) and _takes_no_cotangent(
            getattr(self.factory(), self.backward)
        )

    def functions(self) -> tuple[Forward, VJP]:
        """Return forward and the VJP, each of whose calls works on objects of its own."""

        def forward(*primals: Any, **options: Any) -> Any:
            self._compare_objects(primals, options)
            return self.run(self.make(primals, options), primals, options)

        signature = self._signature()
        if signature is not None:
            forward.__signature__ = signature  # type: ignore[attr-defined]

        def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
            self._compare_objects(primals, options)
            snapshot = copy_options(options)
            unused = [self.make(primals, options)]
            y = self.run(unused[0], primals, options)

            def pullback(y_bar: Any) -> Any:
                if unused:
                    obj = unused.pop()
                else:
                    again = copy_options(snapshot)
                    obj = self.make(primals, again)
                    self.run(obj, primals, again)
                return self.pull_back(obj, y, y_bar)

            return y, pullback

        return forward, vjp

    def make(self, primals: Primals, options: Options) -> Any:
        """Return a new object that holds the parameters among the primals.

        Raises
        ------
        MalformedLayer
            If the factory asks for something unknown, or the object lacks a name.
        """
        values = self.values(primals)
        known = {**self._sizes(primals), **options, **values}
        wanted = self._factory_parameters(options)
        unknown = [name for name in wanted if name not in known]
        if unknown:
            sizes = letters(shape for _, shape in self._declared())
            names = ", ".join(map(repr, {**dict.fromkeys(sizes), **known})) or "nothing"
            message = (
                f"factory asks for {unknown[0]!r}, which is no size, option or parameter; known: {names}. "
                f'If it is a size, call it so in shapes: {{"x": "n {unknown[0]}"}}'
            )
            raise MalformedLayer(message)
        obj = self.factory(**{name: known[name] for name in wanted})
        self._methods(obj)
        for name, value in values.items():
            if name not in wanted:
                paths.write(obj, self.parameters[name][0], value)
        return obj

    def values(self, primals: Primals) -> dict[str, Any]:
        """Return the parameters among the primals, which stand last, by name."""
        first = len(primals) - len(self.parameters)
        if first < 1 and self._count_inputs() > max(first, 0):
            names = ", ".join(self.parameters)
            message = f"the parameters' values ({names}) follow the inputs, as in check(layer, x, {names})"
            raise TypeError(message)
        return dict(zip(self.parameters, primals[first:], strict=True))

    def _count_inputs(self) -> int:
        """Return how many inputs forward asks for, 0 where that is not known."""
        signature = self._signature()
        return 0 if signature is None else len(signature.parameters) - 1 - len(self.parameters)

    def run(self, obj: Any, primals: Primals, options: Options) -> Any:
        """Call the object's forward with the primals that are inputs."""
        inputs = primals[: len(primals) - len(self.parameters)]
        wanted = self._factory_parameters(options)
        return getattr(obj, self.forward)(*inputs, **{k: v for k, v in options.items() if k not in wanted})

    def pull_back(self, obj: Any, y: Any, y_bar: Any) -> Any:
        """Call the object's backward, and return the cotangents of inputs and parameters."""
        method = getattr(obj, self.backward)
        if _takes_no_cotangent(method):
            bars = scale_by_cotangent(y, (method(), self.gradients(obj)))(y_bar)
        else:
            several = isinstance(y, tuple)
            bars = method(*y_bar) if several else method(y_bar), self.gradients(obj)
        inputs, parameters = bars
        if inputs is None:
            # Inputs that are constants have none; of others it is said that a `return` may be missing.
            return (*(None for _ in range(self._count_inputs())), *parameters)
        return (*(inputs if isinstance(inputs, tuple | list) else (inputs,)), *parameters)

    def gradients(self, obj: Any) -> tuple[Any, ...]:
        """Return the gradients that the object keeps, in the order of the parameters.

        Raises
        ------
        BrokenContract
            If backward has left one of them nowhere.
        """
        try:
            return tuple(paths.read(obj, gradient) for _, gradient in self.parameters.values())
        except MalformedLayer as missing:
            message = (
                f"backward left no gradient where parameters= says that it is: {missing}; "
                "assign it in backward, or name the place at which it is"
            )
            raise BrokenContract(message) from missing

    def invariants(self, obj: Any) -> dict[str, Any]:
        """Return what forward and backward must leave alone: the parameters and `keeps`, by words."""
        found = {f"the parameter {n!r}": paths.read(obj, value) for n, (value, _) in self.parameters.items()}
        return found | {str(place): paths.read(obj, place) for place in self.keeps}

    def read_declared(self, obj: Any) -> list[Any]:
        """Return the values and gradients of all parameters as the object holds them."""
        return [paths.read(obj, place) for pair in self.parameters.values() for place in pair]

    def _compare_objects(self, primals: Primals, options: Options) -> None:
        """Raise `BrokenContract` if the factory's objects compute different things, as random weights do.

        They are compared once. Arrays that were never filled may differ and mean nothing.
        """
        if "factory" not in self.faults:
            made = [self.make(primals, copy_options(options)) for _ in range(2)]
            runs = [partial(self.run, obj, primals, copy_options(options)) for obj in made]
            self.faults["factory"] = different_objects(made, runs)
        if self.faults["factory"]:
            raise BrokenContract(self.faults["factory"])

    def _declared(self) -> list[tuple[str, Any]]:
        """Return the path and the shape of every leaf for which `shapes` has one."""
        return [found for name, tree in self.shapes.items() for found in leaves(tree, name)]

    def _sizes(self, primals: Primals) -> dict[str, int]:
        declared = self._declared()
        if not declared or not set(letters(shape for _, shape in declared)) & set(
            self._factory_parameters({})
        ):
            return {}
        given = [value for p in primals for _, value in leaves(p)]
        return sizes_of([shape for _, shape in declared], given)

    def _factory_parameters(self, options: Options) -> list[str]:
        """Return the names that the factory asks for: what it must have, and what is known of the rest."""
        return [
            p.name
            for p in self._named
            if p.default is p.empty or p.name in options or p.name in self._known_letters
        ]

    @cached_property
    def _named(self) -> list[inspect.Parameter]:
        """The factory's parameters, less those that take any number of arguments."""
        try:
            parameters = inspect.signature(self.factory).parameters.values()
        except (TypeError, ValueError):
            return []
        return [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]

    @cached_property
    def _known_letters(self) -> set[str]:
        """The letters of the shapes, and the parameters' names."""
        sizes = letters(s for tree in self.shapes.values() for _, s in leaves(tree))
        return {*sizes, *self.parameters}

    def _try_factory(self) -> None:
        """Find a wrong name when the record is written, and not when it is first used."""
        try:
            obj, another = self.factory(), self.factory()
        except BaseException as cause:
            if is_control(cause):
                raise
            message = f"factory raised {type(cause).__name__}: {cause}"
            raise MalformedLayer(message) from cause
        if obj is None:
            message = "factory must return an object, but it returns None"
            raise MalformedLayer(message)
        if obj is another:
            message = "factory must make a new object at each call, but it returns the same one again"
            raise MalformedLayer(message)
        self._methods(obj)
        for value, gradient in self.parameters.values():
            paths.read(obj, value)
            paths.require_owner(obj, gradient)  # the last name may come into being with the first backward
        for place in self.keeps:
            paths.read(obj, place)

    def _signature(self) -> inspect.Signature | None:
        """Return the inputs' names as the method has them, then the parameters'.

        None where no object can be made without asking, and the factory is no class that has the method.
        """
        method = getattr(self.factory, self.forward, None) if isinstance(self.factory, type) else None
        if not self._factory_parameters({}):
            own = [*inspect.signature(getattr(self.factory(), self.forward)).parameters.values()]
        elif callable(method):
            own = [*inspect.signature(method).parameters.values()][1:]
        else:
            return None
        inputs = [p.name for p in own if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        kind = inspect.Parameter
        named = [kind(n, kind.POSITIONAL_OR_KEYWORD) for n in (*inputs, *self.parameters)]
        return inspect.Signature([*named, kind("options", kind.VAR_KEYWORD)])

    def _methods(self, obj: Any) -> None:
        for argument, name in (("forward", self.forward), ("backward", self.backward)):
            if not callable(getattr(obj, name, None)):
                message = (
                    f"{type(obj).__name__!r} has no method {name!r} for {argument}=; it has {attributes(obj)}"
                )
                raise MalformedLayer(message)


def _takes_no_cotangent(method: Callable[..., Any], after: int = 0) -> bool:
    """Return whether a backward is that of a loss: `after` so many parameters none is for a cotangent."""
    try:
        parameters = [*inspect.signature(method).parameters.values()][after:]
    except (TypeError, ValueError):
        return False
    return all(p.kind is p.VAR_KEYWORD for p in parameters)
