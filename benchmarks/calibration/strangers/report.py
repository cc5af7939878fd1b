"""Counts by family, and everything that fell short, in plain data and in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.calibration.strangers.judge import Judged
from benchmarks.calibration.tables import table

VERDICTS = ("CORRECT", "FLAWED", "UNVERIFIED", "WRONG", "CRASHED", "UNFINISHED")
SLOW = 10.0
"""Seconds of processor time from which on a check is listed as slow."""


def summary(found: Sequence[Judged]) -> dict[str, Any]:
    """Return all counts and all runs, as they go into the JSON file."""
    return {
        "layers": len({(j.family, j.name) for j in found}),
        "right": _counted([j for j in found if j.group == "right"]),
        "wrong": _counted([j for j in found if j.group == "wrong"]),
        "undeclared": _counted([j for j in found if j.group == "undeclared"]),
        "runs": [asdict(j) for j in found],
    }


def _counted(found: Sequence[Judged]) -> dict[str, Any]:
    families = dict.fromkeys(j.family for j in found)
    return {
        "layers": len({(j.name, j.variant) for j in found}),
        "runs": len(found),
        "fine": sum(j.fine for j in found),
        "verdicts": dict(Counter(j.verdict for j in found)),
        "by_family": {f: dict(Counter(j.verdict for j in found if j.family == f)) for f in families},
        "fine_by_family": {f: sum(j.fine for j in found if j.family == f) for f in families},
    }


def markdown(results: dict[str, Any]) -> str:
    """Return the whole report: counts, tables by family, what fell short, and what it cost."""
    counts, listed = results["strangers"], results["strangers"]["runs"]
    parts = ["# Code as strangers write it", _brief(counts)]
    parts += ["## Right layers, by family", _families(counts["right"])]
    parts += ["## Wrong twins, by family", _families(counts["wrong"])]
    for title, chosen in SECTIONS.items():
        rows = [_row(run) for run in listed if chosen(run)]
        parts += [
            f"## {title} ({len(rows)})",
            table(("layer", "place", "verdict", "reason"), rows) if rows else "None.",
        ]
    parts += ["## Cost", _cost(listed), _notes(listed)]
    packages = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    parts.append(f"{results['date']}, seed {results['seed']}; {packages}.")
    return "\n\n".join(parts) + "\n"


def _brief(counts: dict[str, Any]) -> str:
    rows = [
        (
            name,
            str(counts[group]["layers"]),
            str(counts[group]["runs"]),
            *(str(counts[group]["verdicts"].get(v, 0)) for v in VERDICTS),
            str(counts[group]["fine"]),
        )
        for name, group in NAMES.items()
    ]
    return table(("", "layers", "checks", *VERDICTS, "as deserved"), rows)


NAMES = {"right": "right", "wrong twins": "wrong", "approximate, undeclared": "undeclared"}


def _families(counts: dict[str, Any]) -> str:
    rows = [
        (
            family,
            *(str(found.get(v, "")) for v in VERDICTS),
            f"{counts['fine_by_family'][family]} of {sum(found.values())}",
        )
        for family, found in counts["by_family"].items()
    ]
    return table(("family", *VERDICTS, "as deserved"), rows)


def _short(group: str, *verdicts: str) -> Callable[[dict[str, Any]], bool]:
    """Return the predicate of runs of a group that fell short, with some verdicts only or with any."""
    return lambda run: (
        run["group"] == group and not run["fine"] and (not verdicts or run["verdict"] in verdicts)
    )


SECTIONS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "Right, and called wrong": _short("right", "WRONG"),
    "Right, and unverified": _short("right", "UNVERIFIED"),
    "Right, and unverified as they deserve": lambda run: (
        run["group"] == "right" and run["fine"] and run["verdict"] == "UNVERIFIED"
    ),
    "Right, and anything else": _short("right", "CRASHED", "UNFINISHED", "FLAWED", "CORRECT"),
    "Approximations that nobody declared, without a hint": _short("undeclared"),
    "Wrong, and missed": _short("wrong"),
    "Slow": lambda run: run["seconds"] >= SLOW,
}
"""The lists of the report, and what belongs into each."""


def _row(run: dict[str, Any]) -> tuple[str, ...]:
    name = run["name"] + (f": {run['variant']}" if run["variant"] else "")
    reason = " ".join(run["reason"].split()).replace("|", "\\|")
    seconds = f" ({run['seconds']:.0f} s)" if run["seconds"] >= SLOW else ""
    return name, run["place"], run["verdict"] + seconds, reason if len(reason) < 240 else reason[:239] + "…"


def _cost(listed: Sequence[dict[str, Any]]) -> str:
    rows = []
    for place in dict.fromkeys(run["place"] for run in listed):
        for group in dict.fromkeys(run["group"] for run in listed):
            chosen = [run for run in listed if (run["place"], run["group"]) == (place, group)]
            if chosen:
                rows.append((f"{group}, {place}", *_spread([r["seconds"] for r in chosen], "{:.2f}"),
                             *_spread([r["forward_calls"] for r in chosen], "{:.0f}")))  # fmt: skip
    head = ("", "s, median", "s, 90 %", "s, most", "forward calls, median", "90 %", "most")
    return table(head, rows) + "\n\nSeconds are of one processor, whatever else it does meanwhile."


def _spread(values: Sequence[float], said: str) -> tuple[str, ...]:
    ordered = sorted(values)
    return tuple(said.format(ordered[min(int(q * len(ordered)), len(ordered) - 1)]) for q in (0.5, 0.9, 1.0))


def _notes(listed: Sequence[dict[str, Any]]) -> str:
    notes = Counter(note for run in listed for note in run["notes"])
    return "\n".join(f"- {note} ({count} checks)" for note, count in notes.items()) or "All fields are known."
