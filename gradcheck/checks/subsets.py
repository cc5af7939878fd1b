"""Which inputs require a gradient changes no gradient: some are frozen in every network."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from gradcheck.checks.confirmation import beyond_rounding
from gradcheck.checks.of_framework import at_few_examples, compare_gradients, read_cotangents
from gradcheck.errors import LayerRaised
from gradcheck.evaluation import Point, Trial, fill_cotangent, split_vjp
from gradcheck.judging import Outcome
from gradcheck.types import Verdict

EVERY_SUBSET = 14
"""So many subsets, those of four inputs, are all tried; of more inputs each alone, and all but each."""

FEW_PROGRAMS = 4
"""So many of them, drawn for each example, are tried where each is a program of its own that takes long to be
made. Half of it misses a mistake in a single subset of 14 in a third of all runs; twice of it takes as much
longer."""


@at_few_examples
@beyond_rounding
def subsets(trial: Trial) -> Outcome:
    """Pull back to some of the inputs, and compare with the gradients of all together."""
    if len(trial.active) < 2:
        return Outcome(Verdict.NOT_APPLICABLE, "there is one input that has a derivative")
    point = Point.common(trial)
    for chosen in _few(trial, list(_choose(trial.active))):
        finding = _pull_back_to(point, chosen)
        if finding is not None:
            return finding
    return Outcome(Verdict.CORRECT)


def _choose(active: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    count = len(active)
    all_sizes = 2**count - 2 <= EVERY_SUBSET
    for size in range(1, count) if all_sizes else (1, count - 1):
        yield from combinations(active, size)


def _few(trial: Trial, chosen: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the subsets that are tried at an example: all, or a few where each makes a program."""
    assert trial.layer.framework is not None
    if trial.is_user_point or not trial.layer.framework.wants_few_shapes or len(chosen) <= FEW_PROGRAMS:
        return chosen
    drawn = trial.rng("subsets").choice(len(chosen), FEW_PROGRAMS, replace=False)
    return [chosen[k] for k in sorted(drawn)]


def _pull_back_to(point: Point, chosen: tuple[int, ...]) -> Outcome | None:
    trial, layer = point.trial, point.trial.layer
    assert layer.framework is not None
    positions = {k for k, argnum in enumerate(trial.active) if argnum in chosen}
    names = ", ".join(repr(trial.names[i]) for i in chosen)
    when = f"when only {names} {'requires a gradient' if len(chosen) == 1 else 'require gradients'}"
    trial.calls.vjp += 1
    try:
        returned = trial.call(
            "vjp", layer.framework.subset_vjp, trial.arguments(), trial.settings(), positions.__contains__
        )
        y, pullback = split_vjp(layer.name, "vjp", returned)
        bars = trial.call("pullback", pullback, fill_cotangent(y, point.y_bar))
    except LayerRaised as raised:
        return Outcome(Verdict.WRONG, f"{raised}, {when}")
    return compare_gradients(point, read_cotangents(trial, bars, chosen), when)
