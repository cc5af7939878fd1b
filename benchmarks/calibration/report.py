"""The results in words: Markdown tables that read well on a terminal too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from benchmarks.calibration.detection import SELF, TOOLS
from benchmarks.calibration.faults import SIZES, SPREADS
from benchmarks.calibration.intervals import percent, said
from benchmarks.calibration.table import table


def markdown(results: dict[str, Any]) -> str:
    """Return the whole report: counts, a brief table, all tables, and what they were measured with."""
    parts = [_counts(results), _brief(list(results["detection"].values()))]
    for name, counts in results["detection"].items():
        parts.extend(_detection(name, counts))
    packages = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    parts.append(f"{results['date']}, seed {results['seed']}; {packages}.")
    return "\n\n".join(parts) + "\n"


def _brief(sets: Sequence[dict[str, Any]]) -> str:
    """Return a table without intervals, of errors in one entry, at the points of all sets together."""
    total = sum(counts["points"] for counts in sets)

    def row(label: str, rejected: Callable[[dict[str, Any], str], int]) -> tuple[str, ...]:
        sums = (sum(rejected(counts, tool) for counts in sets) for tool in TOOLS)
        return label, *(f"{percent(k, total)[0]:.1f}" for k in sums)

    rows = [row("none: false alarms", lambda counts, tool: counts["false_alarms"][tool])]
    for size in (f"{size:.0e}" for size in SIZES):
        rows.append(row(size, partial(_found, size)))
    return table((f"error in {SPREADS[0]}; rejected, %", *TOOLS), rows)


def _found(size: str, counts: dict[str, Any], tool: str) -> int:
    found: int = counts["found"][SPREADS[0]][tool][size]
    return found


def _counts(results: dict[str, Any]) -> str:
    right, broken = results["false_alarms"], results["broken"]
    verdicts = right["verdicts"]
    upper = percent(verdicts.get("WRONG", 0), right["cases"])[2]
    rows = [
        ("right gradients", f"{right['cases']:,} points of {right['families']} functions"),
        ("… called wrong", f"{verdicts.get('WRONG', 0)} (95 %: below {upper:.2g} %)"),
        ("… called correct", f"{verdicts.get('CORRECT', 0):,}"),
        ("… left unverified", f"{verdicts.get('UNVERIFIED', 0):,}"),
        ("wrong layers caught", f"{broken['caught']} of {broken['runs']} runs of {broken['layers']} layers"),
    ]
    return table(("", "gradcheck"), rows)


def _detection(name: str, counts: dict[str, Any]) -> Iterable[str]:
    total = counts["points"]
    yield f"**{name.capitalize()} points** ({total} points of {counts['families']} functions, float64)"
    head = ("rejected, %", *TOOLS)
    rows = [("right gradient", *(said(counts["false_alarms"][tool], total) for tool in TOOLS))]
    for spread in SPREADS:
        for size in SIZES:
            label = f"{spread}, {size:.0e}"
            found = (counts["found"][spread][tool][f"{size:.0e}"] for tool in TOOLS)
            rows.append((label, *(said(k, total) for k in found)))
    yield table(head, rows)
    above = (
        f"{counts['above_sensitivity'][s]['found']} of {counts['above_sensitivity'][s]['planted']} in {s}"
        for s in SPREADS
    )
    yield f"Above the sensitivity that {SELF} states for the right gradient, it found {', and '.join(above)}."
    own = counts["passed_above_own_sensitivity"]
    overstated = (f"{own[s]['overstated']} of {own[s]['passed']} in {s}" for s in SPREADS)
    yield f"Called correct, though above the sensitivity stated with it: {', and '.join(overstated)}."
