"""Functions of PyTorch: tensors over the memory of arrays on the way in, copies of tensors on the way out.

So a function that writes into its inputs or its cotangent is seen to do so, and one that returns its
cotangent, or a view of an input, does what PyTorch allows.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from math import inf
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import duplicate, leaves, map_leaves, match_leaves, unflatten
from gradcheck.errors import CannotVerify
from gradcheck.layers.framework import (
    Axes,
    Framework,
    Wanted,
    choose_answers,
    load,
    map_parts,
)
from gradcheck.layers.torch_rounding import round_at_random
from gradcheck.layers.torch_tensors import (
    Held,
    Tensor,
    count_entries,
    enter,
    gathering,
    is_over,
    to_arrays,
    to_tensor,
)
from gradcheck.types import Options, Primals, Pullback, Rng

ONE_THREAD = 2**15
"""So few entries are computed by one thread: others would wait for each other longer than they compute."""
Call: TypeAlias = Callable[[tuple[Any, ...], Options], Any]
Hold: TypeAlias = Callable[[tuple[Any, ...], Callable[[], Any]], Any]
ANSWERS = frozenset(("subsets", "undefined", "strides", "saved", "double-backward"))
"""The checks that say something of every function of PyTorch."""
NO_RECORD = "its backward leaves no record for a second derivative"
COMPILATIONS = 2**20
"""So often may one function be compiled: for sizes, precisions, and which inputs require a gradient. It is as
good as no limit, and half and twice of it are."""
WANTS_GRADIENTS = ("does not require grad", "doesn't require gradient", "has requires_grad=False")
"""What PyTorch says where something is differentiated, or hooked, that nothing records."""
DONATED = "donated buffer"
"""What PyTorch says of the backward of a compiled function that can run once only."""
REENTRANT = "use_reentrant"
"""What it says of a checkpoint whose gradients `torch.autograd.grad` can't ask for."""
SEED = 0
"""Of PyTorch's generators at the beginning of each call: dropout drops the same entries every time."""
BACKWARD_SEED = 1
"""At the beginning of each backward pass: one that draws anew, in place of what forward drew, is wrong."""


EMPTY = np.zeros(0, np.uint8)
"""What stands for a None among the outputs."""


def _everything(_: int) -> bool:
    return True


