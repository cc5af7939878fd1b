"""`Trial`: a layer at one example, with every call counted and everything it returns brought to one form."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np

from gradcheck._util import copy_options, draw_signed, identical, is_finite, rms, sizes_of_entries
from gradcheck.errors import CannotVerify, EndlessCall, LayerRaised, NothingToLearn, is_control
from gradcheck.evaluation.conventions import read_cotangent, split_vjp
from gradcheck.evaluation.cpu_limit import Endless, EndlessHere, Stopwatch, limit_cpu
from gradcheck.evaluation.dice import Dice
from gradcheck.evaluation.edges import Edges
from gradcheck.evaluation.example import Example
from gradcheck.evaluation.hints import hint, hint_bounds
from gradcheck.evaluation.inputs import Inputs, arrays_of_lists
from gradcheck.evaluation.known import Known, Pulled, seal
from gradcheck.evaluation.outputs import fill_cotangent, output_ends, read_output
from gradcheck.evaluation.reach import Watch
from gradcheck.evaluation.stochastic import attach_shadows
from gradcheck.evaluation.tangents import Tangents
from gradcheck.layers import Layer, line_that_raised
from gradcheck.types import Array, Options, Primals, Rng


class NormalPullback(Protocol):
    """A pullback that gives one cotangent for each primal in its shape.

    Unless `copy`, they may be the layer's own arrays, which its next call may write into.
    """

    def __call__(self, y_bar: Array, *, copy: bool = True) -> tuple[Array | None, ...]:
        """Pull a cotangent back."""


Recorded: TypeAlias = tuple[Array, NormalPullback]
"""The output of a call that was linearised, and its pullback."""
COARSE_UNITS = 64.0
"""Comparisons of arrays allow so many rounding units: a declared tolerance is as many of them."""
NEIGHBOUR_DISTANCE = 2.0**-10
"""Relative distance of a neighbouring point, at which a suspicion must come up again."""
NEARER = (1.0, 2.0**-3, 2.0**-7, 2.0**-12)
"""Parts of that distance at which a neighbour is looked for until forward works: the last is four million
times nearer than the point is far from zero. Nearer still, a neighbour is the same point but for rounding."""
TIMES_SLOWER = 20.0
"""In a precision that it was not given, a function may take so many times its slowest call so far. NumPy's
long doubles take some ten times as long as doubles; twice as much waits longer for what does not end."""
LEAST_TIME = 1.0
"""Seconds of processor time that it may take in any case: the first call of a library may load it."""


COMMON = "finite-difference"
"""What the cotangent that checks share is drawn for: the check that comes first goes on with directions."""
SharedCall: TypeAlias = tuple[str, Hashable]
"""A role, and the example that the call belongs to."""


@dataclass
class Calls:
    """How often the layer's functions ran, how long at most, in which precisions one did not end.

    `slowest` counts seconds by the clock, in the precision that the layer was given; `quickest` are those
    of forward's quickest call, which a busy machine hardly changes. `watch` takes note of which of their
    statements run. `tolerated` has the largest relative difference for which each declared tolerance was
    needed, by the words that declare it. `stopwatch` times the call that runs now. `shared` has the calls
    that were made for all checks of an example, which `forward` and `vjp` do not count. `raised_at` has the
    line of the user's file for each thing that one of the functions raised, by what is said of it.
    """

    forward: int = 0
    vjp: int = 0
    shared: set[SharedCall] = field(default_factory=set)
    slowest: float = 0.0
    quickest: float = np.inf
    endless: set[str] = field(default_factory=set)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    watch: Watch | None = None
    tolerated: dict[str, float] = field(default_factory=dict)
    raised_at: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trial:
    """A layer at one example.

    `primals` are real arrays, one for each leaf of the inputs; what the layer itself receives are
    copies in the caller's own form, which `inputs` knows, so that a layer which modifies its
    inputs can't disturb a check. `active` are the positions of the leaves that have a derivative.
    `is_user_point` says that the point is the caller's own, where nothing can be redrawn; `coarse_unit` is
    a rounding unit to compare results in, where it is coarser than their own. `dtypes` are those that the
    primals came in. With `dice`, the layer receives arrays that round at random; `edges` are left out.
    `known` is of this trial alone: every other one, as `replace` makes it too, knows nothing yet.
    """

    layer: Layer
    primals: tuple[Array, ...]
    active: tuple[int, ...]
    options: Options
    seed: int
    calls: Calls
    inputs: Inputs
    is_user_point: bool = False
    tangents: Tangents | None = None
    dtypes: tuple[np.dtype[Any], ...] = ()
    coarse_unit: float = 0.0
    dice: Dice | None = None
    edges: Edges | None = None
    known: Known = field(default_factory=Known, init=False, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        layer: Layer,
        primals: Primals,
        options: Options,
        seed: int,
        calls: Calls,
        *,
        is_user_point: bool = False,
    ) -> Trial:
        """Make a trial of the caller's own primals.

        Raises
        ------
        CannotVerify
            If a primal is not a real array or number, none of them can be differentiated, or the
            layer's constants or domain name no input.
        """
        inputs, arrays = Inputs.of(layer, arrays_of_lists(layer, primals) if is_user_point else primals)
        active = tuple(
            i for i, leaf in enumerate(inputs.leaves) if arrays[i].dtype.kind == "f" and not leaf.is_constant
        )
        if not active:
            kinds = ", ".join(f"{n!r} is {a.dtype}" for n, a in zip(inputs.names, arrays, strict=True))
            message = (
                f"no input of {layer.name!r} can be differentiated ({kinds or 'there are none'}); "
                f"pass floating-point arrays, as {inputs.names[0] if inputs.names else 'x'}.astype(float)"
            )
            raise CannotVerify(message)
        tangents = Tangents.of(layer, inputs, arrays, active) if layer.tangent else None
        dtypes = tuple(a.dtype for a in arrays)
        trial = cls(layer, arrays, active, options, seed, calls, inputs, is_user_point, tangents, dtypes)
        trial.stay_inside()
        declared = max(layer.nondeterministic, *map(trial.accuracy, active))
        return replace(trial, coarse_unit=declared / COARSE_UNITS) if declared > 0.0 else trial

    @property
    def names(self) -> tuple[str, ...]:
        """The leaves' names, in order."""
        return self.inputs.names

    @property
    def eps(self) -> float:
        """The coarsest rounding unit of the inputs that have a derivative."""
        return max(float(np.finfo(self.primals[i].dtype).eps) for i in self.active)

    def stay_inside(self) -> None:
        """Raise `CannotVerify` if a primal has values outside its domain."""
        for i, array in enumerate(self.primals):
            if not self.holds(i, array):
                (low, high), name = self.bounds(i), self.names[i]
                message = f"{name!r} of {self.layer.name!r} has values outside its domain ({low:g}, {high:g})"
                raise CannotVerify(message)

    def describe_not_finite(self) -> str:
        """Return what is said where forward's output is not finite, and how to keep such inputs out."""
        names = [self.names[argnum] for argnum in self.active]
        mend = hint_bounds(self.layer, names, is_user_point=self.is_user_point)
        return f"forward of {self.layer.name!r} returned values that are not finite{mend}"

    def finite_output(self) -> Array | None:
        """Return forward's output; None where forward or the pullback fails here, or is not finite."""
        try:
            self.stay_inside()
            y = self.output()
            pulled = self.pull_back(self.cotangent(y))
        except NothingToLearn:
            return None
        return y if self.known.is_finite and pulled.not_finite is None else None

    def accuracy(self, argnum: int) -> float:
        """Return the relative accuracy that is declared for an input's gradient, 0 for that of its type."""
        return self.layer.accuracy_of(self.names[argnum])[1]

    def tolerate(self, gap: float, words: str = "") -> None:
        """Keep a relative difference for which a declared tolerance was needed.

        Without the words that declare it, it is the smallest that covers the difference.
        """
        declared = self.layer.tolerances
        covering = [each for each, size in declared.items() if size >= gap] or [*declared]
        words = words or min(covering, key=lambda each: declared[each], default="")
        if words:
            known = self.calls.tolerated
            known[words] = max(gap, known.get(words, 0.0))

    def bounds(self, argnum: int) -> tuple[float, float]:
        """Return the closed bounds of one input's values, infinite where none are declared."""
        low, high = self.layer.declaration_for("domain", self.names[argnum], (-np.inf, np.inf))
        if isinstance(low, str) or isinstance(high, str):
            return -np.inf, np.inf  # bounds that follow from sizes are there for drawing
        return low, high

    def clip(self, argnum: int, x: Array) -> Array:
        """Return values of one input inside its bounds: themselves where it has none."""
        low, high = self.bounds(argnum)
        return np.asarray(np.clip(x, low, high)) if low > -np.inf or high < np.inf else x

    def holds(self, argnum: int, x: Array) -> bool:
        """Return whether an input's domain holds all of these values."""
        if not self.layer.domain:
            return True
        low, high = self.bounds(argnum)
        return not (low > -np.inf and np.any(x < low)) and not (high < np.inf and np.any(x > high))

    @property
    def breaks_at_bad_indices(self) -> bool:
        """Whether it is given indices, and one out of range would leave its framework unusable."""
        framework = self.layer.framework
        has_indices = any(x.dtype.kind in "iu" for x in self.primals)
        return has_indices and framework is not None and framework.is_fragile

    @property
    def example(self) -> Example:
        """This trial's input, as findings carry it."""
        leaves = zip(self.inputs.leaves, self.primals, strict=True)
        shapes = {leaf.name: a.shape[:-1] if leaf.slot.is_complex else a.shape for leaf, a in leaves}
        primals = self.primals if self.edges is None else self.edges.hold(self.primals)
        return Example(shapes, dict(self.options), primals, self.seed)

    def describe_place(self, argnum: int) -> str:
        """Return the words that name one input as the place of a finding."""
        return f"in the cotangent of {self.names[argnum]!r} (input {argnum + 1} of {len(self.names)})"

    def cotangent_name(self, argnum: int) -> str:
        """Return what the cotangent of one input is called."""
        parts = " (real, imaginary)" if self.inputs.leaves[argnum].slot.is_complex else ""
        return f"{self.names[argnum]}_bar{parts}"

    def axis_letters(self, argnum: int) -> tuple[str, ...] | None:
        """Return the letters of one input's axes, or None where they are not declared."""
        letters = tuple(self.layer.leaf_shapes.get(self.names[argnum], "").split())
        return letters if len(letters) == self.primals[argnum].ndim and "..." not in letters else None

    def rng(self, purpose: str) -> Rng:
        """Return a generator that depends on the example's seed and on what it is for, nothing else."""
        words = [self.seed, *purpose.encode()]
        # NumPy would make the same array of them, number by number, which takes longer than all the rest.
        return np.random.default_rng(words if self.seed >= 2**32 else np.array(words, np.uint32))

    def at(self, primals: tuple[Array, ...]) -> Trial:
        """Return this trial at other primals."""
        other = object.__new__(type(self))  # `replace`, which visits every field, takes five times as long
        vars(other).update(vars(self), primals=primals, known=Known())
        return other

    def with_primal(self, argnum: int, value: Array) -> Trial:
        """Return this trial with one primal replaced."""
        return self.at((*self.primals[:argnum], np.asarray(value), *self.primals[argnum + 1 :]))

    def neighbour(self, rng: Rng) -> Trial:
        """Return this trial with every differentiable entry moved by `NEIGHBOUR_DISTANCE`, inside the domain.

        The move is relative to the entry, or to the input's root mean square where that is
        larger, so that zeros move too.
        """
        primals = list(self.primals)
        for i in self.active:
            x = self.primals[i]
            # A point of the caller's own shows by its signs where forward works: they stay.
            size = sizes_of_entries(x)
            size = size if self.is_user_point else np.maximum(size, rms(x) or 1.0)
            size *= NEIGHBOUR_DISTANCE
            size *= draw_signed(x.shape, rng)
            primals[i] = self.step_inside(i, size)
        return self._come_closer(tuple(primals))

    def step_inside(self, argnum: int, step: Array) -> Array:
        """Return one input moved by a step; an entry that would leave the domain moves the other way."""
        x, (low, high) = self.primals[argnum], self.bounds(argnum)
        moved = x + step
        if low > -np.inf or high < np.inf:
            moved = np.clip(np.where((moved < low) | (moved > high), x - step, moved), low, high)
        return np.asarray(moved, dtype=x.dtype)

    def beside_in_proportion(self, rng: Rng) -> Trial:
        """Return this trial with each active entry moved by part of itself, as `neighbour` does: zeros stay.

        No two entries move by the same part, so that those which are equal are so no more.
        """
        moved = list(self.primals)
        for i in self.active:
            x = self.primals[i]
            factor = 1.0 + 0.5 * NEIGHBOUR_DISTANCE * draw_signed(x.shape, rng)
            moved[i] = self.clip(i, x * factor).astype(x.dtype)
        return self._come_closer(tuple(moved))

    def _come_closer(self, primals: tuple[Array, ...]) -> Trial:
        """Return this trial at other primals; where forward does not work there, nearer to its own.

        Only what a strategy drew freely is known to have a neighbourhood: a point of the caller's own, or one
        that `cases` made, may lie at the very edge of where forward works.
        """
        there = self.at(primals)
        if not self.is_user_point and self.layer.cases is None:
            return there
        for part in NEARER:
            pairs = zip(self.primals, primals, strict=True)
            nearer = (x if m is x else (x + part * (m - x)).astype(x.dtype) for x, m in pairs)
            closer = there if part == 1.0 else self.at(tuple(nearer))
            if closer.finite_output() is not None:
                return closer
        return there

    def wider(self) -> Trial | None:
        """Return this trial in the next wider precision, or None where the layer does not keep it.

        Raises
        ------
        LayerRaised, BrokenContract, CannotVerify
            If forward does not work in it.
        """
        dtype = np.float64 if self.eps > np.finfo(np.float64).eps else np.longdouble
        is_finer = np.finfo(dtype).eps < self.eps  # not every platform has a type beyond float64
        trial = self.cast(dtype)
        return trial if is_finer and trial.forward().dtype == dtype else None

    def cast(self, dtype: Any) -> Trial:
        """Return this trial with its floating-point primals in another precision."""
        return self.at(tuple(a.astype(dtype) if a.dtype.kind == "f" else a for a in self.primals))

    def arguments(self, donated: Collection[int] = ()) -> tuple[Any, ...]:
        """Return the primals in the caller's own form: copies, but of those `donated` for good."""
        primals = self.primals if self.edges is None else self.edges.hold(self.primals)
        if self.tangents is None:
            return self.to_layer(primals, donated)
        return self.to_layer(self.tangents.bring_back(primals))

    def to_layer(self, arrays: Iterable[Array | None], donated: Collection[int] = ()) -> tuple[Any, ...]:
        """Return one array for each leaf of the primals in the form in which the layer receives them."""
        arguments: tuple[Any, ...] = self._attach_shadows(self.inputs.unflatten(arrays, donated))
        return arguments

    def _attach_shadows(self, tree: Any) -> Any:
        """Return arrays that round at random, if any do; another library's operations do it by themselves."""
        return tree if self.layer.library is not None else attach_shadows(tree, self.dice)

    def settings(self) -> dict[str, Any]:
        """Return the options, those that could be changed as copies: a layer may use up a generator."""
        return copy_options(self.options)

    def call(self, role: str, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function of the user's.

        Raises
        ------
        LayerRaised
            With the role of the function, if it raises.
        """
        try:
            return self._run(role, function, arguments, options)
        except BaseException as cause:
            if is_control(cause):
                raise  # an adapter's own words among others
            mend = hint(self.layer, self.inputs, self.options, cause, is_user_point=self.is_user_point)
            raised = LayerRaised(self.layer.name, role, cause, mend)
            self.calls.raised_at.setdefault(str(raised), line_that_raised(cause))
            raise raised from cause

    def _run(self, role: str, function: Callable[..., Any], arguments: Any, options: dict[str, Any]) -> Any:
        library, watch = self.layer.library, self.calls.watch
        watched = function if watch is None else partial(watch.run, function)
        if library is None:
            returned = self._run_in_time(role, watched, arguments, options)
            return returned if self.dice is None else self.dice.record(returned)
        with library.at_point() if self.is_user_point else nullcontext():
            if self.dice is None or self.dice.rng is None:
                return self._run_in_time(role, watched, arguments, options)
            most = 0.0 if self.dice.is_still else max(self.eps, self.dice.inside)
            with library.rounding_at_random(self.dice.rng, most=most) as rounding:
                returned = self._run_in_time(role, watched, arguments, options)
            self.dice.coarsest = max(self.dice.coarsest, getattr(rounding, "coarsest", 0.0))
            return returned

    def _run_in_time(
        self, role: str, function: Callable[..., Any], arguments: Any, options: dict[str, Any]
    ) -> Any:
        """Call a function; in a precision that the layer was not given, for a limited time only.

        An iteration that ends at 1e-12 never ends in single precision.
        """
        changed = [a.dtype for a, own in zip(self.primals, self.dtypes, strict=True) if a.dtype != own]
        if not changed:
            stopwatch = self.calls.stopwatch
            # The clock of the process takes a thousand times as long to read.
            stopwatch.began = started = time.perf_counter()
            try:
                returned = function(*arguments, **options)
            except EndlessHere:
                known = f"{stopwatch.slowest:.1g} s at most elsewhere"
                message = f"{role} of {self.layer.name!r} does not end at a point beside this one ({known})"
                raise EndlessCall(message) from None
            finally:
                stopwatch.began = -1.0
            took = time.perf_counter() - started
            stopwatch.note(took)
            self.calls.slowest = max(self.calls.slowest, took)
            if role == "forward":
                self.calls.quickest = min(self.calls.quickest, took)
            return returned
        there = str(changed[0])
        if there not in self.calls.endless:
            try:
                with limit_cpu(max(LEAST_TIME, TIMES_SLOWER * self.calls.slowest)):
                    return function(*arguments, **options)
            except Endless:
                self.calls.endless.add(there)
        message = f"{role} of {self.layer.name!r} does not end in {there} in any time like its usual one"
        raise EndlessCall(message)

    def forward(self, donated: Collection[int] = ()) -> Array:
        """Return y = forward(primals) as a real floating-point array; see `arguments`.

        Raises
        ------
        LayerRaised, BrokenContract, CannotVerify
            If forward raises, returns no array, or returns one that has no derivative.
        """
        self.calls.forward += 1
        y = self.call("forward", self.layer.forward, *self.arguments(donated), **self.settings())
        return self.read("forward", y)

    def output(self) -> Array:
        """Return what `forward` returned here when it was first asked for; a check that repeats it calls it.

        Raises
        ------
        LayerRaised, BrokenContract, CannotVerify
            As `forward` does.
        """
        known = self.known
        if known.y is None:
            self.calls.forward += 1
            y = self.call("forward", self.layer.forward, *self.arguments(), **self.settings())
            known.y = seal(self.read("forward", y))
            if known.example is not None:
                self.calls.forward -= 1
                self.calls.shared.add(("forward", known.example))
            known.is_finite = is_finite(known.y)
            known.is_plain = type(y) is np.ndarray and y.dtype.kind == "f"
        return known.y

    def cotangent(self, y: Array) -> Array:
        """Return the random cotangent of the output that checks share; see `draw_cotangent`."""
        if self.known.y_bar is None:
            self.known.y_bar = seal(self.draw_cotangent(y, self.rng(COMMON)))
        return self.known.y_bar

    def draw_cotangent(self, y: Array, rng: Rng) -> Array:
        """Return a random signed, dense cotangent of the output; of a loss, 1.

        So the numbers that are told of a loss are those of its own gradient.
        """
        is_loss = self.layer.is_loss and y.size == 1
        return (np.ones(y.shape) if is_loss else draw_signed(y.shape, rng)).astype(y.dtype)

    def record(self) -> Recorded | None:
        """Return what `linearise` does; None where it fails, which `output` may say in better words."""
        try:
            return self.linearise()
        except NothingToLearn:
            return None

    def pull_back(self, y_bar: Array, recorded: Recorded | None = None) -> Pulled:
        """Return the primal value of the VJP, and what its pullback makes of a cotangent; see `linearise`.

        What was `recorded` here is used, if anything was. Of the cotangent that checks share both are kept: a
        check that asks for it again gets the same.
        """
        known = self.known
        is_common = known.y_bar is not None and identical(known.y_bar, y_bar)
        if is_common and known.pulled is not None:
            return known.pulled
        y, pullback = self.linearise() if recorded is None else recorded
        bars = pullback(y_bar.copy())
        bars = tuple(seal(bar) if i in self.active else bar for i, bar in enumerate(bars))
        found = Pulled(y_bar, seal(y), bars, self.active)
        if is_common:
            known.pulled = found
            if known.example is not None:
                self.calls.vjp -= 1
                self.calls.shared.add(("vjp", known.example))
        return found

    def read(self, role: str, y: Any) -> Array:
        """Return what a forward map returned as one real array; see `read_output`."""
        array = read_output(self.layer.name, role, y)
        return array if self.edges is None else self.edges.read(array)

    def fill(self, y: Any, y_bar: Array) -> Any:
        """Return a cotangent in the form of the output `y`."""
        return fill_cotangent(y, y_bar if self.edges is None else self.edges.read(y_bar))

    def outputs_apart(self) -> list[tuple[int, int]]:
        """Return where each of several outputs begins and ends in the array that `forward` returns."""
        if self.known.is_plain:
            return []
        y = self.call("forward", self.layer.forward, *self.arguments(), **self.settings())
        return output_ends(y) if isinstance(y, tuple | list | dict) else []

    def linearise(self) -> Recorded:
        """Return y and the pullback, which gives one cotangent for each primal in its shape.

        Raises
        ------
        LayerRaised, BrokenContract, CannotVerify
            If the functions raise, or what they return has not the agreed form.
        """
        return self.linearise_with("vjp", "pullback", self.layer.vjp)

    def linearise_with(self, role: str, pullback_role: str, vjp: Callable[..., Any]) -> Recorded:
        """Return y and the normalised pullback of any function in pullback form."""
        returned = self.call(role, vjp, *self.arguments(), **self.settings())
        y, pullback = split_vjp(self.layer.name, role, returned)

        def pull_back(y_bar: Array, *, copy: bool = True) -> tuple[Array | None, ...]:
            self.calls.vjp += 1
            given = self._attach_shadows(self.fill(y, y_bar))
            return self.cotangents(self.call(pullback_role, pullback, given), copy=copy)

        return self.read(role, y), pull_back

    def cotangents(
        self, returned: Any, role: str = "pullback", *, copy: bool = True
    ) -> tuple[Array | None, ...]:
        """Return what a pullback returned as one real array for each leaf of the primals."""
        layer, names, leaves = self.layer.name, self.names, self.inputs.leaves
        bars = tuple(
            read_cotangent(layer, names[i], self.primals[i], leaves[i].slot, bar, copy=copy)
            if i in self.active
            else bar
            for i, bar in enumerate(self.raw_cotangents(returned, role))
        )
        bars = bars if self.tangents is None else self.tangents.project_all(bars)
        return bars if self.edges is None else tuple(self.edges.clear(i, bar) for i, bar in enumerate(bars))

    def raw_cotangents(self, returned: Any, role: str = "pullback") -> list[Any]:
        """Return what a pullback returned for each leaf of the primals, as it is."""
        return self.inputs.cotangents(returned, self.active, role)
