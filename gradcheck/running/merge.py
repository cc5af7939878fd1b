"""A layer's battery in parts, for several workers or tests: how it is split, and put together again.

Every check runs over the same random examples, whichever checks run beside it; so the parts of a
report, put together again, are the report. Each part draws the examples anew, which costs about as
much as one check, so there are as many parts as workers and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gradcheck.checks import CHECKS, JACOBIAN, Check
from gradcheck.evaluation import Unreached
from gradcheck.judging import Result
from gradcheck.layers import Layer
from gradcheck.reporting import Report
from gradcheck.types import Verdict

ORDER = {check.name: position for position, check in enumerate((*CHECKS, JACOBIAN))}


def applying_checks(checks: Sequence[Check], layer: Layer) -> list[Check]:
    """Return the checks that have something to say about a layer: all where the layer ends that question.

    A layer's own functions may be asked, and end the program; whoever runs the checks says so.
    """
    try:
        return [check for check in checks if check.inapplicable(layer) is None]
    except SystemExit:
        return [*checks]


def split_checks(checks: Sequence[Check], layer: Layer, count: int) -> list[tuple[Check, ...]]:
    """Split a layer's checks into so many parts, those that apply in turn; none of the parts is empty."""
    applying = applying_checks(checks, layer)
    others = [c for c in checks if c not in applying]
    parts = [applying[k::count] for k in range(min(count, len(applying)))] or [[]]
    parts[0] += others
    return [tuple(part) for part in parts]


def merge_reports(reports: Sequence[Report]) -> Report:
    """Return one report of a layer from reports of some of its checks each.

    Parameters
    ----------
    reports
        Of one layer, at least one, in any order. What a report says of a check that does not apply is
        overruled by one that ran it.
    """
    results: dict[str, Result] = {}
    for result in (result for report in reports for result in report.results):
        if result.check not in results or results[result.check].verdict is Verdict.NOT_APPLICABLE:
            results[result.check] = result
    # A report without an example knows the inputs by their declared names only.
    seeing = max(reports, key=lambda report: any(result.examples for result in report.results))
    merged = replace(
        seeing,
        results=tuple(sorted(results.values(), key=lambda result: ORDER.get(result.check, len(ORDER)))),
        forward_calls=sum(report.forward_calls - report.count_shared("forward") for report in reports),
        vjp_calls=sum(report.vjp_calls - report.count_shared("vjp") for report in reports),
        deaths=tuple(death for report in reports for death in report.deaths),
        brought_in=next((report.brought_in for report in reports if report.brought_in), ""),
        raised_at={said: line for report in reports for said, line in report.raised_at.items()},
        unreached=_never_reached([r for r in reports if any(result.examples for result in r.results)]),
    )
    return merged.with_shared(frozenset().union(*(report.shared for report in reports)))


def _never_reached(reports: Sequence[Report]) -> tuple[Unreached, ...]:
    """Return what no part of the battery reached."""
    if not reports:
        return ()
    first, *others = reports
    return tuple(gap for gap in first.unreached if all(gap in other.unreached for other in others))


def lost_report(layer: Layer, checks: Sequence[Check], reason: str, seed: int) -> Report:
    """Return the report of checks that nobody finished: each is UNVERIFIED, for one reason."""
    results = tuple(Result(check.name, Verdict.UNVERIFIED, reason) for check in checks)
    return Report(
        layer.name, tuple(layer.shapes or ()), results, 0, 0, seed, declared=tuple(layer.tolerances)
    )
