"""A cotangent's strides change no gradient: that of `sum` has none, that of `cat` is a part of another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.of_framework import compare_gradients, read_cotangents, torch_function
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent
from gradcheck.judging import Outcome
from gradcheck.layers import Run
from gradcheck.types import Verdict

JUNK = 1e3
"""What stands in memory between the entries: a kernel that reads it gives another gradient."""
Arrangement = Callable[[Any, Any], Any]


def expand(torch: Any, t: Any) -> Any:  # noqa: ARG001 -- the form of an arrangement
    """Return a constant tensor without strides, as the gradient of `sum` is."""
    return t.reshape(-1)[0].expand(t.shape)


def transpose(torch: Any, t: Any) -> Any:
    """Return a tensor whose axes lie in memory the other way round; along one axis, every second entry."""
    if t.dim() < 2:
        return torch.stack([t, torch.full_like(t, JUNK)], dim=-1)[..., 0]
    axes = tuple(reversed(range(t.dim())))
    return t.permute(axes).contiguous().permute(axes)


def take_part(torch: Any, t: Any) -> Any:
    """Return a part of a larger tensor along its last axis, as the gradient of `cat` is."""
    larger = torch.full((*t.shape[:-1], 2 * t.shape[-1] + 1), JUNK, dtype=t.dtype, device=t.device)
    view = larger[..., t.shape[-1] + 1 :]
    view.copy_(t)
    return view


def offset(torch: Any, t: Any) -> Any:
    """Return a tensor that begins in the middle of its memory."""
    larger = torch.full((t.numel() + 3,), JUNK, dtype=t.dtype, device=t.device)
    view = larger[3:].view(t.shape)
    view.copy_(t)
    return view


ARRANGEMENTS: dict[str, Arrangement] = {
    "expanded, as from sum()": expand,
    "transposed": transpose,
    "a part of a larger tensor, as from cat()": take_part,
    "at an offset in memory": offset,
}


@beyond_rounding
def strides(trial: Trial) -> Outcome:
    """Pull back cotangents of equal values that lie in memory in other ways."""
    function = torch_function(trial)
    drawn = Point.common(trial)
    constant = Point.with_cotangent(trial, drawn.y, np.full_like(drawn.y_bar, 1.25))

    def record() -> Run:
        run: Run = trial.call("vjp", function.record, trial.arguments(), trial.settings())
        return run

    run = record()
    for name, arrange in ARRANGEMENTS.items():
        point = constant if arrange is expand else drawn
        bars = run.cotangents(fill_cotangent(run.y, point.y_bar))
        when = f"when the cotangent is {name}"
        arranged = [
            arrange(function.torch, bar) if bar is not None and bar.dim() and bar.numel() else bar
            for bar in bars
        ]
        if all(now is then for now, then in zip(arranged, bars, strict=True)):
            continue  # a number lies in memory in one way only
        try:
            try:
                found = trial.call("pullback", run.gradients, arranged)
            except LayerRaised:
                run = record()  # one that writes into what it saved can be called once
                found = trial.call("pullback", run.gradients, arranged)
        except LayerRaised as raised:
            return Outcome(Verdict.WRONG, f"{raised}, {when}")
        finding = compare_gradients(point, read_cotangents(trial, found, trial.active), when)
        if finding is not None:
            return finding
    return Outcome(Verdict.CORRECT)
