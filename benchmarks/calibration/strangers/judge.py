"""One check of one stranger's layer: its verdict, why, what it cost, and whether that was deserved."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradcheck
from benchmarks.calibration.strangers.families import FAMILIES
from benchmarks.calibration.strangers.stranger import POINT, RIGHT, Stranger
from gradcheck import Report, Verdict

CRASHED = "CRASHED"
UNFINISHED = "UNFINISHED"
"""What stands in place of a verdict where there is none."""
VALUES = ("finite-difference", "exact", "complex-step", "kink", "contract", "jacobian")
"""The checks that compare values. A wrong twin counts as found if one of these says so: the right layer may
break some other rule as well, and that is no finding."""
HINT = "accuracy"
"""What a message must name if it calls an undeclared approximation wrong."""


@dataclass(frozen=True)
class Run:
    """One layer, right or a wrong twin, at one place."""

    family: str
    stranger: Stranger
    variant: str
    place: str

    @property
    def group(self) -> str:
        """Whether it is right, wrong, or an approximation that nobody declared."""
        if self.variant != RIGHT:
            return "wrong"
        return "undeclared" if self.stranger.undeclared else "right"


@dataclass(frozen=True)
class Judged:
    """The verdict of one run; `fine` says whether it is one that the layer deserves."""

    family: str
    name: str
    variant: str
    place: str
    group: str
    verdict: str
    fine: bool
    reason: str = ""
    found_by: tuple[str, ...] = ()
    seconds: float = 0.0
    forward_calls: int = 0
    notes: tuple[str, ...] = ()


def runs(every: int = 1) -> tuple[Run, ...]:
    """Return all runs, or those of one in so many layers."""
    listed = [(family, s) for family, members in FAMILIES.items() for s in members]
    return tuple(
        Run(family, s, variant, place)
        for family, s in listed[::every]
        for variant in s.variants
        for place in s.places
    )


def judged(run: Run, seed: int) -> Judged:
    """Check one layer, and say whether it got what it deserves."""
    start = time.process_time()
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            report, notes = _checked(run, seed)
    except Exception as raised:  # a crash is a result here
        said = f"{type(raised).__name__}: {raised}"
        return without_verdict(run, CRASHED, said, time.process_time() - start)
    verdict = str(report.verdict.value)
    reason = "; ".join(f"{found.check}: {found.reason}" for found in report.findings[:2])
    found_by = tuple(str(r.check) for r in report.results if r.verdict is Verdict.WRONG)
    fine = deserved(run, verdict, found_by, report.describe() if run.group == "undeclared" else "")
    seconds = time.process_time() - start
    return Judged(*_names(run), verdict, fine, reason, found_by, seconds, report.forward_calls, notes)


def without_verdict(run: Run, instead: str, reason: str, seconds: float) -> Judged:
    """Return the result of a run that came to no verdict."""
    return Judged(*_names(run), instead, False, reason, (), seconds)


def deserved(run: Run, verdict: str, found_by: Sequence[str], said: str) -> bool:
    """Return whether a verdict is one that the layer deserves.

    Parameters
    ----------
    run
        Which layer.
    verdict
        The verdict, or what stands in its place.
    found_by
        The checks that called it wrong.
    said
        The whole message, which must name the remedy for an approximation that is called wrong.
    """
    if run.group == "wrong":
        return verdict == "WRONG" and any(check in VALUES for check in found_by)
    if run.group == "undeclared":
        return verdict in ("CORRECT", "UNVERIFIED") or (verdict == "WRONG" and HINT in said)
    return verdict in run.stranger.deserves(run.place)


def _names(run: Run) -> tuple[str, str, str, str, str]:
    return run.family, run.stranger.name, run.variant, run.place, run.group


def _checked(run: Run, seed: int) -> tuple[Report, tuple[str, ...]]:
    layer, unknown = run.stranger.layer(run.variant, run.place)
    notes = tuple(f"{name}= is not known to this version" for name in unknown)
    given: Any = (run.stranger.at, run.stranger.options) if run.place == POINT else ((), {})
    primals, options = given
    return gradcheck.check(layer, *primals, seed=seed, **options), notes
