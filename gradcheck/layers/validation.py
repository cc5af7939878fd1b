"""What makes a `Layer` record malformed, found when it is written and not when it is first used."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from gradcheck._util import count_noun
from gradcheck.layers.constraints import CONSTRAINTS
from gradcheck.layers.origin import unwrap
from gradcheck.layers.shapes import letters, malformed_axis
from gradcheck.types import CHECK_NAMES

TRAITS = ("multilinear", "piecewise-linear", "smooth", "analytic")
OF_SCIPY = {
    "jac": "SciPy's jac=True, of a function that returns its gradient too, is Layer.from_jacobian(fun, True),"
    " and one that has a function of its own Layer.from_gradient(fun, jac)",
    "hess": "a Hessian is checked by Layer.from_hessian(jac, hess)",
    "hessp": "products with a Hessian are checked by Layer.from_hessian(jac, hessp=hessp)",
    "bounds": 'write domain={"x": (low, high)}, one pair for all entries of an input',
    "args": "pass them to check behind the point, and name them in constants=",
}
"""What people who minimise with SciPy write, and how it is written here."""
OF_CHECKERS = ("rtol", "atol", "tol", "eps", "epsilon", "delta", "h", "step")
"""What other checkers ask for, and this one does not."""
NO_TOLERANCE = (
    "no tolerance or step has to be chosen: what rounding and truncation allow is measured; "
    "a function that is approximate on purpose declares Layer(accuracy=…)"
)
NEAR = 0.7
"""Words so alike, by `difflib`, may be meant for each other; half takes any for any, twice takes none."""
COTANGENTS = ("g", "grad", "grad_output", "grad_y", "y_bar", "dy", "dout", "dY", "dz", "upstream", "delta")
"""What the first parameter of a backward is called."""
FLOATS = ("float64", "float32", "complex128", "complex64")
DTYPES = (*FLOATS, "int64", "int32", "bool")
DETACHING = ("detach", "stop_gradient", "no_grad")
"""What hides a part of a function from its gradient, in PyTorch and JAX."""
CHECK_KEYWORDS = ("seed", "max_examples", "workers", "jacobian", "checks", "time_limit", "reach")


def complaint(layer: Any) -> str | None:
    """Return the first thing that is wrong with a `Layer` record, as a sentence, or None.

    Its fields may hold anything at this point, so nothing is known of their types.
    """
    for rule in (
        _functions,
        _surrogate,
        _shapes,
        _sizes,
        _options,
        _where,
        _signature,
        _names,
        _words,
        _exemptions,
        _accuracy,
        _nondeterministic,
        _tangent,
    ):
        for sentence in rule(layer):
            return f"Layer {layer.name!r}: {sentence}"
    return None


def describe_unknown(given: Iterable[str], known: Iterable[str]) -> str | None:
    """Return the sentence on the first keyword that is no field of a layer, or None."""
    names = list(known)
    unknown = next((name for name in given if name not in names), None)
    if unknown is None:
        return None
    near = get_close_matches(unknown, names, 1, NEAR)
    meant = f" (did you mean {near[0]!r}?)" if near else ""
    if unknown in OF_SCIPY:
        meant = f" ({OF_SCIPY[unknown]})"
    if unknown in OF_CHECKERS:
        meant = f" ({NO_TOLERANCE})"
    return f"a Layer has no field {unknown!r}{meant}: it has {', '.join(names)}"


def _functions(layer: Any) -> Iterator[str]:
    for field in ("forward", "vjp", "where", "jvp", "oracle", "reference", "surrogate", "sparsity"):
        function = getattr(layer, field)
        required = field in ("forward", "vjp")
        if not callable(function) and (required or function is not None):
            mend = _as_function(function) if field == "where" else ""
            yield f"{field} must be a function, got {type(function).__name__}: {function!r}{mend}."


def _surrogate(layer: Any) -> Iterator[str]:
    code = getattr(unwrap(layer.surrogate), "__code__", None)
    hiding = next((name for name in DETACHING if name in getattr(code, "co_names", ())), None)
    if hiding is not None:
        yield (
            f"surrogate= calls {hiding}, which hides a part of it from its gradient, not from a measurement. "
            "Write the function that it stands for; or give it as reference=, whose gradient is the "
            'framework\'s, and name the checks that hold against it: checks=("reference", "linearity").'
        )


def _as_function(condition: Any) -> str:
    """Return how a condition that was written as a string is written as a function."""
    try:
        names = compile(condition, "where", "eval").co_names
    except (TypeError, ValueError, SyntaxError):
        return "; write a function of the sizes and options that it names, as where=lambda n, k: n >= k"
    return f"; write where=lambda {', '.join(names)}: {condition}"


def _shapes(layer: Any) -> Iterator[str]:
    if layer.shapes is not None and layer.cases is not None:
        yield "give shapes= or cases=, not both: they are two ways to say how inputs are drawn."
    is_strategy = hasattr(layer.cases, "map") and hasattr(layer.cases, "filter")
    if layer.cases is not None and not (is_strategy or callable(layer.cases)):
        yield f"cases must be a Hypothesis strategy of (primals, options), got {layer.cases!r}."
    if layer.shapes is None:
        return
    if not isinstance(layer.shapes, Mapping) or not layer.shapes:
        yield f'shapes must map each input to its shape, as {{"x": "n i"}}, got {layer.shapes!r}.'
        return
    for name in layer.shapes:
        if not isinstance(name, str):
            yield f"shapes must map names to shapes, got the key {name!r}."
            return
    for name, shape in layer.leaf_shapes.items():
        if not isinstance(shape, str):
            whole = layer.shapes[name.partition("[")[0]]
            given = f"got {shape!r} in {whole!r}{_as_string(whole)}"
            yield f'shapes: {name} must be a string such as "n i", {given}.'
        elif axis := malformed_axis(shape):
            yield (
                f"shapes: {name} has the axis {axis!r}; "
                f"an axis is a letter, a number, or made of them with *, + and -{_as_product(axis)}."
            )


def _as_string(shape: Any) -> str:
    """Return how a tuple of sizes, or one size, is written; nothing for what is no shape."""
    sizes = [shape] if isinstance(shape, int) else shape
    is_shape = isinstance(sizes, tuple | list) and all(isinstance(size, int | str) for size in sizes)
    return f': write "{" ".join(map(str, sizes))}"' if is_shape and sizes else ""


def _as_product(axis: str) -> str:
    """Return what is said of an axis that lacks nothing but the sign of a product, as `4k`."""
    product = re.sub(r"(\d)(?=[A-Za-z])", r"\1*", axis)
    return "" if malformed_axis(product) else f": write {product}"


def _sizes(layer: Any) -> Iterator[str]:
    if not isinstance(layer.sizes, Mapping):
        yield f'sizes must map letters of shapes to bounds, as {{"n": (1, 64)}}, got {layer.sizes!r}.'
        return
    known = [] if layer.shapes is None else letters(layer.leaf_shapes.values())
    for name, bounds in layer.sizes.items():
        if name not in known or name in layer.options:
            yield f"sizes= names {name!r}, which is no letter of shapes; known: {_quote(known) or 'none'}."
        pair = isinstance(bounds, tuple | list) and len(bounds) == 2
        if not (pair and all(isinstance(b, int) for b in bounds) and 0 <= bounds[0] <= bounds[1]):
            yield f"sizes[{name!r}] must be two whole numbers, 0 <= least <= most, got {bounds!r}."


def _options(layer: Any) -> Iterator[str]:
    if not isinstance(layer.options, Mapping):
        yield f'options must map each option to its values, as {{"stride": (1, 2)}}, got {layer.options!r}.'
        return
    for name, values in layer.options.items():
        if isinstance(values, str) or not isinstance(values, Sequence) or not values:
            yield f"options[{name!r}] must be a non-empty sequence of values to sweep, got {values!r}."
        if name in CHECK_KEYWORDS:
            yield f"the option name {name!r} is taken by check(); rename the option, or bind it in a lambda."


def _where(layer: Any) -> Iterator[str]:
    if layer.where is None:
        return
    known = {*letters(layer.leaf_shapes.values()), *layer.options}
    try:
        parameters = inspect.signature(layer.where).parameters
    except (TypeError, ValueError):
        yield f"where must be a function whose parameters can be read, got {layer.where!r}."
        return
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        if name not in known:
            yield f"where= asks for {name!r}, which is neither a size nor an option; known: {_quote(known)}."


def _signature(layer: Any) -> Iterator[str]:
    try:
        signature = inspect.signature(layer.forward)
    except (TypeError, ValueError):
        return  # a builtin or ufunc without a signature: its calls will tell
    kinds = {p.kind for p in signature.parameters.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for option in layer.options:
            if option not in signature.parameters:
                yield f"forward has no parameter for the option {option!r}; it is forward{signature}."
    if layer.shapes is None:
        return
    named = [name for name in signature.parameters if name not in layer.options][: len(layer.shapes)]
    if set(named) == set(layer.shapes) and named != list(layer.shapes):
        yield f"shapes is in the order {', '.join(layer.shapes)}, but forward takes {', '.join(named)}."
    try:
        signature.bind(*layer.shapes, **dict.fromkeys(layer.options))
    except TypeError as mismatch:
        count = count_noun(len(layer.shapes), "input")
        first = next(iter(signature.parameters), "")
        swapped = first in COTANGENTS and first not in layer.shapes
        yield (
            f"shapes names {count} ({', '.join(map(repr, layer.shapes))}), but forward{signature} "
            f"can't be called with them: {mismatch}."
            + (" Are forward and backward swapped?" if swapped else _as_options(layer, signature))
        )


def _as_options(layer: Any, signature: inspect.Signature) -> str:
    """Return how to declare what forward asks for beside its arrays."""
    needed = [
        name
        for name, p in signature.parameters.items()
        if p.default is p.empty and p.kind != p.VAR_POSITIONAL
    ]
    missing = [name for name in needed if name not in layer.options][len(layer.shapes) :]
    if not missing:
        return ""
    declared = ", ".join(f'"{name}": […]' for name in missing)
    return f" What is no array has its values in options={{{declared}}}, and an array its shape in shapes=."


def _names(layer: Any) -> Iterator[str]:
    if isinstance(layer.constants, str):
        yield f"constants must be a tuple of names, got a string; write ({layer.constants!r},)."
        return
    if not isinstance(layer.constants, Collection) or not all(isinstance(n, str) for n in layer.constants):
        yield f"constants must be a tuple of names, got {layer.constants!r}."
        return
    if not isinstance(layer.domain, Mapping):
        yield f'domain must map inputs to bounds, as {{"x": (0.1, 4.0)}}, got {layer.domain!r}.'
        return
    dtypes = layer.dtype if isinstance(layer.dtype, Mapping) else {}
    for field, named in (("domain", layer.domain), ("constants", layer.constants), ("dtype", dtypes)):
        for name in named:
            if layer.shapes is not None and name not in {*layer.shapes, *layer.leaf_shapes}:
                yield f"{field} names {name!r}, which is not an input; inputs: {_quote(layer.shapes)}."
    for name, bounds in layer.domain.items():
        yield from _bounds(layer, name, bounds)
    if layer.shapes is not None and set(layer.shapes) <= set(layer.constants):
        yield "every input is a constant, so there is no gradient to check."


def _bounds(layer: Any, name: str, bounds: Any) -> Iterator[str]:
    try:
        low, high = bounds
    except (TypeError, ValueError):
        yield f"domain[{name!r}] must be a pair (low, high), got {bounds!r}.{_each_entry(bounds)}"
        return
    texts = [bound for bound in (low, high) if isinstance(bound, str)]
    known = {*letters(layer.leaf_shapes.values()), *layer.options}
    for bound in texts:
        if malformed_axis(bound) or len(bound.split()) != 1 or not known.issuperset(letters([bound])):
            yield f"domain[{name!r}] has the bound {bound!r}; it is a number, or made of sizes as an axis is."
    numbers = all(isinstance(bound, int | float | np.number) for bound in (low, high))
    if not texts and not (numbers and low < high):
        is_open = any(bound is None for bound in (low, high))
        mend = " Where there is no bound, write infinity: (0.0, math.inf)." if is_open else ""
        mend = mend or _each_entry(bounds)
        yield f"domain[{name!r}] must be two numbers with low < high, got {bounds!r}.{mend}"


def _each_entry(bounds: Any) -> str:
    """Return what to write in place of bounds for each entry, as SciPy takes them; else nothing."""
    if not isinstance(bounds, Sequence | np.ndarray) or isinstance(bounds, str):
        return ""
    if len(bounds) == 0 or not all(isinstance(each, Sequence | np.ndarray) for each in bounds):
        return ""
    return (
        " One pair holds for all entries: take the largest of the lower bounds and the smallest of the upper "
        "ones, or make inputs of their own of entries that have other bounds."
    )


def _words(layer: Any) -> Iterator[str]:
    if isinstance(layer.traits, str):
        yield f"traits must be a tuple of names, got the string {layer.traits!r}; write ({layer.traits!r},)."
        return
    if not isinstance(layer.traits, Collection):
        yield f"traits must be a tuple of names, got {layer.traits!r}."
        return
    for trait in layer.traits:
        if trait not in TRAITS:
            yield f"traits has {trait!r}; known: {_quote(TRAITS)}."
    yield from _dtypes(layer)
    for field in ("state", "batch"):
        yield from _names_of_options(layer, field)


def _exemptions(layer: Any) -> Iterator[str]:
    if not isinstance(layer.exempt, Mapping):
        example = '{"layout": "callers pass C order"}'
        yield f"exempt must map checks to reasons, as {example}, got {layer.exempt!r}."
        return
    for check, reason in layer.exempt.items():
        if check not in CHECK_NAMES:
            yield f"exempt has {check!r}, which is no check; known: {', '.join(CHECK_NAMES)}."
        elif check == CHECK_NAMES[0]:
            yield (
                f"exempt has {check!r}, on which every verdict rests: it can't be left out. A gradient that "
                "is meant to be approximate declares accuracy=, that of another function surrogate=, one "
                "along a constraint tangent=."
            )
        elif not isinstance(reason, str) or not reason.strip():
            yield f"exempt[{check!r}] must be the reason in words, got {reason!r}."


def _dtypes(layer: Any) -> Iterator[str]:
    if not isinstance(layer.dtype, Mapping):
        if layer.dtype not in FLOATS:
            known = f"{_quote(FLOATS)}, or a dict of them by input"
            yield f"dtype must be one of {known}, got {layer.dtype!r}{_about_halves(layer.dtype)}."
        return
    for name, dtype in layer.dtype.items():
        if dtype not in DTYPES:
            yield f"dtype[{name!r}] must be one of {_quote(DTYPES)}, got {dtype!r}{_about_halves(dtype)}."
        elif dtype.startswith("int") and name not in layer.domain:
            yield f'dtype[{name!r}] is {dtype}: say with domain= which integers, as {{{name!r}: (0, "k-1")}}.'
    integers = {name for name, dtype in layer.dtype.items() if str(dtype).startswith(("int", "bool"))}
    if layer.shapes is not None and set(layer.shapes) <= integers | set(layer.constants):
        yield "every input is an integer or a constant, so there is no gradient to check."


def _about_halves(dtype: Any) -> str:
    """Return what to do with half precision, which Layer.from_torch alone makes of what is drawn."""
    if not str(dtype).endswith("float16"):  # of bfloat16 too
        return ""
    return (
        "; inputs are drawn in float32: declare that, convert them inside of the function, and give a plain "
        "implementation as reference="
    )


def _names_of_options(layer: Any, field: str) -> Iterator[str]:
    if field == "batch":
        known = {
            axis for shape in layer.leaf_shapes.values() for axis in shape.split() if axis.isidentifier()
        }
        if layer.batch and layer.batch not in known:
            text = f"batch must be a letter that is an axis of its own, got {layer.batch!r}"
            yield f"{text}; letters: {_quote(known)}."
        return
    if isinstance(layer.state, str):
        yield f"state must be a tuple of options, got the string {layer.state!r}; write ({layer.state!r},)."
        return
    if not isinstance(layer.state, Collection):
        yield f"state must be a tuple of options, got {layer.state!r}."
        return
    for name in layer.state:
        if layer.options and name not in layer.options:
            yield f"state names {name!r}, which is not an option; options: {_quote(layer.options)}."


def _quote(names: object) -> str:
    return ", ".join(repr(n) for n in sorted(names)) if names else "none"  # type: ignore[call-overload]


def _accuracy(layer: Any) -> Iterator[str]:
    declared = layer.accuracy if isinstance(layer.accuracy, Mapping) else {"": layer.accuracy}
    for name, value in declared.items():
        what = f"accuracy[{name!r}]" if name else "accuracy"
        if not _is_part(value):
            yield f"{what} must be a relative accuracy such as 1e-6, at least 0 and below 1, got {value!r}."
        if name and layer.shapes is not None and name not in {*layer.shapes, *layer.leaf_shapes}:
            yield f"accuracy names {name!r}, which is not an input; inputs: {_quote(layer.shapes)}."


def _nondeterministic(layer: Any) -> Iterator[str]:
    value = layer.nondeterministic
    if not _is_part(value):
        text = "nondeterministic must be the relative difference of repeated calls, such as 1e-6"
        yield f"{text}, at least 0 and below 1, got {value!r}."


def _is_part(value: Any) -> bool:
    """Return whether a value is a number from 0 to below 1."""
    is_number = isinstance(value, int | float | np.floating) and not isinstance(value, bool)
    return is_number and bool(0.0 <= value < 1.0)


def _tangent(layer: Any) -> Iterator[str]:
    if not isinstance(layer.tangent, Mapping):
        yield f'tangent must map inputs to constraints, as {{"a": "symmetric"}}, got {layer.tangent!r}.'
        return
    for name, declared in layer.tangent.items():
        if not callable(declared) and (not isinstance(declared, str) or declared not in CONSTRAINTS):
            known = _quote(CONSTRAINTS)
            yield f"tangent[{name!r}] must be one of {known}, or a function of a direction, got {declared!r}."
        if layer.shapes is not None and name not in {*layer.shapes, *layer.leaf_shapes}:
            yield f"tangent names {name!r}, which is not an input; inputs: {_quote(layer.shapes)}."
