"""An input or output that is changed in place between forward and backward raises, or changes nothing."""

from __future__ import annotations

import os
import sys
from typing import Any

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.of_framework import compare_gradients, read_cotangents, torch_function
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent
from gradcheck.judging import Outcome
from gradcheck.layers import TorchFunction
from gradcheck.types import Verdict

MEND = "the gradient is that of other values, and nobody is told: keep tensors with ctx.save_for_backward"
AGAIN = "a checkpoint computes again in backward: nothing may change its inputs before"
CHECKPOINT = os.path.join("torch", "utils", "checkpoint.py")


@beyond_rounding
def saved(trial: Trial) -> Outcome:
    """Change each input, and each output, after forward, and see what backward makes of it."""
    function = torch_function(trial)
    point = Point.common(trial)
    first = trial.call("vjp", function.record, trial.arguments(), trial.settings())
    names = [f"input {trial.names[i]!r}" for i in trial.active]
    names += [f"output {k + 1}" for k in range(len(first.outputs))]
    for position, name in enumerate(names):
        run = trial.call("vjp", function.record, trial.arguments(), trial.settings())
        tensors = [*(run.given.flat[i] for i in run.given.edges), *run.outputs]
        bars = run.cotangents(fill_cotangent(run.y, point.y_bar))
        if not _change(function.torch, tensors[position]):
            continue
        try:
            found = trial.call("pullback", run.gradients, bars)
        except LayerRaised:
            continue  # autograd noticed, which is what it is there for
        cotangents = read_cotangents(trial, found, trial.active)
        when = f"after the {name} was changed in place: {MEND}"
        finding = compare_gradients(point, cotangents, when, Verdict.FLAWED)
        if finding is not None and _computes_again(trial, function):
            return Outcome(Verdict.CORRECT, AGAIN)
        if finding is not None:
            return finding
    return Outcome(Verdict.CORRECT)


def _computes_again(trial: Trial, function: TorchFunction) -> bool:
    """Return whether a checkpoint of PyTorch's runs in forward: what it keeps is not guarded by anybody."""
    files = set[str]()
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: files.add(frame.f_code.co_filename))  # noqa: ARG005
    try:
        trial.call("vjp", function.record, trial.arguments(), trial.settings())
    finally:
        sys.setprofile(before)
    return any(file.endswith(CHECKPOINT) for file in files)


def _change(torch: Any, tensor: Any) -> bool:
    """Change a tensor in place; return False where autograd does not allow that."""
    if not torch.is_tensor(tensor) or not tensor.is_floating_point():
        return False
    try:
        with torch.no_grad():
            tensor.mul_(1.5).add_(1.0)
    except RuntimeError:
        return False
    return True
