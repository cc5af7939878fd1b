"""A few lines of NumPy that show a wrong entry without gradcheck: ready to be pasted, run and debugged."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradcheck._util import widen
from gradcheck.diagnosis.plot_data import PURPOSE
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Trial
from gradcheck.judging import Evidence
from gradcheck.layers import Layer
from gradcheck.types import Array

MOST_PRINTED_ENTRIES = 200
"""Larger inputs are no reading matter."""
VISIBLE = 1e-4
"""A smaller relative error does not show in a plain difference quotient."""
SNIPPET_NAMES = frozenset(
    {"np", "inf", "nan", "forward", "vjp", "layer", "y", "y_bar", "pullback", "derived"}
)


def write_snippet(trial: Trial, argnum: int, evidence: Evidence) -> str:
    """Return Python code that prints the derived and the numerical value of a wrong entry.

    Empty where the example can't be written down: inputs that are nested, complex or large, options
    without a literal, an object in place of functions; or where the error is too small for a plain
    difference quotient.
    """
    if evidence.index is None or not _is_writable(trial):
        return ""
    try:
        point = Point.of(trial, trial.rng(PURPOSE))
        derived, numerical, h = _printed_values(point, argnum, evidence.index)
    except NothingToLearn:
        return ""
    if not abs(derived - numerical) > VISIBLE * max(abs(derived), abs(numerical)):
        return ""
    name, index = (
        trial.names[argnum],
        f"[{', '.join(map(str, evidence.index))}]" if evidence.index else "[()]",
    )
    options = "".join(f", {key}={value!r}" for key, value in trial.options.items())
    up = ", ".join("up" if other == name else other for other in trial.names) + options
    down = ", ".join("down" if other == name else other for other in trial.names) + options
    bar = f"pullback(y_bar)[{argnum}]" if _returns_several(trial) else "pullback(y_bar)"
    lines = [
        "import numpy as np",
        "from numpy import inf, nan",
        *_functions(trial.layer),
        "",
        *(f"{key} = {_literal(x)}" for key, x in zip(trial.names, trial.primals, strict=True)),
        f"y_bar = {_literal(point.y_bar)}",
        f"y, pullback = vjp({', '.join(trial.names)}{options})",
        f"derived = np.asarray({bar}){index}",
        f"up, down = {name}.copy(), {name}.copy()",
        f"up{index} += {h!r}",
        f"down{index} -= {h!r}",
        f"change = np.sum(y_bar * (forward({up}) - forward({down})))",
        f"numerical = change / (up{index} - down{index})",
        f"print(derived, numerical)  # {derived:.6g} {numerical:.6g}, from seed {trial.seed}",
    ]
    return "\n".join(lines) + "\n"


def _is_writable(trial: Trial) -> bool:
    """Return whether everything can be written down as literals."""
    arrays = all(isinstance(x, np.ndarray) for x in trial.arguments())
    is_complex = any(
        leaf.slot.is_complex for leaf in trial.inputs.leaves
    )  # the index of a complex entry is the user's own
    flat = arrays and not is_complex and trial.inputs.owners == trial.names
    named = all(name.isidentifier() and name not in SNIPPET_NAMES for name in trial.names)
    small = sum(x.size for x in trial.primals) <= MOST_PRINTED_ENTRIES
    literal = all(_is_literal(value) for value in trial.options.values())
    return flat and named and small and literal and trial.layer.module is None and _returns_array(trial)


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_literal, value))
    return value is None or isinstance(value, bool | int | float | str)


def _returns_array(trial: Trial) -> bool:
    try:
        y = trial.layer.forward(*trial.arguments(), **trial.settings())
    except Exception:  # whatever a user's function may raise
        return False
    return isinstance(y, np.ndarray | np.generic | float) and not np.iscomplexobj(y)


def _returns_several(trial: Trial) -> bool:
    y, pullback = trial.layer.vjp(*trial.arguments(), **trial.settings())
    return isinstance(pullback(np.ones_like(y)), tuple | list)


def _printed_values(point: Point, argnum: int, index: tuple[int, ...]) -> tuple[float, float, float]:
    """Return what the snippet will print, and its step."""
    x = point.trial.primals[argnum]
    h = float(np.finfo(x.dtype).eps) ** (1 / 3) * max(1.0, abs(float(x[index])))
    h = float(f"{h:.0e}")
    up, down = x.copy(), x.copy()
    up[index] += h
    down[index] -= h
    change = [widen(point.trial.with_primal(argnum, side).forward()) for side in (up, down)]
    distance = float(up[index]) - float(down[index])
    numerical = float(np.sum(point.y_bar * (change[0] - change[1]))) / distance
    return float(point.x_bar(argnum)[index]), numerical, h


def _literal(x: Array) -> str:
    dtype = "" if x.dtype == np.float64 else f", dtype=np.{x.dtype.name}"
    return f"np.array({x.tolist()!r}{dtype})"


def _functions(layer: Layer) -> Iterator[str]:
    """Yield the lines that bring the layer's functions in, from the module in which they stand."""
    if _is_importable(layer.forward) and _is_importable(layer.vjp):
        for role, function in (("forward", layer.forward), ("vjp", layer.vjp)):
            yield f"from {_written_name(function.__module__)} import {function.__qualname__} as {role}"
        return
    module, name = _holder(layer)
    module = _written_name(module)
    yield f"from {module} import {name} as layer" if name else f"layer = ...  # the Layer {layer.name!r}"
    yield "forward, vjp = layer.forward, layer.vjp"


def _is_importable(function: Callable[..., Any]) -> bool:
    """Return whether a function can be imported by its name."""
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    return (
        module is not None
        and _is_module_importable(module.__name__)
        and (getattr(module, getattr(function, "__qualname__", ""), None) is function)
    )


def _written_name(module: str) -> str:
    """Return the name by which a file is imported that was loaded by its path, under a name of its own."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    stem = os.path.splitext(os.path.basename(getattr(spec, "origin", None) or ""))[0]
    return stem if re.fullmatch(rf"{re.escape(stem)}_[0-9a-f]{{8}}", module) else module


def _is_module_importable(module: str) -> bool:
    return module != "__main__" and all(part.isidentifier() for part in module.split("."))


def _holder(layer: Layer) -> tuple[str, str]:
    """Return a module and the name under which it holds the layer; empty where there is none."""
    for function in (layer.forward, layer.vjp):
        module = getattr(function, "__module__", None) or ""
        namespace = (
            vars(sys.modules[module]) if module in sys.modules and _is_module_importable(module) else {}
        )
        for name, value in namespace.items():
            if isinstance(value, Layer) and value.forward is layer.forward and value.vjp is layer.vjp:
                return module, name
    return "", ""
