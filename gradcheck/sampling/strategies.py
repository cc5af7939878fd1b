"""Hypothesis strategies of examples. The only file of this floor that imports Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from gradcheck._util import unflatten
from gradcheck.errors import CannotVerify, LayerRaised, is_control
from gradcheck.layers import ANY_SHAPE, Layer, evaluate_shape, has_empty_input, letters, letters_of_zero
from gradcheck.sampling import values
from gradcheck.types import Array

LARGEST_SIZE = 4
"""Sizes are drawn from 1 up to this: large enough to tell axes apart, small enough to read."""
FEW_SHAPES = 4
"""So many combinations of sizes are drawn of a layer that is compiled for each: compiling is what costs.
Twice as many take twice as long; half of them would hardly tell an axis of one from one of several."""
LARGEST_OUTLIER = 9
"""In one example of four, one size is larger, up to this: some mistakes begin at the fifth row."""


@dataclass(frozen=True, repr=False)
class Case:
    """An example before a trial is made of it: the primals, the options, and the seed of the rest."""

    primals: tuple[Any, ...]
    options: dict[str, Any]
    seed: int

    def __repr__(self) -> str:
        """Return something short: Hypothesis prints every failing case, which nobody reads."""
        return f"Case(seed={self.seed})"


def cases(layer: Layer, *, empty: bool = False) -> st.SearchStrategy[Case]:
    """Return a strategy of examples of a layer, simplest first.

    Parameters
    ----------
    layer
        With `shapes` or `cases`.
    empty
        Whether one size is 0.
    """
    seeds = st.integers(0, 2**32 - 1)
    if layer.cases is not None:
        return _draw_from_own(layer, _own_strategy(layer), seeds)
    assert layer.shapes is not None
    names = [n for n in letters(layer.leaf_shapes.values()) if n not in layer.options]
    zeros = letters_of_zero(layer) if empty else ()
    has_few = layer.framework is not None and layer.framework.wants_few_shapes
    any_shape = any(ANY_SHAPE in shape.split() for shape in layer.leaf_shapes.values())
    parts: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {
            "sizes": _few_sizes(layer, names) if has_few and not zeros else _sizes(names, zeros),
            "options": st.fixed_dictionaries(
                {name: st.sampled_from(list(choices)) for name, choices in layer.options.items()}
            ),
            "any_shape": _any_shape(empty=empty and not names) if any_shape else st.just(()),
        }
    )

    def accepts(drawn: dict[str, Any]) -> bool:
        known = {**drawn["sizes"], **drawn["options"]}
        return _accepts(layer, known) and (not zeros or has_empty_input(layer.leaf_shapes.values(), known))

    accepted: st.SearchStrategy[Any] = parts.filter(accepts)
    return st.builds(
        lambda p, kind, seed: _draw_case(layer, p["sizes"], p["options"], p["any_shape"], kind, seed),
        accepted,
        st.sampled_from(tuple(values.KINDS)),
        seeds,
    )


def integer_arrays(like: Mapping[str, Array], span: int, dtype: Any) -> st.SearchStrategy[dict[str, Array]]:
    """Return a strategy of arrays of the shapes of `like`, whose entries are integers of small magnitude.

    Every entry is drawn by itself, so that Hypothesis can shrink entries too.
    """

    def one(shape: tuple[int, ...]) -> st.SearchStrategy[Array]:
        count = int(np.prod(shape))
        entries = st.lists(st.integers(-span, span), min_size=count, max_size=count)
        return entries.map(lambda values: np.array(values, dtype=dtype).reshape(shape))

    arrays = st.tuples(*(one(array.shape) for array in like.values()))
    return arrays.map(lambda drawn: dict(zip(like, drawn, strict=True)))


def _sizes(names: list[str], zeros: tuple[str, ...]) -> st.SearchStrategy[dict[str, int]]:
    small = st.fixed_dictionaries({name: st.integers(1, LARGEST_SIZE) for name in names})
    if not names:
        return small
    if not zeros:
        one_large = st.builds(
            _replace_size, small, st.sampled_from(names), st.integers(LARGEST_SIZE + 1, LARGEST_OUTLIER)
        )
        return st.one_of(small, small, small, one_large)
    return st.builds(_replace_size, small, st.sampled_from(zeros), st.just(0))


def _few_sizes(layer: Layer, names: list[str]) -> st.SearchStrategy[dict[str, int]]:
    """Return a strategy of the first few combinations of sizes of a fixed series that the layer accepts."""
    rng = np.random.default_rng(FEW_SHAPES)
    found: list[dict[str, int]] = []
    options = {name: choices[0] for name, choices in layer.options.items()}
    for _ in range(FEW_SHAPES * LARGEST_OUTLIER):
        drawn = rng.integers(1, LARGEST_SIZE + 1, len(names)).tolist()
        sizes: dict[str, int] = dict(zip(names, drawn, strict=True))
        if sizes not in found and _accepts(layer, {**sizes, **options}):
            found.append(sizes)
        if len(found) == FEW_SHAPES:
            break
    return st.sampled_from(found) if found else _sizes(names, ())


def _replace_size(sizes: dict[str, int], name: str, size: int) -> dict[str, int]:
    return {**sizes, name: size}


def _any_shape(*, empty: bool) -> st.SearchStrategy[tuple[int, ...]]:
    if empty:
        return st.builds(lambda s, i: (*s[:i], 0, *s[i:]), _any_shape(empty=False), st.integers(0, 2))
    return st.lists(st.integers(1, LARGEST_SIZE), max_size=3).map(tuple)


def _accepts(layer: Layer, known: dict[str, Any]) -> bool:
    try:
        return layer.accepts(known)
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "where", cause) from cause


def _draw_case(
    layer: Layer,
    sizes: dict[str, int],
    options: dict[str, Any],
    any_shape: tuple[int, ...],
    kind: str,
    seed: int,
) -> Case:
    assert layer.shapes is not None
    rng = np.random.default_rng(seed)
    known = {**sizes, **options}
    arrays = (
        values.draw(
            kind,
            evaluate_shape(shape, known, any_shape),
            _bounds(layer, name, known),
            layer.dtype_of(name),
            rng,
        )
        for name, shape in layer.leaf_shapes.items()
    )
    return Case(tuple(unflatten(tree, arrays) for tree in layer.shapes.values()), options, seed)


def _bounds(layer: Layer, name: str, known: dict[str, Any]) -> tuple[float, float] | None:
    bounds = layer.declaration_for("domain", name, None)
    if bounds is None:
        return None
    low, high = (evaluate_shape(bound, known)[0] if isinstance(bound, str) else bound for bound in bounds)
    if low > high:
        reject()  # no integer lies between them at these sizes
    return low, high


def _own_strategy(layer: Layer) -> st.SearchStrategy[Any]:
    try:
        return layer.cases if isinstance(layer.cases, st.SearchStrategy) else layer.cases()
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "cases", cause) from cause


@st.composite
def _draw_from_own(
    draw: st.DrawFn, layer: Layer, own: st.SearchStrategy[Any], seeds: st.SearchStrategy[int]
) -> Case:
    """Draw from the layer's own strategy; what it raises is reported as the layer's fault."""
    try:
        example = draw(own)
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "cases", cause) from cause
    pair = isinstance(example, tuple | list) and len(example) == 2
    if not (pair and isinstance(example[0], tuple | list) and isinstance(example[1], Mapping)):
        message = f"cases of {layer.name!r} must draw pairs (primals, options), got {example!r}"
        raise CannotVerify(message)
    return Case(tuple(example[0]), dict(example[1]), draw(seeds))
