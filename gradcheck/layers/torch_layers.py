"""Layers of what is written in PyTorch: functions, operators, modules, and functions that make modules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gradcheck._util import count_noun, leaves
from gradcheck.errors import MalformedLayer
from gradcheck.layers.framework import identifier, positional_parameters, signature_of
from gradcheck.layers.functional import point_at
from gradcheck.layers.pytorch import Call, Hold, TorchFunction
from gradcheck.layers.shapes import letters, sizes_of
from gradcheck.types import Options, Pullback

HALVES = ("bfloat16", "float16")
"""Types in which tensors are made of arrays of float32, whose values they round."""


def functions_of_torch(function: Any, fields: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """Return the fields of a layer of a function on tensors; see `gradcheck.Layer.from_torch`."""
    settings = {**settings, "halves": take_halves(fields)}
    plain = _plain(function)
    settings["device"] = _device_of(plain) if settings["device"] is None else str(settings["device"])
    if plain is not function:  # the plain one is checked, and the compiled one compared with it
        settings["compiled"] = _calling(function)
        function = plain
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


def _plain(function: Any) -> Any:
    """Return what `torch.compile` made a function or a module of, or the function itself."""
    if _is_module(function):
        return getattr(function, "_orig_mod", function)
    return getattr(function, "_torchdynamo_orig_callable", function)


def _device_of(function: Any) -> str:
    """Return where a module's parameters are, and the CPU for what is no module."""
    tensors = [*function.parameters()] if _is_module(function) else []
    return str(tensors[0].device) if tensors else "cpu"


def _calling(function: Any, names: tuple[str, ...] = ()) -> Call:
    """Return the call of a function on tensors, or of a module with its parameters, inputs by those names."""

    def call(tensors: tuple[Any, ...], options: Options) -> Any:
        if _is_module(function):
            return _call_module(function, tensors, options, names)
        return function(*tensors, **options)

    return call


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
    has_jvp = function.jvp is not _loaded("autograd.Function").jvp
    settings = {**settings, "fixes_numbers": True, "has_jvp": has_jvp}
    return _describe(call, parameters, written, function.__name__, fields, settings)


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
    backward = getattr(function, "_backward_fn", None) or written
    name = getattr(written, "__name__", type(function).__name__)
    return _describe(_calling(function), parameters, (written, backward), name, fields, settings)


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
        if unknown and isinstance(factory, type):
            message = (
                f"{factory.__name__} is a class, and asks for {unknown[0]!r}, which is no size or option: "
                f"pass a module, as {factory.__name__}(…), or shapes in which {unknown[0]!r} is a letter"
            )
            raise MalformedLayer(message)
        if unknown:
            message = (
                f"factory asks for {unknown[0]!r}, which is no size or option; known: {', '.join(known)}. "
                "The parameters' shapes are declared too, after those of the inputs"
            )
            raise MalformedLayer(message)
        module = factory(**{name: known[name] for name in wanted})
        inputs = _fill_module(module, tensors)
        return module(*inputs, **{k: v for k, v in options.items() if k not in wanted})

    parameters = [inspect.Parameter(identifier(n), inspect.Parameter.POSITIONAL_ONLY) for n in shapes]
    name = getattr(factory, "__name__", "module")
    return _describe(call, parameters, (factory, factory), name, fields, settings)


