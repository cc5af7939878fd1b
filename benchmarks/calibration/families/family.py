"""`Family`: a right layer, and how its inputs have to be drawn so that it means something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from gradcheck import Layer
from gradcheck.types import Array, Rng

Prepare: TypeAlias = Callable[[tuple[Array, ...], Rng], tuple[Array, ...]]


@dataclass(frozen=True)
class Family:
    """A layer whose derived gradient is right, with what its record can't say.

    Parameters
    ----------
    layer
        With `shapes`.
    most
        The largest magnitude of an input; beyond it forward overflows or is constant.
    prepare
        Turns drawn primals into those of the family, such as a matrix of a given condition.
    composite
        Whether several kinked functions are composed: where they meet exactly, the chain rule over their
        subgradients need not give one of the whole, so no exact ties are drawn.
    """

    layer: Layer
    most: float = 1e8
    prepare: Prepare | None = None
    composite: bool = False

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.layer.name


def family(
    name: str,
    shapes: dict[str, str],
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *,
    most: float = 1e8,
    prepare: Prepare | None = None,
    composite: bool = False,
    **fields: Any,
) -> Family:
    """Return the family of a forward and a backward as in `Layer.from_backward`; `fields` are the layer's."""
    layer = Layer.from_backward(forward, backward, name=name, shapes=shapes, **fields)
    return Family(layer, most, prepare, composite)
