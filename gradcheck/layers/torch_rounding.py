"""PyTorch's operations with random rounding: each result is off by a part of its last place.

The counterpart of what is done to NumPy's arrays, for operators as PyTorch dispatches them. PyTorch's
own fused kernels are taken apart, as its compiler does. Inside other kernels of C++ or Triton nothing is
seen: their inputs are moved by units in the last place instead, as for algorithms of linear algebra.
"""

from __future__ import annotations

from functools import cache
from math import inf
from typing import Any

from gradcheck.types import Rng

EXACT = frozenset(
    """
    abs neg relu sign clamp clamp_min clamp_max maximum minimum where masked_fill floor ceil round trunc
    frac threshold threshold_backward conj_physical positive cat stack index index_select gather scatter
    take embedding clone copy lift_fresh fill zero zeros_like ones_like empty_like full_like new_zeros
    new_empty new_ones max min amax amin sort topk kthvalue median mode cummax cummin repeat flip roll
    constant_pad_nd tril triu select_backward slice_backward eye max_pool2d_with_indices
    upsample_nearest2d unfold_backward nan_to_num bernoulli rand_like randn_like native_dropout
    diag_embed index_fill masked_select nonzero empty_strided detach new_empty_strided resize set
    select_scatter slice_scatter diagonal_scatter as_strided_scatter
    eq ne lt le gt ge equal isnan isinf isfinite signbit logical_and logical_or logical_not logical_xor
    argmax argmin argsort searchsorted bucketize
    """.split()  # noqa: SIM905 -- a hundred names one below the other are not read
)
"""Operators that compute no new digits: they choose, move, compare, or change the sign. Comparisons of inputs
that were moved would see no ties."""


@cache
def _mode(torch: Any) -> Any:
    from torch._decomp import decomposition_table
    from torch.utils._python_dispatch import TorchDispatchMode

    fused = decomposition_table

    class RandomRounding(TorchDispatchMode):  # type: ignore[misc]
        def __init__(self, rng: Rng, least: float, most: float) -> None:
            super().__init__()
            self.least, self.most, self.coarsest = least, most, 0.0
            self.generator = torch.Generator().manual_seed(int(rng.integers(2**63)))

        def __torch_dispatch__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            options = kwargs or {}
            name = func._schema.name.rpartition("::")[2].rstrip("_")
            written = [r.alias_info for r in func._schema.returns if r.alias_info is not None]
            is_view = bool(written) and not any(info.is_write for info in written)
            if is_view or (name.lstrip("_") in EXACT and name != "_to_copy"):
                return func(*args, **options)
            if func in fused:
                with self:  # each of the operations of which a fused kernel is made rounds by itself
                    return fused[func](*args, **options)
            if torch.Tag.pointwise in func.tags or name == "_to_copy":
                return self.blur(func(*args, **options), in_place=bool(written), like=args, name=name)
            if written:  # what is written in place is a result as well: its inputs can't be moved
                return self.blur(func(*args, **options), in_place=True, like=args, name=name)
            return func(*self.move(args), **options)

        def blur(self, result: Any, *, in_place: bool, like: tuple[Any, ...], name: str) -> Any:
            """Return a result with an error of up to one unit in its last place."""
            if name == "_to_copy" and not _narrows(result, like[0]):
                return result
            moved = self.move(result)
            if not in_place:
                return moved
            for tensor, other in zip(_flat(result), _flat(moved), strict=True):
                if tensor is not other:
                    tensor.copy_(other)
            return result

        def move(self, tree: Any) -> Any:
            if isinstance(tree, tuple | list):
                return type(tree)([self.move(leaf) for leaf in tree])
            if not torch.is_tensor(tree) or not (tree.is_floating_point() or tree.is_complex()):
                return tree
            if tree.is_sparse or tree.numel() == 0:
                return tree
            kind = tree.real.dtype if tree.is_complex() else tree.dtype
            wide = kind if torch.finfo(kind).bits >= 32 else torch.float32
            draw = torch.rand(tree.shape, generator=self.generator, dtype=wide, device="cpu").to(tree.device)
            moved = tree.to(torch.promote_types(tree.dtype, wide))
            self.coarsest = max(self.coarsest, torch.finfo(kind).eps)
            size = max(min(torch.finfo(kind).eps, self.most), self.least)
            moved = moved * (1.0 + (2.0 * draw - 1.0) * size)
            return torch.where(torch.isfinite(moved), moved, tree).to(tree.dtype)

    return RandomRounding


def _narrows(result: Any, source: Any) -> bool:
    return bool(result.is_floating_point() and result.element_size() < source.element_size())


def _flat(tree: Any) -> list[Any]:
    return [leaf for branch in tree for leaf in _flat(branch)] if isinstance(tree, tuple | list) else [tree]


def round_at_random(torch: Any, rng: Rng, least: float = 0.0, most: float = inf) -> Any:
    """Return a context in which PyTorch's operations round at random, as a generator has it.

    Each result is off by a part of its last place; of the relative error `least` where that is larger, and of
    `most` where that is smaller. The context's `coarsest` is the unit of the coarsest operation so far.
    """
    return _mode(torch)(rng, least, most)
