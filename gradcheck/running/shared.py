"""A run over many layers and claims, shared out among worker processes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, TypeAlias, cast

from gradcheck.checks import CHECKS, Check
from gradcheck.claims import Claim, Decision, Ruling, decide
from gradcheck.reporting import Report
from gradcheck.running.parts import dealt, joined, portable
from gradcheck.running.targets import Subject, subjects_of, title
from gradcheck.running.verify import run
from gradcheck.running.workers import DIED_TWICE, counted, spread
from gradcheck.sampling import Memory, default_database

Result: TypeAlias = Report | Ruling


@dataclass(frozen=True)
class Unit:
    """What one worker is handed at a time: a claim, or some of a layer's checks."""

    subject: int
    title: str
    checks: tuple[Check, ...] = ()


@dataclass
class Shared:
    """The subjects of some targets, and how they are verified.

    A process that is started anew is handed the targets' names and finds the subjects by itself,
    since functions without a name can't be handed over.
    """

    targets: Sequence[str]
    subjects: Sequence[Subject]
    seed: int
    max_examples: int

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "subjects": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        found = [subject for target in state["targets"] for subject in subjects_of(target)]
        vars(self).update(state, subjects=found)

    def __call__(self, unit: Unit) -> Result:
        """Verify one unit; what comes back can leave the process."""
        result = self.result(unit.subject, unit.checks)
        return portable(result) if isinstance(result, Report) else _without_claim(result)

    def result(
        self, number: int, checks: Sequence[Check] = CHECKS, tick: Callable[[], None] = lambda: None
    ) -> Result:
        """Decide a claim, or run some checks of a layer."""
        subject = self.subjects[number]
        if isinstance(subject, Claim):
            return decide(subject, seed=self.seed)
        memory = Memory.of(subject, default_database())
        ways: dict[str, Any] = {"checks": checks, "memory": memory, "tick": tick}
        return run(subject, seed=self.seed, max_examples=self.max_examples, **ways)

    def units(self, workers: int) -> list[Unit]:
        """Return the units: one for each subject, or more where workers would be left without one."""
        hands = ceil(workers / len(self.subjects))
        units = []
        for number, subject in enumerate(self.subjects):
            parts: list[tuple[Check, ...]] = (
                [()] if isinstance(subject, Claim) else dealt(CHECKS, subject, hands)
            )
            units += [Unit(number, title(subject), part) for part in parts]
        return units

    def verified(
        self, workers: int, tick: Callable[[], None], done: Callable[[int, Result], None]
    ) -> list[str]:
        """Verify everything, and return what was lost on the way, in sentences.

        Parameters
        ----------
        workers
            How many processes, -1 for one on each core; with 1, all is done in this one.
        tick
            Called for each small step, where it is done in this process.
        done
            Called with the position of a subject and what was found, as soon as it is known.
        """
        if counted(workers) == 1:
            for number in range(len(self.subjects)):
                done(number, self.result(number, tick=tick))
            return []
        units = self.units(counted(workers) or 1)
        missing = [sum(unit.subject == number for unit in units) for number in range(len(self.subjects))]
        found: list[list[Result]] = [[] for _ in self.subjects]

        def finished(index: int, result: Result) -> None:
            number = units[index].subject
            found[number].append(result)
            if len(found[number]) == missing[number]:
                done(number, self.whole(number, found[number]))

        deaths = spread(self, units, workers, said=lambda unit: unit.title, finished=finished).deaths
        for number, parts in enumerate(found):
            if len(parts) < missing[number]:
                done(number, self.whole(number, parts))
        return deaths

    def whole(self, number: int, parts: Sequence[Result]) -> Result:
        """Return what is known of one subject from its units; what is missing is unverified."""
        subject = self.subjects[number]
        if isinstance(subject, Claim):
            rulings = [part for part in parts if isinstance(part, Ruling)]
            lost = Ruling(subject, Decision.UNDECIDED, DIED_TWICE, seed=self.seed)
            return _with_claim(rulings[0], subject) if rulings else lost
        reports = [part for part in parts if isinstance(part, Report)]
        return joined(CHECKS, reports, subject, self.seed, DIED_TWICE)


def _without_claim(ruling: Ruling) -> Ruling:
    """Leave out the claim, whose functions may have no name, and which the other side has."""
    correction = None if ruling.correction is None else _without_claim(ruling.correction)
    return replace(ruling, claim=cast(Claim, None), correction=correction)


def _with_claim(ruling: Ruling, claim: Claim) -> Ruling:
    correction = ruling.correction
    if correction is not None and claim.correction is not None:
        correction = _with_claim(correction, claim.correction)
    return replace(ruling, claim=claim, correction=correction)
