"""The smallest counterexample to a claim: shapes in order of size, entries shrunk by Hypothesis."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from gradcheck.claim import Claim
from gradcheck.exploration import Falsified, explore
from gradcheck.rulings import Counterexample
from gradcheck.sides import Instance, differ, entries
from gradcheck.types import Array

LARGEST = 4
DRAWS = 20
"""Random entries tried at each shape before the next larger one."""
SMALL = 3
"""Counterexamples are looked for among integers of this magnitude."""
SHRINK_EXAMPLES = 300


def smallest(claim: Claim, seed: int, known: Instance | None) -> Counterexample | None:
    """Return the smallest counterexample found, or the one that is `known`.

    Sizes are tried in the order of their sum, so the shapes are the smallest at which a
    difference shows; Hypothesis then shrinks the entries at those shapes.
    """
    rng = np.random.default_rng([seed, zlib.crc32(claim.id.encode())])
    for sizes, options in _by_size(claim):
        for _ in range(DRAWS):
            instance = Instance(entries(claim, sizes, options, rng), options, sizes)
            if differ(claim, instance) is not None:
                return _shrunk(claim, instance, seed)
    return None if known is None else _counterexample(claim, known)


def _by_size(claim: Claim) -> Iterator[tuple[dict[str, int], dict[str, Any]]]:
    numbers = itertools.product(range(1, LARGEST + 1), repeat=len(claim.letters))
    for chosen in sorted(numbers, key=lambda n: (sum(n), n)):
        sizes = dict(zip(claim.letters, chosen, strict=True))
        for values in itertools.product(*claim.options.values()):
            options = dict(zip(claim.options, values, strict=True))
            if claim.accepts({**sizes, **options}):
                yield sizes, options


def _counterexample(claim: Claim, instance: Instance) -> Counterexample | None:
    sides = differ(claim, instance)
    return None if sides is None else Counterexample(instance.inputs, instance.options, *sides)


def _shrunk(claim: Claim, instance: Instance, seed: int) -> Counterexample | None:
    from gradcheck.cases import filled

    found = [instance]

    def test(inputs: dict[str, Array]) -> None:
        drawn = Instance(inputs, instance.options, instance.sizes)
        if differ(claim, drawn) is not None:
            found.append(drawn)
            raise Falsified

    dtype = np.float64 if claim.numerical else np.int64
    strategy = filled(instance.inputs, min(SMALL, claim.span), dtype)
    with suppress(Falsified):  # no small integers may do; then the random ones stay
        explore(test, strategy, seed=seed, max_examples=SHRINK_EXAMPLES, shrink=True)
    return _counterexample(claim, found[-1])
