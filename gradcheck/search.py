"""Search for a counterexample: one check, many examples, and the smallest one that fails."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradcheck.checks import Check
from gradcheck.errors import BrokenContract, CannotVerify, LayerRaised
from gradcheck.explained import Explainer
from gradcheck.exploration import Enough, Falsified, explore
from gradcheck.findings import Example, Outcome, Result
from gradcheck.layer import Layer
from gradcheck.memory import Memory
from gradcheck.quiet import quiet
from gradcheck.trial import Calls, Trial
from gradcheck.tried import MOST, Tried
from gradcheck.types import Verdict

ENOUGH = 20
"""A measured input must have been verified in one of this many examples, and suspicious in fewer."""

OFTEN = 4
"""Functions that raise in more than one of this many examples take other inputs than declared."""
FLAKY = "the layer is not deterministic: a failing example passed when it was repeated"


@dataclass
class Tally:
    """What the examples of one check came to so far."""

    names: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    examples: int = 0
    verified: int = 0
    finest: dict[str, list[float]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    instance: dict[str, Example] = field(default_factory=dict)
    suspicions: int = 0
    raised: int = 0
    inapplicable: int = 0
    falsified: tuple[Outcome, Trial] | None = None
    tried: list[Tried] = field(default_factory=list)

    def add(self, outcome: Outcome, trial: Trial) -> None:
        """Count one outcome."""
        example = trial.example
        self.names = trial.names
        self.active = tuple(trial.names[i] for i in trial.active)
        self.examples += 1
        self.verified += outcome.verdict is Verdict.CORRECT
        self.suspicions += outcome.suspicious
        self.raised += outcome.raised
        self.inapplicable += outcome.verdict is Verdict.NOT_APPLICABLE
        for name, resolution in outcome.seen.items():
            self.finest.setdefault(name, []).append(resolution)
        if outcome.reason:
            self.reasons[outcome.reason] += 1
            self.instance.setdefault(outcome.reason, example)
        if outcome.verdict is Verdict.WRONG:
            self.falsified = outcome, trial
        if len(self.tried) < MOST:
            coarsest = max(outcome.seen.values(), default=None)
            self.tried.append(Tried(example.shapes, outcome.verdict, coarsest, outcome.ratio))

    @property
    def sensitivity(self) -> float | None:
        """The largest over all inputs of the smallest error that some example would have seen."""
        return max((min(seen) for seen in self.finest.values()), default=None)


def at_example(check: Check, trial: Trial) -> Outcome:
    """Run one check at one example; what stops it becomes the reason why it is UNVERIFIED."""
    try:
        with quiet():
            return check.at(trial)
    except (CannotVerify, BrokenContract, LayerRaised) as stop:
        return Outcome(Verdict.UNVERIFIED, str(stop), raised=isinstance(stop, LayerRaised))


def search(
    checks: Sequence[Check],
    layer: Layer,
    *,
    seed: int,
    max_examples: int,
    calls: Calls,
    explain: bool = True,
    memory: Memory | None = None,
    tick: Callable[[], None] = lambda: None,
) -> tuple[tuple[str, ...], list[Result]]:
    """Run checks over random examples of a layer, every check over the same ones.

    Returns the inputs' names and a result for each check.

    Parameters
    ----------
    checks, layer
        What is checked, and of which layer; the layer has `shapes` or `cases`.
    seed
        With it the same examples come again.
    max_examples
        How many examples at most.
    calls
        Counts the calls.
    explain
        Whether a failing example is made as small as possible, and its worst entry found.
    memory
        Failing examples of earlier runs, which are tried before any other, and kept if they fail again.
        The rest is as without it.
    tick
        Called once for each example and check, for a progress bar.
    """
    if layer.shapes is None and layer.cases is None:
        said = f"{layer.name!r} has neither shapes= nor cases=, so no examples can be drawn"
        return (), [Result(c.name, Verdict.UNVERIFIED, said) for c in checks]
    refused = {c.name: c.inapplicable(layer) for c in checks}
    tallies = {c.name: Tally() for c in checks}
    stops: dict[str, str | None] = {}
    settled = (layer, seed, max_examples, calls, tick)
    replayed: set[str] = set()
    for check in checks if memory is not None else ():
        earlier = Tally()
        if refused[check.name] is None and memory is not None and memory.holds(check.name):
            _explore([check], {check.name: earlier}, *settled, shrink=True, memory=memory, replay=True)
        if earlier.falsified is not None:
            tallies[check.name], stops[check.name] = earlier, None
            replayed.add(check.name)
    new = [c for c in checks if refused[c.name] is None and c.name not in replayed]
    for empty in (False, True):
        group = [c for c in new if c.empty is empty]
        stop = _explore(group, tallies, *settled, shrink=False) if group else None
        stops.update({c.name: stop for c in group})
    for check in new if explain else ():
        tally = tallies[check.name]
        if tally.falsified is not None:
            smaller = Tally()
            stop = _explore([check], {check.name: smaller}, *settled, shrink=True, memory=memory)
            tally.falsified = smaller.falsified or tally.falsified
            if stop == FLAKY and check.measures:
                tally.falsified, stops[check.name] = None, stop
    explainer = Explainer(layer, seed) if explain else None
    results = [
        Result(c.name, Verdict.NOT_APPLICABLE, refused[c.name] or "")
        if refused[c.name] is not None
        else replace(concluded(c, tallies[c.name], stops[c.name], explainer), replayed=c.name in replayed)
        for c in checks
    ]
    names = next((tally.names for tally in tallies.values() if tally.names), tuple(layer.shapes or ()))
    return names, results


def _explore(
    checks: Sequence[Check],
    tallies: dict[str, Tally],
    layer: Layer,
    seed: int,
    max_examples: int,
    calls: Calls,
    tick: Callable[[], None],
    *,
    shrink: bool,
    memory: Memory | None = None,
    replay: bool = False,
) -> str | None:
    """Let Hypothesis run the examples; return why it had to stop, or None.

    A check that fails is left out of the later examples, and the others go on. With `shrink`,
    there is one check, and its first failure is shrunk, and kept in the `memory`. A `replay` tries
    what is kept there instead of new examples.
    """
    from hypothesis.errors import Flaky, Unsatisfiable

    from gradcheck.cases import cases

    own_seed = zlib.crc32(f"{seed} {layer.name}".encode())
    try:
        strategy = cases(layer, empty=any(c.empty for c in checks))
        test = _test(checks, tallies, layer, calls, tick, shrink=shrink)
        kept = (memory.database, memory.key(checks[0].name)) if memory is not None else None
        limits = {"seed": own_seed, "max_examples": max_examples}
        explore(test, strategy, **limits, shrink=shrink, kept=kept, replay=replay)
    except (Enough, Falsified):
        return None
    except Flaky:
        return FLAKY
    except Unsatisfiable:
        return f"no example of {layer.name!r} could be drawn: where= refuses every size that was tried"
    except (CannotVerify, LayerRaised) as stop:
        return str(stop)
    return None


def _test(
    checks: Sequence[Check],
    tallies: dict[str, Tally],
    layer: Layer,
    calls: Calls,
    tick: Callable[[], None],
    *,
    shrink: bool,
) -> Callable[[Any], None]:
    """Return the function that Hypothesis calls with each example."""
    failed: set[str] = set()

    def test(case: Any) -> None:
        trial = Trial.of(layer, case.primals, case.options, case.seed, calls)
        for check in checks:
            if check.name in failed:
                continue
            outcome = at_example(check, trial)
            tallies[check.name].add(outcome, trial)
            tick()
            if outcome.verdict is Verdict.WRONG:
                if shrink:
                    raise Falsified
                failed.add(check.name)
                if len(failed) == len(checks):
                    raise Enough

    return test


def concluded(check: Check, tally: Tally, stopped: str | None, explainer: Explainer | None) -> Result:
    """Return what a check's examples come to.

    Parameters
    ----------
    check
        The check that ran.
    tally
        The examples.
    stopped
        Why the search ended early, if it did.
    explainer
        Explains a wrong result, if it is wanted.
    """
    result = Result(
        check.name,
        Verdict.CORRECT,
        examples=tally.examples,
        verified=tally.verified,
        sensitivity=tally.sensitivity,
        tried=tuple(tally.tried),
    )
    if tally.falsified is not None:
        outcome, trial = tally.falsified
        wrong = replace(result, verdict=Verdict.WRONG, reason=outcome.reason, example=trial.example)
        if explainer is None:
            return wrong
        with quiet():
            evidence = outcome.locate() if outcome.locate is not None else None
        wrong = replace(wrong, evidence=evidence, comparison=outcome.comparison)
        return wrong if outcome.block is None else explainer(wrong, trial, outcome.block)
    doubt = stopped or _doubt(check, tally)
    if doubt is None:
        notes = tally.reasons.most_common(1) if tally.verified == tally.examples else []
        return replace(result, reason=notes[0][0] if notes else "")
    nowhere = not stopped and 0 < tally.examples == tally.inapplicable
    verdict = Verdict.NOT_APPLICABLE if check.empty or nowhere else Verdict.UNVERIFIED
    return replace(result, verdict=verdict, reason=doubt, example=tally.instance.get(doubt))


def _doubt(check: Check, tally: Tally) -> str | None:
    """Return why too little was verified, or None."""
    common = tally.reasons.most_common(1)[0][0] if tally.reasons else "no example was verified"
    if tally.verified == 0 or tally.suspicions * ENOUGH > tally.examples:
        return common
    if tally.raised * OFTEN > tally.examples:
        often = f"in {tally.raised} of {tally.examples} examples, {common}"
        return f"{often}; say with where= or domain= what it takes"
    if not check.measures:
        return None
    needed = max(1, tally.examples // ENOUGH)
    for name in tally.active:
        count = len(tally.finest.get(name, ()))
        if count < needed:
            return f"{name!r} was verified in {count} of {tally.examples} examples only; mostly, {common}"
    return None
