"""A run over layers and claims, in this process or shared out among several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, TypeAlias

from gradcheck.checks import CHECKS, Check
from gradcheck.claims import Claim, Decision, Ruling, decide
from gradcheck.judging import Result
from gradcheck.reporting import Report
from gradcheck.running.choice import compare_gradient
from gradcheck.running.courier import pack, unpack
from gradcheck.running.merge import lost_report, merge_reports, split_checks
from gradcheck.running.targets import Subject, subjects_of, title
from gradcheck.running.time_limit import Interrupted, OutOfTime, TimeLimit
from gradcheck.running.verify import run
from gradcheck.running.workers import DIED_TWICE, Workers, count_workers, distribute
from gradcheck.sampling import ExampleStore
from gradcheck.types import Primals, Verdict

Found: TypeAlias = Report | Ruling
REACH = "reach"
"""What a report calls the demand that every statement of a backward runs."""
PARTS = 4
"""A map-like function, which does not say how many workers it has, is given a layer's battery in so many
parts."""


def no_database() -> None:
    """Return nothing: what is found is kept nowhere."""


def demand_reached(report: Report) -> Report:
    """Return a report that is UNVERIFIED where some statement of its backward never ran."""
    missing = [gap for gap in report.unreached if gap.role == "backward"]
    if not missing:
        return report
    reason = f"no example reached {'; '.join(map(str, missing))}"
    return replace(report, results=(*report.results, Result(REACH, Verdict.UNVERIFIED, reason)))


@dataclass(frozen=True)
class Unit:
    """What one worker is handed at a time: a claim, or some of a layer's checks."""

    subject: int
    name: str
    checks: tuple[Check, ...] = ()


@dataclass
class Verification:
    """Layers and claims, and how they are verified.

    Parameters
    ----------
    subjects
        The layers and claims.
    seed, max_examples, checks
        As for `run`.
    primals, options
        The point at which all layers are checked, if it is to be at a point.
    targets
        Where the subjects are found, as on the command line: a process that is started anew is handed
        these names in place of the subjects, since functions without a name can't be handed over.
    database
        Returns where failing examples are kept from run to run, or None.
    limit
        When everything ends at the latest; what is finished by then stands.
    reach
        Whether it is watched which statements of the layers run.
    require_reached
        Whether a statement of a backward that never ran leaves its layer UNVERIFIED.
    """

    subjects: Sequence[Subject]
    seed: int
    max_examples: int
    checks: tuple[Check, ...] = CHECKS
    primals: Primals = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    targets: Sequence[str] = ()
    database: Callable[[], Any] = no_database
    limit: TimeLimit = field(default_factory=TimeLimit)
    reach: bool = True
    require_reached: bool = False

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "subjects": None} if self.targets else vars(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self.targets:
            self.subjects = [subject for target in self.targets for subject in subjects_of(target)]

    def __call__(self, unit: Unit) -> str:
        """Verify one unit, and return what was found as text, which can leave the process."""
        return pack(self.verify(unit.subject, unit.checks))

    def verify(self, number: int, checks: Sequence[Check], tick: Callable[[], None] = lambda: None) -> Found:
        """Decide a claim, or run some checks of a layer."""
        subject = self.subjects[number]
        if isinstance(subject, Claim):
            return self._decide(subject)
        report = run(
            subject,
            self.primals,
            self.options,
            seed=self.seed,
            max_examples=self.max_examples,
            checks=checks,
            memory=ExampleStore.of(subject, self.database()),
            tick=tick,
            limit=self.limit,
            reach=self.reach or self.require_reached,
        )
        return report if compare_gradient(self.checks, subject) else replace(report, is_measured=False)

    def _decide(self, claim: Claim) -> Ruling:
        try:
            with self.limit.enforce():
                self.limit.check()
                return decide(claim, seed=self.seed)
        except OutOfTime as stop:
            return Ruling(claim, Decision.UNDECIDED, str(stop), seed=self.seed)
        except SystemExit as end:
            reason = f"a side raised {end!r}, which ends the program"
            return Ruling(claim, Decision.UNDECIDED, reason, seed=self.seed)

    def run(
        self,
        workers: Workers,
        done: Callable[[int, Found], None],
        tick: Callable[[], None] = lambda: None,
    ) -> list[str]:
        """Verify everything, and return what was lost on the way, in sentences.

        Parameters
        ----------
        workers
            As for `gradcheck.check`; with 1, all is done in this process.
        done
            Called with the position of a subject and what was found, as soon as it is known.
        tick
            Called for each small step, where it is done in this process.
        """
        count = count_workers(workers)
        if count == 1:
            for number in range(len(self.subjects)):
                try:
                    done(number, self._demand_reached(self.verify(number, self.checks, tick)))
                except Interrupted as stop:
                    if any(r.verdict.is_failure or r.verdict is Verdict.CORRECT for r in stop.report.results):
                        done(number, stop.report)
                    raise
            return []
        units = self.split(count or PARTS)
        found: list[list[Found]] = [[] for _ in self.subjects]
        missing = [sum(unit.subject == number for unit in units) for number in range(len(self.subjects))]

        def keep(index: int, text: str) -> None:
            number = units[index].subject
            found[number].append(unpack(text))
            if len(found[number]) == missing[number]:
                done(number, self._demand_reached(self.merge(number, found[number])))

        deaths = distribute(self, units, workers, keep, name=lambda unit: unit.name, limit=self.limit)
        for number, parts in enumerate(found):
            if len(parts) < missing[number]:
                done(number, self.merge(number, parts))
        return deaths

    def _demand_reached(self, found: Found) -> Found:
        return demand_reached(found) if self.require_reached and isinstance(found, Report) else found

    def split(self, workers: int) -> list[Unit]:
        """Return the units: one for each subject, or more where workers would be left without one."""
        count = ceil(workers / len(self.subjects))
        units = []
        for number, subject in enumerate(self.subjects):
            if isinstance(subject, Claim):
                units.append(Unit(number, title(subject)))
                continue
            parts = split_checks(self.checks, subject, count)
            names = [", ".join(c.name for c in p) if len(parts) > 1 else title(subject) for p in parts]
            units += [Unit(number, name, part) for name, part in zip(names, parts, strict=True)]
        return units

    def merge(self, number: int, parts: Sequence[Found]) -> Found:
        """Return what is known of one subject from its units; what is missing is unverified."""
        subject = self.subjects[number]
        reason = self.limit.reason if self.limit.left <= 0.0 else DIED_TWICE
        if isinstance(subject, Claim):
            return parts[0] if parts else Ruling(subject, Decision.UNDECIDED, reason, seed=self.seed)
        reports = [part for part in parts if isinstance(part, Report)]
        known = {result.check for report in reports for result in report.results}
        lost = [check for check in self.checks if check.name not in known]
        return merge_reports([*reports, lost_report(subject, lost, reason, self.seed)])
