"""What users call: `check` and `assert_correct`, the whole battery on one layer."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradcheck._util import demand_whole
from gradcheck.errors import MalformedLayer
from gradcheck.layers import NO_TOLERANCE, OF_CHECKERS, Layer
from gradcheck.reporting import Report, status_line
from gradcheck.running.choice import choose_checks
from gradcheck.running.time_limit import Interrupted, TimeLimit
from gradcheck.running.verification import Verification
from gradcheck.running.workers import Workers
from gradcheck.types import Primals

MAX_EXAMPLES = 100


def check(
    layer: Layer,
    *primals: Any,
    seed: int = 0,
    max_examples: int = MAX_EXAMPLES,
    workers: Workers = 1,
    jacobian: bool = False,
    checks: Sequence[str] | None = None,
    time_limit: float | None = None,
    reach: bool = True,
    **options: Any,
) -> Report:
    """Check a layer's derived gradient with every check of the battery.

    Parameters
    ----------
    layer
        The layer.
    *primals
        The point at which to check; if left out, random shapes and values are drawn as the layer declares.
    seed
        Everything random follows from it: the same seed gives the same report.
    max_examples
        How many random examples each check runs.
    workers
        How many processes share the checks, -1 for one on each core; or a map-like function, such
        as ``client.get_executor().map`` of `dask.distributed`. The report does not depend on it.
    jacobian
        Whether every entry of every Jacobian is measured beside the battery, so that all that are
        wrong are known. It takes about 12 forward calls for each column, or for each group of
        columns that share no output; see `Layer`'s `sparsity`.
    checks
        Names of the checks to run, as ``("finite-difference", "purity")``; all of them if left out.
    time_limit
        Seconds after which the report is made of what is finished; the rest is UNVERIFIED, "not finished".
    reach
        Whether it is watched which statements of forward and backward run, so that the report names those
        that never did. It costs a tenth of the time, and up to half where layers loop in Python.
    **options
        With primals: the keyword arguments for the layer's functions.

    Returns
    -------
    Report
        The verdict with every finding. Wrong gradients do not raise; see `assert_correct`.

    Raises
    ------
    MalformedLayer
        If no primals are given and the layer does not say how to draw them.
    TypeError, ValueError
        If an argument is not what it should be.

    Examples
    --------
    >>> import numpy as np
    >>> from gradcheck import Layer, check
    >>> cube = Layer(lambda x: x**3, lambda x: (x**3, lambda y_bar: 3 * x**2 * y_bar), shapes={"x": "n"})
    >>> print(check(cube, np.array([1.0, 2.0])).verdict)
    CORRECT
    """
    _demand(layer, primals, options, seed, max_examples)
    if primals and layer.framework is not None:
        primals, fixed = layer.framework.complete(primals)
        layer = layer.with_inputs(len(primals))
        if fixed:
            options = fixed | options
            layer = replace(layer, constants=tuple(name for name in layer.constants if name not in fixed))
    chosen = choose_checks(checks, jacobian=jacobian)
    limit = TimeLimit.start(time_limit)
    verification = Verification(
        (layer,), seed, max_examples, chosen, primals, options, limit=limit, reach=reach
    )
    found: dict[int, Any] = {}
    try:
        with status_line(layer.name) as tick:
            deaths = verification.run(workers, found.__setitem__, tick)
    except Interrupted as stop:
        print(f"gradcheck: interrupted\n{stop.report}", file=sys.stderr)
        raise
    report: Report = found[0]
    return replace(report, deaths=tuple(deaths)) if deaths else report


def assert_correct(
    layer: Layer,
    *primals: Any,
    seed: int = 0,
    max_examples: int = MAX_EXAMPLES,
    workers: Workers = 1,
    jacobian: bool = False,
    checks: Sequence[str] | None = None,
    time_limit: float | None = None,
    reach: bool = True,
    **options: Any,
) -> None:
    """Raise unless `check` finds the layer's gradient correct.

    Parameters
    ----------
    layer, *primals, seed, max_examples, workers, jacobian, checks, time_limit, **options
        As for `check`.

    Raises
    ------
    WrongGradient
        If any check finds that the derived gradient is not the derivative.
    FlawedLayer
        If none does, but the layer breaks another rule that its callers rely on.
    UnverifiedGradient
        If none does, but some check could not see.
    """
    __tracebackhide__ = True
    limits: dict[str, Any] = {"seed": seed, "max_examples": max_examples, "workers": workers}
    ways: dict[str, Any] = {"jacobian": jacobian, "checks": checks, "time_limit": time_limit, "reach": reach}
    check(layer, *primals, **limits, **ways, **options).raise_unless_correct()


def _demand_inputs(layer: Layer, primals: Primals, options: Mapping[str, Any]) -> None:
    """Raise `TypeError` where forward takes fewer or more inputs than the point has, as far as that shows."""
    if not primals or layer.framework is not None or layer.module is not None:
        return
    try:
        signature = inspect.signature(layer.forward)
    except (TypeError, ValueError):
        return
    kind = inspect.Parameter
    named = {*layer.options, *options}
    parameters = [p for name, p in signature.parameters.items() if name not in named]
    taken = [p for p in parameters if p.kind in (kind.POSITIONAL_ONLY, kind.POSITIONAL_OR_KEYWORD)]
    takes_all = any(p.kind is kind.VAR_POSITIONAL for p in parameters)
    needed = [p.name for p in taken if p.default is kind.empty]
    if len(primals) < len(needed) or (len(primals) > len(taken) and not takes_all):
        names = ", ".join(needed if len(primals) < len(needed) else [p.name for p in taken])
        count = f"{len(primals)} {'was' if len(primals) == 1 else 'were'} given"
        unpacked = f"; what stands in a tuple follows one by one: check(layer, {names})"
        mend = unpacked if any(isinstance(primal, tuple) for primal in primals) else ""
        message = f"forward of {layer.name!r} takes the inputs {names}, and {count}{mend}"
        raise TypeError(message)


def _next_step(layer: Any, primals: Primals) -> str:
    """Return what to write for functions that came in place of a layer, as SciPy's checker takes them."""
    maker = _maker_of(layer)
    if maker:
        owner = layer.__self__ if isinstance(getattr(layer, "__self__", None), type) else layer  # of `apply`
        name = _name(owner) if hasattr(owner, "__name__") else "module"
        rest = "x, …" if len(primals) > 1 else "x"
        return f"; write check(Layer.{maker}({name}), {rest})"
    if isinstance(layer, type) or not callable(layer):
        return ""
    if primals and callable(primals[0]):
        data = _data_names(layer, len(primals) - 1)
        both, rest = f"{_name(layer)}, {_name(primals[0])}", ", ".join(["x0", *data])
        fixed = f", constants={tuple(data)}" if data else ""
        asked = " (less those that have a gradient too)" if data else ""
        return (
            f"; write check(Layer.from_gradient({both}{fixed}), {rest}){asked}, or with "
            f"Layer.from_backward({both}) if the second takes a cotangent first"
        )
    return "; write check(Layer.from_gradient(f, gradient_of_f), x0) for a scalar function, or see Layer"


