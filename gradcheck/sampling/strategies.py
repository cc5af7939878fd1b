"""Hypothesis strategies of examples. The only file of this floor that imports Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from gradcheck._util import rebuilt
from gradcheck.errors import CannotVerify, LayerRaised, is_control
from gradcheck.layers import ANY_SHAPE, Layer, has_empty_input, letters, letters_of_zero, solve
from gradcheck.sampling import values
from gradcheck.types import Array

LARGEST = 4
"""Sizes are drawn from 1 up to this: large enough to tell axes apart, small enough to read."""
ONE_LARGE = 9
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
        return _guarded(layer, _own(layer), seeds)
    assert layer.shapes is not None
    names = [n for n in letters(layer.axes.values()) if n not in layer.options]
    zeros = letters_of_zero(layer) if empty else ()
    any_shape = any(ANY_SHAPE in shape.split() for shape in layer.axes.values())
    parts: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {
            "sizes": _sizes(names, zeros),
            "options": st.fixed_dictionaries(
                {name: st.sampled_from(list(swept)) for name, swept in layer.options.items()}
            ),
            "any_shape": _any_shape(empty=empty and not names) if any_shape else st.just(()),
        }
    )

    def accepts(drawn: dict[str, Any]) -> bool:
        known = {**drawn["sizes"], **drawn["options"]}
        return _accepts(layer, known) and (not zeros or has_empty_input(layer.axes.values(), known))

    accepted: st.SearchStrategy[Any] = parts.filter(accepts)
    return st.builds(
        lambda p, kind, seed: _drawn(layer, p["sizes"], p["options"], p["any_shape"], kind, seed),
        accepted,
        st.sampled_from(tuple(values.KINDS)),
        seeds,
    )


def filled(like: Mapping[str, Array], span: int, dtype: Any) -> st.SearchStrategy[dict[str, Array]]:
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
    drawn = st.fixed_dictionaries({name: st.integers(1, LARGEST) for name in names})
    if not names:
        return drawn
    if not zeros:
        enlarged = st.builds(_with, drawn, st.sampled_from(names), st.integers(LARGEST + 1, ONE_LARGE))
        return st.one_of(drawn, drawn, drawn, enlarged)
    return st.builds(_with, drawn, st.sampled_from(zeros), st.just(0))


def _with(sizes: dict[str, int], name: str, size: int) -> dict[str, int]:
    return {**sizes, name: size}


def _any_shape(*, empty: bool) -> st.SearchStrategy[tuple[int, ...]]:
    if empty:
        return st.builds(lambda s, i: (*s[:i], 0, *s[i:]), _any_shape(empty=False), st.integers(0, 2))
    return st.lists(st.integers(1, LARGEST), max_size=3).map(tuple)


def _accepts(layer: Layer, known: dict[str, Any]) -> bool:
    try:
        return layer.accepts(known)
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "where", cause) from cause


def _drawn(
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
    drawn = (
        values.draw(
            kind, solve(shape, known, any_shape), _bounds(layer, name, known), layer.drawn_dtype(name), rng
        )
        for name, shape in layer.axes.items()
    )
    return Case(tuple(rebuilt(tree, drawn) for tree in layer.shapes.values()), options, seed)


def _bounds(layer: Layer, name: str, known: dict[str, Any]) -> tuple[float, float] | None:
    bounds = layer.declared("domain", name, None)
    if bounds is None:
        return None
    low, high = (solve(bound, known)[0] if isinstance(bound, str) else bound for bound in bounds)
    if low > high:
        reject()  # no integer lies between them at these sizes
    return low, high


def _own(layer: Layer) -> st.SearchStrategy[Any]:
    try:
        return layer.cases if isinstance(layer.cases, st.SearchStrategy) else layer.cases()
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "cases", cause) from cause


@st.composite
def _guarded(
    draw: st.DrawFn, layer: Layer, own: st.SearchStrategy[Any], seeds: st.SearchStrategy[int]
) -> Case:
    """Draw from the layer's own strategy; what it raises is reported as the layer's fault."""
    try:
        drawn = draw(own)
    except BaseException as cause:
        if is_control(cause):
            raise
        raise LayerRaised(layer.name, "cases", cause) from cause
    pair = isinstance(drawn, tuple | list) and len(drawn) == 2
    if not (pair and isinstance(drawn[0], tuple | list) and isinstance(drawn[1], Mapping)):
        message = f"cases of {layer.name!r} must draw pairs (primals, options), got {drawn!r}"
        raise CannotVerify(message)
    return Case(tuple(drawn[0]), dict(drawn[1]), draw(seeds))
