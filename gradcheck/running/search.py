"""Search for a counterexample: one check, many examples, and the smallest one that fails."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from gradcheck._util import silence_warnings
from gradcheck.checks import Check
from gradcheck.diagnosis import Explainer
from gradcheck.errors import CannotVerify, LayerRaised, NotFinite, NothingToLearn
from gradcheck.evaluation import Calls, Trial, hold_edges
from gradcheck.judging import Outcome, Result
from gradcheck.layers import Layer
from gradcheck.running.tally import Tally, conclude_in_time, conclude_unfinished
from gradcheck.running.time_limit import TimeLimit
from gradcheck.sampling import (
    ExampleStore,
    FalsifyingExample,
    FlakyExample,
    NoExample,
    StopExploring,
    explore_cases,
)
from gradcheck.types import Verdict

FURTHER = 20
"""Examples of the round that tries to reach what never ran: eight sizes for each of two letters."""
FURTHER_CHECK = "finite-difference"
"""The check that runs in it."""
FLAKY = "the layer is not deterministic: a failing example passed when it was repeated"


def run_at(check: Check, trial: Trial) -> Outcome:
    """Run one check at one example; a broken rule of conduct is FLAWED, for WRONG is said of gradients."""
    trial.calls.tolerated = {}
    outcome = at_example(check, trial)
    if trial.calls.tolerated:
        outcome = replace(outcome, tolerated=dict(trial.calls.tolerated))
    if check.kind == "conduct" and outcome.verdict is Verdict.WRONG:
        return replace(outcome, verdict=Verdict.FLAWED)
    return outcome


def run_at_point(check: Check, trial: Trial) -> tuple[Outcome, Trial]:
    """Run one check at a point of the caller's own, which can't be drawn again; return the trial too.

    Where something is not finite there, the check is run once more without it.
    """
    outcome = run_at(check, trial)
    with silence_warnings():  # as in the checks: the report says what is not finite
        rest = hold_edges(trial) if outcome.is_stopped else None
    if rest is not None:
        trial, outcome = rest, run_at(check, rest)
    if trial.edges is not None and outcome.verdict is not Verdict.WRONG:
        outcome = replace(outcome, reason="; ".join(filter(None, (outcome.reason, trial.edges.note))))
    return outcome, trial


def at_example(check: Check, trial: Trial) -> Outcome:
    """Run one check at one example; what stops it becomes the reason why it is UNVERIFIED."""
    try:
        with silence_warnings():
            return check.at(trial)
    except NothingToLearn as stop:
        if isinstance(getattr(stop, "cause", None), SystemExit):
            return Outcome(Verdict.FLAWED, f"{stop}, which ends the program")
        raised, is_stopped = isinstance(stop, LayerRaised), isinstance(stop, NotFinite)
        return Outcome(Verdict.UNVERIFIED, str(stop), raised=raised, is_stopped=is_stopped)
    except SystemExit as end:
        return Outcome(Verdict.FLAWED, describe_exit(end))


def describe_exit(end: SystemExit) -> str:
    """Return what is said of a layer that would end the whole run, silently, with a status of its own."""
    return f"a function of the layer raised {end!r}, which ends the program"


def search(
    checks: Sequence[Check],
    layer: Layer,
    *,
    seed: int,
    max_examples: int,
    calls: Calls,
    explain: bool = True,
    memory: ExampleStore | None = None,
    tick: Callable[[], None] = lambda: None,
    limit: TimeLimit | None = None,
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
    limit
        When the search ends at the latest; what is finished by then stands.
    """
    if layer.shapes is None and layer.cases is None:
        reason = (
            f"{layer.name!r} has neither shapes= nor cases=, so no examples can be drawn; say of its inputs, "
            'as shapes={"x": "n d", "w": "d"}, how many axes they have and which are equal'
        )
        return (), [Result(c.name, Verdict.UNVERIFIED, reason) for c in checks]
    hunt = _Hunt(checks, layer, seed, max_examples, calls, explain, memory, tick, limit or TimeLimit())
    for step in (hunt.replay, hunt.explore, hunt.explore_further, hunt.shrink):
        hunt.limit.attempt(step)
    return hunt.names, [hunt.result(check) for check in checks]


