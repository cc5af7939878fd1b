"""``python -m benchmarks causes``: make every mistake, and write down what the first cause is worth."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.causes.judge import Said, counted, judged, repairs
from benchmarks.causes.record import Source, everything
from benchmarks.causes.unseen import SOURCES as UNSEEN
from benchmarks.causes.written import SOURCES

RESULTS = Path(__file__).parent.parent / "results"
TRUE = 0.75
"""The part of first causes that is meant to be true; none may be false."""
TABLES = {"causes": SOURCES, "causes-unseen": UNSEEN}
"""The mistakes that the causes were made for, and those that were written without looking at these."""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return its exit status: 1 if a cause is false, or too few are true, else 0.

    The unseen mistakes do not count for it: their causes are told in words, which a person has to read.
    """
    parsed = _parser().parse_args(arguments)
    tables = {name: _judge(sources, parsed.layer, parsed.seed) for name, sources in TABLES.items()}
    for name, said in tables.items():
        text = markdown(said)
        if not parsed.layer:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
        print(f"# {name}\n\n{text}")
    worth = counted(tables["causes"])
    return int(worth["false"] > 0 or worth["true"] < TRUE * worth.total())


def _judge(sources: tuple[Source, ...], layer: str, seed: int) -> list[Said]:
    chosen = [(source, bug) for source, bug in everything(sources) if layer in source.name]
    return [
        judged(source, bug, seed) for source, bug in track(chosen, "mistakes", console=Console(stderr=True))
    ]


def markdown(said: Sequence[Said]) -> str:
    """Return how many causes are of each worth, and every one that is not true."""
    worth = counted(said)
    layers = len({each.layer for each in said})
    lines = [
        f"Of {len(said)} mistakes in {layers} layers, the first cause is true of {worth['true']}, vague of "
        f"{worth['vague']}, absent of {worth['absent']}, false of {worth['false']}; "
        f"{worth['missed']} were not found at all. {repairs(said)} of the first causes are repairs.",
        "",
        *_halves(said),
        "| layer | in place of | stands | first cause | worth |",
        "|---|---|---|---|---|",
        *(_row(each) for each in said if each.worth != "true"),
    ]
    return "\n".join(lines) + "\n"


def _halves(said: Sequence[Said]) -> list[str]:
    """Return the same for every other layer in the order of the names, and for the rest.

    The search for repairs was made while looking at the first half alone.
    """
    names = sorted({each.layer for each in said})
    lines = ["| layers | true | vague | absent | false | repairs |", "|---|---|---|---|---|---|"]
    for half, text in enumerate(("first, third, …", "second, fourth, …")):
        part = [each for each in said if names.index(each.layer) % 2 == half]
        worth = counted(part)
        cells = (*(worth[key] for key in ("true", "vague", "absent", "false")), repairs(part))
        lines.append(f"| {text} | {' | '.join(map(str, cells))} |")
    return [*lines, ""]


def _row(each: Said) -> str:
    cells = (f"`{' '.join(text.split())}`" if text else "nothing" for text in (each.bug.old, each.bug.new))
    return f"| {each.layer} | {' | '.join(cells)} | {each.words or each.key} | {each.worth} |"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks causes",
        description="Make mistakes in right backward passes, and compare the first cause with what was done.",
    )
    parser.add_argument("--layer", default="", help="only layers whose names have this in them")
    parser.add_argument("--seed", type=int, default=0, help="of the examples, default %(default)s")
    return parser