@dataclass(frozen=True)
class TorchFunction:
    """A function on tensors, and how it is called.

    Parameters
    ----------
    call
        ``call(tensors, options)`` returns its value.
    names, constants
        The inputs in order, as far as they are known, and those of them without a derivative.
    device, second_order, autocast, vmap
        See `gradcheck.Layer.from_torch`.
    compiled
        See there; or what the user compiled, called as ``call`` is.
    halves
        The half precision that inputs or leaves of them are cast to, by name; that of all others by None.
    module
        The module, where it is one that exists already.
    takes, least
        What its forward takes by position, and how many of them at least.
    hold
        ``hold(tensors, run)`` calls ``run`` while the module has those tensors as parameters, for its
        backward: a checkpoint computes again there.
    fixes_numbers
        Whether it is an autograd.Function or an operator, whose numbers have no derivative unless in tensors.
    has_jvp
        Whether it is a Function that says by itself how tangents are pushed forward.
    """

    call: Call
    names: tuple[str, ...]
    constants: Collection[str]
    device: str = "cpu"
    second_order: bool | None = None
    compiled: bool | str | Call = False
    autocast: str | None = None
    vmap: bool = False
    halves: Mapping[str | None, str] = field(default_factory=dict)
    title: str = "PyTorch"
    module: Any = None
    takes: tuple[str, ...] = ()
    least: int = 0
    hold: Hold = field(default=lambda tensors, run: run())  # noqa: ARG005 -- its form
    fixes_numbers: bool = False
    has_jvp: bool = False
    always_recorded: list[bool] = field(default_factory=list, compare=False, repr=False)
    """Not empty once forward was seen to want gradients, or to return values of which some may have none."""

    def with_names(self, names: Sequence[str]) -> Framework:
        """Return the same function, whose inputs are called by other names."""
        return replace(self, names=tuple(names))

    @property
    def answers(self) -> Collection[str]:
        """The checks that say something of it."""
        asked = {"is_compiled": bool(self.compiled), "maps": self.vmap}
        return choose_answers(ANSWERS, **asked, second_order=self.second_order)

    @property
    def torch(self) -> Any:
        """PyTorch itself, loaded when it is first needed."""
        return load("torch", "from_torch", "torch")

    def forward(self, primals: Primals, options: Options) -> Any:
        """Return the value as arrays.

        A function that differentiates inside, as a force does that comes of an energy, wants inputs that
        require gradients.
        """
        if self.always_recorded:
            return self.record(primals, options).y
        try:
            with self.calling(count_entries(primals)), self.torch.no_grad():
                _, tensors = self._evaluate(primals, options, lambda _: False)
                if not _are_several(self.torch, tensors):
                    return self.to_arrays(tensors)
        except RuntimeError as failure:
            if not any(words in str(failure) for words in WANTS_GRADIENTS):
                raise
        y = self.record(primals, options).y
        self.always_recorded.append(True)
        return y

    def record(self, primals: Primals, options: Options, wanted: Wanted = _everything) -> Run:
        """Call the function while autograd records it."""
        with self.calling(count_entries(primals)), self.torch.enable_grad():
            given, tensors = self._evaluate(primals, options, wanted)
            if not self.torch.is_tensor(tensors):
                tensors = map_leaves(tensors, lambda leaf: EMPTY if leaf is None else leaf)
            y = self.to_arrays(tensors)
            if _are_several(self.torch, tensors):
                run = tensors if wanted is _everything else self._evaluate(primals, options, _everything)[1]
                y = self._without_detached(run, y)
            return Run(self, given, tensors, y, options, wanted)

    def _without_detached(self, tensors: Any, y: Any) -> Any:
        """Return a value with the bits of outputs in place of those that have no derivative beside others.

        Those are detached, or marked as not differentiable, and nobody derives a cotangent from them.
        """
        flags = [self.torch.is_tensor(leaf) and leaf.requires_grad for _, leaf in leaves(tensors)]
        if not any(flags):
            return y
        pairs = zip(flags, leaves(y), strict=True)
        flat = [leaf if flag else _bits(leaf) for flag, (_, leaf) in pairs]
        return unflatten(y, flat)

    def _evaluate(self, primals: Primals, options: Options, wanted: Wanted) -> tuple[Given, Any]:
        """Call the function on tensors that share the arrays' memory, so that what it does to them is seen.

        An input that it changes in place, marks so and returns is legal: it is called again with tensors of
        its own.
        """
        given = Given.of(self, primals, wanted)
        tensors = self.call(given.tree, options)
        if not given.returned_among(tensors):
            given.copy_back()
            return given, tensors
        given.restore()
        given = Given.of(self, duplicate(primals), wanted)
        return given, self.call(given.tree, options)

    def subset_vjp(
        self, primals: Primals, options: Options, wanted: Wanted = _everything
    ) -> tuple[Any, Pullback]:
        """Return y and the pullback to those inputs alone that are wanted."""
        run = self.record(primals, options, wanted)
        return run.y, run.pull_back

    def jvp(self, primals: Primals, tangents: Primals, options: Options) -> tuple[Any, Any]:
        """Return y and its tangent as arrays, by PyTorch's dual numbers."""
        torch, forward_ad = self.torch, import_module("torch.autograd.forward_ad")
        with self.calling(count_entries(primals)), warnings.catch_warnings(), forward_ad.dual_level():
            # PyTorch warns of its own code when it first makes a dual number.
            warnings.filterwarnings("ignore", "`torch.jit.script`", DeprecationWarning)
            given = Given.of(self, duplicate(primals), lambda _: False)
            flat = list(given.flat)
            for i, dot in enumerate(match_leaves(primals, tangents) or ()):
                if dot is not None and torch.is_tensor(flat[i]) and flat[i].is_floating_point():
                    tangent = to_tensor(torch, np.array(dot)).to(flat[i].device, flat[i].dtype)
                    flat[i] = forward_ad.make_dual(flat[i], tangent)
            y = self.call(unflatten(primals, flat), options)
            duals = [forward_ad.unpack_dual(leaf) for _, leaf in leaves(y)]
            dots = [torch.zeros_like(d.primal) if d.tangent is None else d.tangent for d in duals]
            return (
                self.to_arrays(unflatten(y, [d.primal for d in duals])),
                self.to_arrays(unflatten(y, dots)),
            )

    def draws(self, primals: Primals, options: Options) -> bool:
        """Return whether the function draws from PyTorch's own generators, as dropout does."""
        with self.calling(count_entries(primals)), self.torch.no_grad():
            before = self._states()
            self._evaluate(primals, options, lambda _: False)
            return any(not self.torch.equal(a, b) for a, b in zip(before, self._states(), strict=True))

    def may_not_end(self, primals: Primals, options: Options) -> bool:  # noqa: ARG002
        """Return False: what loops there are Python's, which are ended when they take too long."""
        return False

    def _states(self) -> list[Tensor]:
        states = [self.torch.get_rng_state()]
        return [*states, self.torch.cuda.get_rng_state(self.device)] if self.is_on_gpu else states

    def complete(self, primals: Primals) -> tuple[Primals, dict[str, Any]]:
        """Return a point with the module's own parameters behind its inputs, where they are left out.

        They come in the precision of the first input of floating-point numbers. Of a Function, what is no
        tensor or array is an option, which `apply` takes by position; so is a shape, or a name, behind the
        inputs of any function.
        """
        if self.fixes_numbers:
            pairs = list(zip(self.names, primals, strict=False))
            fixed = {name: value for name, value in pairs if isinstance(value, float | int | str | None)}
            kept = tuple(value for name, value in pairs if name not in fixed)
            return (kept, fixed) if fixed and kept and len(pairs) == len(primals) else (primals, {})
        if self.module is None and len(self.names) == len(primals):
            count = len(primals)
            while count > 1 and _is_setting(primals[count - 1]):
                count -= 1
            return primals[:count], dict(zip(self.names[count:], primals[count:], strict=True))
        own = [] if self.module is None else [p.detach() for p in self.module.parameters()]
        if not own or self._holds_parameters(primals, own):
            return primals, {}
        given = [to_tensor(self.torch, leaf) for primal in primals for _, leaf in leaves(primal)]
        dtype = next((x.dtype for x in given if self.torch.is_tensor(x) and x.is_floating_point()), None)
        return (*primals, *(p.clone() if dtype is None else p.to(dtype, copy=True) for p in own)), {}

    def _holds_parameters(self, primals: Primals, own: list[Tensor]) -> bool:
        """Return whether a module's parameters are given behind its inputs.

        So they are where there are too many for inputs alone, or where the last have their shapes, several.
        """
        inputs = len(primals) - len(own)
        if len(primals) > len(self.takes):
            return bool(self.takes)  # else it takes any number of inputs
        if inputs < self.least:
            return False
        last = [tuple(getattr(primal, "shape", ())) for primal in primals[inputs:]]
        return len(own) > 1 and last == [tuple(p.shape) for p in own]

    def names_of(self, count: int) -> tuple[str, ...]:
        """Return the names of so many inputs of a module and all of its parameters."""
        own = tuple(name for name, _ in self.module.named_parameters())
        inputs = count - len(own)
        further = (f"input {i + 1}" for i in range(len(self.takes), inputs))
        return (*self.takes[:inputs], *further, *own)

    @property
    def wants_few_shapes(self) -> bool:
        """Whether each new shape costs a compilation."""
        return bool(self.compiled)

    def compare_vjps(self, primals: Primals, options: Options) -> tuple[Any, Any]:
        """Return y and the pullback twice, as it is and as it is compiled."""
        if callable(self.compiled):
            call = self.compiled
        else:
            backend = self.compiled if isinstance(self.compiled, str) else "inductor"
            call = self.torch.compile(self.call, backend=backend)
        plain = self.record(primals, options)
        with self._compiling():
            run = replace(self, call=call).record(primals, options)

        def pullback(y_bar: Any) -> tuple[Any, ...]:
            with self._compiling():  # of the backward pass, when it first runs
                return run.pull_back(y_bar)

        return (plain.y, plain.pull_back), (run.y, pullback)

    @contextmanager
    def _compiling(self) -> Iterator[None]:
        """Say of a compilation that fails that it is no fault of the function's, and let none warn.

        The compiler looks at the gradients of inputs that are no leaves, which makes PyTorch warn.
        """
        failures = import_module("torch._dynamo.exc").TorchDynamoException
        try:
            with warnings.catch_warnings(), self.checking():
                warnings.simplefilter("ignore")
                yield
        except failures as failure:
            first = str(failure).strip().partition("\n")[0]
            message = f'torch.compile fails here ({first}); compiled="aot_eager" compares what it traces'
            raise CannotVerify(message) from failure

    @property
    def repeats_bits(self) -> bool:
        """PyTorch's own operations do on a CPU; where they do not, it is said."""
        return True

    @property
    def is_fragile(self) -> bool:
        """Whether it runs on a GPU, where an index out of range leaves PyTorch unusable."""
        return self.is_on_gpu

    @property
    def is_on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return self.device.startswith("cuda")

    @property
    def must_map(self) -> bool:
        """Whether the user asked that it can be mapped over a batch."""
        return self.vmap

    def map_vjp(self, primals: Primals, axes: Axes, options: Options) -> tuple[Any, Pullback]:
        """Return y and the pullback of the function under vmap; all samples see the same random numbers."""
        vmap = self.torch.func.vmap

        def call(tensors: tuple[Any, ...], options: Options) -> Any:
            function, moving = map_parts(lambda given: self.call(given, options), tensors, axes)
            in_dims = tuple(axis for axis in axes if axis is not None)
            return vmap(function, in_dims, randomness="same")(*moving)

        return replace(self, call=call).subset_vjp(primals, options)

    def derivative_vjp(self, primals: Primals, y_bar: Any, options: Options) -> tuple[Any, Pullback]:
        """Return the gradients and their own pullback, by differentiating the backward pass again."""
        run = self.record(primals, options)
        torch = self.torch
        bars = run.cotangents(y_bar)
        with self.calling(seed=BACKWARD_SEED), torch.enable_grad():
            entered, edges = enter(torch, [bar for bar in bars if bar is not None])
            upcoming = iter(entered)
            filled = [None if bar is None else next(upcoming) for bar in bars]
            gradients = run.differentiate(filled, create_graph=True)
        recorded = [g for g in gradients if g is not None and g.requires_grad]
        if not recorded:
            raise CannotVerify(NO_RECORD)
        inputs = [*run.given.edges.values(), *edges]
        like = [*(run.given.flat[i] for i in run.given.edges), *entered]

        def pullback(weights: Any) -> tuple[Any, ...]:
            pairs = zip(gradients, weights, strict=True)
            given = [
                to_tensor(torch, w).to(g.device, g.dtype)
                for g, w in pairs
                if g is not None and g.requires_grad
            ]
            with self.calling(seed=BACKWARD_SEED):
                found = torch.autograd.grad(recorded, inputs, given, retain_graph=True, allow_unused=True)
            if all(bar is None for bar in found):  # so does what is once_differentiable
                raise CannotVerify(NO_RECORD)
            arrays = [
                self.to_arrays(torch.zeros_like(x) if g is None else g)
                for g, x in zip(found, like, strict=True)
            ]
            count = len(run.given.edges)
            back = iter(arrays[count:])
            y_twice = unflatten(run.tensors, [None if bar is None else next(back) for bar in bars])
            return *run.given.arrange(arrays[:count]), y_twice

        zeros = [torch.zeros_like(run.given.flat[i]) for i in run.given.edges]
        values = [self.to_arrays(z if g is None else g) for g, z in zip(gradients, zeros, strict=True)]
        return values, pullback

    @contextmanager
    def calling(self, entries: int = 0, seed: int = SEED) -> Iterator[None]:
        """Seed PyTorch's generators for one call with so many entries, and leave everything as it was."""
        torch, generator, threads = self.torch, self.torch.default_generator, self.torch.get_num_threads()
        # `torch.manual_seed` notes down where it was called from, which takes longer than most functions.
        state = generator.get_state()
        is_one_thread = threads > 1 and entries <= ONE_THREAD
        if is_one_thread:
            torch.set_num_threads(1)
        generator.manual_seed(seed)
        try:
            with self._on_gpu(seed) if self.is_on_gpu else nullcontext(), self._casting():
                yield
        finally:
            if is_one_thread:
                torch.set_num_threads(threads)
            generator.set_state(state)

    @contextmanager
    def _on_gpu(self, seed: int) -> Iterator[None]:
        """Seed the generator of a GPU for one call, and leave it as it was."""
        torch, device = self.torch, self.device
        if not torch.cuda.is_available():
            message = f"device={device!r}, but PyTorch finds no CUDA device on this machine"
            raise CannotVerify(message)
        state = torch.cuda.get_rng_state(device)
        torch.cuda.manual_seed(seed)
        try:
            # Backward would run in a thread of its own there, of which nothing that watches Python knows.
            with torch.autograd.set_multithreading_enabled(False):
                yield
        finally:
            torch.cuda.set_rng_state(state, device)

    def checking(self) -> AbstractContextManager[Any]:
        """Return a context in which the compiler gives up on no function that it has compiled a few times.

        It would run it as it is written from then on, and what it makes of it would not be checked.
        """
        config: Any = sys.modules.get("torch._dynamo.config")
        if config is None:
            return nullcontext()
        context: AbstractContextManager[Any] = config.patch(
            recompile_limit=COMPILATIONS, accumulated_recompile_limit=COMPILATIONS
        )
        return context

    def at_point(self) -> AbstractContextManager[Any]:
        """Return a context that changes nothing."""
        return nullcontext()

    def to_arrays(self, tensors: Any) -> Any:
        """Return tensors as arrays; where inputs of half precision are declared, its results as float32."""
        return to_arrays(tensors, widen_halves=bool(self.halves))

    def half_of(self, owner: str, leaf: str) -> Any:
        """Return the type of half precision in which a leaf of an input is declared, or None."""
        found = next((self.halves[name] for name in (leaf, owner, None) if name in self.halves), None)
        return None if found is None else getattr(self.torch, found)

    @property
    def rounds_at_random(self) -> bool:
        """Whether its operations can be made to round at random."""
        return True

    def rounding_at_random(
        self, rng: Rng, least: float = 0.0, most: float = inf
    ) -> AbstractContextManager[Any]:
        """Return a context in which operations round at random, by a relative error between these bounds."""
        context: AbstractContextManager[Any] = round_at_random(self.torch, rng, least, most)
        return context

    def _casting(self) -> AbstractContextManager[Any]:
        torch = self.torch
        if self.autocast is None:
            return nullcontext()
        context: AbstractContextManager[Any] = torch.autocast(
            torch.device(self.device).type, dtype=getattr(torch, str(self.autocast))
        )
        return context


