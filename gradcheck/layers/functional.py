"""Backward passes that are functions: a pullback alone, plain, with a cache, and losses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import update_wrapper, wraps
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import copy_options, count_noun, identical, leaves, map_leaves
from gradcheck.errors import BrokenContract, CannotVerify, MalformedLayer
from gradcheck.layers.framework import positional_parameters
from gradcheck.types import Pullback

CACHES = ("cache", "caches", "ctx", "saved", "memory")
"""What a backward calls the parameter for what its forward kept."""
KEPT = 2**12
"""Entries of all inputs up to which they are kept for a forward that may overwrite them."""
Forward: TypeAlias = Callable[..., Any]
VJP: TypeAlias = Callable[..., tuple[Any, Pullback]]


def forward_of(vjp: VJP) -> Forward:
    """Return the forward map that a VJP contains."""
    require_callable("vjp", vjp)

    @wraps(vjp)
    def forward(*primals: Any, **options: Any) -> Any:
        y, _ = require_several("vjp", vjp(*primals, **options), "the pair (y, pullback)")
        return y

    return forward


def pullback_from_backward(forward: Forward, backward: Callable[..., Any]) -> VJP:
    """Join ``forward(*primals)`` and ``backward(y_bar, *primals)`` into one pullback-form VJP."""
    require_callable("forward", forward)
    require_callable("backward", backward)

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        snapshot = copy_options(options)  # forward may draw from a generator; backward must draw the same

        y = _call_apart(forward, primals, options)
        _refuse_cache(y, backward, primals, options)

        def pullback(y_bar: Any) -> Any:
            try:
                return backward(y_bar, *primals, **copy_options(snapshot))
            except TypeError as mismatch:
                if _is_of_something_inside(mismatch):
                    raise
                given = ", ".join(("y_bar", *names_of(forward, len(primals)), *(f"{n}=…" for n in snapshot)))
                message = f"{mismatch}; it is called as {_name_of(backward)}({given})"
                raise CannotVerify(message) from mismatch

        return y, pullback

    vjp.calls = forward  # type: ignore[attr-defined]
    return point_at(backward, vjp, lambda other: pullback_from_backward(forward, other))


def names_of(function: Any, count: int) -> tuple[str, ...]:
    """Return the names of the first parameters of a function, by position where they are not known."""
    names = [p.name for p in positional_parameters(function)[:count]]
    return (*names, *(f"input {i + 1}" for i in range(len(names), count)))


def _name_of(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "backward"


def _is_of_something_inside(mismatch: TypeError) -> bool:
    """Return whether an error was raised inside of a function, and not by the call of the function itself."""
    return mismatch.__traceback__ is None or mismatch.__traceback__.tb_next is not None


def from_cached(forward: Forward, backward: Callable[..., Any]) -> tuple[Forward, VJP]:
    """Join ``forward(*primals) -> (y, ..., cache)`` and ``backward(y_bar, ..., cache)``."""
    require_callable("forward", forward)
    require_callable("backward", backward)

    def both(*primals: Any, **options: Any) -> tuple[Any, bool, Any]:
        expected = "the pair (y, cache), or, without a cache, be given to Layer.from_backward"
        returned = require_several("forward", forward(*primals, **options), expected)
        *outputs, cache = returned
        alone = len(outputs) == 1
        return (outputs[0] if alone else tuple(outputs)), alone, cache

    @wraps(forward)
    def output_only(*primals: Any, **options: Any) -> Any:
        return both(*primals, **options)[0]

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        y, alone, cache = both(*primals, **options)

        def pullback(y_bar: Any) -> Any:
            bars = (y_bar,) if alone else tuple(y_bar)
            try:
                return backward(*bars, cache)
            except TypeError as mismatch:
                if _is_of_something_inside(mismatch):
                    raise
                message = f"{mismatch}; {_describe_cached_call(backward, bars, cache, primals)}"
                raise CannotVerify(message) from mismatch

        return y, pullback

    vjp.calls = output_only  # type: ignore[attr-defined]
    return output_only, point_at(backward, vjp, lambda other: from_cached(forward, other)[1])


def _describe_cached_call(
    backward: Callable[..., Any], bars: tuple[Any, ...], cache: Any, primals: tuple[Any, ...]
) -> str:
    """Return how a backward with a cache is called, and how one is written that takes something else."""
    name = _name_of(backward)
    names = ["y_bar"] if len(bars) == 1 else [f"y{i + 1}_bar" for i in range(len(bars))]
    given, first = ", ".join(names), bars[0]
    returned = "forward returns (y, cache)"
    if len(bars) > 1:
        returned = f"forward returns {len(bars)} outputs and a cache, the last of {len(bars) + 1} things"
    called = f"{returned}, so it is called as {name}({given}, cache)"
    inner = len(first) if len(bars) == 1 and isinstance(first, tuple | list) else 0
    kept = len(cache) if isinstance(cache, tuple | list) else 0
    forms = (
        (inner, inner + 1, "*y_bar, cache", "each output's cotangent by itself"),
        (kept, len(bars) + kept, f"{given}, *cache", "what is in the cache by itself"),
        (len(bars) > 1, 2, f"({given}), cache", "all cotangents as one"),
    )
    for applies, count, arguments, what in forms:
        if applies and _takes_so_many(backward, count):
            return f"{called}; to one that takes {what}, pass lambda {given}, cache: {name}({arguments})"
    if len(bars) == 1 and _takes_so_many(backward, 1 + len(primals)):
        return (
            f"{called}; for one that takes the inputs, write Layer.from_backward, of a forward without cache"
        )
    return called


def _takes_so_many(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def from_gradient(forward: Forward, gradient: Callable[..., Any] | None) -> tuple[Forward, VJP]:
    """Join a loss and its gradient, or take both from a function that returns them together."""
    require_callable("forward", forward)
    if gradient is not None:
        require_callable("gradient", gradient)

    @wraps(forward)
    def value(*primals: Any, **options: Any) -> Any:
        c = forward(*primals, **options)
        return c if gradient is not None else require_several("forward", c, "the pair (c, gradients)")[0]

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        if gradient is None:
            c, bars = require_several("forward", forward(*primals, **options), "the pair (c, gradients)")
        else:
            snapshot = copy_options(options)
            c = _call_apart(forward, primals, options)
            bars = gradient(*primals, **snapshot)
        return c, scale_by_cotangent(c, bars)

    vjp.is_loss = True  # type: ignore[attr-defined]
    vjp.calls = value  # type: ignore[attr-defined]
    if gradient is not None:
        return value, point_at(gradient, vjp, lambda other: from_gradient(forward, other)[1])
    vjp.is_pair = True  # type: ignore[attr-defined]
    return value, point_at(forward, vjp, lambda other: from_gradient(other, None)[1])


def _call_apart(forward: Forward, primals: tuple[Any, ...], options: Mapping[str, Any]) -> Any:
    """Call forward, and put back what it overwrites: its gradient is asked for where it was called.

    That it does is told elsewhere. Large inputs are not copied for it each time.
    """
    arrays = [leaf for _, leaf in leaves(primals) if isinstance(leaf, np.ndarray)]
    if sum(array.size for array in arrays) > KEPT:
        return forward(*primals, **options)
    kept = [array.copy() for array in arrays]
    y = forward(*primals, **options)
    changed = [
        (array, before) for array, before in zip(arrays, kept, strict=True) if not identical(array, before)
    ]
    if changed:
        y = map_leaves(y, lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf)
        for array, before in changed:
            array[...] = before
    return y


def scale_by_cotangent(c: Any, bars: Any) -> Pullback:
    """Return the pullback of a loss c with the gradients `bars`: c̄ times each of them.

    Raises
    ------
    CannotVerify
        If c is no single number.
    """
    found = mend = ""
    if isinstance(c, tuple | list | Mapping):
        found = f"a {type(c).__name__} of {len(c)}"
        mend = "if forward returns its gradient too, write Layer.from_gradient(forward)"
    elif np.size(c) != 1:
        found = f"the shape {np.shape(c)}"
        mend = (
            "with its Jacobian write Layer.from_jacobian(forward, jacobian); if it is a gradient itself, "
            "with its Hessian Layer.from_hessian(gradient, hessian)"
        )
    if found:
        message = f"a loss must be one number, but forward returned {found}; {mend}"
        raise CannotVerify(message)

    def pullback(c_bar: Any) -> Any:
        number = _array(c_bar).reshape(())
        return map_leaves(bars, lambda bar: _scale(bar, number))

    return pullback


def _scale(bar: Any, c_bar: Any) -> Any:
    """Return one gradient times c̄ in its own precision; whole numbers in that of c̄."""
    if bar is None:
        return None
    if type(bar) in (int, float, complex):
        return bar * c_bar.item()  # Python's own numbers stay so: they have no precision to keep
    gradient = _array(bar)
    return gradient * (c_bar.astype(gradient.dtype) if gradient.dtype.kind in "fc" else c_bar)


def _array(value: Any) -> Any:
    """Return an array of any class as it is, since some measure rounding; anything else as a plain one."""
    return value if isinstance(value, np.ndarray | np.generic) else np.asarray(value)


def _refuse_cache(y: Any, backward: Callable[..., Any], primals: Any, options: Any) -> None:
    """Raise `CannotVerify` if forward returned (y, cache), and backward takes the cache instead of inputs."""
    if not isinstance(y, tuple) or len(y) < 2:
        return
    try:
        signature = inspect.signature(backward)
    except (TypeError, ValueError):
        return  # a builtin without a signature
    named = {*CACHES}.intersection(signature.parameters)
    if not named and _takes(signature, y, primals, options):
        return
    name = _name_of(backward)
    found = f"{name}{signature} does not take a cotangent and {count_noun(len(primals), 'input')}"
    inputs = [f"x{i + 1}" for i in range(len(primals))]
    if not named and _takes(signature, y[0], (*y[1:], *primals), options):
        given = ", ".join(["y_bar", *inputs])
        message = (
            f"{found}: forward returns a tuple of {len(y)}, whose cotangents come as one tuple; for one that "
            f"takes each by itself, pass lambda {given}: {name}({given.replace('y_bar', '*y_bar')})"
        )
        raise CannotVerify(message)
    message = (
        f"{found}, but forward returns a tuple of {len(y)}: if that is (y, cache), use "
        f"Layer.from_cached(forward, {name})"
    )
    raise CannotVerify(message)


def _takes(signature: inspect.Signature, y_bar: Any, primals: Any, options: Any) -> bool:
    try:
        signature.bind(y_bar, *primals, **options)
    except TypeError:
        return False
    return True


def with_surrogate(vjp: VJP, surrogate: Forward) -> VJP:
    """Return a VJP with the output of a surrogate in place of forward's, and the same pullback.

    Raises
    ------
    BrokenContract
        If the surrogate returns another shape than forward.
    """

    def other(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        y, pullback = require_several("vjp", vjp(*primals, **copy_options(options)), "the pair (y, pullback)")
        stand_in = surrogate(*primals, **options)
        shapes = [[np.shape(leaf) for _, leaf in leaves(each)] for each in (stand_in, y)]
        if shapes[0] != shapes[1]:
            there, here = (", ".join(map(str, each)) for each in shapes)
            message = f"surrogate returns the shape {there}, and forward {here}: one stands in for the other"
            raise BrokenContract(message)
        return stand_in, pullback

    join = getattr(vjp, "join", None)
    again = None if join is None else lambda function: with_surrogate(join(function), surrogate)
    return point_at(getattr(vjp, "__wrapped__", vjp), other, again)


def point_at(backward: Callable[..., Any], vjp: VJP, join: Callable[[Any], VJP] | None = None) -> VJP:
    """Return a VJP that remembers the user's own backward: reports point at its line.

    Where that can be another function, `join` makes the VJP of it.
    """
    if join is not None:
        vjp.join = join  # type: ignore[attr-defined]
    return update_wrapper(vjp, backward, assigned=(), updated=())


def require_several(role: str, returned: Any, expected: str) -> Any:
    """Return what a function returned, if it is several things; else raise `BrokenContract`."""
    if not isinstance(returned, tuple | list) or len(returned) < 2:
        what = "an array" if type(returned) is np.ndarray else f"a {type(returned).__name__}"
        message = f"{role} must return {expected}; got {what}"
        raise BrokenContract(message)
    return returned


def require_callable(argument: str, function: Any) -> None:
    """Raise `MalformedLayer` unless an argument is a function."""
    if not callable(function):
        message = f"{argument} must be a function, got {type(function).__name__}: {function!r}"
        raise MalformedLayer(message)
