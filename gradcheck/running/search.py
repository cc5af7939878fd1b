"""Search for a counterexample: one check, many examples, and the smallest one that fails."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gradcheck._util import quiet
from gradcheck.checks import Check
from gradcheck.diagnosis import Explainer
from gradcheck.errors import CannotVerify, LayerRaised, NothingToLearn
from gradcheck.evaluation import Calls, Trial
from gradcheck.judging import Outcome, Result
from gradcheck.layers import Layer
from gradcheck.running.tally import Tally, conclude
from gradcheck.sampling import Enough, Falsified, Memory, explore_cases
from gradcheck.types import Verdict

FLAKY = "the layer is not deterministic: a failing example passed when it was repeated"


def run_at(check: Check, trial: Trial) -> Outcome:
    """Run one check at one example; a broken rule of conduct is FLAWED, for WRONG is said of gradients."""
    outcome = at_example(check, trial)
    if check.kind == "conduct" and outcome.verdict is Verdict.WRONG:
        return replace(outcome, verdict=Verdict.FLAWED)
    return outcome


def at_example(check: Check, trial: Trial) -> Outcome:
    """Run one check at one example; what stops it becomes the reason why it is UNVERIFIED."""
    try:
        with quiet():
            return check.at(trial)
    except NothingToLearn as stop:
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
        reason = f"{layer.name!r} has neither shapes= nor cases=, so no examples can be drawn"
        return (), [Result(c.name, Verdict.UNVERIFIED, reason) for c in checks]
    refused = {c.name: c.inapplicable(layer) for c in checks}
    tallies = {c.name: Tally() for c in checks}
    stops: dict[str, str | None] = {}
    arguments = (layer, seed, max_examples, calls, tick)
    replayed: set[str] = set()
    for check in checks if memory is not None else ():
        earlier = Tally()
        if refused[check.name] is None and memory is not None and memory.holds(check.name):
            _explore([check], {check.name: earlier}, *arguments, shrink=True, memory=memory, replay=True)
        if earlier.falsified is not None:
            tallies[check.name], stops[check.name] = earlier, None
            replayed.add(check.name)
    new = [c for c in checks if refused[c.name] is None and c.name not in replayed]
    for empty in (False, True):
        group = [c for c in new if c.empty is empty]
        stop = _explore(group, tallies, *arguments, shrink=False) if group else None
        stops.update({c.name: stop for c in group})
    for check in (c for c in new if explain and c.name not in layer.exempt):
        tally = tallies[check.name]
        if tally.falsified is not None:
            smaller = Tally()
            stop = _explore([check], {check.name: smaller}, *arguments, shrink=True, memory=memory)
            tally.falsified = smaller.falsified or tally.falsified
            if stop == FLAKY and check.measures:
                tally.falsified, stops[check.name] = None, stop
    explainer = Explainer(layer, seed) if explain else None

    def result(check: Check) -> Result:
        if refused[check.name] is not None:
            return Result(check.name, Verdict.NOT_APPLICABLE, refused[check.name] or "")
        explained_by = None if check.name in layer.exempt else explainer
        concluded = conclude(check, tallies[check.name], stops[check.name], explained_by)
        return replace(concluded, replayed=check.name in replayed)

    results = [result(check) for check in checks]
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

    own_seed = zlib.crc32(f"{seed} {layer.name}".encode())
    try:
        test = _test(checks, tallies, layer, calls, tick, shrink=shrink)
        kept = (memory.database, memory.key(checks[0].name)) if memory is not None else None
        empty = any(c.empty for c in checks)
        limits = {"seed": own_seed, "max_examples": max_examples}
        explore_cases(test, layer, empty=empty, **limits, shrink=shrink, kept=kept, replay=replay)
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
            outcome = run_at(check, trial)
            tallies[check.name].add(outcome, trial)
            tick()
            if outcome.verdict.is_failure:
                if shrink:
                    raise Falsified
                failed.add(check.name)
                if len(failed) == len(checks):
                    raise Enough

    return test
