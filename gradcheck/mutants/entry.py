"""`mutate`: plant mistakes into a layer's backward, and count those that its own declaration finds."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gradcheck._util import demand_whole
from gradcheck.errors import MalformedLayer
from gradcheck.layers import Layer
from gradcheck.mutants.judge import Judge, Ran
from gradcheck.mutants.processes import Nursery, Task, Unstartable, may_fork
from gradcheck.reporting import Fate, MutantReport, MutationReport, status_line
from gradcheck.running import TimeLimit, count_workers
from gradcheck.types import Verdict

MAX_EXAMPLES = 30
"""As many as `gradcheck verify` draws."""
FIRST = 600.0
"""Seconds of processor time for the layer as it is, of which nothing is known yet. Half ends layers that a
user may still want to wait for; twice as much waits twenty minutes for a backward that never ends."""
TIMES = 5.0
"""A mutant may take so many times what all checks take on the layer as it is: they stop at the first that
finds it. Half ends some that only measure longer; twice as much waits longer for each endless loop."""
LEAST = 2.0
"""Seconds that it may take in any case: the first call of a library may load it."""
EXPLAINING = 60.0
"""As `TIMES`, for why a mutant lives: some twenty wider declarations are tried on it and on the original."""

MEASURING = -1
"""The number of the task that measures the layer as it is: no mutant's."""


class Stopped(KeyboardInterrupt):
    """Ctrl-C, with what was known by then.

    Parameters
    ----------
    report
        The mutants that were judged.
    """

    def __init__(self, report: MutationReport) -> None:
        self.report = report
        super().__init__(f"while mutants of {report.layer!r} were judged")


def mutate(
    layer: Layer,
    *,
    seed: int = 0,
    max_examples: int = MAX_EXAMPLES,
    workers: int = 1,
    time_limit: float | None = None,
) -> MutationReport:
    """Plant typical mistakes into a layer's backward, and see which of them its checks let through.

    The layer is checked as it is declared: a mutant that survives is a mistake that nobody would be told of.
    Files are never written; each mutant lives in a process of its own.

    Parameters
    ----------
    layer
        The layer, whose gradient must be right.
    seed
        Everything random follows from it: the same seed gives the same report.
    max_examples
        How many random examples each check runs.
    workers
        How many mutants are judged at a time, -1 for one on each core.
    time_limit
        Seconds after which the report is made of what is judged by then, a random sample of all mutants.

    Returns
    -------
    MutationReport
        Each mutant with its fate, the score with its interval, and for each survivor why it lives and what
        to declare.

    Raises
    ------
    MalformedLayer
        If the layer does not say how to draw examples.
    TypeError, ValueError
        If an argument is not what it should be.

    Examples
    --------
    >>> import gradcheck
    >>> from layers import CONVOLUTION  # doctest: +SKIP
    >>> gradcheck.mutate(CONVOLUTION, workers=-1).score  # doctest: +SKIP
    0.992
    """
    if not isinstance(layer, Layer):
        message = f"layer must be a gradcheck.Layer, got {type(layer).__name__}: {layer!r}"
        raise TypeError(message)
    demand_whole("seed", seed, least=0)
    demand_whole("max_examples", max_examples, least=1)
    if callable(workers):
        message = "workers must be a whole number: mutants are judged in processes of this machine"
        raise TypeError(message)
    if layer.shapes is None and layer.cases is None:
        message = (
            f"Layer {layer.name!r} has neither shapes= nor cases=, so no examples can be drawn; "
            "declare one of them"
        )
        raise MalformedLayer(message)
    limit = TimeLimit.start(time_limit)
    try:
        with status_line(layer.name) as tick:
            return judge_all(Judge(layer, seed, max_examples), workers=workers, limit=limit, tick=tick)
    except Stopped as stop:
        print(f"gradcheck: interrupted\n{stop.report}", file=sys.stderr)
        raise


def judge_all(
    judge: Judge,
    *,
    workers: int = 1,
    limit: TimeLimit | None = None,
    tick: Callable[[], None] = lambda: None,
) -> MutationReport:
    """Judge all mutants of a layer, in an order in which the first ones are a fair sample.

    Parameters
    ----------
    judge
        Of the layer.
    workers, limit
        As for `mutate`.
    tick
        Called for each mutant that is judged.

    Raises
    ------
    Stopped
        On Ctrl-C, with the report on what is known.
    """
    run = _Run(judge, count_workers(workers) or 1, limit or TimeLimit(), tick)
    try:
        run.judge()
    except Unstartable as problem:
        run.reason = str(problem)
    except KeyboardInterrupt as stop:
        run.reason = "interrupted"
        raise Stopped(run.report()) from stop
    finally:
        run.nursery.stop()
    return run.report()


