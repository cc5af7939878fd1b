"""Where and why a gradient is wrong: the mistakes that explain every failing example, best one first."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from gradcheck.diagnosis.arrangements import Key
from gradcheck.diagnosis.mistakes import Mistake, computed, mistakes
from gradcheck.diagnosis.regions import region_of
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.diagnosis.wording import Subject, worded
from gradcheck.evaluation import Trial
from gradcheck.judging import Cause, Diagnosis

SPECIMENS = 6
"""Failing examples that a cause must explain, all of them."""
DOUBLED = 12
"""A vague one so many, of all sizes: in small examples much may be true by chance."""
FEWEST = 3
"""A cause explains at least so many of them, where so many were found."""
COMPARED = 6
"""A cause is asserted only if it predicts at least so many wrong entries of Jacobians, all together."""
SECONDS = 20.0
"""After so long, what was compared in all failing examples must do."""
PREFERRED = (
    *("zero", "sign", "factor", "divided by size", "times size", "input", "slice", "assigned", "mean"),
    *("diagonal", "entries", "with", "option", "cotangent", "averaged", "summed", "at output"),
    *("not transposed", "float32", "constant", "terms missing", "terms added"),
)
"""Which of several causes that explain as much is named first: the more particular one."""

VAGUE = ("constant", "terms missing", "terms added")
"""Named only where nothing more particular explains as much."""


def diagnose(trials: Iterable[Trial], block: int) -> Diagnosis:
    """Return where and why the cotangent of one input is wrong.

    Every common mistake predicts a Jacobian. A mistake is a cause if its prediction equals the
    derived Jacobian, within the error of measurement, in every failing example in which the two
    can be told apart from the right one; and a mistake that would have been right where the
    derived Jacobian is wrong is none.

    Parameters
    ----------
    trials
        Examples in which it may fail; as many are looked at as it takes.
    block
        The leaf of the inputs whose cotangent is wrong.
    """
    trials = list(trials)
    found = _failing(trials, block)
    if not found:
        return Diagnosis("", (), 0)
    keys = _causes(found) if all(specimen.linear for specimen in found) else [_nonlinear(found)]
    if keys and keys[0][0] in VAGUE:
        more = _failing(trials[::-1], block, DOUBLED)
        keys = [key for key in keys if all(_fits(specimen, key) for specimen in more)]
    masks = [specimen.mask for specimen in found if specimen.wrong.any()]
    where = region_of(masks, found[0].trial.axes(block)) if masks else ""
    compared = sum(int(specimen.wrong.sum()) for specimen in found)
    subject = Subject(found[0].trial, block, found[0].y.ndim)
    causes = [Cause(key, worded(key, subject), len(found), compared) for key in keys]
    return Diagnosis(where, tuple(causes), len(found))


def _fits(specimen: Specimen, key: Key) -> bool:
    """Return whether a mistake that needs no measurement explains an example too, or is impossible in it."""
    predictions = [prediction for other, prediction in computed(specimen) if other == key]
    return not predictions or any(specimen.equals(prediction) for prediction in predictions)


def _failing(trials: Iterable[Trial], block: int, most: int = SPECIMENS) -> list[Specimen]:
    """Return failing examples, of different shapes and options as far as there are any."""
    found: list[Specimen] = []
    alike: list[Trial] = []
    seen: set[str] = set()
    for trial in trials:
        kind = repr((trial.example.shapes, trial.example.options))
        if kind in seen:
            alike.append(trial)
        elif _add(found, trial, block):
            seen.add(kind)
        if len(found) == most:
            return found
    for trial in alike:
        if len(found) < most:
            _add(found, trial, block)
    return found


def _nonlinear(found: Sequence[Specimen]) -> Key:
    """Return what a pullback that is no sum of its rows is: one that differs from call to call is that."""
    return ("nonlinear",) if all(specimen.repeats for specimen in found) else ("unrepeatable",)


def _add(found: list[Specimen], trial: Trial, block: int) -> bool:
    specimen = Specimen.of(trial, block) if block in trial.active else None
    if specimen is None or (specimen.linear and not specimen.wrong.any()):
        return False
    found.append(specimen)
    return True


def _causes(found: Sequence[Specimen]) -> list[Key]:
    """Return the keys of the mistakes that explain all failing examples, the most particular first."""
    if sum(int(specimen.wrong.sum()) for specimen in found) < COMPARED:
        return []
    fits: Counter[Key] = Counter()
    misses: set[Key] = set()
    until = time.monotonic() + SECONDS
    for specimen in found:
        fitting, missing = _compared(specimen, _until(until, mistakes(specimen, misses)), misses)
        fits.update(fitting)
        misses |= missing
    kept = [key for key, count in fits.items() if key not in misses and count >= _needed(key, len(found))]
    particular = [key for key in kept if key[0] not in VAGUE]
    return sorted(particular or kept, key=lambda key: (-fits[key], *_rank(key)))


def _rank(key: Key) -> tuple[int, bool, bool, str]:
    """Return what orders causes that explain as much: never a set's order, which differs from run to run."""
    return PREFERRED.index(key[0]), "rolled" not in key, "output" in key, repr(key)


def _needed(key: Key, examples: int) -> int:
    """Return in how many failing examples a mistake must have been possible, and fit."""
    return examples if key[0] == "constant" else min(FEWEST, examples)


def _compared(
    specimen: Specimen, predicted: Iterable[Mistake], known: set[Key]
) -> tuple[list[Key], set[Key]]:
    """Return which mistakes predict the derived Jacobian, and which do not; some predict several."""
    fitting: dict[Key, None] = {}  # in the order of the mistakes, the same in every run
    missing: set[Key] = set()
    for key, prediction, error in predicted:
        if key in known:
            continue
        if prediction is None or not specimen.equals(prediction, error):
            missing.add(key)
        elif specimen.differs(prediction):
            fitting[key] = None
        elif not np.isnan(prediction).any():
            missing.add(key)  # it would have been right here
    return list(fitting), missing - set(fitting)


def _until(deadline: float, predicted: Iterator[Mistake]) -> Iterator[Mistake]:
    for mistake in predicted:
        if time.monotonic() > deadline:
            return
        yield mistake
