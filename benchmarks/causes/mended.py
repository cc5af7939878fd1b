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
ROUNDS = 20
"""So many times they are drawn at most, until there are enough."""
EPS = 2.0**-50
"""A few units in the last place of a number near one."""
JITTER = 1e3
"""Rounding inside differs from rounding of the inputs by no more than this, where all terms cancel."""
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
            rng = np.random.default_rng(case.seed)
            g = np.asarray(rng.standard_normal(y.shape), dtype=y.dtype)
            beside = [_beside(x, rng) for x in case.primals]
            wanted, near = (
                _parts(backward(g.copy(), *map(np.copy, primals), **case.options))
                for primals in (case.primals, beside)
            )
            try:
                got = _parts(mended(g.copy(), *map(np.copy, case.primals), **case.options))
            except Exception:
                got = ()
        found.append(len(wanted) == len(got) and all(map(_close, wanted, got, near)))

    for more in range(1, ROUNDS + 1):
        with suppress(NoExample):  # `where` may leave few sizes
            explore_cases(compare, right, seed=seed + more * ELSEWHERE, max_examples=EXAMPLES, shrink=False)
        if len(found) >= EXAMPLES or not all(found):
            break
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


def _parts(bars: Any) -> tuple[Any, ...]:
    return bars if isinstance(bars, tuple) else (bars,)


def _beside(x: Any, rng: np.random.Generator) -> Any:
    """Return an input with every number moved by its last digit."""
    a = np.asarray(x)
    return a * (1.0 + EPS * rng.choice((-1.0, 1.0), a.shape)) if a.dtype.kind in "fc" else a


def _close(right: Any, mended: Any, near: Any) -> bool:
    """Return whether two cotangents are the same, but for what rounding makes of the right one nearby."""
    if right is None or mended is None:
        return right is mended
    a, b = np.asarray(right), np.asarray(mended)
    apart = np.nan_to_num(np.abs(np.asarray(near) - a))
    allowed = EQUAL * float(np.max(np.abs(a), initial=0.0)) + JITTER * float(np.max(apart, initial=0.0))
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=0.0, atol=allowed + EPS, equal_nan=True))
