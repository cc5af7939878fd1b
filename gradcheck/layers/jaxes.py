"""Functions of JAX, compiled once for each shape, in double precision for the length of each call."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import leaves, map_leaves, match_leaves, unflatten
from gradcheck.layers.framework import (
    Axes,
    Framework,
    Wanted,
    choose_answers,
    load,
    map_parts,
    positional_parameters,
    signature_of,
)
from gradcheck.layers.functional import point_at, require_callable
from gradcheck.layers.jax_rounding import Program, active_rounding, rounding
from gradcheck.types import Options, Primals, Pullback, Rng

Leaves: TypeAlias = list[Any]
_is_at_point: ContextVar[bool] = ContextVar("is_at_point", default=False)
"""Whether calls are those of one point, too few for a compilation to pay."""
NARROW = (np.dtype(np.float16), np.dtype(np.float32), np.dtype(np.complex64))
SLOW, FEW = 0.02, 3
"""Seconds that each of a few calls takes of a function that had better be compiled: a loop of JAX's is
compiled anew in each. Half and twice are the same: operations take microseconds, compilations tenths of a
second."""
ANSWERS = frozenset(("subsets", "double-backward", "vmap"))
"""The checks that say something of every function of JAX."""


@dataclass(frozen=True)
class JaxFunction:
    """A function of JAX, and how it is called.

    Parameters
    ----------
    function
        What the user wrote.
    names, constants
        The inputs in order, as far as they are known, and those of them without a derivative.
    parameters
        What the function takes by position: inputs, and options among them.
    jit, second_order
        See `gradcheck.Layer.from_jax`.
    """

    function: Callable[..., Any]
    names: tuple[str, ...]
    constants: Collection[str]
    parameters: tuple[str, ...] = ()
    jit: bool = True
    second_order: bool | None = None
    title: str = "JAX"
    compiled: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Functions that JAX has compiled, and what is known of them, by name and by what was fixed in them."""
    plain_seconds: deque[float] = field(default_factory=partial(deque, maxlen=FEW), compare=False, repr=False)
    """How long the latest calls of forward took that were not compiled."""

    def with_names(self, names: Sequence[str]) -> Framework:
        """Return the same function, whose inputs are called by other names."""
        return replace(self, names=tuple(names))

    @property
    def answers(self) -> Collection[str]:
        """The checks that say something of it."""
        return choose_answers(ANSWERS, is_compiled=self.jit, maps=True, second_order=self.second_order)

    def draws(self, primals: Primals, options: Options) -> bool:  # noqa: ARG002
        """Return False: JAX has no generator of its own."""
        return False

    def may_not_end(self, primals: Primals, options: Options) -> bool:
        """Return whether the function holds a `lax.while_loop`: nothing stops what JAX has compiled."""
        given = self.split(primals, options)
        key = given.key("may not end"), tuple(map(np.shape, given.flat))
        if key not in self.compiled:
            with given.precisely():
                self.compiled[key] = "while[" in str(self.jax.make_jaxpr(given.value)(given.moving))
        return bool(self.compiled[key])

    def complete(self, primals: Primals) -> tuple[Primals, dict[str, Any]]:
        """Return the point, and as options what `nondiff_argnums` names, which has no cotangent."""
        pairs = list(zip(self.parameters, primals, strict=False))
        fixed = [i for i in getattr(self.function, "nondiff_argnums", ()) if i < len(pairs)]
        free = [i for i in fixed if pairs[i][0] not in self.constants]
        if len(pairs) < len(primals) or len(pairs) < len(self.parameters) or not free:
            return primals, {}
        kept = tuple(primal for i, primal in enumerate(primals) if i not in free)
        return kept, {pairs[i][0]: pairs[i][1] for i in free}

    @property
    def wants_few_shapes(self) -> bool:
        """Return True: each new shape costs a compilation, of the function or of each of its operations."""
        return True

    @property
    def jax(self) -> Any:
        """JAX itself, loaded when it is first needed."""
        return load("jax", "from_jax", "jax")

    def forward(self, primals: Primals, options: Options) -> Any:
        """Return the value as arrays."""
        given, is_compiled = self.split(primals, options), self.compiles
        started = time.perf_counter()
        with given.precisely():
            y = to_arrays(self.jax, given.run("forward", given.value, given.moving, jit=is_compiled))
        if not is_compiled:
            self.plain_seconds.append(time.perf_counter() - started)
        return y

    def linearise(
        self, primals: Primals, options: Options, wanted: Wanted = lambda _: True, *, jit: bool
    ) -> tuple[Any, Pullback]:
        """Return y, and the pullback to the inputs that are wanted.

        What is not compiled is recorded once for all cotangents, since that takes longer than to pull back.
        """
        given = self.split(primals, options, wanted)
        with given.precisely():
            if _makes_programs(jit=jit):
                y = given.run("recorded", given.recorded_value, given.moving, jit=True)
                pull: Callable[[Leaves], Leaves] = partial(
                    given.run, "pullback", given.pull_back, given.moving, jit=True
                )
            else:
                y, pull = given.record(given.moving)

        def pullback(y_bar: Any) -> tuple[Any, ...]:
            bars = given.conjugate(y, y_bar)
            with given.precisely():
                return given.arrange(pull(bars))

        return to_arrays(self.jax, y), pullback

    @property
    def compiles(self) -> bool:
        """Whether what is called now is compiled: at a point only what takes long by itself, as loops do."""
        is_slow = len(self.plain_seconds) == FEW and min(self.plain_seconds) > SLOW
        return self.jit and (is_slow or not _is_at_point.get())

    def checking(self) -> AbstractContextManager[Any]:
        """Return a context that changes nothing."""
        return nullcontext()

    @contextmanager
    def at_point(self) -> Iterator[None]:
        """Compile nothing: of one point there are too few calls for that."""
        token = _is_at_point.set(True)
        try:
            yield
        finally:
            _is_at_point.reset(token)

    def to_arrays(self, tensors: Any) -> Any:
        """Return nested arrays of JAX as those of NumPy, and what else there is as it is."""

        def copy(leaf: Any) -> Any:
            return to_arrays(self.jax, leaf) if isinstance(leaf, self.jax.Array) else leaf

        return map_leaves(tensors, copy)

    def subset_vjp(self, primals: Primals, options: Options, wanted: Wanted) -> tuple[Any, Pullback]:
        """Return y and the pullback to those inputs alone that are wanted, without compilation."""
        return self.linearise(primals, options, wanted, jit=False)

    def compare_vjps(self, primals: Primals, options: Options) -> tuple[Any, Any]:
        """Return y and the pullback twice, as it is and as it is compiled."""
        given = self.split(primals, options)
        with given.precisely():
            y = given.run("forward", given.value, given.moving, jit=False)
            bars = given.conjugate(y, map_leaves(y, np.zeros_like))
            # One compilation of value and gradient together takes little longer than one of either.
            y_compiled, _ = given.run("both", given.value_and_gradient, given.moving, bars, jit=True)

        def compiled(y_bar: Any) -> tuple[Any, ...]:
            bars = given.conjugate(y, y_bar)
            with given.precisely():
                _, found = given.run("both", given.value_and_gradient, given.moving, bars, jit=True)
                return given.arrange(found)

        _, plain = self.linearise(primals, options, jit=False)
        return (to_arrays(self.jax, y), plain), (to_arrays(self.jax, y_compiled), compiled)

    @property
    def repeats_bits(self) -> bool:
        """What XLA compiles rounds in another way than what runs an operation at a time."""
        return False

    @property
    def is_fragile(self) -> bool:
        """JAX moves an index that is out of range inside."""
        return False

    @property
    def must_map(self) -> bool:
        """Whether the user asked that it can be mapped: of some functions JAX can't, and nobody asks."""
        return False

    def map_vjp(self, primals: Primals, axes: Axes, options: Options) -> tuple[Any, Pullback]:
        """Return y and the pullback of the function under vmap, without compilation."""
        jax = self.jax

        def mapped(*inputs: Any, **options: Any) -> Any:
            part, moving = map_parts(lambda given: self.call(given, options), inputs, axes)
            return jax.vmap(part, tuple(axis for axis in axes if axis is not None))(*moving)

        mapped.nondiff_argnums = self.static(len(primals), options)  # type: ignore[attr-defined]
        other = replace(self, function=mapped, parameters=(), compiled={})
        return other.linearise(primals, options, jit=False)

    def derivative_vjp(self, primals: Primals, y_bar: Any, options: Options) -> tuple[Any, Pullback]:
        """Return the gradients and their own pullback, by differentiating the pullback."""
        given = self.split(primals, options)
        with given.precisely():
            y = given.run("forward", given.value, given.moving, jit=self.compiles)
            bars = given.conjugate(y, y_bar)
            if _makes_programs(jit=self.compiles):
                found = given.run("pullback", given.pull_back, given.moving, bars, jit=True)
                pull: Callable[[Leaves], Any] = partial(
                    given.run, "second", given.pull_back_twice, given.moving, bars, jit=True
                )
            else:
                found, pull = given.record_twice(given.moving, bars)

        def pullback(weights: Any) -> tuple[Any, ...]:
            with given.precisely():
                back, y_twice = pull([np.conj(w) for w in weights])
            twice = [None if b.dtype == self.jax.dtypes.float0 else np.conj(np.array(b)) for b in y_twice]
            return *given.arrange(back), unflatten(y_bar, twice)

        return [np.conj(np.array(bar)) for bar in found], pullback

    def jvp(self, primals: Primals, tangents: Primals, options: Options) -> tuple[Any, Any]:
        """Return y and the tangent of y."""
        given = self.split(primals, options)
        flat = [leaf for tangent in tangents for _, leaf in leaves(tangent)]
        pairs = [np.asarray(flat[i]) for i in given.positions]
        with given.precisely():
            y, y_dot = given.run("jvp", given.push_forward, given.moving, pairs, jit=self.compiles)
        return to_arrays(self.jax, y), to_arrays(self.jax, y_dot)

    @property
    def rounds_at_random(self) -> bool:
        """Whether its operations can be made to round at random, as those of what JAX can trace."""
        return self.jit

    def rounding_at_random(
        self, rng: Rng, least: float = 0.0, most: float = inf
    ) -> AbstractContextManager[Any]:
        """Return a context in which operations round at random, by a relative error between these bounds."""
        return rounding(self.jax, rng, least, most) if self.jit else nullcontext()

    def call(self, inputs: Sequence[Any], options: Options) -> Any:
        """Call the user's function, with options in their places where inputs come behind them."""
        upcoming, rest = iter(inputs), dict(options)
        last = max(self._places(len(inputs), options), default=-1)
        arranged = [
            rest.pop(name) if name in rest else next(upcoming) for name in self.parameters[: last + 1]
        ]
        return self.function(*arranged, *upcoming, **rest)

    def static(self, count: int, options: Options) -> frozenset[int]:
        """Return which of so many inputs are handed over as they are: those that `nondiff_argnums` names."""
        fixed = getattr(self.function, "nondiff_argnums", ())
        return frozenset(i for i, place in enumerate(self._places(count, options)) if place in fixed)

    def _places(self, count: int, options: Options) -> list[int]:
        """Return the places of so many inputs among what the function takes by position."""
        free = [place for place, name in enumerate(self.parameters) if name not in options]
        beyond = range(len(self.parameters), len(self.parameters) + count)
        return [*free, *beyond][:count]

    def split(self, primals: Primals, options: Options, wanted: Wanted = lambda _: True) -> Given:
        """Part the leaves of the inputs into those that are differentiated and the others."""
        flat: Leaves = []
        floating: list[int] = []
        static = self.static(len(primals), options)
        for position, primal in enumerate(primals):
            owner = self.names[position] if position < len(self.names) else f"input {position + 1}"
            for name, leaf in leaves(primal, owner):
                value = _plain(leaf, is_static=position in static)
                is_constant = owner in self.constants or name in self.constants
                if not is_constant and isinstance(value, np.ndarray) and value.dtype.kind in "fc":
                    floating.append(len(flat))
                flat.append(value)
        return Given(self, primals, [i for k, i in enumerate(floating) if wanted(k)], flat, dict(options))


