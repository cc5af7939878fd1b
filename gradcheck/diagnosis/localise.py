"""Find the wrong entries of a cotangent: one by one in a small one, by group testing in a large one."""

from __future__ import annotations

import numpy as np

from gradcheck._util import only
from gradcheck.diagnosis.excess import Meter
from gradcheck.diagnosis.groups import locate
from gradcheck.evaluation import Point
from gradcheck.judging import Comparison, Evidence, K, entry_evidence, excuse_kink, measure, name_entry
from gradcheck.numerics import direction
from gradcheck.types import Array, Rng

ENTRY_BY_ENTRY = 64
"""Up to this many entries, each is measured by itself."""


def worst_entry(point: Point, block: int, comparison: Comparison, rng: Rng) -> Evidence:
    """Return the wrong entry of one cotangent that stands out most.

    Small inputs are measured entry by entry. In larger ones all wrong entries are found by group
    testing, or the pattern that they make; where the four calls of a test do not show an error,
    the part with the larger one is halved with the whole machinery of a verdict.

    Raises
    ------
    KeyboardInterrupt
        After telling on stderr what is known so far.
    """
    v = direction(point.near(block), rng)
    entries = np.arange(v.size)
    if v.size <= ENTRY_BY_ENTRY:
        measured = {int(i): _restricted(point, block, v, entries[i : i + 1], rng) for i in entries}
        wrong = [i for i, m in measured.items() if m.differs]
        if wrong:
            count = (len(wrong), v.size)
            index = max(wrong, key=lambda i: _excess(measured[i]) / abs(v.flat[i]))
            return entry_evidence(point, block, index, measured[index], v, count)
        return _whole(point, block, comparison)
    found = _grouped(point, block, v, rng)
    if found is not None:
        return found
    while entries.size > 1:
        halves = np.array_split(entries, 2)
        sizes = [_excess(_restricted(point, block, v, half, rng)) for half in halves]
        entries = halves[int(np.argmax(sizes))]
    judged = _restricted(point, block, v, entries, rng)
    if not judged.differs:
        return _whole(point, block, comparison)
    return entry_evidence(point, block, int(entries[0]), judged, v)


def _grouped(point: Point, block: int, v: Array, rng: Rng) -> Evidence | None:
    trial = point.trial
    located = locate(Meter.of(point, block, v, rng), trial.bar(block), trial.axes(block), rng)
    if located is None or not located.entries:
        return None
    worst = max(located.entries, key=lambda flat: abs(located.entries[flat].value / v.flat[flat]))
    excess, step = located.entries[worst], float(v.flat[worst])
    what, index = name_entry(trial, block, worst)
    derived = float(point.x_bar(block).flat[worst])
    return Evidence(
        what,
        index,
        derived,
        derived + excess.value / step,
        excess.error / abs(step),
        excess.allowed / abs(step),
        (len(located.entries), v.size) if located.complete else None,
        where=located.where,
    )


def _restricted(point: Point, block: int, v: Array, entries: Array, rng: Rng) -> Comparison:
    measured = measure(point, block, rng, only(v, entries))
    return excuse_kink(measured) if measured.comparison.differs else measured.comparison


def _excess(comparison: Comparison) -> float:
    """Return by how much the slope is off, beyond what the measurement allows; 0 if it is not."""
    error = abs(comparison.error)
    return error if error > comparison.allowed or not np.isfinite(error) else 0.0


def _whole(point: Point, block: int, comparison: Comparison) -> Evidence:
    """Return the directional finding itself, where no single entry stands out of the noise."""
    return Evidence(
        f"⟨{point.trial.names[block]}_bar, v⟩ along a random direction v",
        None,
        comparison.derived,
        comparison.derived + comparison.error,
        comparison.uncertainty,
        K * comparison.uncertainty,
    )
