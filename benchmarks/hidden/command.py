"""``python -m benchmarks hidden``: who finds mistakes that show in a corner of the declared domain only."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.hidden.bugs import MISTAKES
from benchmarks.hidden.find import EXAMPLES, PEERS, find, find_with
from benchmarks.hidden.proof import prove
from benchmarks.hidden.record import KINDS, Hidden
from gradcheck import Verdict

RESULTS = Path(__file__).parent.parent / "results"
SELF = "gradcheck"
FOUND = 0.95
"""The part of the mistakes that gradcheck is meant to find."""
BROKEN = (Verdict.WRONG.value, Verdict.FLAWED.value)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return its exit status: 1 if a mistake has no proof, or too few are found."""
    parsed = _parser().parse_args(arguments)
    chosen = [hidden for hidden in MISTAKES if parsed.only in f"{hidden.kind} {hidden.name}"]
    if parsed.prove:
        return _prove(chosen)
    found = _load() if not parsed.only else {}
    for tool, seeds in _tools(parsed):
        work = [(hidden, seed) for hidden in chosen for seed in range(seeds)]
        verdicts: dict[str, list[str]] = {}
        for hidden, seed in track(work, tool, console=Console(stderr=True)):
            verdict = find(hidden, seed) if tool not in PEERS else find_with(tool, hidden, seed)
            verdicts.setdefault(hidden.name, []).append(verdict)
        found[tool] = verdicts
        if not parsed.only:
            RESULTS.mkdir(exist_ok=True)
            text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
            (RESULTS / "hidden.json").write_text(text, encoding="utf-8")
    text = markdown(chosen, found)
    if not parsed.only:
        (RESULTS / "hidden.md").write_text(text, encoding="utf-8")
    print(text)
    return int(SELF in found and _part(found[SELF], chosen) < FOUND)


def markdown(chosen: Sequence[Hidden], found: dict[str, dict[str, list[str]]]) -> str:
    """Return how many are found by each tool and of each kind, and those that gradcheck does not find."""
    rows = [_row(kind, [h for h in chosen if h.kind == kind], found) for kind in KINDS]
    lines = [
        f"{len(chosen)} mistakes in {len({h.right.name for h in chosen})} layers, {EXAMPLES} examples each; "
        "the part of the runs in which a mistake is found, and in brackets the part that is unverified.",
        "",
        f"| hidden by | mistakes | {' | '.join(found)} |",
        f"|---|---|{'---|' * len(found)}",
        *rows,
        _row("all", list(chosen), found),
        "",
    ]
    for hidden in chosen:
        verdicts = found.get(SELF, {}).get(hidden.name, [])
        missed = [verdict for verdict in verdicts if verdict not in BROKEN]
        if missed:
            lines.append(f"- {hidden.name} ({hidden.kind}): {', '.join(verdicts)}. {hidden.story}")
    return "\n".join(lines) + "\n"


def _row(kind: str, chosen: list[Hidden], found: dict[str, dict[str, list[str]]]) -> str:
    cells = []
    for verdicts in found.values():
        runs = [verdict for hidden in chosen for verdict in verdicts.get(hidden.name, [])]
        if not runs:
            cells.append("–")
            continue
        part, unsure = (
            sum(verdict in words for verdict in runs) / len(runs)
            for words in (BROKEN, (Verdict.UNVERIFIED.value,))
        )
        cells.append(f"{part:.0%}" + (f" ({unsure:.0%})" if unsure else ""))
    return f"| {kind} | {len(chosen)} | {' | '.join(cells)} |"


def _part(verdicts: dict[str, list[str]], chosen: Sequence[Hidden]) -> float:
    runs = [verdict for hidden in chosen for verdict in verdicts.get(hidden.name, [])]
    return sum(verdict in BROKEN for verdict in runs) / max(len(runs), 1)


def _load() -> dict[str, Any]:
    file = RESULTS / "hidden.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _tools(parsed: argparse.Namespace) -> list[tuple[str, int]]:
    peers = [(peer, parsed.peer_seeds) for peer in PEERS if parsed.peer_seeds]
    return [*([(parsed.label, parsed.seeds)] if parsed.seeds else []), *peers]


def _prove(chosen: Sequence[Hidden]) -> int:
    """Print a point of the declared domain for each mistake, and return 1 if one has none."""
    without = 0
    for hidden in chosen:
        witness = prove(hidden)
        without += witness is None
        if witness is None:
            print(f"{hidden.name}: NO PROOF")
            continue
        shapes = ", ".join(str(primal.shape) for primal in witness.primals)
        print(
            f"{hidden.name}: at {shapes} {dict(witness.options) or ''} derived {witness.derived:.6g}, "
            f"right {witness.right:.6g}, measured {witness.measured:.6g}"
        )
    return int(without > 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks hidden",
        description="Look for mistakes that show in a corner of the declared domain only.",
    )
    parser.add_argument("--only", default="", help="mistakes whose kind, layer or name has this in it")
    parser.add_argument("--seeds", type=int, default=5, help="of gradcheck, default %(default)s")
    parser.add_argument("--peer-seeds", type=int, default=1, help="of the peers, default %(default)s")
    parser.add_argument(
        "--label", default=SELF, help="what the table calls this gradcheck: another for another commit"
    )
    parser.add_argument("--prove", action="store_true", help="show where each mistake is wrong, and stop")
    return parser
