"""`run`: some checks on one layer, over random examples or at one point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from gradcheck._util import keep_freed_memory, untouched_randomness
from gradcheck.checks import CHECKS, Check
from gradcheck.diagnosis import Explainer
from gradcheck.errors import CannotVerify
from gradcheck.evaluation import Calls, Trial, Watch, end_endless_calls, hold_missing
from gradcheck.judging import Result, verdict_of
from gradcheck.layers import Layer, import_lines
from gradcheck.reporting import Report
from gradcheck.running.exemptions import apply_exemption
from gradcheck.running.merge import merge_reports
from gradcheck.running.search import describe_exit, example_seed, run_at_point, search
from gradcheck.running.tally import Tally, conclude_in_time, conclude_unfinished
from gradcheck.running.time_limit import Interrupted, OutOfTime, TimeLimit
from gradcheck.sampling import ExampleStore, find_untried
from gradcheck.types import Primals, Verdict

REPEATS = 3
"""At one point, each check runs with this many random cotangents and directions, unless fewer say it all."""
OF_SURROGATE = "measured on surrogate=, which stands in for forward"
FEW_CALLS = 60
"""A check at a point that makes more forward calls than this says why: twenty for each of `REPEATS`.

Half of it speaks of ladders, which are common; twice as much says nothing of a minute where a call takes
half a second.
"""


@untouched_randomness()
def run(
    layer: Layer,
    primals: Primals = (),
    options: Mapping[str, Any] | None = None,
    *,
    seed: int,
    max_examples: int,
    checks: Iterable[Check] = CHECKS,
    explain: bool = True,
    memory: ExampleStore | None = None,
    tick: Callable[[], None] = lambda: None,
    limit: TimeLimit | None = None,
    reach: bool = True,
) -> Report:
    """Run some checks on one layer, at a point if there are primals; see `search` for the parameters.

    Raises
    ------
    Interrupted
        On Ctrl-C, with the report on what was finished.
    """
    if layer.surrogate is not None:
        how_both: dict[str, Any] = {"seed": seed, "max_examples": max_examples, "explain": explain}
        how_both |= {"memory": memory, "tick": tick, "limit": limit or TimeLimit(), "reach": reach}
        return _run_with_surrogate(layer, tuple(checks), partial(run, **how_both), primals, options)
    calls = Calls(watch=Watch(layer) if reach else None)
    chosen, limit = tuple(checks), limit or TimeLimit()
    names: tuple[str, ...] = layer.input_names(len(primals)) if primals else tuple(layer.shapes or ())
    try:
        with limit.enforce(), nullcontext() if layer.framework is None else layer.framework.checking():
            if primals:
                keep_freed_memory()
                explainer = Explainer(layer, seed) if explain else None
                point = _AtPoint(layer, primals, options or {}, seed, calls, explainer, tick, limit)
                with _ending_endless_calls(layer, calls):
                    results = [point.result(check) for check in chosen]
            else:
                how: dict[str, Any] = {"seed": seed, "max_examples": max_examples, "calls": calls}
                how |= {"explain": explain, "memory": memory, "tick": tick, "limit": limit}
                names, results = search(chosen, layer, **how)
    except SystemExit as end:  # from a function that no check calls, such as where=
        results = [Result(check.name, Verdict.FLAWED, describe_exit(end)) for check in chosen]
    results = [apply_exemption(result, layer.exempt.get(result.check)) for result in results]
    is_repeated = explain and verdict_of(results) is not Verdict.CORRECT
    report = Report(
        layer.name,
        names,
        tuple(results),
        calls.forward,
        calls.vjp,
        seed,
        unreached=() if calls.watch is None else calls.watch.unreached(),
        untried=() if primals else find_untried(layer, example_seed(layer, seed), max_examples),
        declared=tuple(layer.tolerances),
        raised_at=dict(calls.raised_at),
        brought_in=import_lines(layer) if is_repeated else "",
    ).with_shared(calls.shared)
    if limit.stop is not None and not isinstance(limit.stop, OutOfTime):
        raise Interrupted(report) from limit.stop
    return report


def _ending_endless_calls(layer: Layer, calls: Calls) -> AbstractContextManager[None]:
    """Return a context in which no call at a moved point hangs.

    A framework may compile within any call, which takes long and ends.
    """
    return nullcontext() if layer.framework is not None else end_endless_calls(calls.stopwatch)


def _run_with_surrogate(
    layer: Layer,
    checks: tuple[Check, ...],
    run_checks: Callable[..., Report],
    primals: Primals,
    options: Mapping[str, Any] | None,
) -> Report:
    """Run the checks that measure on a layer's surrogate, and all others on its forward."""
    reports = []
    conduct = tuple(check for check in checks if not check.measures)
    if conduct:
        reports.append(run_checks(replace(layer, surrogate=None), primals, options, checks=conduct))
    measuring = tuple(check for check in checks if check.measures)
    if measuring:
        found = run_checks(layer.as_measured(), primals, options, checks=measuring)
        reports.append(replace(found, results=tuple(map(_say_of_what, found.results))))
    merged = merge_reports(reports)
    return replace(merged, unreached=reports[0].unreached)


