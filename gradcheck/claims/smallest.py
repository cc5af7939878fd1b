"""The smallest counterexample to a claim: shapes in order of size, entries shrunk by Hypothesis."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from gradcheck.claims.claim import Claim
from gradcheck.claims.rulings import Counterexample
from gradcheck.claims.sides import Instance, SideRaised, differ, entries
from gradcheck.sampling import FalsifyingExample, explore_integers
from gradcheck.types import Array

LARGEST = 4
DRAWS = 20
"""Random entries tried at each shape before the next larger one."""
SMALL = 3
"""Counterexamples are looked for among integers of this magnitude."""
SHRINK_EXAMPLES = 300


def smallest(claim: Claim, seed: int, known: Instance | None) -> Counterexample | None:
    """Return the smallest counterexample found, or the one that is `known`.

    Sizes are tried in the order of their sum, up to that of the known one, so the shapes are the
    smallest at which a difference shows; Hypothesis then shrinks the entries at those shapes.
    """
    rng = np.random.default_rng([seed, zlib.crc32(claim.id.encode())])
    enough = sum(known.sizes.values()) if known is not None else None
    for sizes, options in _by_size(claim, enough):
        for _ in range(DRAWS if claim.shapes else 1):
            instance = Instance(entries(claim, sizes, options, rng), options, sizes)
            if _refutes(claim, instance):
                return _shrink(claim, instance, seed)
    return None if known is None else _shrink(claim, known, seed)


def _refutes(claim: Claim, instance: Instance) -> bool:
    try:
        return differ(claim, instance) is not None
    except SideRaised:
        return False  # it says nothing about the claim here, and others do


def _by_size(claim: Claim, enough: int | None) -> Iterator[tuple[dict[str, int], dict[str, Any]]]:
    numbers = itertools.product(range(1, LARGEST + 1), repeat=len(claim.letters))
    for chosen in sorted(numbers, key=lambda n: (sum(n), n)):
        if enough is not None and sum(chosen) > enough:
            return
        sizes = dict(zip(claim.letters, chosen, strict=True))
        for values in itertools.product(*claim.options.values()):
            options = dict(zip(claim.options, values, strict=True))
            if claim.accepts({**sizes, **options}):
                yield sizes, options


def _shrink(claim: Claim, instance: Instance, seed: int) -> Counterexample | None:
    found = [instance]

    def test(inputs: dict[str, Array]) -> None:
        drawn = Instance(inputs, instance.options, instance.sizes)
        if _refutes(claim, drawn):
            found.append(drawn)
            raise FalsifyingExample

    if claim.shapes:
        dtype = np.float64 if claim.numerical else np.int64
        span = min(SMALL, claim.span)
        with suppress(FalsifyingExample):  # no small integers may do; then the random ones stay
            explore_integers(
                test, instance.inputs, span, dtype, seed=seed, max_examples=SHRINK_EXAMPLES, shrink=True
            )
    last = found[-1]
    sides = differ(claim, last)
    return None if sides is None else Counterexample(last.inputs, last.options, *sides)
