"""Find the wrong entries of a cotangent: one by one in a small one, by group testing in a large one."""

from __future__ import annotations

import numpy as np

from gradcheck._util import only
from gradcheck.diagnosis.budget import VERY_SLOW, slowness
from gradcheck.diagnosis.excess import Meter
from gradcheck.diagnosis.groups import FIRST_PROBES, PROBES, locate
from gradcheck.evaluation import Point
from gradcheck.judging import Comparison, Evidence, K, entry_evidence, excuse_kink, measure, name_entry
from gradcheck.numerics import direction
from gradcheck.types import Array, Rng

ENTRY_BY_ENTRY = 64
"""Up to this many entries, each is measured by itself; fewer of a layer that is slow."""


def worst_entry(point: Point, argnum: int, comparison: Comparison, rng: Rng) -> Evidence:
    """Return the wrong entry of one cotangent that stands out most.

    Small inputs are measured entry by entry. In larger ones all wrong entries are found by group
    testing, or the pattern that they make; where the four calls of a test do not show an error,
    the part with the larger one is halved with the whole machinery of a verdict.

    Raises
    ------
    KeyboardInterrupt
        After telling on stderr what is known so far.
    """
    v = direction(point.near(argnum), rng)
    entries = np.arange(v.size)
    if v.size * slowness(point.trial) <= ENTRY_BY_ENTRY:
        measured = {int(i): _judge_entries(point, argnum, v, entries[i : i + 1], rng) for i in entries}
        wrong = [i for i, m in measured.items() if m.differs]
        if wrong:
            count = (len(wrong), v.size)
            index = max(wrong, key=lambda i: _unexplained_error(measured[i]) / abs(v.flat[i]))
            return entry_evidence(point, argnum, index, measured[index], v, count)
        return _evidence_along_direction(point, argnum, comparison)
    found = _worst_by_groups(point, argnum, v, rng)
    if found is not None:
        return found
    while entries.size > 1:
        halves = np.array_split(entries, 2)
        sizes = [_unexplained_error(_judge_entries(point, argnum, v, half, rng)) for half in halves]
        entries = halves[int(np.argmax(sizes))]
    last = _judge_entries(point, argnum, v, entries, rng)
    if not last.differs:
        return _evidence_along_direction(point, argnum, comparison)
    return entry_evidence(point, argnum, int(entries[0]), last, v)


def _worst_by_groups(point: Point, argnum: int, v: Array, rng: Rng) -> Evidence | None:
    trial = point.trial
    probes = FIRST_PROBES if slowness(trial) >= VERY_SLOW else PROBES
    meter, name = Meter.of(point, argnum, v, rng), trial.cotangent_name(argnum)
    localisation = locate(meter, name, trial.axis_letters(argnum), rng, probes)
    if localisation is None or not localisation.entries:
        return None
    worst = max(localisation.entries, key=lambda flat: abs(localisation.entries[flat].value / v.flat[flat]))
    excess, step = localisation.entries[worst], float(v.flat[worst])
    what, index = name_entry(trial, argnum, worst)
    derived = float(point.x_bar(argnum).flat[worst])
    return Evidence(
        what,
        index,
        derived,
        derived + excess.value / step,
        excess.error / abs(step),
        excess.allowed / abs(step),
        (len(localisation.entries), v.size) if localisation.complete else None,
        where=localisation.where,
    )


def _judge_entries(point: Point, argnum: int, v: Array, entries: Array, rng: Rng) -> Comparison:
    measured = measure(point, argnum, rng, only(v, entries))
    return excuse_kink(measured) if measured.comparison.differs else measured.comparison


def _unexplained_error(comparison: Comparison) -> float:
    """Return by how much the slope is off, beyond what the measurement allows; 0 if it is not."""
    error = abs(comparison.error)
    return error if error > comparison.allowed or not np.isfinite(error) else 0.0


def _evidence_along_direction(point: Point, argnum: int, comparison: Comparison) -> Evidence:
    """Return the directional finding itself, where no single entry stands out of the noise."""
    return Evidence(
        f"⟨{point.trial.names[argnum]}_bar, v⟩ along a random direction v",
        None,
        comparison.derived,
        comparison.derived + comparison.error,
        comparison.uncertainty,
        K * comparison.uncertainty,
    )