def _say_of_what(result: Result) -> Result:
    """Add to what was measured that it is the surrogate's slope."""
    if result.verdict is Verdict.NOT_APPLICABLE:
        return result
    return replace(result, reason=f"{result.reason}, {OF_SURROGATE}" if result.reason else OF_SURROGATE)


@dataclass(frozen=True)
class _AtPoint:
    """The checks at the caller's own point, each with a few random cotangents and directions."""

    layer: Layer
    primals: Primals
    options: Mapping[str, Any]
    seed: int
    calls: Calls
    explainer: Explainer | None
    tick: Callable[[], None]
    limit: TimeLimit

    @cached_property
    def _first(self) -> Trial:
        """The trial that all checks begin with: what one of them asks of the layer is known to all."""
        trial = self._trial(0)
        trial.known.example = "point"
        return trial

    def _trial(self, repeat: int) -> Trial:
        seed = self.seed + repeat
        given = Trial.of(self.layer, self.primals, self.options, seed, self.calls, is_user_point=True)
        return hold_missing(given)

    def result(self, check: Check) -> Result:
        """Return what one check comes to."""
        reason = "the point has its own sizes" if check.empty else check.inapplicable(self.layer)
        if reason is not None:
            return Result(check.name, Verdict.NOT_APPLICABLE, reason)
        tally, stops, before = Tally(), list[str](), self.calls.forward
        ended = self.limit.attempt(lambda: self._repeat(check, tally, stops)) is None
        if ended and tally.falsified is None:
            return conclude_unfinished(check, tally, self.limit.reason)
        explainer = None if check.name in self.layer.exempt else self.explainer
        called = self.calls.forward - before
        result = conclude_in_time(self.limit, check, tally, next(iter(stops), None), explainer)
        if called <= FEW_CALLS or result.verdict is not Verdict.CORRECT:
            return result
        why = (
            result.reason
            or "some entries or inputs were measured by themselves, which one look did not settle"
        )
        return replace(result, reason=f"{why} ({called:,} forward calls)")

    def _repeat(self, check: Check, tally: Tally, stops: list[str]) -> bool:
        """Run a check until another cotangent would teach nothing; what stops it goes to `stops`."""
        try:
            for repeat in range(1 if check.once else REPEATS):
                trial = self._trial(repeat) if repeat else self._first
                if self.calls.watch is not None:
                    self.calls.watch.enter(check.name)
                outcome, trial = run_at_point(check, trial)
                tally.add(outcome, trial)
                self.tick()
                self.limit.check()
                if outcome.verdict.is_failure or outcome.final:
                    break
        except CannotVerify as stop:
            stops.append(str(stop))
        return True