def _is_setting(value: Any) -> bool:
    """Return whether something that is given by position is a shape, a name or a flag, and no input."""
    if isinstance(value, tuple):
        return len(value) > 0 and all(type(each) is int for each in value)
    return value is None or isinstance(value, str | bool)


def _are_several(torch: Any, tensors: Any) -> bool:
    """Return whether a value has several leaves, some of them numbers that may have a derivative."""
    if torch.is_tensor(tensors):
        return False
    flat = [leaf for _, leaf in leaves(tensors)]
    is_float = [torch.is_tensor(leaf) and (leaf.is_floating_point() or leaf.is_complex()) for leaf in flat]
    return len(flat) > 1 and any(is_float)


def _bits(leaf: Any) -> Any:
    """Return the bits of an array of floating-point numbers; anything else as it is."""
    is_float = isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"
    return np.ascontiguousarray(leaf).reshape(-1).view(np.uint8) if is_float else leaf


@dataclass(frozen=True)
class Given:
    """Inputs as tensors.

    Parameters
    ----------
    tree
        What the function is called with.
    flat
        Its leaves in order, tensors and others.
    edges
        Where in the graph the gradients of those leaves arrive that are wanted, by position.
    shared
        The arrays whose memory leaves share (or whose values they were given), with what they held.
    """

    tree: tuple[Any, ...]
    flat: list[Any]
    edges: dict[int, Any]
    shared: dict[int, Held]

    @classmethod
    def of(cls, function: TorchFunction, primals: Primals, wanted: Wanted) -> Given:
        """Make tensors of arrays."""
        torch = function.torch
        flat: list[Any] = []
        floating: list[int] = []
        shared = {}
        for position, primal in enumerate(primals):
            owner = function.names[position] if position < len(function.names) else f"input {position + 1}"
            for name, leaf in leaves(primal, owner):
                is_constant = owner in function.constants or name in function.constants
                value = to_tensor(torch, leaf, is_constant=is_constant)
                if torch.is_tensor(value):
                    half = function.half_of(owner, name) if value.is_floating_point() else None
                    if half is not None or function.device != "cpu":
                        value = value.to(function.device, half)
                    if isinstance(leaf, np.ndarray):
                        shared[len(flat)] = Held.of(leaf, value)
                    if not is_constant and (value.is_floating_point() or value.is_complex()):
                        floating.append(len(flat))
                flat.append(value)
        chosen = [i for k, i in enumerate(floating) if wanted(k)]
        edges = {}
        if chosen and torch.is_grad_enabled():
            entered, found = enter(torch, [flat[i] for i in chosen])
            edges = dict(zip(chosen, found, strict=True))
            for i, tensor in zip(chosen, entered, strict=True):
                flat[i] = tensor
        return cls(unflatten(primals, flat), flat, edges, shared)

    def returned_among(self, tensors: Any) -> bool:
        """Return whether an input is returned itself, as autograd does with one that was changed in place."""
        returned = {id(leaf) for _, leaf in leaves(tensors)}
        return any(id(self.flat[i]) in returned for i in self.shared)

    def primals(self) -> Primals:
        """Return the inputs as they were given, before anything was written into them."""
        flat = [self.shared[i].before if i in self.shared else leaf for i, leaf in enumerate(self.flat)]
        primals: Primals = unflatten(self.tree, flat)
        return primals

    def restore(self) -> None:
        """Give the arrays the values that they had."""
        for held in self.shared.values():
            held.restore()

    def copy_back(self) -> None:
        """Write what was changed in tensors elsewhere into the arrays, as if they shared memory."""
        for held in self.shared.values():
            held.write_back()

    def arrange(self, gradients: list[Any]) -> tuple[Any, ...]:
        """Return the gradients of the inputs that are wanted in the form of all inputs, None elsewhere."""
        by_position = dict(zip(self.edges, gradients, strict=True))
        arranged: tuple[Any, ...] = unflatten(self.tree, [by_position.get(i) for i in range(len(self.flat))])
        return arranged


