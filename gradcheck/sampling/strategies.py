"""Hypothesis strategies of examples. The only file of this floor that imports Hypothesis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from gradcheck.errors import CannotVerify, LayerRaised, is_control
from gradcheck.layers import Layer
from gradcheck.sampling.case import Case
from gradcheck.types import Array


def own_cases(layer: Layer) -> st.SearchStrategy[Case]:
    """Return a strategy of examples of a layer that has one of its own."""
    return _draw_from_own(layer, _own_strategy(layer), st.integers(0, 2**32 - 1))


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