def _from_instance(module: Any, fields: dict[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields for a module, whose parameters follow the inputs, frozen ones as constants."""
    _refuse_unfit(module)
    own = dict(module.named_parameters())
    options, declared = fields.get("options", {}), fields.get("shapes") or {}
    taken = [p for p in positional_parameters(module.forward) if p.name not in options]
    inputs = [p.replace(default=p.empty) for p in taken if p.default is p.empty or p.name in declared]
    if fields.get("shapes") is not None:
        missing = {n: " ".join(map(str, p.shape)) for n, p in own.items() if n not in fields["shapes"]}
        fields["shapes"] = {**fields["shapes"], **missing}
    frozen = tuple(name for name, p in own.items() if not p.requires_grad)
    fields["constants"] = (*fields.get("constants", ()), *frozen)
    named = [inspect.Parameter(identifier(n), inspect.Parameter.POSITIONAL_ONLY) for n in own]
    kind = type(module)
    names = (*(p.name for p in inputs), *own)
    settings = {
        **settings,
        "module": module,
        "hold": _holding(module),
        "takes": tuple(p.name for p in taken),
        "least": sum(p.default is p.empty for p in taken),
    }
    given = tuple(p.name for p in inputs)
    by_name = () if given == tuple(p.name for p in taken)[: len(given)] else given
    call, written = _calling(module, by_name), (kind, kind)
    return _describe(call, [*inputs, *named], written, kind.__name__, fields, settings, names)


def _refuse_unfit(module: Any) -> None:
    """Raise `MalformedLayer` for a module whose parameters are not there yet, or can't be replaced."""
    kind = type(module).__name__
    lazy = [name for name, p in module.named_parameters() if hasattr(p, "materialize")]
    if lazy:
        message = f"{lazy[0]!r} of {kind} has no shape yet: call the module once before it is checked"
        raise MalformedLayer(message)
    if isinstance(module, (_loaded("jit.ScriptModule"), _loaded("nn.DataParallel"))):
        message = (
            f"{kind} takes no other parameters than its own: check the module that it was made of, or "
            "lambda x: module(x), whose inputs alone are checked then"
        )
        raise MalformedLayer(message)


def _call_module(module: Any, tensors: tuple[Any, ...], options: Options, names: tuple[str, ...] = ()) -> Any:
    """Call a module with inputs, by name if they are named, and then parameters."""
    inputs = tensors[: _count_inputs(module, tensors)]
    state = _state(module, tensors)
    _hook(module, state)
    by_name = dict(zip(names, inputs, strict=False))
    inputs = () if names else inputs
    return _loaded("func.functional_call")(module, state, inputs, {**by_name, **options})


def _hook(module: Any, state: Mapping[str, Any]) -> None:
    """Let the hooks of a module's parameters see the gradients of the tensors in their place."""
    for name, parameter in module.named_parameters():
        for hook in (parameter._backward_hooks or {}).values():
            if state[name].requires_grad:
                state[name].register_hook(hook)


def _fill_module(module: Any, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give a module that nobody else has its parameters for good, and return the inputs before them."""
    inputs = tensors[: _count_inputs(module, tensors)]
    state = _state(module, tensors)
    _hook(module, state)
    own = [*module.named_parameters(), *module.named_buffers()]
    given = {id(tensor): state[name] for name, tensor in own}
    for each in module.modules():  # a tied weight belongs to several
        for held in (each._parameters, each._buffers):
            held.update({name: given[id(t)] for name, t in held.items() if t is not None})
    return inputs


def _holding(module: Any) -> Hold:
    """Return how to run something while a module has other parameters than its own."""
    nn: Any = _loaded("nn")

    class Host(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, run: Callable[[], Any]) -> Any:
            return run()

    host = Host()

    def hold(tensors: tuple[Any, ...], run: Callable[[], Any]) -> Any:
        state = {f"module.{name}": tensor for name, tensor in _state(module, tensors).items()}
        return _loaded("func.functional_call")(host, state, (run,))

    return hold


def _count_inputs(module: Any, tensors: tuple[Any, ...]) -> int:
    """Return how many of the tensors stand before those of the parameters."""
    names = [name for name, _ in module.named_parameters()]
    first = len(tensors) - len(names)
    if first < 0:
        parameters = f"{count_noun(len(names), 'parameter')} ({', '.join(names)})"
        message = (
            f"{type(module).__name__} takes its {parameters} behind its inputs, or at a point none of them; "
            f"{count_noun(len(tensors), 'value')} came for both"
        )
        raise TypeError(message)
    return first


def _state(module: Any, tensors: tuple[Any, ...]) -> dict[str, Any]:
    """Return tensors as the parameters of a module, and copies of its buffers in the inputs' precision."""
    first = _count_inputs(module, tensors)
    names = [name for name, _ in module.named_parameters()]
    # A module's own parameters have no gaps, and some of PyTorch's kernels count on it.
    state = {name: t.contiguous() for name, t in zip(names, tensors[first:], strict=True)}
    floating = [
        leaf for t in tensors for _, leaf in leaves(t) if hasattr(leaf, "dtype") and leaf.is_floating_point()
    ]
    for name, buffer in module.named_buffers():
        copy = buffer.detach().clone()
        if floating:
            copy = copy.to(floating[0].device, floating[0].dtype if copy.is_floating_point() else None)
        state[name] = copy
    return state


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
    return {**_functions(function, written, signature_of(inputs, options)), "name": name, **fields}


def _functions(
    function: TorchFunction, written: tuple[Any, Any], signature: inspect.Signature | None
) -> dict[str, Any]:
    """Return the functions of a layer, which stand where the user wrote them."""

    def forward(*primals: Any, **options: Any) -> Any:
        return function.forward(primals, options)

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        return function.subset_vjp(primals, options)

    forward.__signature__ = signature  # type: ignore[attr-defined]
    pointed = {"forward": point_at(written[0], forward), "vjp": point_at(written[1], vjp)}
    if not function.has_jvp:
        return {**pointed, "framework": function}

    def jvp(primals: Any, tangents: Any, **options: Any) -> tuple[Any, Any]:
        return function.jvp(primals, tangents, options)

    return {**pointed, "framework": function, "jvp": jvp}


def name_inputs(function: TorchFunction, names: tuple[str, ...], forward: Any, vjp: Any) -> dict[str, Any]:
    """Return the functions of a layer with other inputs than it was made with, such as optional ones."""
    written = inspect.unwrap(forward), inspect.unwrap(vjp)
    signature = inspect.signature(forward)
    kept = [p for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY]
    inputs = [inspect.Parameter(identifier(n), inspect.Parameter.POSITIONAL_ONLY) for n in names]
    return _functions(replace(function, names=names), written, signature.replace(parameters=[*inputs, *kept]))
