"""Functions of PyTorch: tensors over the memory of arrays on the way in, copies of tensors on the way out.

So a function that writes into its inputs or its cotangent is seen to do so, and one that returns its
cotangent, or a view of an input, does what PyTorch allows.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from math import prod
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import duplicate, leaves, map_leaves, match_leaves, unflatten
from gradcheck.errors import CannotVerify, MalformedLayer
from gradcheck.layers.framework import (
    Axes,
    Framework,
    Wanted,
    choose_answers,
    identifier,
    load,
    map_parts,
    positional_parameters,
    signature_of,
)
from gradcheck.layers.functional import point_at
from gradcheck.layers.shapes import letters, sizes_of
from gradcheck.layers.torch_rounding import round_at_random
from gradcheck.types import Array, Options, Primals, Pullback, Rng

Tensor: TypeAlias = Any
ONE_THREAD = 2**15
"""So few entries are computed by one thread: others would wait for each other longer than they compute."""
Call: TypeAlias = Callable[[tuple[Any, ...], Options], Any]
ANSWERS = frozenset(("subsets", "undefined", "strides", "saved", "double-backward"))
"""The checks that say something of every function of PyTorch."""
NO_RECORD = "its backward leaves no record for a second derivative"
HALVES = ("bfloat16", "float16")
"""Types in which tensors are made of arrays of float32, whose values they round."""
SEED = 0
"""Of PyTorch's generators at the beginning of each call: dropout drops the same entries every time."""