@dataclass(frozen=True)
class Run:
    """A call that autograd recorded: its inputs, and its value as tensors and as arrays."""

    function: TorchFunction
    given: Given
    tensors: Any
    y: Any
    options: Options
    wanted: Wanted
    is_undefined: bool = False

    @property
    def outputs(self) -> list[Any]:
        """The leaves of the value, through a node that hands None on to them where they are undefined."""
        found = [leaf for _, leaf in leaves(self.tensors)]
        if not self.is_undefined:
            return found
        torch = self.function.torch
        undefined = torch._C._functions.UndefinedGrad()  # by which PyTorch's own checker makes such a None
        return [undefined(y) if torch.is_tensor(y) and y.requires_grad else y for y in found]

    @property
    def detached(self) -> list[str]:
        """The names of outputs that are numbers and have no gradient beside others that have one."""
        pairs = [(name, y) for name, y in leaves(self.tensors, "y") if self.function.torch.is_tensor(y)]
        if not any(y.requires_grad for _, y in pairs):
            return []
        return [name for name, y in pairs if not y.requires_grad and y.is_floating_point()]

    def pull_back(self, y_bar: Any) -> tuple[Any, ...]:
        """Return the gradients as arrays, zeros where autograd has None."""
        bars = self.cotangents(y_bar)
        pairs = zip(match_leaves(self.tensors, y_bar) or (), bars, strict=True)
        held = [
            Held.of(array, bar)
            for array, bar in pairs
            if bar is not None and isinstance(array, np.ndarray) and not is_over(bar, array)
        ]
        gradients = self.gradients(bars)
        self.given.copy_back()
        for each in held:
            each.write_back()
        return gradients

    def gradients(self, bars: list[Tensor | None]) -> tuple[Any, ...]:
        """Return the gradients for cotangents of the value's leaves that are tensors."""
        with self.function.calling(count_entries(self.given.flat), BACKWARD_SEED):
            try:
                found = self.function.hold(self.given.tree, lambda: self.differentiate(bars))
            except RuntimeError as error:
                if DONATED not in str(error):
                    raise
                again = self.function.record(self.given.primals(), self.options, self.wanted)
                again = replace(again, is_undefined=self.is_undefined)
                found = again.differentiate(bars, retain_graph=False)
        zeros = self.function.torch.zeros_like
        tensors = (self.given.flat[i] for i in self.given.edges)
        return self.given.arrange(
            [
                self.function.to_arrays(zeros(x) if bar is None else bar)
                for x, bar in zip(tensors, found, strict=True)
            ]
        )

    def zero_cotangent(self, y_bar: Any, output: int) -> Any:
        """Return a cotangent with zeros for one of the outputs, numbered in order."""
        bars = match_leaves(self.tensors, y_bar)
        assert bars is not None
        return unflatten(self.tensors, [0 * bar if k == output else bar for k, bar in enumerate(bars)])

    def gradients_of_nothing(self) -> tuple[Any, ...]:
        """Return the gradients where what uses the value gives None for its cotangent."""
        torch = self.function.torch
        bars = [
            torch.ones(y.shape, dtype=y.dtype, device=y.device)
            if torch.is_tensor(y) and y.requires_grad
            else None
            for y in self.outputs
        ]
        return replace(self, is_undefined=True).gradients(bars)

    def differentiate(
        self, bars: list[Tensor | None], *, create_graph: bool = False, retain_graph: bool = True
    ) -> list[Tensor | None]:
        """Return what autograd gives for each input that is wanted."""
        pairs = [
            (y, bar) for y, bar in zip(self.outputs, bars, strict=True) if bar is not None and y.requires_grad
        ]
        edges = list(self.given.edges.values())
        if not pairs or not edges:
            return [None for _ in edges]
        outputs, cotangents = zip(*pairs, strict=True)
        autograd = self.function.torch.autograd
        options = {"retain_graph": retain_graph, "create_graph": create_graph, "allow_unused": True}
        with gathering(edges) as gathered:
            try:
                found = list(autograd.grad(outputs, edges, cotangents, **options))
            except RuntimeError as error:
                if create_graph or REENTRANT not in str(error):
                    raise
                autograd.backward(outputs, cotangents, retain_graph=retain_graph)
                found = [None for _ in edges]
        return [b if a is None else a if b is None else a + b for a, b in zip(found, gathered, strict=True)]

    def cotangents(self, y_bar: Any) -> list[Tensor | None]:
        """Return cotangents as tensors, None for what has no derivative."""
        torch = self.function.torch
        bars = match_leaves(self.tensors, y_bar)
        assert bars is not None
        return [
            to_tensor(torch, bar).to(y.device, y.dtype) if bar is not None and torch.is_tensor(y) else None
            for y, bar in zip(self.outputs, bars, strict=True)
        ]
