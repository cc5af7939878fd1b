"""The tables: time with errors found beside it, and calls and memory."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.tools import BATTERY, SELF, TOOLS

DETECTS = 0.9
"""A tool that finds this part of the planted errors detects them."""
CLOSE = 1.1
"""Times within this ratio count as alike."""


def markdown(results: dict[str, Any]) -> str:
    """Return both tables and a sentence on who was faster."""
    rows, about = results["rows"], results["about"]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    lines = [
        *_table(
            rows,
            "time to a verdict (ratio); errors found",
            _time,
            ("floor", lambda row: _duration(row["floor"])),
            ("battery ÷ floor", _over_floor),
        ),
        "",
        *_table(rows, "forward + VJP calls; memory", _cost),
        "",
        lead(rows),
        "",
        f"Medians of {about['rounds']} runs in turn, each tool in a process of its own on one thread, "
        f"float64; stopped after {about['patience']:g} s. {about['processor']}, {about['cores']} cores, load "
        f"{about['load']:.1f}, {about['date']}; {versions}.",
    ]
    return "\n".join(lines) + "\n"


def _table(rows: list[dict[str, Any]], title: str, cell: Any, *more: tuple[str, Any]) -> list[str]:
    heads = [title, *TOOLS, *(name for name, _ in more)]
    return [
        f"| {' | '.join(heads)} |",
        "|---|" + "---:|" * (len(heads) - 1),
        *(
            f"| {row['problem']} | "
            + " | ".join([*(cell(row, name) for name in TOOLS), *(f(row) for _, f in more)])
            + " |"
            for row in rows
        ),
    ]


def _time(row: dict[str, Any], name: str) -> str:
    took, ours = row["tools"][name], row["tools"][SELF]
    if "stopped" in took:
        return _stopped(took)
    ratio = f" ({took['seconds'] / ours['seconds']:.1f})" if name != SELF and "seconds" in ours else ""
    found = f"; {took['found']}/{took['planted']}" if name != BATTERY else ""
    alarm = "; rejects the right one" if took["rejected_right"] else ""
    return f"{_duration(took['seconds'])}{ratio}{found}{alarm}"


def _over_floor(row: dict[str, Any]) -> str:
    """Return how many times two forward calls and one VJP the whole battery takes."""
    took = row["tools"][BATTERY]
    return _stopped(took) if "stopped" in took else f"{took['seconds'] / row['floor']:.0f}"


def _cost(row: dict[str, Any], name: str) -> str:
    took = row["tools"][name]
    if "stopped" in took:
        return _stopped(took)
    memory = "" if took["memory"] is None else f"; {took['memory'] / 2**20:.0f} MB"
    return f"{took['forward']:,} + {took['vjp']:,}{memory}"


def _stopped(took: dict[str, Any]) -> str:
    """Return why a tool gave no answer: of an error its name, the rest of which is in the JSON file."""
    return str(took["stopped"]).partition(":")[0]


def _duration(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 1.0 else f"{1e3 * seconds:.3g} ms"


def beaten(rows: list[dict[str, Any]]) -> list[tuple[str, str, float, float]]:
    """Return where another tool was faster by more than `CLOSE`: row, tool, ratio, share found."""
    faster = []
    for row in rows:
        ours = row["tools"][SELF]
        for name, took in row["tools"].items():
            if name in (SELF, BATTERY) or "stopped" in took:
                continue
            ratio = ours["seconds"] / took["seconds"] if "stopped" not in ours else float("inf")
            if ratio > CLOSE:
                faster.append((row["problem"], name, ratio, took["found"] / max(took["planted"], 1)))
    return faster


def lead(rows: list[dict[str, Any]]) -> str:
    """Return in words where gradcheck is first among the tools that detect the errors, and where not."""
    faster = beaten(rows)
    lost = {problem for problem, _, _, share in faster if share >= DETECTS}
    said = (
        f"Among the tools that find {DETECTS:.0%} of the errors, gradcheck is first or within "
        f"{CLOSE - 1:.0%} of the first in {len(rows) - len(lost)} of {len(rows)} rows."
    )
    words = [
        f"{tool} is {ratio:.1f} times as fast at {problem}, and finds {share:.0%}"
        for problem, tool, ratio, share in faster
    ]
    return f"{said} {'; '.join(words)}." if words else f"{said} No tool is faster anywhere."
