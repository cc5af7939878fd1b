"""``torch.autograd.gradcheck``, slow (the whole Jacobian) and fast (one projection), with its defaults."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.calibration.peers.pair import Pair


class _Wrapped(torch.autograd.Function):  # type: ignore[misc]  # torch is Any to the type checker
    @staticmethod
    def forward(ctx: Any, pair: Pair, *xs: torch.Tensor) -> torch.Tensor:
        ctx.pair = pair
        ctx.save_for_backward(*xs)
        return torch.from_numpy(pair.forward(*(x.detach().numpy() for x in xs)))

    @staticmethod
    @torch.autograd.function.once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, y_bar: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        xs = (x.detach().numpy() for x in ctx.saved_tensors)
        bars = ctx.pair.cotangents(y_bar.numpy(), *xs)
        return None, *(torch.from_numpy(bar) for bar in bars)


def slow(pair: Pair) -> bool:
    """Return whether the slow mode rejects."""
    return _rejects(pair, fast_mode=False)


def fast(pair: Pair) -> bool:
    """Return whether the fast mode rejects."""
    return _rejects(pair, fast_mode=True)


def _rejects(pair: Pair, *, fast_mode: bool) -> bool:
    torch.manual_seed(pair.seed)
    inputs = tuple(torch.from_numpy(x).requires_grad_() for x in pair.primals)
    return not torch.autograd.gradcheck(
        lambda *xs: _Wrapped.apply(pair, *xs), inputs, fast_mode=fast_mode, raise_exception=False
    )