@dataclass
class _Run:
    judge_: Judge
    workers: int
    limit: TimeLimit
    tick: Callable[[], None]
    found: dict[int, MutantReport] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    asked: set[int] = field(default_factory=set)
    """The mutants that no check found, whose reasons are asked for."""

    def __post_init__(self) -> None:
        self.nursery = Nursery(self.judge_, may_fork())

    def judge(self) -> None:
        """Judge the mutants, as far as the time allows."""
        self.reason = self.judge_.subject.reason
        if self.reason:
            return
        if not self.judge_.mutants:
            self.reason = "its backward holds nothing to plant a mistake in"
            return
        measured = self._measure()
        if measured is None:
            return
        checks, seconds, sensitivity, ran = measured
        order = list(range(len(self.judge_.mutants)))
        random.Random(f"{self.judge_.seed} {self.judge_.layer.name}").shuffle(order)
        order.reverse()  # the next one stands at its end
        right = dict[int, bool]()

        def explain(number: int) -> None:
            self.asked.add(number)
            arguments = (number, checks, sensitivity, right)
            self.nursery.start(number, Task("explain", arguments, LEAST + EXPLAINING * seconds))

        while order or self.nursery.running:
            while order and len(self.nursery.running) < self.workers and self.limit.left > 0.0:
                number = order.pop()
                if self.judge_.runs(number, ran):
                    task = Task("judge", (number, checks), LEAST + TIMES * seconds)
                    self.nursery.start(number, task)
                else:
                    explain(number)
            if not self.nursery.running or self.limit.left <= 0.0:
                self.reason = self.limit.reason
                return
            for number, result in self.nursery.wait(self.limit.left):
                if not result and number not in self.asked:
                    explain(number)
                    continue
                right |= result.pop("right", {})
                self.found[number] = self._told(number, result, is_explained=number in self.asked)
                self.tick()

    def _measure(self) -> tuple[tuple[str, ...], float, float | None, Ran] | None:
        """Return which checks judge, the time they take, what they would see, and the lines that ran."""
        self.nursery.start(MEASURING, Task("measure", (), FIRST))
        measured = dict(self.nursery.wait(self.limit.left)).get(MEASURING)
        if measured is None:
            self.reason = self.limit.reason
            return None
        if "results" not in measured:
            self.reason = f"the layer as it is could not be checked: {measured['reason']}"
            return None
        results = {name: (Verdict(verdict), *rest) for name, (verdict, *rest) in measured["results"].items()}
        for name, (verdict, reason, _) in results.items():
            if verdict.is_failure:
                self.reason = f"the layer itself is {verdict.value} by {name}: {reason}; mend it first"
                return None
            if verdict is Verdict.UNVERIFIED:
                self.notes.append(f"{name} says nothing of the layer itself ({reason}), and judges no mutant")
        checks = tuple(name for name, (verdict, *_) in results.items() if verdict is Verdict.CORRECT)
        if not checks:
            self.reason = "no check verifies the layer itself, so that none can find a mistake in it"
            return None
        ran = {(file, line) for file, line in measured["ran"]}
        return checks, measured["seconds"], results["finite-difference"][2], ran

    def _told(self, number: int, result: dict[str, Any], *, is_explained: bool) -> MutantReport:
        mutant = self.judge_.mutants[number]
        change, function = mutant.change, mutant.root.source.function.__qualname__
        told = MutantReport(
            number,
            mutant.kind,
            function.replace(".<locals>", ""),
            change.file,
            change.line,
            change.old,
            change.new,
            Fate.KILLED,
        )
        if not is_explained:
            return replace(told, **{name: result.get(name, "") for name in ("how", "check", "reason")})
        if "fate" not in result:
            reason = f"no check finds it; {result['reason']}"
            return replace(told, fate=Fate.SURVIVED, reason=reason)
        declaration = result.get("declaration", "")
        return replace(told, fate=Fate(result["fate"]), reason=result["reason"], declaration=declaration)

    def report(self) -> MutationReport:
        """Return what is known."""
        judge = self.judge_
        # To leave out what takes longest, and lives, would make a sample of those that are found.
        unfinished = {"reason": f"the reason was not found in time: {self.reason}"}
        for number in self.asked - set(self.found):
            self.found[number] = self._told(number, unfinished, is_explained=True)
        mutants = [self.found[number] for number in sorted(self.found)]
        return MutationReport(
            judge.layer.name,
            tuple(mutants),
            len(judge.mutants),
            judge.seed,
            judge.max_examples,
            tuple(self.notes),
            self.reason,
        )