def _maker_of(function: Any) -> str:
    """Return what makes a layer of a function, class or module of PyTorch or JAX; nothing for others."""
    kinds = {kind.__module__.partition(".")[0] for kind in type(function).__mro__}
    owner = getattr(function, "__self__", function)
    if isinstance(owner, type):
        kinds |= {kind.__module__.partition(".")[0] for kind in owner.__mro__}
    return "from_torch" if "torch" in kinds else "from_jax" if kinds & {"jax", "jaxlib"} else ""


def _data_names(function: Any, count: int) -> list[str]:
    """Return what a function calls its inputs behind the first one, of `count` in all."""
    try:
        names = [*inspect.signature(function).parameters][1:count]
    except (TypeError, ValueError):
        names = []
    return [*names, *(f"x{i}" for i in range(len(names) + 1, count))]


def _name(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "fun"


def _takes(function: Any, name: str) -> bool:
    """Return whether a function may be given an option of this name, as far as its signature tells."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _demand(layer: Layer, primals: Primals, options: dict[str, Any], seed: int, max_examples: int) -> None:
    if not isinstance(layer, Layer):
        message = f"layer must be a gradcheck.Layer, got {type(layer).__name__}: {layer!r}"
        raise TypeError(message + _next_step(layer, primals))
    demand_whole("seed", seed, least=0)
    demand_whole("max_examples", max_examples, least=1)
    if options and not primals:
        message = (
            f"options ({', '.join(options)}) go with primals, as in check(layer, x, stride=2); "
            "random examples sweep the layer's own options"
        )
        raise TypeError(message)
    if "args" in options and not _takes(layer.forward, "args"):
        args = options["args"] if isinstance(options["args"], tuple) else (options["args"],)
        data = _data_names(layer.forward, 1 + len(args))
        message = (
            f"args= is SciPy's, and forward of {layer.name!r} has no such parameter; data that both take "
            f"follow the point, and are named: Layer.from_gradient(…, constants={tuple(data)}), "
            f"then check(layer, {', '.join(['x0', *data])})"
        )
        raise TypeError(message)
    unknown = [name for name in options if layer.framework is None and not _takes(layer.forward, name)]
    if unknown:
        hint = f"; {NO_TOLERANCE}" if unknown[0] in OF_CHECKERS else ""
        message = (
            f"neither check() nor forward of {layer.name!r} takes {unknown[0]}={options[unknown[0]]!r}{hint}"
        )
        raise TypeError(message)
    _demand_inputs(layer, primals, options)
    if not primals and layer.shapes is None and layer.cases is None:
        message = (
            f"Layer {layer.name!r} has neither shapes= nor cases=, so no examples can be drawn; "
            "declare one of them, or check at a point: check(layer, x, ...)"
        )
        raise MalformedLayer(message)