@dataclass(frozen=True)
class TorchFunction:
    """A function on tensors, and how it is called.

    Parameters
    ----------
    call
        ``call(tensors, options)`` returns its value.
    names, constants
        The inputs in order, as far as they are known, and those of them without a derivative.
    device, second_order, compiled, autocast, vmap
        See `gradcheck.Layer.from_torch`.
    halves
        The half precision that inputs or leaves of them are cast to, by name; that of all others by None.
    module
        The module, where it is one that exists already.
    fixes_numbers
        Whether it is an autograd.Function or an operator, whose numbers have no derivative unless in tensors.
    """

    call: Call
    names: tuple[str, ...]
    constants: Collection[str]
    device: str = "cpu"
    second_order: bool | None = None
    compiled: bool | str = False
    autocast: str | None = None
    vmap: bool = False
    halves: Mapping[str | None, str] = field(default_factory=dict)
    title: str = "PyTorch"
    module: Any = None
    fixes_numbers: bool = False

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
        """Return the value as arrays."""
        with self.calling(count_entries(primals)), self.torch.no_grad():
            _, tensors = self._evaluate(primals, options, lambda _: False)
            return self.to_arrays(tensors)

    def record(self, primals: Primals, options: Options, wanted: Wanted = lambda _: True) -> Run:
        """Call the function while autograd records it."""
        with self.calling(count_entries(primals)), self.torch.enable_grad():
            given, tensors = self._evaluate(primals, options, wanted)
            return Run(self, given, tensors, self.to_arrays(tensors))

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

    def subset_vjp(self, primals: Primals, options: Options, wanted: Wanted) -> tuple[Any, Pullback]:
        """Return y and the pullback to those inputs alone that are wanted."""
        run = self.record(primals, options, wanted)
        return run.y, run.pull_back

    def draws(self, primals: Primals, options: Options) -> bool:
        """Return whether the function draws from PyTorch's own generators, as dropout does."""
        with self.calling(count_entries(primals)), self.torch.no_grad():
            before = self._states()
            self._evaluate(primals, options, lambda _: False)
            return any(not self.torch.equal(a, b) for a, b in zip(before, self._states(), strict=True))

    def _states(self) -> list[Tensor]:
        on_gpu = self.device.startswith("cuda")
        states = [self.torch.get_rng_state()]
        return [*states, self.torch.cuda.get_rng_state(self.device)] if on_gpu else states

    def complete(self, primals: Primals) -> tuple[Primals, dict[str, Any]]:
        """Return a point with the module's own parameters behind its inputs, where they are left out.

        They come in the precision of the first input of floating-point numbers. Of a Function, what is no
        tensor or array is an option, which `apply` takes by position.
        """
        if self.fixes_numbers:
            pairs = list(zip(self.names, primals, strict=False))
            fixed = {name: value for name, value in pairs if isinstance(value, float | int | str | None)}
            kept = tuple(value for name, value in pairs if name not in fixed)
            return (kept, fixed) if fixed and kept and len(pairs) == len(primals) else (primals, {})
        own = [] if self.module is None else [p.detach() for p in self.module.parameters()]
        if not own or len(primals) != len(self.names) - len(own):
            return primals, {}
        given = [to_tensor(self.torch, leaf) for primal in primals for _, leaf in leaves(primal)]
        dtype = next((x.dtype for x in given if self.torch.is_tensor(x) and x.is_floating_point()), None)
        return (*primals, *(p.clone() if dtype is None else p.to(dtype, copy=True) for p in own)), {}

    @property
    def wants_few_shapes(self) -> bool:
        """Whether each new shape costs a compilation."""
        return bool(self.compiled)

    def compare_vjps(self, primals: Primals, options: Options) -> tuple[Any, Any]:
        """Return y and the pullback twice, as it is and as it is compiled."""
        backend = self.compiled if isinstance(self.compiled, str) else "inductor"
        compiled = replace(self, call=self.torch.compile(self.call, backend=backend))
        plain = self.record(primals, options)
        with self._compiling():
            run = compiled.record(primals, options)

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
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except failures as failure:
            first = str(failure).strip().partition("\n")[0]
            message = f'torch.compile fails here ({first}); compiled="aot_eager" compares what it traces'
            raise CannotVerify(message) from failure

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

        return replace(self, call=call).subset_vjp(primals, options, lambda _: True)

    def derivative_vjp(self, primals: Primals, y_bar: Any, options: Options) -> tuple[Any, Pullback]:
        """Return the gradients and their own pullback, by differentiating the backward pass again."""
        run = self.record(primals, options)
        torch = self.torch
        bars = run.cotangents(y_bar)
        with self.calling(), torch.enable_grad():
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
            with self.calling():
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
    def calling(self, entries: int = 0) -> Iterator[None]:
        """Seed PyTorch's generators for one call with so many entries, and leave everything as it was."""
        torch, device = self.torch, self.device
        on_gpu = device.startswith("cuda")
        if on_gpu and not torch.cuda.is_available():
            message = f"device={device!r}, but PyTorch finds no CUDA device on this machine"
            raise CannotVerify(message)
        # `torch.manual_seed` notes down where it was called from, which takes longer than most functions.
        state, state_on_gpu = torch.get_rng_state(), torch.cuda.get_rng_state(device) if on_gpu else None
        threads = torch.get_num_threads()
        if entries <= ONE_THREAD:
            torch.set_num_threads(1)
        torch.default_generator.manual_seed(SEED)
        if on_gpu:
            torch.cuda.manual_seed(SEED)
        try:
            with nullcontext() if self.autocast is None else self._cast_automatically():
                yield
        finally:
            torch.set_num_threads(threads)
            torch.set_rng_state(state)
            if on_gpu:
                torch.cuda.set_rng_state(state_on_gpu, device)

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

    def rounding_at_random(self, rng: Rng, least: float = 0.0) -> AbstractContextManager[Any]:
        """Return a context in which operations round at random, by a relative error of at least so much."""
        context: AbstractContextManager[Any] = round_at_random(self.torch, rng, least)
        return context

    def _cast_automatically(self) -> Any:
        torch = self.torch
        return torch.autocast(torch.device(self.device).type, dtype=getattr(torch, str(self.autocast)))


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
    shared: dict[int, tuple[Array, Array]]

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
                    if isinstance(leaf, np.ndarray):
                        shared[len(flat)] = leaf, leaf.copy()
                    half = function.half_of(owner, name) if value.is_floating_point() else None
                    value = value.to(function.device, half)
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

    def restore(self) -> None:
        """Give the arrays the values that they had."""
        for array, before in self.shared.values():
            if array.flags.writeable:
                array[...] = before

    def copy_back(self) -> None:
        """Write what was changed in tensors elsewhere into the arrays, as if they shared memory."""
        for i, (array, before) in self.shared.items():
            tensor = self.flat[i].detach()
            is_here = tensor.device.type == "cpu" and tensor.element_size() == array.itemsize
            if is_here or not array.flags.writeable:
                continue
            given = tensor.new_tensor(before)
            held, given = (
                t.to("cpu").double().numpy() if t.is_floating_point() else t.to("cpu").numpy()
                for t in (tensor, given)
            )
            array[...] = np.where(held == given, before, held)

    def arrange(self, gradients: list[Any]) -> tuple[Any, ...]:
        """Return the gradients of the inputs that are wanted in the form of all inputs, None elsewhere."""
        by_position = dict(zip(self.edges, gradients, strict=True))
        arranged: tuple[Any, ...] = unflatten(self.tree, [by_position.get(i) for i in range(len(self.flat))])
        return arranged


