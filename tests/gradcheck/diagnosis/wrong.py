"""Diagnose a wrong layer in a moment: without the battery, which would find the wrong input first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from gradcheck import Layer
from gradcheck._util.silence import silence_warnings
from gradcheck.diagnosis.diagnose import diagnose
from gradcheck.diagnosis.explainer import draw_trials
from gradcheck.errors import NothingToLearn
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.trial import Trial
from gradcheck.judging.evidence import Diagnosis
from gradcheck.judging.measurement import measure

LOOKED_AT = 40
"""Examples in which an input's cotangent is looked for that is wrong."""


def diagnosed(layer: Layer) -> tuple[str, Diagnosis] | None:
    """Return the first input whose cotangent is wrong, and why; None where all look right."""
    with silence_warnings():
        trials = list(draw_trials(layer, 0))
        for argnum in trials[0].active:
            if _looks_wrong(trials, argnum):
                return trials[0].names[argnum], diagnose(trials, argnum)
    return None


def _looks_wrong(trials: Sequence[Trial], argnum: int) -> bool:
    for trial in islice(trials, LOOKED_AT):
        rng = trial.rng("screen")
        try:
            if measure(Point.of(trial, rng), argnum, rng).comparison.differs:
                return True
        except NothingToLearn:
            continue
    return False


def silent(layer: Layer, most: int = 12) -> bool:
    """Return whether no input of a layer has a failing example among the first few."""
    with silence_warnings():
        trials = list(islice(draw_trials(layer, 0), most))
        return not any(diagnose(trials, argnum).examples for argnum in trials[0].active)
