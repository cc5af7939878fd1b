"""Ask every tool about every problem, in turn, and note what each took and found."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks.calibration.faults import Target, targets
from benchmarks.peers.contestant import Contestant, Visit
from benchmarks.peers.problems import Problem, active, case
from benchmarks.peers.tools import BATTERY, FLOOR

FEWEST_PLANTS = 2
"""So many errors are planted though they take longer than the effort allows."""
LONGER = 12.0
"""Times the patience: to call a gradient wrong takes longer than to call it right."""


@dataclass(frozen=True)
class Effort:
    """How much is measured.

    Parameters
    ----------
    rounds
        Timed visits to each tool, in turn, after one that is not timed.
    patience
        Seconds after which a tool is stopped, and asked about no larger problem of the family.
    slow
        Seconds above which one visit is enough.
    plants
        Errors that are planted.
    planting
        Seconds for them, for each tool and problem.
    """

    rounds: int
    patience: float
    slow: float
    plants: int
    planting: float


def raced(
    contestants: Mapping[str, Contestant], problem: Problem, effort: Effort, out: Mapping[str, str]
) -> dict[str, Any]:
    """Return what every tool took at one problem, by its name; those that are `out` are not asked.

    The floor is what no checker can do without: two forward calls and one of the VJP.
    """
    visits: dict[str, list[Visit | str]] = {name: [] for name in contestants if name not in out}
    for turn in range(effort.rounds + 1):
        for name, seen in visits.items():
            if seen and _enough(seen[-1], effort.slow):
                continue
            seen.append(contestants[name].ask(problem, turn, None, effort.patience))
    at = _targets(problem, effort.plants)
    found = {
        name: (0, 0)
        if isinstance(seen[-1], str) or name in (BATTERY, FLOOR)
        else _found(contestants[name], problem, at, effort)
        for name, seen in visits.items()
    }
    drawn, floor = case(problem), _summary(visits.pop(FLOOR), 0, 0)
    return {
        "problem": str(problem),
        "family": problem.family,
        "size": problem.size,
        "entries": sum(drawn.primals[i].size for i in active(drawn)),
        "floor": floor["seconds"],
        "tools": {
            name: {"stopped": out[name]} if name in out else _summary(visits[name], *found[name])
            for name in contestants
            if name != FLOOR
        },
    }


def _enough(visit: Visit | str, slow: float) -> bool:
    return isinstance(visit, str) or visit.seconds > slow


def _summary(seen: Sequence[Visit | str], found: int, planted: int) -> dict[str, Any]:
    last = seen[-1]
    if isinstance(last, str):
        return {"stopped": last}
    visits = [visit for visit in seen if isinstance(visit, Visit)]
    timed = visits[1:] or visits
    memory = [visit.memory for visit in timed if visit.memory is not None]
    return {
        "seconds": median(visit.seconds for visit in timed),
        "all_seconds": [visit.seconds for visit in timed],
        "forward": last.forward,
        "vjp": last.vjp,
        "memory": int(median(memory)) if memory else None,
        "rejected_right": any(visit.rejected for visit in visits),
        "found": found,
        "planted": planted,
    }


def _targets(problem: Problem, count: int) -> list[Target]:
    drawn = case(problem)
    return targets(drawn, active(drawn), np.random.default_rng(1), count)


def _found(contestant: Contestant, problem: Problem, at: Sequence[Target], effort: Effort) -> tuple[int, int]:
    """Return how many planted errors a tool finds, of how many it was shown; no answer is a miss."""
    found = planted = 0
    started = time.perf_counter()
    for seed, target in enumerate(at):
        if planted >= FEWEST_PLANTS and time.perf_counter() - started > effort.planting:
            break
        visit = contestant.ask(problem, seed, target, LONGER * effort.patience)
        found += isinstance(visit, Visit) and visit.rejected
        planted += 1
    return found, planted