@dataclass(frozen=True)
class Run:
    """A call that autograd recorded: its value as tensors, and as arrays."""

    function: TorchFunction
    given: Given
    tensors: Any
    y: Any

    @property
    def outputs(self) -> list[Any]:
        """The leaves of the value."""
        return [leaf for _, leaf in leaves(self.tensors)]

    def pull_back(self, y_bar: Any) -> tuple[Any, ...]:
        """Return the gradients as arrays, zeros where autograd has None."""
        return self.gradients(self.cotangents(y_bar))

    def gradients(self, bars: list[Tensor | None]) -> tuple[Any, ...]:
        """Return the gradients for cotangents of the value's leaves that are tensors."""
        with self.function.calling(count_entries(self.given.flat)):
            found = self.differentiate(bars)
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
        undefined = torch._C._functions.UndefinedGrad()  # by which PyTorch's own checker makes such a None
        tensors = [undefined(y) if torch.is_tensor(y) and y.requires_grad else y for y in self.outputs]
        bars = [torch.ones_like(y) if torch.is_tensor(y) and y.requires_grad else None for y in tensors]
        return replace(self, tensors=unflatten(self.tensors, tensors)).gradients(bars)

    def differentiate(self, bars: list[Tensor | None], *, create_graph: bool = False) -> list[Tensor | None]:
        """Return what autograd gives for each input that is wanted."""
        pairs = [
            (y, bar) for y, bar in zip(self.outputs, bars, strict=True) if bar is not None and y.requires_grad
        ]
        edges = list(self.given.edges.values())
        if not pairs or not edges:
            return [None for _ in edges]
        outputs, cotangents = zip(*pairs, strict=True)
        grad = self.function.torch.autograd.grad
        options = {"retain_graph": True, "allow_unused": True, "create_graph": create_graph}
        return list(grad(outputs, edges, cotangents, **options))

    def cotangents(self, y_bar: Any) -> list[Tensor | None]:
        """Return cotangents as tensors, None for what has no derivative."""
        torch = self.function.torch
        bars = match_leaves(self.tensors, y_bar)
        assert bars is not None
        return [
            to_tensor(torch, bar).to(y.device, y.dtype) if bar is not None and torch.is_tensor(y) else None
            for y, bar in zip(self.outputs, bars, strict=True)
        ]


