"""What a wrong gradient's result is given beside its evidence: where, why, and what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck._util import quiet
from gradcheck.diagnosis.diagnose import diagnose
from gradcheck.diagnosis.glance import glance
from gradcheck.diagnosis.nearby import neighbours
from gradcheck.diagnosis.pictured import pictured
from gradcheck.diagnosis.snippet import snippet
from gradcheck.errors import CannotVerify
from gradcheck.evaluation import Calls, Trial
from gradcheck.judging import Diagnosis, Result
from gradcheck.layers import Layer
from gradcheck.sampling import Enough, explore_cases

DRAWN = 80
"""Random examples that are looked through for failing ones."""


class Explainer:
    """Explains the wrong results of one layer: each input's cotangent once."""

    def __init__(self, layer: Layer, seed: int) -> None:
        self._layer, self._seed = layer, seed
        self._diagnoses: dict[int, Diagnosis] = {}

    def __call__(self, result: Result, trial: Trial, block: int) -> Result:
        """Return the result with what explains it; `trial` is its failing example.

        Calls of the layer are not counted here: a diagnosis that many checks share has no owner.
        """
        trial = replace(trial, calls=Calls())
        with quiet():
            comparison, curve = pictured(trial, block)
            diagnosis = self._diagnosed(trial, block)
            code = snippet(trial, block, result.evidence) if result.evidence is not None else ""
        comparison = result.comparison or comparison
        return replace(result, diagnosis=diagnosis, comparison=comparison, curve=curve, snippet=code)

    def _diagnosed(self, trial: Trial, block: int) -> Diagnosis:
        """Return what examples say that do not depend on which check failed first."""
        if block not in self._diagnoses:
            self._diagnoses[block] = diagnose(self._others(trial), block)
        known = self._diagnoses[block]
        if known.examples:
            return known
        alone = diagnose([trial], block)
        return alone if alone.examples else glance(trial, block)

    def _others(self, trial: Trial) -> Iterator[Trial]:
        if trial.pinned:
            yield from neighbours(trial, np.random.default_rng(self._seed))
        if self._layer.shapes is not None or self._layer.cases is not None:
            yield from examples(self._layer, self._seed)


def examples(layer: Layer, seed: int) -> Iterator[Trial]:
    """Yield random examples of a layer that says how to draw them, the same for the same seed."""
    drawn: list[Trial] = []

    def keep(case: Any) -> None:
        try:
            drawn.append(Trial.of(layer, case.primals, case.options, case.seed, Calls()))
        except CannotVerify:
            return
        if len(drawn) == DRAWN:
            raise Enough

    _all(lambda: explore_cases(keep, layer, seed=seed, max_examples=DRAWN, shrink=False))
    yield from drawn


def _all(work: Callable[[], None]) -> None:
    from hypothesis.errors import FailedHealthCheck, Unsatisfiable

    try:
        work()
    except (Enough, Unsatisfiable):
        return
    except FailedHealthCheck:
        return  # inside of a user's own @given no other may run: the point and its neighbours must do
