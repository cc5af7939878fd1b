"""Decide a claim: random trials, an exhaustive run, conditions, and the smallest counterexample."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck._util import demand_whole, silence_warnings
from gradcheck.claims.claim import Claim, Condition
from gradcheck.claims.rulings import Counterexample, Decision, Ruling
from gradcheck.claims.sides import Instance, SideRaised, differ, entries
from gradcheck.claims.smallest import smallest
from gradcheck.layers import call_with_known
from gradcheck.types import Rng

TRIALS = 100
NUMERICAL_SHARE = 4
"""A numerical trial costs a ladder for every entry; one in so many is made of them."""
LARGEST = 4
ATTEMPTS = 50
"""Draws for each trial before a domain or condition counts as hardly ever met."""


@dataclass
class _Run:
    """What a search for counterexamples came to."""

    trials: int = 0
    shapes: set[tuple[Any, ...]] = field(default_factory=set)
    proved: int = 0
    failed: Instance | None = None


def decide(claim: Claim, *, seed: int = 0, trials: int = TRIALS) -> Ruling:
    """Decide a claim over its domain.

    Parameters
    ----------
    claim
        The claim.
    seed
        Everything random follows from it.
    trials
        How many random inputs are tried.

    Returns
    -------
    Ruling
        HOLDS if no input refuted it; HOLDS_IF with the fewest of its own conditions that keep every
        counterexample out; REFUTED with the smallest counterexample and the ruling on its correction;
        UNFINISHED where the claim has no sides; UNDECIDED with the reason.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what it should be.

    Examples
    --------
    >>> from gradcheck import Claim, decide
    >>> swap = Claim("swap", "matrices commute", lambda a, b: a @ b, lambda a, b: b @ a,
    ...              {"a": "n n", "b": "n n"}, degree=2)
    >>> decide(swap).decision.value
    'refuted'
    """
    if not isinstance(claim, Claim):
        message = f"claim must be a gradcheck.Claim, got {type(claim).__name__}: {claim!r}"
        raise TypeError(message)
    demand_whole("seed", seed, least=0)
    demand_whole("trials", trials, least=1)
    correction = None if claim.correction is None else decide(claim.correction, seed=seed, trials=trials)
    if claim.lhs is None:
        return Ruling(claim, Decision.UNFINISHED, correction=correction, seed=seed)
    try:
        with silence_warnings():
            return _decide(claim, seed, trials, correction)
    except SideRaised as raised:
        return Ruling(claim, Decision.UNDECIDED, str(raised), correction=correction, seed=seed)


def _decide(claim: Claim, seed: int, trials: int, correction: Ruling | None) -> Ruling:
    known = None
    for conditions in _subsets(claim.conditions):
        run = _falsify(claim, conditions, seed, trials)
        if run.failed is not None:
            known = known or run.failed
            continue
        if run.trials == 0:
            if conditions:
                continue
            reason = "no input of its domain could be drawn"
            return Ruling(claim, Decision.UNDECIDED, reason, correction=correction, seed=seed)
        decision = Decision.HOLDS_IF if conditions else Decision.HOLDS
        counterexample = smallest(claim, seed, known) if conditions else None
        words = tuple(c.words for c in conditions)
        return _rule(claim, decision, run, words, counterexample, correction, seed)
    return _rule(claim, Decision.REFUTED, _Run(), (), smallest(claim, seed, known), correction, seed)


def _rule(
    claim: Claim,
    decision: Decision,
    run: _Run,
    words: tuple[str, ...],
    counterexample: Counterexample | None,
    correction: Ruling | None,
    seed: int,
) -> Ruling:
    chance = None
    if claim.degree is not None and not claim.numerical and run.trials:
        chance = min(1.0, claim.degree / (2 * claim.span)) ** run.trials
    return Ruling(
        claim,
        decision,
        trials=run.trials,
        shapes=len(run.shapes),
        proved=run.proved,
        chance=chance,
        conditions=words,
        counterexample=counterexample,
        correction=correction,
        seed=seed,
    )


def _subsets(conditions: tuple[Condition, ...]) -> Iterator[tuple[Condition, ...]]:
    """Return no condition, then each one, then each two, …: the weakest that suffices comes first."""
    for count in range(len(conditions) + 1):
        yield from itertools.combinations(conditions, count)


def _falsify(claim: Claim, conditions: tuple[Condition, ...], seed: int, trials: int) -> _Run:
    rng = np.random.default_rng([seed, zlib.crc32(claim.id.encode())])
    run = _Run()
    for _ in range(_trials(claim, trials)):
        instance = _draw(claim, conditions, rng)
        if instance is None:
            continue
        if differ(claim, instance) is not None:
            run.failed = instance
            return run
        run.trials += 1
        run.shapes.add(tuple(a.shape for a in instance.inputs.values()))
    if claim.linear_in:
        _exhaust(claim, conditions, rng, run)
    return run


def _trials(claim: Claim, trials: int) -> int:
    """Return how often a claim is tried: once if nothing about it varies."""
    if not claim.shapes and not claim.options:
        return 1
    return max(1, trials // NUMERICAL_SHARE) if claim.numerical else trials


def _draw(claim: Claim, conditions: tuple[Condition, ...], rng: Rng) -> Instance | None:
    for _ in range(ATTEMPTS):
        sizes = {name: int(rng.integers(1, LARGEST + 1)) for name in claim.letters}
        options = {name: values[int(rng.integers(len(values)))] for name, values in claim.options.items()}
        if not claim.accepts({**sizes, **options}):
            continue
        instance = Instance(entries(claim, sizes, options, rng), options, sizes)
        if all(call_with_known(c.test, instance.known) for c in conditions):
            return instance
    return None


def _exhaust(claim: Claim, conditions: tuple[Condition, ...], rng: Rng, run: _Run) -> None:
    """Try all basis vectors of the inputs in which the claim is linear, at every shape up to a size.

    A shape counts as proved if no basis vector was left out for a condition on the inputs; a
    condition on the options leaves whole options out.
    """
    ranges = [range(1, claim.up_to[name] + 1) for name in claim.letters]
    for numbers in itertools.product(*ranges):
        sizes = dict(zip(claim.letters, numbers, strict=True))
        complete = []
        for chosen in itertools.product(*claim.options.values()):
            options = dict(zip(claim.options, chosen, strict=True))
            if not claim.accepts({**sizes, **options}):
                continue
            instances = list(_basis(claim, sizes, options, rng))
            tried = [i for i in instances if all(call_with_known(c.test, i.known) for c in conditions)]
            run.failed = next((i for i in tried if differ(claim, i) is not None), None)
            if run.failed is not None:
                return
            if tried:
                complete.append(len(tried) == len(instances))
        run.proved += bool(complete) and all(complete)


def _basis(claim: Claim, sizes: dict[str, int], options: dict[str, Any], rng: Rng) -> Iterator[Instance]:
    fixed = entries(claim, sizes, options, rng)
    counts = [range(fixed[name].size) for name in claim.linear_in]
    for ones in itertools.product(*counts):
        inputs = dict(fixed)
        for name, flat in zip(claim.linear_in, ones, strict=True):
            unit = np.zeros(fixed[name].size, dtype=np.int64)
            unit[flat] = 1
            inputs[name] = unit.reshape(fixed[name].shape)
        yield Instance(inputs, options, sizes)
