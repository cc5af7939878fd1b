"""A layer's battery in parts, for several workers: each part is some of its checks, over the same examples.

Every check runs over the same random examples, whichever checks run beside it; so the parts of a
report, put together again, are the report. Each part draws the examples anew, which costs about as
much as one check, so there are as many parts as workers and no more.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradcheck._util import spelt
from gradcheck.checks import Check
from gradcheck.judging import Result
from gradcheck.layers import Layer
from gradcheck.reporting import Report
from gradcheck.types import Verdict


def dealt(checks: Sequence[Check], layer: Layer, hands: int) -> list[tuple[Check, ...]]:
    """Deal a layer's checks to so many parts, those that apply one by one; none of them is empty."""
    applying = [c for c in checks if c.inapplicable(layer) is None]
    others = [c for c in checks if c not in applying]
    parts = [applying[k::hands] for k in range(min(hands, len(applying)))] or [[]]
    parts[0] += others
    return [tuple(part) for part in parts]


def joined(checks: Sequence[Check], parts: Sequence[Report], layer: Layer, seed: int, lost: str) -> Report:
    """Return the report that the parts make; a check in none of them is UNVERIFIED, for the reason `lost`."""
    found = {result.check: result for part in parts for result in part.results}
    results = tuple(found.get(c.name) or Result(c.name, Verdict.UNVERIFIED, lost) for c in checks)
    # A part that ran no example knows the inputs by their declared names only.
    seeing = [part for part in parts if any(r.examples for r in part.results)] or [*parts]
    return Report(
        layer.name,
        seeing[0].inputs if seeing else tuple(layer.shapes or ()),
        results,
        sum(part.forward_calls for part in parts),
        sum(part.vjp_calls for part in parts),
        seed,
    )


@dataclass(frozen=True)
class StandIn:
    """What stands for an option's value that can't leave its process: it looks the same."""

    said: str

    def __repr__(self) -> str:
        return self.said


def portable(report: Report) -> Report:
    """Return a report that can leave its process: options such as lambdas are replaced by stand-ins."""
    return replace(report, results=tuple(map(_portable, report.results)))


def _portable(result: Result) -> Result:
    if result.example is None or _travels(result.example.options):
        return result
    options: Mapping[str, Any] = {
        name: value if _travels(value) else StandIn(spelt(value))
        for name, value in result.example.options.items()
    }
    return replace(result, example=replace(result.example, options=options))


def _travels(value: Any) -> bool:
    try:
        pickle.loads(pickle.dumps(value))
    except Exception:  # whatever a class's own pickling may raise
        return False
    return True