def functions_of_torch(function: Any, fields: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return the fields of a layer of a function on tensors; see `gradcheck.Layer.from_torch`."""
    settings = {**settings, "halves": take_halves(fields)}
    if _is_module(function):
        return _from_instance(function, fields, settings)
    if isinstance(function, type) and _is_subclass(function, "autograd.Function"):
        return _from_function_class(function, fields, settings)
    if not callable(function):
        message = (
            "from_torch takes a torch.autograd.Function, an operator, a function on tensors or an nn.Module, "
            f"got {type(function).__name__}: {function!r}"
        )
        raise MalformedLayer(message)
    if isinstance(function, type) and _is_subclass(function, "nn.Module"):
        return _from_factory(function, fields, settings)
    return _from_callable(function, fields, settings)


def take_halves(fields: dict[str, Any]) -> dict[str | None, str]:
    """Return which inputs are declared in half precision, and declare them in float32 instead.

    NumPy lacks bfloat16, and a finite difference in so few bits shows little: arrays are drawn in float32.
    """
    declared = fields.get("dtype", "float64")
    by_name = dict(declared) if isinstance(declared, Mapping) else {None: declared}
    halves = {
        name: half for name, dtype in by_name.items() if (half := str(dtype).removeprefix("torch.")) in HALVES
    }
    by_name.update(dict.fromkeys(halves, "float32"))
    if halves:
        fields["dtype"] = by_name if isinstance(declared, Mapping) else "float32"
    return halves


def count_entries(tree: Any) -> int:
    """Return the number of entries of nested arrays or tensors."""
    return sum(prod(leaf.shape) for _, leaf in leaves(tree) if hasattr(leaf, "shape"))


def to_tensor(torch: Any, leaf: Any, *, is_constant: bool = False) -> Any:
    """Return a number or an array of numbers as a tensor, over the array's memory where that can be.

    Anything else is returned as it is, and so is a number that is a constant: it may be an axis or a size.
    """
    if isinstance(leaf, np.generic | float | complex) and not isinstance(leaf, np.ndarray):
        if is_constant:
            return leaf.item() if isinstance(leaf, np.generic) else leaf
        leaf = np.array(leaf)
    if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fciub":
        return leaf
    if leaf.dtype.char in "gG":  # PyTorch has nothing wider than float64
        leaf = leaf.astype(np.complex128 if leaf.dtype.kind == "c" else np.float64)
    # PyTorch's kernels crash on complex numbers that begin at half of their size, which NumPy calls aligned.
    is_aligned = leaf.dtype.kind != "c" or leaf.ctypes.data % leaf.itemsize == 0
    is_upward = all(stride >= 0 for stride in leaf.strides)
    shareable = leaf.flags.behaved and leaf.dtype.isnative and is_aligned and is_upward
    return torch.from_numpy(leaf if shareable else np.array(leaf, leaf.dtype.newbyteorder("="), order="C"))


def to_arrays(tree: Any, *, widen_halves: bool = False) -> Any:
    """Return nested tensors as arrays, which share nothing with them; types that NumPy lacks as float32."""

    def copy(leaf: Any) -> Any:
        if not hasattr(leaf, "detach"):
            return leaf
        tensor = leaf.detach().resolve_conj().resolve_neg().to("cpu")
        if tensor.element_size() <= 2 and tensor.is_floating_point():
            has_equal = str(tensor.dtype) == "torch.float16"
            tensor = tensor if has_equal and not widen_halves else tensor.float()
        return tensor.numpy().copy()

    return map_leaves(tree, copy)


def enter(torch: Any, tensors: list[Tensor]) -> tuple[list[Tensor], list[Any]]:
    """Return tensors as results of a node of the graph, and where their gradients arrive.

    A leaf of the graph may not be changed in place, and a function may do that if it says so.
    """
    entered = _entrance(torch).apply(torch.zeros((), requires_grad=True), tensors)
    return list(entered), [torch.autograd.graph.get_gradient_edge(t) for t in entered]


@cache
def _entrance(torch: Any) -> Any:
    class Entrance(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, token: Tensor, tensors: list[Tensor]) -> tuple[Tensor, ...]:  # noqa: ARG004
            ctx.set_materialize_grads(False)
            return tuple(tensors)

        @staticmethod
        def backward(ctx: Any, *bars: Tensor | None) -> tuple[None, None]:  # noqa: ARG004
            return None, None

    return Entrance


def _loaded(path: str) -> Any:
    """Return a class of PyTorch, None while PyTorch is not loaded: nothing can be one of its objects then."""
    found: Any = sys.modules.get("torch")
    for name in path.split(".") if found is not None else ():
        found = getattr(found, name)
    return found


def _is_subclass(kind: type, path: str) -> bool:
    base = _loaded(path)
    return base is not None and issubclass(kind, base)


def _is_module(value: Any) -> bool:
    base = _loaded("nn.Module")
    return base is not None and isinstance(value, base)


def _from_function_class(
    function: Any, fields: dict[str, Any], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields for a torch.autograd.Function, whose options go by position."""
    parameters = positional_parameters(function.forward)
    if function.setup_context is _loaded("autograd.Function").setup_context:
        parameters = parameters[1:]  # the older form has ctx before the inputs

    def call(tensors: tuple[Any, ...], options: Options) -> Any:
        upcoming = iter(tensors)
        arranged = []
        for parameter in parameters:
            if parameter.name in options:
                arranged.append(options[parameter.name])
                continue
            value = next(upcoming, parameter.default)
            if value is parameter.empty:
                break  # its own words say what is missing
            arranged.append(value)
        return function.apply(*arranged, *upcoming)

    written = function.forward, function.backward
    return _describe(
        call, parameters, written, function.__name__, fields, {**settings, "fixes_numbers": True}
    )


def _from_callable(function: Any, fields: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for an operator or a function on tensors, or for a function that makes a module."""
    written = getattr(function, "_init_fn", function)  # of an operator of torch.library.custom_op
    schema: Any = getattr(getattr(function, "default", function), "_schema", None)  # of an operator
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = (
        positional_parameters(written)
        if not hasattr(schema, "arguments")
        else [inspect.Parameter(each.name, kind) for each in schema.arguments]
    )
    settings = {**settings, "fixes_numbers": schema is not None}
    if _makes_modules(function, parameters, fields):
        return _from_factory(function, fields, settings)

    def call(tensors: tuple[Any, ...], options: Options) -> Any:
        return function(*tensors, **options)

    backward = getattr(function, "_backward_fn", None) or written
    name = getattr(written, "__name__", type(function).__name__)
    return _describe(call, parameters, (written, backward), name, fields, settings)


def _makes_modules(function: Any, parameters: list[inspect.Parameter], fields: Mapping[str, Any]) -> bool:
    """Return whether a function asks for sizes and options, or for nothing, and for no input."""
    try:
        named = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    if not named:
        return True
    shapes = fields.get("shapes") or {}
    known = {
        *letters(s for name, tree in shapes.items() for _, s in leaves(tree, name)),
        *fields.get("options", {}),
    }
    required = {p.name for p in parameters if p.default is p.empty}
    return bool(required) and required <= known - set(shapes)


def _from_factory(factory: Any, fields: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for modules that are made anew for each call, of the sizes at hand."""
    wanted = [p.name for p in positional_parameters(factory) if p.default is p.empty]
    if not wanted:
        module = factory()
        if not _is_module(module):
            message = f"factory must return a torch.nn.Module, but it returns a {type(module).__name__}"
            raise MalformedLayer(message)
        return _from_instance(module, fields, settings)
    shapes = fields.get("shapes") or {}
    declared = [found for name, tree in shapes.items() for found in leaves(tree, name)]

    def call(tensors: tuple[Any, ...], options: Options) -> Any:
        given = [leaf for tensor in tensors for _, leaf in leaves(tensor)]
        known = {**sizes_of([shape for _, shape in declared], given), **options}
        unknown = [name for name in wanted if name not in known]
        if unknown:
            message = (
                f"factory asks for {unknown[0]!r}, which is no size or option; known: {', '.join(known)}. "
                "The parameters' shapes are declared too, after those of the inputs"
            )
            raise MalformedLayer(message)
        module = factory(**{name: known[name] for name in wanted})
        return _call_module(module, tensors, {k: v for k, v in options.items() if k not in wanted})

    parameters = [inspect.Parameter(identifier(n), inspect.Parameter.POSITIONAL_ONLY) for n in shapes]
    name = getattr(factory, "__name__", "module")
    return _describe(call, parameters, (factory, factory), name, fields, settings)


def _from_instance(module: Any, fields: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for a module, whose parameters follow the inputs, frozen ones as constants."""
    own = dict(module.named_parameters())
    options = fields.get("options", {})
    inputs = [
        p for p in positional_parameters(module.forward) if p.default is p.empty and p.name not in options
    ]
    if fields.get("shapes") is not None:
        missing = {n: " ".join(map(str, p.shape)) for n, p in own.items() if n not in fields["shapes"]}
        fields["shapes"] = {**fields["shapes"], **missing}
    frozen = tuple(name for name, p in own.items() if not p.requires_grad)
    fields["constants"] = (*fields.get("constants", ()), *frozen)

    def call(tensors: tuple[Any, ...], options: Options) -> Any:
        return _call_module(module, tensors, options)

    named = [inspect.Parameter(identifier(n), inspect.Parameter.POSITIONAL_ONLY) for n in own]
    kind = type(module)
    names = (*(p.name for p in inputs), *own)
    settings = {**settings, "module": module}
    return _describe(call, [*inputs, *named], (kind, kind), kind.__name__, fields, settings, names)


def _call_module(module: Any, tensors: tuple[Any, ...], options: Options) -> Any:
    """Call a module with inputs and then parameters; its buffers are copies, in the inputs' precision."""
    names = [name for name, _ in module.named_parameters()]
    first = len(tensors) - len(names)
    if first < 0:
        message = (
            f"{type(module).__name__} takes its {len(names)} parameters ({', '.join(names)}) behind its "
            f"inputs, or at a point none of them; {len(tensors)} inputs and parameters were given"
        )
        raise TypeError(message)
    # A module's own parameters have no gaps, and some of PyTorch's kernels count on it.
    parameters = {name: t.contiguous() for name, t in zip(names, tensors[first:], strict=True)}
    inputs = tensors[:first]
    floating = [
        leaf for t in tensors for _, leaf in leaves(t) if hasattr(leaf, "dtype") and leaf.is_floating_point()
    ]
    buffers = {}
    for name, buffer in module.named_buffers():
        copy = buffer.detach().clone()
        if floating:
            copy = copy.to(floating[0].device, floating[0].dtype if copy.is_floating_point() else None)
        buffers[name] = copy
    functional_call = _loaded("func.functional_call")
    return functional_call(module, {**parameters, **buffers}, inputs, dict(options))


def _describe(
    call: Call,
    parameters: list[inspect.Parameter],
    written: tuple[Any, Any],
    name: str,
    fields: dict[str, Any],
    settings: Mapping[str, Any],
    names: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return the fields of a layer, whose functions stand where the user wrote them."""
    options = fields.get("options", {})
    inputs = [p for p in parameters if p.name not in options]
    names = tuple(fields.get("shapes") or ()) or names or tuple(p.name for p in inputs)
    function = TorchFunction(call, names, tuple(fields.get("constants", ())), **settings)

    def forward(*primals: Any, **options: Any) -> Any:
        return function.forward(primals, options)

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        return function.subset_vjp(primals, options, lambda _: True)

    forward.__signature__ = signature_of(inputs, options)  # type: ignore[attr-defined]
    defaults = {"name": name, "framework": function}
    return {"forward": point_at(written[0], forward), "vjp": point_at(written[1], vjp), **defaults, **fields}
