"""Wrong gradients of every size at the same points for the harness and its peers: who finds which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import gradcheck
from benchmarks.calibration.draw import Case
from benchmarks.calibration.faults import FAULTS, SIZES, SPREADS, Fault, Target, plant
from benchmarks.calibration.peers.everyone import PEERS
from benchmarks.calibration.peers.pair import Pair
from benchmarks.calibration.points import place
from gradcheck import Verdict

SELF = "gradcheck"
TOOLS = (SELF, *PEERS)


@dataclass(frozen=True)
class Missed:
    """A planted fault that the harness did not call wrong, and what it said instead."""

    spread: str
    size: float
    verdict: str
    sensitivity: float | None
    reason: str


@dataclass(frozen=True)
class Point:
    """What every tool said about one point: the right gradient first, then each fault of `FAULTS`.

    `share` is the part that the entry with the fault has in the norm of its cotangent; `sensitivity` is
    what the harness says of the right gradient, None where it verified nothing.
    """

    family: str
    kind: str
    index: int
    share: float
    sensitivity: float | None
    verdict: str
    rejected: dict[str, tuple[bool, ...]]
    missed: tuple[Missed, ...] = field(default=())


def compared(points: str, seed: int, index: int) -> Point | None:
    """Ask every tool about one point; None where there is no gradient to be wrong."""
    found = place(points, seed, index)
    return None if found is None else _asked(found.drawn, found.active, found.at)


def _asked(drawn: Case, active: tuple[int, ...], at: Target) -> Point:
    faults: tuple[Fault | None, ...] = (None, *FAULTS)
    planted = [plant(drawn.layer, fault, at) for fault in faults]
    reports = [gradcheck.check(x, *drawn.primals, seed=drawn.index, **drawn.options) for x in planted]
    rejected = {SELF: tuple(report.verdict is Verdict.WRONG for report in reports)}
    for name, rejects in PEERS.items():
        rejected[name] = tuple(rejects(Pair(layer, drawn, active, drawn.index)) for layer in planted)
    missed = tuple(
        Missed(fault.spread, fault.size, report.verdict.value, report.sensitivity, _said(report))
        for fault, report in zip(faults, reports, strict=True)
        if fault is not None and report.verdict is not Verdict.WRONG
    )
    right = reports[0]
    told = at.share, right.sensitivity, right.verdict.value
    return Point(drawn.family.name, drawn.kind, drawn.index, *told, rejected, missed)


def _said(report: gradcheck.Report) -> str:
    found = report.findings or report.results[:1]
    return f"{found[0].check}: {found[0].reason}"


def summary(asked: Sequence[Point | None]) -> dict[str, Any]:
    """Return rejections by each tool, of right gradients and of each fault, and what became of each miss."""
    points = [point for point in asked if point is not None]
    return {
        "points": len(points),
        "without_a_gradient": len(asked) - len(points),
        "families": len({p.family for p in points}),
        "false_alarms": {tool: sum(p.rejected[tool][0] for p in points) for tool in TOOLS},
        "verdicts_on_right": dict(Counter(p.verdict for p in points)),
        "found": {spread: {tool: _found(points, tool, spread) for tool in TOOLS} for spread in SPREADS},
        "above_sensitivity": {spread: _above(points, spread) for spread in SPREADS},
        "passed_above_own_sensitivity": {spread: _overstated(points, spread) for spread in SPREADS},
        "missed": [_missed(p, m) for p in points for m in p.missed],
    }


def _missed(point: Point, missed: Missed) -> dict[str, Any]:
    where = {"family": point.family, "kind": point.kind, "index": point.index, "share": point.share}
    return where | asdict(missed)


def _found(points: Iterable[Point], tool: str, spread: str) -> dict[str, int]:
    found = {f"{size:.0e}": 0 for size in SIZES}
    for point in points:
        for fault, rejected in zip(FAULTS, point.rejected[tool][1:], strict=True):
            if fault.spread == spread:
                found[f"{fault.size:.0e}"] += rejected
    return found


def _above(points: Iterable[Point], spread: str) -> dict[str, int]:
    """Count faults above the sensitivity that is stated for the right gradient, and those found."""
    planted = found = 0
    for point in points:
        for fault, rejected in zip(FAULTS, point.rejected[SELF][1:], strict=True):
            stated = point.sensitivity
            if fault.spread == spread and stated is not None and _part(point, fault) > stated:
                planted += 1
                found += rejected
    return {"planted": planted, "found": found}


def _overstated(points: Iterable[Point], spread: str) -> dict[str, int]:
    """Count faults that were called correct, and those that the same report claims it would have seen."""
    passed = overstated = 0
    for point in points:
        for missed in point.missed:
            if missed.spread == spread and missed.verdict == Verdict.CORRECT.value:
                passed += 1
                overstated += _part(point, missed) > (missed.sensitivity or 0.0)
    return {"passed": passed, "overstated": overstated}


def _part(point: Point, fault: Fault | Missed) -> float:
    """Return the part of the gradient's norm that a fault is: what a sensitivity is measured in."""
    return fault.size * (point.share if fault.spread == "one entry" else 1.0)
