"""Arrays as tensors of PyTorch over the same memory, tensors as arrays, and where gradients arrive."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import leaves, map_leaves
from gradcheck.errors import CannotVerify
from gradcheck.types import Array

Tensor: TypeAlias = Any


def count_entries(tree: Any) -> int:
    """Return the number of entries of nested arrays or tensors."""
    return sum(prod(leaf.shape) for _, leaf in leaves(tree) if hasattr(leaf, "shape"))


def to_tensor(torch: Any, leaf: Any, *, is_constant: bool = False) -> Any:
    """Return a number or an array of numbers as a tensor, over the array's memory where that can be.

    Anything else is returned as it is, and so is a number that is a constant: it may be an axis or a size.
    """
    if isinstance(leaf, np.generic | float | complex) and not isinstance(leaf, np.ndarray):
        if is_constant:
            return leaf.item() if isinstance(leaf, np.generic) else leaf
        leaf = np.array(leaf)
    if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fciub":
        return leaf
    if leaf.dtype.char in "gG":  # PyTorch has nothing wider than float64
        leaf = leaf.astype(np.complex128 if leaf.dtype.kind == "c" else np.float64)
    # PyTorch's kernels crash on complex numbers that begin at half of their size, which NumPy calls aligned.
    is_aligned = leaf.dtype.kind != "c" or leaf.ctypes.data % leaf.itemsize == 0
    is_upward = all(stride >= 0 for stride in leaf.strides)
    shareable = leaf.flags.behaved and leaf.dtype.isnative and is_aligned and is_upward
    return torch.from_numpy(leaf if shareable else np.array(leaf, leaf.dtype.newbyteorder("="), order="C"))


def to_arrays(tree: Any, *, widen_halves: bool = False) -> Any:
    """Return nested tensors as arrays, which share nothing with them; types that NumPy lacks as float32."""

    def copy(leaf: Any) -> Any:
        if not hasattr(leaf, "detach"):
            return leaf
        if leaf.device.type == "meta":
            message = "a tensor of the device 'meta' holds no numbers: give one of the CPU"
            raise CannotVerify(message)
        is_dense = leaf.layout is sys.modules["torch"].strided
        dense = leaf.detach() if is_dense else leaf.detach().to_dense()
        tensor = dense.resolve_conj().resolve_neg()
        if leaf.device.type != "cpu":
            tensor = tensor.to("cpu")
        if tensor.element_size() <= 2 and tensor.is_floating_point():
            has_equal = str(tensor.dtype) == "torch.float16"
            tensor = tensor if has_equal and not widen_halves else tensor.float()
        return tensor.numpy().copy()

    return map_leaves(tree, copy)


def is_over(tensor: Tensor, array: Array) -> bool:
    """Return whether a tensor has the numbers of an array as they are, so that it can share their memory."""
    return bool(tensor.device.type == "cpu" and tensor.element_size() == array.itemsize)


@dataclass(frozen=True)
class Held:
    """An array whose numbers a tensor has, and what they were.

    Parameters
    ----------
    array, before
        The array, and a copy of it.
    tensor
        The tensor: over the array's memory, or elsewhere.
    kept
        A copy of a tensor that is elsewhere, on a GPU or in half precision, None for another.
    """

    array: Array
    before: Array
    tensor: Tensor
    kept: Tensor | None

    @classmethod
    def of(cls, array: Array, tensor: Tensor) -> Held:
        """Take note of what an array and its tensor hold."""
        return cls(array, array.copy(), tensor, None if is_over(tensor, array) else tensor.clone())

    def restore(self) -> None:
        """Give the array the values that it had."""
        if self.array.flags.writeable:
            self.array[...] = self.before

    def write_back(self) -> None:
        """Write what was changed in a tensor elsewhere into the array, as if they shared memory."""
        if self.kept is None or not self.array.flags.writeable or bool((self.tensor == self.kept).all()):
            return
        held, kept = (
            t.to("cpu").double().numpy() if t.is_floating_point() else t.to("cpu").numpy()
            for t in (self.tensor.detach(), self.kept)
        )
        self.array[...] = np.where(held == kept, self.before, held)


def enter(torch: Any, tensors: list[Tensor]) -> tuple[list[Tensor], list[Any]]:
    """Return tensors as results of a node of the graph, and where their gradients arrive.

    A leaf of the graph may not be changed in place, and a function may do that if it says so.
    """
    entrance, token = _entrance(torch)
    entered = entrance.apply(token, tensors)
    return list(entered), [torch.autograd.graph.get_gradient_edge(t) for t in entered]


@contextmanager
def gathering(edges: list[Any]) -> Iterator[list[Tensor | None]]:
    """Gather, in the order of edges that `enter` gave, what reaches them outside of `torch.autograd.grad`.

    A backward that calls `torch.autograd.backward` itself, as reversible networks and checkpoints do, hands
    the gradients of parameters on at once, and returns those of its inputs alone.
    """
    nodes = {id(edge.node): edge.node for edge in edges}
    for node in nodes.values():
        node.gathered = {}
    found: list[Tensor | None] = []
    try:
        yield found
    finally:
        found += [edge.node.gathered.get(edge.output_nr) for edge in edges]
        for node in nodes.values():
            node.gathered = {}


@cache
def _entrance(torch: Any) -> tuple[Any, Tensor]:
    """Return the class of that node, and a leaf for it to hang on, which never gets a gradient."""

    class Entrance(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, token: Tensor, tensors: list[Tensor]) -> tuple[Tensor, ...]:  # noqa: ARG004
            ctx.set_materialize_grads(False)
            ctx.gathered = {}
            return tuple(tensors)

        @staticmethod
        def backward(ctx: Any, *bars: Tensor | None) -> tuple[None, None]:
            for position, bar in enumerate(bars):
                if bar is not None:
                    before = ctx.gathered.get(position)
                    ctx.gathered[position] = bar.detach() if before is None else before + bar.detach()
            return None, None

    with torch.inference_mode(False):  # it outlives what the caller is in
        return Entrance, torch.zeros((), requires_grad=True)
