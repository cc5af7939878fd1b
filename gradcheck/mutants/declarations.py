"""Wider declarations of a layer: what else it might say of itself, so that more mistakes are found."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradcheck.errors import MalformedLayer
from gradcheck.layers import Layer, letters
from gradcheck.mutation import Root

MORE_EXAMPLES = 10
"""So many times as many examples are tried as the run has. Half finds less; a hundred is no run of a test."""
MOST_VALUES = 3
"""So many further values of an option are tried; of one that sweeps as many already, `FEW_VALUES`. Half
misses what begins at 3; twice as much takes twice the time for each survivor."""
FEW_VALUES = 1
LARGEST = 40
"""The largest size that is proposed beyond declared ones, above those of blocks of 32."""


@dataclass(frozen=True)
class Declaration:
    """A layer that declares something more.

    Parameters
    ----------
    text
        What is written in the layer, as ``options={"stride": (1, 2)}``.
    reason
        Why what it finds is not found without it.
    layer
        The layer with it.
    examples
        So many times the examples of the run are drawn of it.
    """

    text: str
    reason: str
    layer: Layer
    examples: int = 1


def widen_declaration(layer: Layer, roots: Sequence[Root]) -> Iterator[Declaration]:
    """Yield the layer with one more thing declared, the most usual first."""
    words = _words(roots)
    for make in (_options(layer, words), _traits(layer), _sizes(layer), _domains(layer), _types(layer)):
        for text, reason, fields in make:
            try:
                wider = replace(layer, **fields)
            except (MalformedLayer, TypeError, ValueError):
                continue
            yield Declaration(text, reason, wider)
    reason = f"in few examples only: not in those of this run, but in {MORE_EXAMPLES} times as many"
    yield Declaration("", reason, layer, MORE_EXAMPLES)


def numbers_in(roots: Sequence[Root]) -> list[float]:
    """Return the numbers that stand in functions, and their negatives: where comparisons may tie."""
    nodes = [part for root in roots for part in ast.walk(root.source.node)]
    found = {
        float(part.value)
        for part in nodes
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float)
    }
    return sorted({number for each in found for number in (each, -each) if abs(number) < 1e6})


def _words(roots: Sequence[Root]) -> list[str]:
    """Return the words that functions compare something with."""
    compared = [p for root in roots for p in ast.walk(root.source.node) if isinstance(p, ast.Compare)]
    constants = [part for each in compared for part in ast.walk(each) if isinstance(part, ast.Constant)]
    return [*dict.fromkeys(part.value for part in constants if isinstance(part.value, str))]


def _options(layer: Layer, words: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield other values of options, of those too that are left at what they are by default."""
    for name, swept in _swept(layer).items():
        for other in _others(swept, words):
            values = (*swept, other)
            text = f"options={{{name!r}: {values!r}}}".replace("'", '"')
            known = f"which options={{{name!r}: {tuple(swept)!r}}} does not sweep".replace("'", '"')
            if name not in layer.options:
                known = f"which no example gives: it is always {swept[0]!r}"
            yield text, f"only with {name}={other!r}, {known}", {"options": {**layer.options, name: values}}


def _swept(layer: Layer) -> dict[str, tuple[Any, ...]]:
    found = {name: tuple(values) for name, values in layer.options.items()}
    if layer.framework is None and layer.module is None:
        try:
            parameters = inspect.signature(layer.forward).parameters.values()
        except (TypeError, ValueError):
            return found
        inputs = set(layer.shapes or ())
        for parameter in parameters:
            is_given = parameter.name in inputs or parameter.default is parameter.empty
            if not is_given and parameter.name not in found:
                found[parameter.name] = (parameter.default,)
    return found


