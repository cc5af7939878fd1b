"""What a wrong gradient's result is given beside its evidence: where, why, and what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradcheck._util import silence_warnings
from gradcheck.diagnosis.along import diagnose_along
from gradcheck.diagnosis.budget import VERY_SLOW, Budget, slowness
from gradcheck.diagnosis.diagnose import diagnose
from gradcheck.diagnosis.glance import diagnose_by_slopes
from gradcheck.diagnosis.matrices import find_matrix_entries
from gradcheck.diagnosis.nearby import neighbours
from gradcheck.diagnosis.plot_data import measure_plot_data
from gradcheck.diagnosis.regions import holds_at, list_indices
from gradcheck.diagnosis.snippet import write_snippet
from gradcheck.errors import CannotVerify
from gradcheck.evaluation import Calls, Trial, in_double, to_double
from gradcheck.judging import Diagnosis, Evidence, Result
from gradcheck.layers import Layer
from gradcheck.sampling import NoExample, StopExploring, explore_cases

MOST_TRIALS = 80
"""Random examples that are looked through for failing ones."""


class Explainer:
    """Explains the wrong results of one layer: each input's cotangent once."""

    def __init__(self, layer: Layer, seed: int) -> None:
        self._layer, self._seed = layer, seed
        self._diagnoses: dict[int, Diagnosis] = {}

    def __call__(self, result: Result, trial: Trial, argnum: int) -> Result:
        """Return the result with what explains it; `trial` is its failing example.

        Calls of the layer are not counted here: a diagnosis that many checks share has no owner.
        """
        trial = replace(trial, calls=replace(trial.calls))
        with silence_warnings():
            comparison, curve = measure_plot_data(trial, argnum)
            diagnosis = self._diagnosis_of(in_double(trial), argnum)
            # One entry moved alone would leave a constraint.
            evidence = result.evidence if trial.tangents is None else None
            code = write_snippet(trial, argnum, evidence) if evidence is not None else ""
            of_matrix = None
            if evidence is not None and evidence.against == "numerical":
                of_matrix = find_matrix_entries(in_double(trial), argnum)
        if not diagnosis.causes and slowness(trial) > 1.0:
            brief = f"few calls were spent on why: forward takes {trial.calls.quickest:.1g} s"
            result = replace(result, reason=f"{result.reason} ({brief})" if result.reason else brief)
        comparison = result.comparison or comparison
        if evidence is not None and not _is_there(evidence, diagnosis.where, trial, argnum):
            diagnosis = replace(diagnosis, where=_where(evidence))
        if of_matrix is not None and of_matrix.cause is not None:
            diagnosis = replace(diagnosis, causes=(of_matrix.cause,), examples=1)
        elif of_matrix is not None:
            diagnosis = replace(diagnosis, where=of_matrix.where)
            result = replace(result, evidence=of_matrix.evidence)
        return replace(result, diagnosis=diagnosis, comparison=comparison, curve=curve, snippet=code)

    def known(self, argnum: int) -> Diagnosis | None:
        """Return what was found out of one input's cotangent so far, also where the search was ended."""
        return self._diagnoses.get(argnum)

    def _diagnosis_of(self, trial: Trial, argnum: int) -> Diagnosis:
        """Return what examples say that do not depend on which check failed first."""

        def keep(found: Diagnosis) -> None:
            self._diagnoses[argnum] = found

        by_slopes: Diagnosis | None = None
        if argnum not in self._diagnoses:
            if slowness(trial) >= VERY_SLOW and not trial.layer.in_halves:
                by_slopes = diagnose_by_slopes(trial, argnum)
            self._diagnoses[argnum] = (
                by_slopes
                if by_slopes is not None and by_slopes.causes
                else diagnose(self._other_trials(trial), argnum, Budget(slowness=slowness(trial)), keep)
            )
        known = self._diagnoses[argnum]
        if trial.layer.in_halves:
            return replace(known, causes=())  # differences of half precision show no Jacobian to explain
        if known.causes and known.causes[0].repair is None:
            return known
        along = diagnose_along(trial, argnum)  # what is right along a constraint needs no repair
        if along.causes or known.examples:
            return replace(along, where=known.where) if along.causes else known
        alone = diagnose([trial], argnum, Budget(slowness=slowness(trial)))
        return alone if alone.examples else by_slopes or diagnose_by_slopes(trial, argnum)

    def _other_trials(self, trial: Trial) -> Iterator[Trial]:
        if trial.is_user_point:
            yield from neighbours(trial, np.random.default_rng(self._seed))
        if self._layer.shapes is not None or self._layer.cases is not None:
            drawn = draw_trials(self._layer, self._seed)
            is_double = all(trial.primals[i].dtype == np.float64 for i in trial.active)
            yield from map(to_double, drawn) if is_double else drawn


def _is_there(evidence: Evidence, where: str, trial: Trial, argnum: int) -> bool:
    """Return whether the wrong entry is where smaller examples say that it is."""
    shape, index = trial.primals[argnum].shape, evidence.index
    if index is None or len(index) != len(shape):
        return True
    return holds_at(where, shape, index, trial.axis_letters(argnum))


def _where(evidence: Evidence) -> str:
    assert evidence.index is not None
    wrong, entries = evidence.entries or (1, 1)
    return list_indices([evidence.index]) if wrong == 1 else f"{wrong} of {entries} entries"


def draw_trials(layer: Layer, seed: int) -> Iterator[Trial]:
    """Yield random examples of a layer that says how to draw them, the same for the same seed."""
    trials: list[Trial] = []

    def keep(case: Any) -> None:
        try:
            trials.append(Trial.of(layer, case.primals, case.options, case.seed, Calls()))
        except CannotVerify:
            return
        if len(trials) == MOST_TRIALS:
            raise StopExploring

    _run_to_end(
        lambda: explore_cases(keep, layer, seed=seed, max_examples=MOST_TRIALS, shrink=False, plain=True)
    )
    yield from trials


def _run_to_end(work: Callable[[], None]) -> None:
    from hypothesis.errors import FailedHealthCheck

    try:
        work()
    except (StopExploring, NoExample):
        return
    except FailedHealthCheck:
        return  # inside of a user's own @given no other may run: the point and its neighbours must do
