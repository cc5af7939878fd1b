"""Find a wrong entry by bisection: directions restricted to ever smaller parts of the input."""

from __future__ import annotations

import numpy as np

from gradcheck.compare import Judgement, K, Word
from gradcheck.findings import Evidence
from gradcheck.judge import at_kink, look
from gradcheck.numerical.directions import direction
from gradcheck.numerical.point import Point
from gradcheck.types import Array, Rng, Verdict

ENTRY_BY_ENTRY = 64
"""Up to this many entries, each is measured by itself."""


def worst_entry(point: Point, block: int, judgement: Judgement, rng: Rng) -> Evidence:
    """Return the wrong entry of one cotangent that stands out most.

    Small inputs are measured entry by entry, so that the count of wrong entries is known;
    in larger ones the part with the larger error is halved, at 2·log₂(n) measurements.
    """
    v = direction(point, block, rng)
    entries = np.arange(v.size)
    count = None
    if v.size <= ENTRY_BY_ENTRY:
        measured = {int(i): _restricted(point, block, v, entries[i : i + 1], rng) for i in entries}
        wrong = [i for i, m in measured.items() if m.verdict is Verdict.WRONG]
        if wrong:
            count = (len(wrong), v.size)
            index = max(wrong, key=lambda i: _excess(measured[i]) / abs(v.flat[i]))
            return entry(point, block, index, measured[index], v, count)
        return _whole(point, block, judgement)
    while entries.size > 1:
        halves = np.array_split(entries, 2)
        sizes = [_excess(_restricted(point, block, v, half, rng)) for half in halves]
        entries = halves[int(np.argmax(sizes))]
    found = _restricted(point, block, v, entries, rng)
    if found.verdict is not Verdict.WRONG:
        return _whole(point, block, judgement)
    return entry(point, block, int(entries[0]), found, v, count)


def _restricted(point: Point, block: int, v: Array, entries: Array, rng: Rng) -> Judgement:
    part = np.zeros(v.size)
    part[entries] = v.ravel()[entries]
    measured = look(point, block, rng, part.reshape(v.shape))
    return at_kink(measured) if measured.judgement.word is Word.FAIL else measured.judgement


def _excess(judgement: Judgement) -> float:
    """Return by how much the slope is off, beyond what the measurement allows; 0 if it is not."""
    error = abs(judgement.error)
    return error if error > judgement.allowed or not np.isfinite(error) else 0.0


def entry(
    point: Point, block: int, flat: int, judgement: Judgement, v: Array, count: tuple[int, int] | None = None
) -> Evidence:
    """Return the evidence of one entry, from a judgement along a direction that moves only it."""
    step = float(v.flat[flat])
    index = tuple(int(i) for i in np.unravel_index(flat, v.shape)) if v.shape else ()
    derived = float(point.x_bar(block)[index])
    return Evidence(
        point.trial.bar(block),
        index,
        derived,
        derived + judgement.error / step,
        judgement.uncertainty / abs(step),
        judgement.allowed / abs(step),
        count,
    )


def _whole(point: Point, block: int, judgement: Judgement) -> Evidence:
    """Return the directional finding itself, where no single entry stands out of the noise."""
    return Evidence(
        f"⟨{point.trial.names[block]}_bar, v⟩ along a random direction v",
        None,
        judgement.derived,
        judgement.derived + judgement.error,
        judgement.uncertainty,
        K * judgement.uncertainty,
    )