def _others(swept: Sequence[Any], words: Sequence[str]) -> Iterator[Any]:
    """Yield values of an option that are not swept: neighbours of those that are."""
    tried = [repr(value) for value in swept]
    most = len(swept) + (MOST_VALUES if len(swept) < MOST_VALUES else FEW_VALUES)
    for value in (other for own in swept for other in _near(own, words)):
        if repr(value) not in tried and len(tried) < most:
            tried.append(repr(value))
            yield value


def _near(value: Any, words: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, 2, 3, 1, 0)
    elif isinstance(value, float):
        yield from (2 * value, value / 2, 0.5, 1.0, -1.0, 0.0)
    elif isinstance(value, str):
        yield from words
    elif isinstance(value, tuple) and value and all(isinstance(part, int) for part in value):
        yield from (tuple(reversed(value)), tuple(part + 1 for part in value))
        yield (value[0] + 1, *value[1:])
    elif value is None:
        yield from (0, 1, 2, -1, True, 0.5)


def _traits(layer: Layer) -> Iterator[tuple[str, str, dict[str, Any]]]:
    reasons = {
        "piecewise-linear": "only where values tie, at a kink",
        "multilinear": "by less than is seen in floating-point numbers, but not by whole numbers",
        "analytic": "by less than differences see, but not complex steps",
        "smooth": "only where a kink would excuse it",
    }
    for trait, reason in reasons.items():
        if trait not in layer.traits:
            traits = (*sorted(layer.traits), trait)
            yield f"traits={traits!r}".replace("'", '"'), reason, {"traits": traits}
    firsts = {shape.split()[0] for shape in layer.leaf_shapes.values() if shape.split()}
    for letter in sorted(firsts):
        if not layer.batch and letter.isidentifier():
            text = f'batch="{letter}"'
            yield text, "in how samples influence each other, which is not declared", {"batch": letter}


def _sizes(layer: Layer) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for letter, (least, most) in layer.sizes.items():
        if most < LARGEST:
            text = f'sizes={{"{letter}": ({least}, {LARGEST})}}'
            reason = f"only for {letter} above {most}, the largest that sizes= has"
            yield text, reason, {"sizes": {**layer.sizes, letter: (least, LARGEST)}}
        if least > 1:
            text = f'sizes={{"{letter}": (1, {most})}}'
            reason = f"only for {letter} below {least}, the smallest that sizes= has"
            yield text, reason, {"sizes": {**layer.sizes, letter: (1, most)}}
    if not layer.sizes:
        for letter in letters(layer.leaf_shapes.values()):
            if letter not in layer.options:
                text = f'sizes={{"{letter}": (1, {4 * LARGEST})}}'
                reason = f"only for {letter} above 33, the largest that is drawn without sizes="
                yield text, reason, {"sizes": {letter: (1, 4 * LARGEST)}}
    if layer.where is not None:
        yield "no where=", "only for sizes that where= keeps out", {"where": None}


def _domains(layer: Layer) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, bounds in layer.domain.items():
        if any(isinstance(bound, str) for bound in bounds):
            continue
        low, high = bounds
        wider = {"below": (low - abs(high - low) - 1, high), "above": (low, high + abs(high - low) + 1)}
        for side, pair in wider.items():
            text = f'domain={{"{name}": ({pair[0]:g}, {pair[1]:g})}}'
            edge = low if side == "below" else high
            reason = f"only for {name} {side} {edge:g}, where domain= ends"
            yield text, reason, {"domain": {**layer.domain, name: pair}}
    if not layer.domain and layer.shapes is not None:
        for name in layer.leaf_shapes:
            if layer.dtype_of(name).startswith("float"):
                text = f'domain={{"{name}": (-2, 2)}}'
                reason = f"only for {name} of moderate size, which is rare among all magnitudes"
                yield text, reason, {"domain": {name: (-2.0, 2.0)}}


def _types(layer: Layer) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if layer.dtype == "float64":
        for dtype in ("complex128", "float32"):
            yield f'dtype="{dtype}"', f"only for inputs of {dtype}, which are not drawn", {"dtype": dtype}
