"""Where and why a gradient is wrong: the mistakes that explain every failing example, best one first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.budget import REPAIRING, Budget
from gradcheck.diagnosis.conditions import Condition, of_options, of_sizes
from gradcheck.diagnosis.elsewhere import Fit, measure_alternatives
from gradcheck.diagnosis.mistakes import predict
from gradcheck.diagnosis.nonlinear import nonlinear
from gradcheck.diagnosis.ranking import APPROXIMATE, FITTED, VAGUE, may_be_repaired, rank
from gradcheck.diagnosis.regions import region_of
from gradcheck.diagnosis.repair import find_repair
from gradcheck.diagnosis.selection import Chosen, chosen, larger
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.diagnosis.subject import MistakeSubject
from gradcheck.diagnosis.wording import describe_mistake, describe_repair
from gradcheck.evaluation import Trial
from gradcheck.judging import Cause, Diagnosis, Repair
from gradcheck.types import Array

FEWEST_SPECIMENS = 3
"""A cause explains at least so many of them, where so many were found."""
FEWEST_WRONG_ENTRIES = 6
"""A cause is asserted only if it predicts at least so many wrong entries of Jacobians, all together."""


def diagnose(
    trials: Iterable[Trial],
    argnum: int,
    budget: Budget | None = None,
    keep: Callable[[Diagnosis], None] = lambda _: None,
) -> Diagnosis:
    """Return where and why the cotangent of one input is wrong.

    Every common mistake predicts a Jacobian. A mistake is a cause if its prediction equals the
    derived Jacobian, within the error of measurement, in every failing example in which the two
    can be told apart from the right one; and a mistake that would have been right where the
    derived Jacobian is wrong is none, nor one that would have been wrong where it is right.

    Parameters
    ----------
    trials
        Examples in which it may fail; as many are looked at as it takes.
    argnum
        The leaf of the inputs whose cotangent is wrong.
    budget
        What may be spent; by default that of one explanation.
    keep
        Takes what is known before a repair is looked for, which takes longest and may be ended.
    """
    budget, trials = budget or Budget(), list(trials)
    found = chosen(trials, argnum, budget)
    failing = found.failing
    if not failing:
        return Diagnosis("", (), 0)
    if all(specimen.is_linear for specimen in failing):
        keys, condition = _causes(found, lambda: larger(trials, argnum, budget, failing), budget)
    else:
        keys, condition = [nonlinear(failing)], of_options(failing)
    if (
        keys
        and keys[0][0] in VAGUE
        and _varies(trials, argnum)
        and not _varies([s.trial for s in failing], argnum)
    ):
        keys = []  # in one shape, much may be true by chance
    told = _describe(failing, argnum, keys, condition)
    keep(told)
    name = failing[0].trial.names[argnum]
    if not may_be_repaired(keys, name) or not _are_enough(failing):
        return told
    repair = find_repair(trials, failing, Budget(REPAIRING, budget.slowness))
    return told if repair is None else _mended(told, failing, name, repair)


def _are_enough(failing: Sequence[Specimen]) -> bool:
    """Return whether no edit out of thousands can explain these examples by chance."""
    wrong = sum(int(specimen.wrong.sum()) for specimen in failing)
    return len(failing) >= FEWEST_SPECIMENS and wrong >= FEWEST_WRONG_ENTRIES


def _mended(found: Diagnosis, failing: Sequence[Specimen], name: str, repair: Repair) -> Diagnosis:
    """Return a diagnosis with a repair as its first cause."""
    said = describe_repair(repair, name)
    wrong = sum(int(specimen.wrong.sum()) for specimen in failing)
    key = ("repair", repair.old, repair.new)
    first = Cause(key, said, len(failing), wrong, repair)
    return replace(found, causes=(first, *found.causes))


def _varies(trials: Iterable[Trial], argnum: int) -> bool:
    """Return whether an input has several shapes."""
    return len({trial.primals[argnum].shape for trial in trials}) > 1


def _describe(
    failing: Sequence[Specimen], argnum: int, keys: Sequence[MistakeKey], condition: Condition
) -> Diagnosis:
    """Put causes into words."""
    masks = [specimen.mask for specimen in failing if specimen.wrong.any()]
    where = region_of(masks, failing[0].trial.axis_letters(argnum)) if masks else ""
    wrong_count = sum(int(specimen.wrong.sum()) for specimen in failing)
    subject = MistakeSubject.of(failing, keys)
    before = f"{condition.said}: " if condition.said else ""
    causes = [Cause(key, before + describe_mistake(key, subject), len(failing), wrong_count) for key in keys]
    return Diagnosis(where, tuple(causes), len(failing))


def _causes(
    found: Chosen, further: Callable[[], list[Specimen]], budget: Budget
) -> tuple[list[MistakeKey], Condition]:
    """Return the keys of the mistakes that explain all examples, the best first, and under which condition.

    Where several do, a vague one, or none that was possible in enough examples, `further` ones decide.
    """
    failing = found.failing
    condition = of_options(failing)
    if sum(int(specimen.wrong.sum()) for specimen in failing) < FEWEST_WRONG_ENTRIES:
        return [], condition
    evidence = _Evidence.of(failing, budget)
    supported = evidence.select(len(failing))
    if evidence.open and (len(supported) != 1 or supported[0][0] in VAGUE):
        more = further()
        evidence.add(more, budget, set(evidence.open))
        failing = [*failing, *more]
        supported = evidence.select(len(failing))
        condition = of_options(failing)
    right = [specimen for specimen in found.right if condition.holds(specimen.trial)]
    upheld = [key for key in supported if not any(_refutes(s, key, budget) for s in right)]
    if all(key[0] in VAGUE for key in upheld) and not all(key[0] in VAGUE for key in supported):
        for size in of_sizes(failing, right):
            text = ", ".join(part.said for part in (condition, size) if part.said)
            upheld, condition = supported, Condition(text, size.holds)
            break
    return rank(upheld, evidence.fits, failing), condition


@dataclass
class _Evidence:
    """How many examples each mistake explains, and which ones some example refutes."""

    fits: Counter[MistakeKey]
    misses: set[MistakeKey]

    @classmethod
    def of(cls, failing: Sequence[Specimen], budget: Budget) -> _Evidence:
        """Look at all mistakes in some failing examples."""
        found = cls(Counter(), set())
        found.add(failing, budget)
        return found

    def add(
        self, failing: Sequence[Specimen], budget: Budget, wanted: Container[MistakeKey] | None = None
    ) -> None:
        """Look at all mistakes in further examples, or at those that are wanted."""
        for specimen in failing:
            verdicts = dict(_verdicts(specimen, self.misses, budget, wanted))
            self.fits.update(key for key, fit in verdicts.items() if fit is Fit.FITS)
            self.misses |= {key for key, fit in verdicts.items() if fit is Fit.MISSES}

    @property
    def open(self) -> list[MistakeKey]:
        """The mistakes that explain some example, and that none refutes."""
        return [key for key in self.fits if key not in self.misses]

    def select(self, examples: int) -> list[MistakeKey]:
        """Return those that explain enough of so many examples."""
        return [key for key in self.open if self.fits[key] >= _required_count(key, examples)]


def _required_count(key: MistakeKey, examples: int) -> int:
    """Return in how many failing examples a mistake must have been possible, and fit."""
    return examples if key[0] in ("constant", "partly") else min(FEWEST_SPECIMENS, examples)


def _verdicts(
    specimen: Specimen,
    known: Container[MistakeKey],
    budget: Budget,
    wanted: Container[MistakeKey] | None = None,
) -> Iterator[tuple[MistakeKey, Fit]]:
    """Yield what an example says of every mistake; of those with several predictions, the best."""
    best: dict[MistakeKey, Fit] = {}  # in the order of the mistakes, the same in every run
    for key, prediction in predict(specimen):
        if key in known or (wanted is not None and key not in wanted) or best.get(key) is Fit.FITS:
            continue
        best[key] = _test_predictions(specimen, prediction)
    yield from best.items()
    yield from measure_alternatives(specimen, known, budget, wanted)


def _test_predictions(specimen: Specimen, prediction: Array | None) -> Fit:
    if prediction is None or not specimen.equals(prediction):
        return Fit.MISSES
    if specimen.differs(prediction):
        return Fit.FITS
    return Fit.SAME if np.isnan(prediction).any() else Fit.MISSES  # it would have been right here


def _refutes(right: Specimen, key: MistakeKey, budget: Budget) -> bool:
    """Return whether a mistake would have been wrong in an example where the derived Jacobian is right."""
    if key[0] in APPROXIMATE or key[0] == "partly":
        return False
    if key[0] in FITTED:
        return True  # a number that is read from failing examples is another one where nothing is wrong
    predictions = [prediction for other, prediction in predict(right) if other == key]
    if predictions:
        return all(prediction is None or right.differs(prediction) for prediction in predictions)
    return any(fit is Fit.MISSES for _, fit in measure_alternatives(right, (), budget, (key,)))