class _Hunt:
    """The state of a search: it can be ended between any two examples, and what it has found stands."""

    def __init__(
        self,
        checks: Sequence[Check],
        layer: Layer,
        seed: int,
        max_examples: int,
        calls: Calls,
        explain: bool,
        memory: ExampleStore | None,
        tick: Callable[[], None],
        limit: TimeLimit,
    ) -> None:
        self.layer, self.memory, self.limit, self.calls = layer, memory, limit, calls
        self.refused = {c.name: c.inapplicable(layer) for c in checks}
        self.checks = [c for c in checks if self.refused[c.name] is None]
        self.tallies = {c.name: Tally() for c in checks}
        self.stops: dict[str, str | None] = {}
        """Of each check that is finished, why it had to stop, or None."""
        self.replayed: set[str] = set()
        self.explainer = Explainer(layer, seed) if explain else None

        def ticking() -> None:
            tick()
            limit.check()

        self._explore = partial(
            _explore, layer=layer, seed=seed, max_examples=max_examples, calls=calls, tick=ticking
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs' names, as examples have them."""
        seen = (tally.names for tally in self.tallies.values() if tally.names)
        return next(seen, tuple(self.layer.shapes or ()))

    def replay(self) -> None:
        """Try what earlier runs kept."""
        for check in self.checks if self.memory is not None else ():
            if self.memory is not None and self.memory.has_failures(check.name):
                earlier = Tally()
                self._explore([check], {check.name: earlier}, shrink=True, memory=self.memory, replay=True)
                if earlier.falsified is not None:
                    self.tallies[check.name], self.stops[check.name] = earlier, None
                    self.replayed.add(check.name)

    def explore(self) -> None:
        """Run the checks over new examples, those with a size of zero last."""
        for empty in (False, True):
            group = [c for c in self.checks if c.empty is empty and c.name not in self.replayed]
            if group:
                stop = self._explore(group, self.tallies, shrink=False, is_shared=True)
                self.stops.update({c.name: stop for c in group})

    def explore_further(self) -> None:
        """Measure at larger sizes and other options, where a statement of the layer never ran."""
        watch = self.calls.watch
        if watch is None or not watch.unreached(FURTHER_CHECK) or self.layer.shapes is None:
            return
        for check in self.checks:
            tally = self.tallies[check.name]
            if check.name == FURTHER_CHECK and tally.falsified is None and self.stops.get(check.name) is None:
                tally.is_further = True
                self._explore([check], {check.name: tally}, shrink=False, further=True)

    def shrink(self) -> None:
        """Make failing examples as small as possible."""
        for check in self.checks:
            tally = self.tallies[check.name]
            if tally.falsified is None or check.name in self.replayed or not self._explains(check):
                continue
            smaller = Tally()
            how: dict[str, Any] = {"memory": self.memory, "further": tally.is_further}
            stop = self._explore([check], {check.name: smaller}, shrink=True, **how)
            if smaller.falsified is not None:
                tally.unshrunk, tally.falsified = tally.falsified[0], smaller.falsified
            if stop == FLAKY and check.measures:
                tally.falsified, self.stops[check.name] = None, stop

    def result(self, check: Check) -> Result:
        """Return what a check came to."""
        refused, tally = self.refused[check.name], self.tallies[check.name]
        if refused is not None:
            return Result(check.name, Verdict.NOT_APPLICABLE, refused)
        if check.name not in self.stops and tally.falsified is None:
            return conclude_unfinished(check, tally, self.limit.reason)
        explainer = self.explainer if self._explains(check) else None
        found = conclude_in_time(self.limit, check, tally, self.stops.get(check.name), explainer)
        return replace(found, replayed=check.name in self.replayed)

    def _explains(self, check: Check) -> bool:
        return self.explainer is not None and check.name not in self.layer.exempt


def _explore(
    checks: Sequence[Check],
    tallies: dict[str, Tally],
    *,
    layer: Layer,
    seed: int,
    max_examples: int,
    calls: Calls,
    tick: Callable[[], None],
    shrink: bool,
    memory: ExampleStore | None = None,
    replay: bool = False,
    further: bool = False,
    is_shared: bool = False,
) -> str | None:
    """Let Hypothesis run the examples; return why it had to stop, or None.

    A check that fails is left out of the later examples, and the others go on. With `shrink`,
    there is one check, and its first failure is shrunk, and kept in the `memory`. A `replay` tries
    what is kept there instead of new examples. Where the examples are those of all checks, each of them
    `is_shared`.
    """
    own_seed = example_seed(layer, seed)
    try:
        test = _test(checks, tallies, layer, calls, tick, shrink=shrink, is_shared=is_shared)
        kept = (memory.database, memory.key(checks[0].name)) if memory is not None else None
        empty = any(c.empty for c in checks)
        limits: dict[str, Any] = {
            "seed": own_seed,
            "max_examples": FURTHER if further else max_examples,
            "further": further,
        }
        explore_cases(test, layer, empty=empty, **limits, shrink=shrink, store=kept, replay=replay)
    except (StopExploring, FalsifyingExample):
        return None
    except FlakyExample:
        return FLAKY
    except NoExample as none:
        return str(none)
    except (CannotVerify, LayerRaised) as stop:
        if isinstance(stop, LayerRaised) and isinstance(stop.cause, SystemExit):
            raise stop.cause from stop
        return str(stop)
    return None


def example_seed(layer: Layer, seed: int) -> int:
    """Return the seed of a layer's examples, the same in whatever file it stands."""
    return zlib.crc32(f"{seed} {layer.name}".encode())


def _test(
    checks: Sequence[Check],
    tallies: dict[str, Tally],
    layer: Layer,
    calls: Calls,
    tick: Callable[[], None],
    *,
    shrink: bool,
    is_shared: bool,
) -> Callable[[Any], None]:
    """Return the function that Hypothesis calls with each example."""
    ended: set[str] = set()
    examples = count()

    def test(case: Any) -> None:
        trial = Trial.of(layer, case.primals, case.options, case.seed, calls)
        if is_shared:
            trial.known.example = checks[0].empty, next(examples)
        for check in checks:
            if check.name in ended:
                continue
            if calls.watch is not None:
                calls.watch.enter(check.name)
            outcome = run_at(check, trial)
            tallies[check.name].add(outcome, trial)
            tick()
            if outcome.verdict.is_failure and shrink:
                raise FalsifyingExample
            if outcome.verdict.is_failure or outcome.is_enough:
                ended.add(check.name)
                if len(ended) == len(checks):
                    raise StopExploring

    return test