@dataclass(frozen=True)
class Given:
    """Inputs of one call: all leaves, and the positions of those that are differentiated."""

    function: JaxFunction
    primals: Primals
    positions: list[int]
    flat: Leaves
    options: dict[str, Any]

    @property
    def traced(self) -> list[int]:
        """The positions of all arrays; the rest is fixed in what is compiled."""
        return [i for i, leaf in enumerate(self.flat) if isinstance(leaf, np.ndarray)]

    @property
    def moving(self) -> tuple[Leaves, Leaves]:
        """The arrays that are differentiated, and the others."""
        others = [i for i in self.traced if i not in self.positions]
        return [self.flat[i] for i in self.positions], [self.flat[i] for i in others]

    @contextmanager
    def precisely(self) -> Iterator[None]:
        """Let JAX compute in float64 for one call, whatever its configuration, where an input is of it.

        What is of narrower types alone is computed as the user's process computes it, where `jax.nn.one_hot`,
        for one, is of float32.
        """
        jax = self.function.jax
        inexact = [leaf for leaf in self.flat if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"]
        is_narrow = inexact and all(leaf.dtype in NARROW for leaf in inexact)
        with jax.enable_x64(jax.config.jax_enable_x64 if is_narrow else True):
            yield

    def value(self, moving: tuple[Leaves, Leaves]) -> Any:
        """Call the user's function."""
        chosen, others = map(iter, moving)
        flat = [
            next(chosen) if i in self.positions else next(others) if isinstance(leaf, np.ndarray) else leaf
            for i, leaf in enumerate(self.flat)
        ]
        y = self.function.call(unflatten(self.primals, flat), self.options)
        return _as_known_tree(self.function.jax, y)

    def record(self, moving: tuple[Leaves, Leaves]) -> tuple[Any, Callable[[Leaves], Leaves]]:
        """Return the value as it is where a gradient is asked for, and the pullback of its leaves."""
        jax = self.function.jax
        chosen, others = moving
        y, pullback = jax.vjp(lambda chosen: self.value((chosen, others)), chosen)
        structure = jax.tree_util.tree_structure(y)

        def pull(bars: Leaves) -> Leaves:
            (found,) = pullback(jax.tree_util.tree_unflatten(structure, bars))
            return list(found)

        return y, pull

    def recorded_value(self, moving: tuple[Leaves, Leaves]) -> Any:
        """Return the value as it is where a gradient is asked for: that of the rule's own forward."""
        return self.record(moving)[0]

    def pull_back(self, moving: tuple[Leaves, Leaves], bars: Leaves) -> Leaves:
        """Return the cotangents of what is differentiated, as JAX has them."""
        return self.record(moving)[1](bars)

    def value_and_gradient(self, moving: tuple[Leaves, Leaves], bars: Leaves) -> tuple[Any, Leaves]:
        """Return the plain value and the cotangents of what is differentiated."""
        return self.value(moving), self.pull_back(moving, bars)

    def record_twice(
        self, moving: tuple[Leaves, Leaves], bars: Leaves
    ) -> tuple[Leaves, Callable[[Leaves], tuple[Leaves, Leaves]]]:
        """Return the cotangents of what is differentiated, and their own pullback to it and to ȳ."""
        chosen, others = moving
        found: tuple[Leaves, Callable[[Leaves], tuple[Leaves, Leaves]]] = self.function.jax.vjp(
            lambda c, b: self.pull_back((c, others), b), chosen, bars
        )
        return found

    def pull_back_twice(self, moving: tuple[Leaves, Leaves], bars: Leaves, weights: Leaves) -> Any:
        """Return the cotangents of the inputs and of ȳ, through the pullback."""
        return self.record_twice(moving, bars)[1](weights)

    def push_forward(self, moving: tuple[Leaves, Leaves], tangents: Leaves) -> Any:
        """Return y and its tangent."""
        chosen, others = moving
        return self.function.jax.jvp(lambda chosen: self.value((chosen, others)), (chosen,), (tangents,))

    def conjugate(self, y: Any, y_bar: Any) -> Leaves:
        """Return the cotangent's leaves as JAX has them: conjugate, and of a type of its own for integers."""
        jax = self.function.jax
        bars = match_leaves(y, y_bar)
        assert bars is not None
        return [
            np.zeros(np.shape(leaf), jax.dtypes.float0)
            if bar is None
            else np.conj(np.asarray(bar)).astype(np.asarray(leaf).dtype)
            for bar, (_, leaf) in zip(bars, leaves(y), strict=True)
        ]

    def arrange(self, bars: Leaves) -> tuple[Any, ...]:
        """Return cotangents in the form of all inputs, None where there is none."""
        found = dict(zip(self.positions, (np.conj(np.array(bar)) for bar in bars), strict=True))
        arranged: tuple[Any, ...] = unflatten(self.primals, [found.get(i) for i in range(len(self.flat))])
        return arranged

    def run(self, name: str, function: Callable[..., Any], *arguments: Any, jit: bool) -> Any:
        """Call one of these functions, compiled if that is asked for, or with operations that round."""
        noise, jax, compiled = active_rounding(), self.function.jax, self.function.compiled
        if noise is None and not jit:
            return function(*arguments)
        key = self.key(name)
        if noise is not None:
            # A program is traced for each form of its arguments: tracing takes longer than running it.
            flat = jax.tree_util.tree_leaves(arguments)
            traced = key, *((np.shape(leaf), str(leaf.dtype)) for leaf in flat)
            if traced not in compiled:
                compiled[traced] = Program.of(jax, function, *arguments)
            return noise.run(compiled[traced], *arguments)
        if key not in compiled:
            compiled[key] = jax.jit(function)
        return compiled[key](*arguments)

    def key(self, name: str) -> Any:
        """Return what tells one of these functions from others, by its name and what is fixed in it."""
        fixed = tuple((i, _key(leaf)) for i, leaf in enumerate(self.flat) if not isinstance(leaf, np.ndarray))
        structure = str(self.function.jax.tree_util.tree_structure(self.primals))
        options = tuple((option, _key(value)) for option, value in sorted(self.options.items()))
        return name, structure, fixed, options, tuple(self.positions)


def _makes_programs(*, jit: bool) -> bool:
    """Return whether a call makes a program of the function, to compile it or to let operations round."""
    return jit or active_rounding() is not None


def _key(value: Any) -> Any:
    """Return what tells a value from others: two compiled functions look alike in print.

    What has no hash, such as a list, is known by what it prints.
    """
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return type(value), value  # of 1, 1.0 and True each is another


def functions_of_jax(
    function: Any, fields: dict[str, Any], *, jit: bool, second_order: bool | None
) -> dict[str, Any]:
    """Return the fields of a layer of a function of JAX; see `gradcheck.Layer.from_jax`."""
    require_callable("function", function)
    options = fields.get("options", {})
    parameters = positional_parameters(function)
    inputs = [p for p in parameters if p.name not in options]
    names = tuple(fields.get("shapes") or ()) or tuple(p.name for p in inputs)
    taken = tuple(p.name for p in parameters)
    layer = JaxFunction(function, names, tuple(fields.get("constants", ())), taken, jit, second_order)

    def forward(*primals: Any, **options: Any) -> Any:
        return layer.forward(primals, options)

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        return layer.linearise(primals, options, jit=layer.compiles)

    def jvp(primals: Any, tangents: Any, **options: Any) -> tuple[Any, Any]:
        return layer.jvp(primals, tangents, options)

    forward.__signature__ = signature_of(inputs, options)  # type: ignore[attr-defined]
    written = getattr(function, "fun", function)  # of custom_vjp and custom_jvp
    backward = getattr(function, "bwd", None) or written
    found = {"forward": point_at(written, forward), "vjp": point_at(backward, vjp), "framework": layer}
    found["name"] = getattr(written, "__name__", type(function).__name__)
    if type(function).__name__ == "custom_jvp":
        found["jvp"] = jvp
    return {**found, **fields}


def to_arrays(jax: Any, tree: Any) -> Any:
    """Return what JAX computed as arrays, types that NumPy lacks as float32."""

    def copy(leaf: Any) -> Any:
        if _is_key(jax, leaf):
            return leaf
        array = np.array(leaf)
        return (
            array.astype(np.float32)
            if array.dtype.kind == "V" and jax.numpy.issubdtype(array.dtype, np.floating)
            else array
        )

    return map_leaves(tree, copy)


def _is_key(jax: Any, leaf: Any) -> bool:
    """Return whether something is a key of JAX's random numbers, of the type that `jax.random.key` makes."""
    return hasattr(leaf, "dtype") and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _as_known_tree(jax: Any, y: Any) -> Any:
    """Return tuples, lists and dicts as they are; of other trees that JAX knows, the list of leaves."""
    plain = all(hasattr(leaf, "dtype") or isinstance(leaf, int | float | complex) for _, leaf in leaves(y))
    return y if plain else jax.tree_util.tree_leaves(y)


def _plain(leaf: Any, *, is_static: bool) -> Any:
    """Return numbers as arrays of types that JAX has, unless a function takes them as they are."""
    if is_static:
        return leaf.item() if isinstance(leaf, np.generic | np.ndarray) and np.ndim(leaf) == 0 else leaf
    if not isinstance(leaf, np.ndarray | np.generic | float | complex):
        return leaf
    array = np.array(leaf)
    if array.dtype.char in "gG":
        array = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    return array
