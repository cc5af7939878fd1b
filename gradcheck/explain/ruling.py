"""The words of a ruling: what a claim's decision rests on, and its counterexample as small matrices."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from gradcheck.rulings import Counterexample, Decision, Ruling
from gradcheck.types import Array

MANY = 200
"""Arrays with more entries than this are named by their shape."""


def annotate(ruling: Ruling) -> str:
    """Return one claim with its decision, its counterexample and its correction, in plain lines."""
    claim = ruling.claim
    lines = [f"{claim.id}  {claim.statement}"]
    if claim.latex:
        lines.append(f"    formula     {claim.latex}")
    lines.append(f"    verdict     {decision(ruling)}")
    if evidence(ruling):
        lines.append(f"    evidence    {evidence(ruling)}")
    if ruling.counterexample is not None:
        lines += _counterexample(ruling.counterexample)
    if ruling.correction is not None:
        correct = ruling.correction
        word = "supplied" if ruling.decision is Decision.UNFINISHED else "correct"
        lines.append(f"    {word:<11} {correct.claim.statement}")
        if correct.claim.latex:
            lines.append(f"                {correct.claim.latex}")
        lines.append(f"                {decision(correct)}: {evidence(correct)}")
    if claim.note:
        lines.append(f"    note        {claim.note}")
    return "\n".join(lines)


def decision(ruling: Ruling) -> str:
    """Return the decision in words, conditions included."""
    if ruling.decision is Decision.HOLDS_IF:
        return f"holds if {', and '.join(ruling.conditions)}"
    return ruling.decision.value


def evidence(ruling: Ruling) -> str:
    """Return in one line what the decision rests on."""
    if ruling.decision is Decision.UNDECIDED:
        return ruling.reason
    if ruling.decision is Decision.REFUTED:
        return "by a counterexample"
    if ruling.decision is Decision.UNFINISHED:
        return "" if ruling.correction is None else f"supplied: {decision(ruling.correction)}"
    said = [f"{ruling.trials} trials in {ruling.shapes} shapes, {ruling.arithmetic}"]
    if ruling.chance is not None:
        said.append(f"false with a chance below {_power(ruling.chance)}")
    if ruling.proved:
        said.append(f"proved for {ruling.proved} shapes by all their basis vectors")
    return "; ".join(said)


def _power(chance: float) -> str:
    return "1e-300" if chance == 0.0 else f"{chance:.0e}"


def _counterexample(example: Counterexample) -> list[str]:
    options = ", ".join(f"{name} = {value}" for name, value in example.options.items())
    lines = ["    smallest counterexample" + (f", {options}" if options else "")]
    lines += _side_by_side([(f"{name} =", _rows(array)) for name, array in example.inputs.items()])
    lines += _side_by_side([("left =", _rows(example.left)), ("right =", _rows(example.right))])
    return lines


def _side_by_side(columns: list[tuple[str, list[str]]]) -> list[str]:
    """Lay blocks of text next to each other, each behind its label."""
    blocks = []
    for label, rows in columns:
        pad = " " * len(label)
        block = [f"{label if i == 0 else pad} {row}" for i, row in enumerate(rows)]
        width = max(map(len, block))
        blocks.append([row.ljust(width) for row in block])
    empty = [" " * len(block[0]) for block in blocks]
    joined = (
        "    ".join(row if row is not None else blank for row, blank in zip(rows, empty, strict=True))
        for rows in zip_longest(*blocks)
    )
    return [f"      {row}".rstrip() for row in joined]


def _rows(array: Array) -> list[str]:
    """Return an array as rows of text, the way it is written by hand."""
    if array.size > MANY:
        return [f"an array of shape {array.shape}"]
    if array.ndim == 0:
        return [_entry(array[()])]
    cells = np.array([_entry(value) for value in array.ravel()], dtype=object).reshape(array.shape)
    width = max((len(cell) for cell in cells.ravel()), default=0)
    text = np.array2string(
        cells, formatter={"all": lambda cell: str(cell).rjust(width)}, separator=" ", max_line_width=160
    )
    return text.replace("\n\n", "\n").split("\n")


def _entry(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
