"""Whether a repair that a report tells is one: the edit is made as it is told, and the result is run."""

from __future__ import annotations

import linecache
from contextlib import suppress
from typing import Any

import numpy as np

from benchmarks.causes.record import Source, function_of
from gradcheck.judging import Repair
from gradcheck.sampling import NoExample, explore_cases

EXAMPLES = 200
"""Fresh examples at which the repaired backward pass must be equal to the right one."""
FEWEST = 20
"""So many of them at least, where a layer takes few sizes."""
ELSEWHERE = 1000
"""What is added to the seed, so that the examples are none of those that the search saw."""
EQUAL = 1e-9
"""Two ways of computing one thing differ by rounding: by this part of the largest entry at most."""


def mends(repair: Repair, source: Source, seed: int) -> bool:
    """Return whether a backward pass that is edited as a repair tells is the right one at fresh examples."""
    right = source.layer()
    backward: Any = right.vjp.__wrapped__  # type: ignore[attr-defined]
    text = edited("".join(linecache.getlines(repair.file)), repair)
    mended = function_of("backward", text)
    found: list[bool] = []

    def compare(case: Any) -> None:
        with np.errstate(all="ignore"):
            y = np.asarray(right.forward(*case.primals, **case.options))
            g = np.asarray(np.random.default_rng(case.seed).standard_normal(y.shape), dtype=y.dtype)
            wanted = backward(g.copy(), *map(np.copy, case.primals), **case.options)
            try:
                found.append(_equal(wanted, mended(g.copy(), *map(np.copy, case.primals), **case.options)))
            except Exception:
                found.append(False)

    with suppress(NoExample):  # `where` may leave few sizes
        explore_cases(compare, right, seed=seed + ELSEWHERE, max_examples=EXAMPLES, shrink=False)
    return len(found) >= FEWEST and all(found)


def edited(text: str, repair: Repair) -> str:
    """Return a source as it is after a repair, which may be told of several lines as one."""
    lines = text.splitlines()
    first = repair.line - 1
    for last in range(first + 1, len(lines) + 1):
        old = " ".join(" ".join(lines[first:last]).split())
        if repair.old in old:
            indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
            new = indent + old.replace(repair.old, repair.new or "pass", 1)
            return "\n".join([*lines[:first], new, *lines[last:]]) + "\n"
    message = f"{repair.old!r} does not stand on line {repair.line}"
    raise ValueError(message)


def _equal(right: Any, mended: Any) -> bool:
    """Return whether two results of a backward pass are the same, but for rounding."""
    pairs = [each if isinstance(each, tuple) else (each,) for each in (right, mended)]
    return len(pairs[0]) == len(pairs[1]) and all(map(_close, *pairs))


def _close(right: Any, mended: Any) -> bool:
    if right is None or mended is None:
        return right is mended
    a, b = np.asarray(right), np.asarray(mended)
    size = float(np.max(np.abs(a), initial=0.0))
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=0.0, atol=EQUAL * size, equal_nan=True))
