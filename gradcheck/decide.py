"""Decide a claim: random trials, an exhaustive run, conditions, and the smallest counterexample."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.claim import Claim, Condition
from gradcheck.compare import agreement
from gradcheck.gradients import Estimate
from gradcheck.quiet import quiet
from gradcheck.rulings import Counterexample, Decision, Ruling
from gradcheck.shapes import asked, solve
from gradcheck.types import Array, Rng
from gradcheck.values import integers

TRIALS = 100
NUMERICAL_SHARE = 4
"""A numerical trial costs a ladder for every entry; one in so many is made of them."""
LARGEST = 4
ATTEMPTS = 50
"""Draws for each trial before a domain or condition counts as hardly ever met."""
SHRINK_EXAMPLES = 2000
SMALL = 3
"""Counterexamples are looked for among integers of this magnitude."""


class SideRaised(Exception):  # noqa: N818 -- it reports an event inside the claim's own code
    """One side of a claim raised at inputs of its domain."""


@dataclass(frozen=True)
class Instance:
    """One input of a claim."""

    inputs: dict[str, Array]
    options: dict[str, Any]
    sizes: dict[str, int]

    @property
    def known(self) -> dict[str, Any]:
        """Everything that a predicate may ask for."""
        return {**self.inputs, **self.sizes, **self.options}


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
    for name, value, least in (("seed", seed, 0), ("trials", trials, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            message = f"{name} must be a whole number of at least {least}, got {value!r}"
            raise ValueError(message)
    correction = None if claim.correction is None else decide(claim.correction, seed=seed, trials=trials)
    if claim.lhs is None:
        return Ruling(claim, Decision.UNFINISHED, correction=correction, seed=seed)
    try:
        with quiet():
            return _decided(claim, seed, trials, correction)
    except SideRaised as raised:
        return Ruling(claim, Decision.UNDECIDED, str(raised), correction=correction, seed=seed)


def _decided(claim: Claim, seed: int, trials: int, correction: Ruling | None) -> Ruling:
    for conditions in _subsets(claim.conditions):
        run = _falsify(claim, conditions, seed, trials)
        if run.failed is not None:
            continue
        if run.trials == 0:
            if conditions:
                continue
            reason = "no input of its domain could be drawn"
            return Ruling(claim, Decision.UNDECIDED, reason, correction=correction, seed=seed)
        decision = Decision.HOLDS_IF if conditions else Decision.HOLDS
        counterexample = _smallest(claim, seed) if conditions else None
        words = tuple(c.words for c in conditions)
        return _ruling(claim, decision, run, words, counterexample, correction, seed)
    return _ruling(claim, Decision.REFUTED, _Run(), (), _smallest(claim, seed), correction, seed)


def _ruling(
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
    for _ in range(max(1, trials // NUMERICAL_SHARE) if claim.numerical else trials):
        instance = _drawn(claim, conditions, rng)
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


def _drawn(claim: Claim, conditions: tuple[Condition, ...], rng: Rng) -> Instance | None:
    for _ in range(ATTEMPTS):
        sizes = {name: int(rng.integers(1, LARGEST + 1)) for name in claim.letters}
        options = {name: values[int(rng.integers(len(values)))] for name, values in claim.options.items()}
        if not claim.accepts({**sizes, **options}):
            continue
        instance = Instance(_entries(claim, sizes, options, rng), options, sizes)
        if all(asked(c.test, instance.known) for c in conditions):
            return instance
    return None


def _entries(claim: Claim, sizes: dict[str, int], options: dict[str, Any], rng: Rng) -> dict[str, Array]:
    known = {**sizes, **options}
    if claim.numerical:
        return {name: rng.standard_normal(solve(s, known)) for name, s in claim.shapes.items()}
    return {
        name: integers(solve(s, known), claim.span, rng).astype(np.int64) for name, s in claim.shapes.items()
    }


def _exhaust(claim: Claim, conditions: tuple[Condition, ...], rng: Rng, run: _Run) -> None:
    """Try all basis vectors of the inputs in which the claim is linear, at every shape up to a size."""
    ranges = [range(1, claim.up_to[name] + 1) for name in claim.letters]
    swept = [list(values) for values in claim.options.values()]
    for numbers in itertools.product(*ranges):
        sizes = dict(zip(claim.letters, numbers, strict=True))
        for chosen in itertools.product(*swept):
            options = dict(zip(claim.options, chosen, strict=True))
            if not claim.accepts({**sizes, **options}):
                continue
            for instance in _basis(claim, sizes, options, rng):
                if not all(asked(c.test, instance.known) for c in conditions):
                    continue
                if differ(claim, instance) is not None:
                    run.failed = instance
                    return
            run.proved += 1


def _basis(claim: Claim, sizes: dict[str, int], options: dict[str, Any], rng: Rng) -> Iterator[Instance]:
    fixed = _entries(claim, sizes, options, rng)
    counts = [range(fixed[name].size) for name in claim.linear_in]
    for ones in itertools.product(*counts):
        inputs = dict(fixed)
        for name, flat in zip(claim.linear_in, ones, strict=True):
            unit = np.zeros(fixed[name].size, dtype=np.int64)
            unit[flat] = 1
            inputs[name] = unit.reshape(fixed[name].shape)
        yield Instance(inputs, options, sizes)


def differ(claim: Claim, instance: Instance) -> tuple[Array, Array] | None:
    """Return both sides of a claim at one input if they differ there, else None.

    Raises
    ------
    SideRaised
        If either side raises.
    """
    left, right = (_side(claim, name, instance) for name in ("lhs", "rhs"))
    bound = left.error if isinstance(left, Estimate) else None
    a, b = (np.asarray(s.value if isinstance(s, Estimate) else s) for s in (left, right))
    if a.shape != b.shape:
        return a, b
    if not claim.numerical:
        return None if bool(np.all(a == b)) else (a, b)
    wide = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    rounding = np.finfo(np.float64).eps
    agreed = agreement(
        wide[0], wide[1], lambda: np.zeros(b.shape) if bound is None else bound, float(rounding)
    )
    return None if agreed.agree else (a, b)


def _side(claim: Claim, name: str, instance: Instance) -> Any:
    side: Callable[..., Any] = getattr(claim, name)
    try:
        return side(*(a.copy() for a in instance.inputs.values()), **instance.options)
    except Exception as cause:
        shapes = ", ".join(f"{n} {a.shape}" for n, a in instance.inputs.items())
        message = f"{name} of claim {claim.id!r} raised {type(cause).__name__}: {cause} (at {shapes})"
        raise SideRaised(message) from cause


def _smallest(claim: Claim, seed: int) -> Counterexample | None:
    """Let Hypothesis shrink a counterexample: smallest shapes first, then smallest entries."""
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity

    from gradcheck.cases import instances

    found: list[Counterexample] = []

    class Falsified(Exception):  # noqa: N818 -- control flow between Hypothesis and this search
        pass

    def body(drawn: tuple[dict[str, Array], dict[str, Any], dict[str, int]]) -> None:
        inputs, options, sizes = drawn
        sides = differ(claim, Instance(inputs, options, sizes))
        if sides is not None:
            found.append(Counterexample(inputs, options, *sides))
            raise Falsified

    explored = hypothesis.settings(
        max_examples=SHRINK_EXAMPLES,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    own_seed = zlib.crc32(f"{seed} {claim.id}".encode())
    strategy = instances(claim, min(SMALL, claim.span))
    try:
        hypothesis.seed(own_seed)(explored(hypothesis.given(strategy)(body)))()
    except Falsified:
        return found[-1]
    return None
