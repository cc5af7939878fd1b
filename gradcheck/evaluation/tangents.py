"""Inputs on a constraint: how they move along it, and what of a cotangent counts there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gradcheck.errors import CannotVerify, LayerRaised
from gradcheck.evaluation.inputs import Inputs
from gradcheck.layers import Layer, is_off, projection_of
from gradcheck.types import Array

SAME = 1e-9
"""How near a projection must come to projecting twice, and to being symmetric. Single precision inside would
fail at half as much and at twice as much; a wrong one is off by its whole size."""


@dataclass(frozen=True)
class Tangents:
    """The constraints of an example's inputs, as its layer declares them.

    Behind this door a layer is a function of inputs that move freely: what moves them off the constraint is
    taken away before the layer sees them, and from the cotangents that it returns.

    Parameters
    ----------
    layer
        Declares them in `tangent`.
    inputs
        The form of the inputs.
    anchors
        By argnum, the input that lies on the constraint, from which its moves are counted.
    """

    layer: Layer
    inputs: Inputs
    anchors: Mapping[int, Array]

    @classmethod
    def of(cls, layer: Layer, inputs: Inputs, arrays: Sequence[Array], active: Sequence[int]) -> Tangents:
        """Return the constraints of some inputs.

        Raises
        ------
        CannotVerify
            If an input is not what it is declared to be, or a function is no projection.
        """
        anchors = {}
        for i in active:
            declared = layer.declaration_for("tangent", inputs.names[i], None)
            if declared is None:
                continue
            anchors[i] = arrays[i]
            if is_off(declared, np.asarray(inputs.leaves[i].slot.fill(arrays[i]))):
                message = (
                    f"{inputs.names[i]!r} of {layer.name!r} is declared {declared!r} by tangent=, "
                    "and is not: pass one that is, or draw such with cases="
                )
                raise CannotVerify(message)
        made = cls(layer, inputs, anchors)
        for i in anchors:
            made.refuse_other_maps(i)
        return made

    def refuse_other_maps(self, argnum: int) -> None:
        """Raise `CannotVerify` where what is declared is no orthogonal projection."""
        rng = np.random.default_rng(0)
        u, v = (rng.standard_normal(self.anchors[argnum].shape) for _ in range(2))
        once, other = self.project(argnum, u), self.project(argnum, v)
        size = float(np.linalg.norm(u) * np.linalg.norm(v))
        is_repeatable = np.linalg.norm(self.project(argnum, once) - once) <= SAME * np.linalg.norm(u)
        if not is_repeatable or abs(float(np.sum(once * v)) - float(np.sum(u * other))) > SAME * size:
            message = (
                f"tangent[{self.inputs.names[argnum]!r}] of {self.layer.name!r} must return the nearest "
                "direction on the constraint, so that a second call changes nothing and P is symmetric, "
                "but it is no such projection"
            )
            raise CannotVerify(message)

    def project(self, argnum: int, v: Array) -> Array:
        """Return the part of a direction, or of a cotangent, that lies along the constraint."""
        if argnum not in self.anchors:
            return v
        name, slot = self.inputs.names[argnum], self.inputs.leaves[argnum].slot
        declared = self.layer.declaration_for("tangent", name, None)
        try:
            along = np.asarray(projection_of(declared)(np.asarray(slot.fill(v))))
        except Exception as cause:
            raise LayerRaised(self.layer.name, f"tangent[{name!r}]", cause) from cause
        if slot.read(along).shape != v.shape:
            message = (
                f"tangent[{name!r}] of {self.layer.name!r} returned the shape {along.shape}; "
                "return a direction of the shape that it is given"
            )
            raise CannotVerify(message)
        return slot.read(along).astype(v.dtype)

    def bring_back(self, arrays: Sequence[Array]) -> tuple[Array, ...]:
        """Return inputs without what moved them off the constraint; of another shape, they are left alone."""
        back = list(arrays)
        for i, anchor in self.anchors.items():
            if arrays[i] is not anchor and arrays[i].shape == anchor.shape:
                start = anchor.astype(arrays[i].dtype)
                back[i] = start + self.project(i, arrays[i] - start)
        return tuple(back)

    def project_all(self, bars: tuple[Array | None, ...]) -> tuple[Array | None, ...]:
        """Return cotangents along the constraint."""
        return tuple(bar if bar is None else self.project(i, bar) for i, bar in enumerate(bars))
