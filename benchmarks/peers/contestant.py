"""A tool in a process of its own, which answers one question at a time or is ended when it takes too long."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.calibration.faults import Fault, Target, plant
from benchmarks.calibration.peers.pair import Pair
from benchmarks.peers.problems import Problem, active, case
from benchmarks.peers.tools import tool
from gradcheck import Layer

START = 120.0
"""Seconds for a process to start and import its tool."""
BRIEF, CALLS = 0.1, 3
"""A visit that takes less than so many seconds goes on to so many calls, of which the median is timed."""
MOST_MEMORY = 16 * 2**30
ERROR = 1e-3
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Visit:
    """One run of a tool: what it said, how long it took, its calls, and the memory it took at most."""

    rejected: bool
    seconds: float
    forward: int
    vjp: int
    memory: int | None


class Contestant:
    """A tool and its process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: SpawnProcess | None = None
        self._door: Connection | None = None

    def ask(self, problem: Problem, seed: int, at: Target | None, patience: float) -> Visit | str:
        """Check a problem's gradient, with an error of 1e-3 in one entry if there is a target.

        Returns what stopped it in words: ``"timeout"``, or what the tool raised.
        """
        if self._door is None:
            self._start()
        assert self._door is not None
        try:
            self._door.send((problem, seed, at))
            if self._door.poll(patience):
                answer: Visit | str = self._door.recv()
                return answer
        except (EOFError, ConnectionError):
            self.end()
            return "died"
        self.end()
        return "timeout"

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._door = None

    def _start(self) -> None:
        context = get_context("spawn")
        self._door, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self.name, theirs), daemon=True)
        self._process.start()
        theirs.close()
        if not self._door.poll(START) or self._door.recv() != "ready":
            message = f"{self.name} did not start within {START:g} s"
            raise RuntimeError(message)


def _serve(name: str, door: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    rejects = tool(name)
    door.send("ready")
    with suppress(EOFError):
        while True:
            problem, seed, at = door.recv()
            try:
                door.send(_visited(rejects, problem, seed, at))
            except Exception as stop:  # whatever a tool raises is its answer
                door.send(f"{type(stop).__name__}: {str(stop)[:200]}")


def _visited(rejects: Callable[[Pair], bool], problem: Problem, seed: int, at: Target | None) -> Visit:
    drawn = case(problem)
    calls = {"forward": 0, "vjp": 0}
    fault = None if at is None else Fault("one entry", ERROR)
    layer = _counted(drawn.layer if at is None else plant(drawn.layer, fault, at), calls)
    pair = Pair(layer, drawn, active(drawn), seed)
    before = _memory(anew=True)
    rejected, seconds = _timed(rejects, pair)
    peak = _memory()
    memory = None if before is None or peak is None else peak - before
    visit = Visit(rejected, seconds, calls["forward"], calls["vjp"], memory)
    if at is not None or seconds > BRIEF:
        return visit
    # The first call of a visit finds the caches full of another process' work.
    return replace(visit, seconds=median(_timed(rejects, pair)[1] for _ in range(CALLS)))


def _timed(rejects: Callable[[Pair], bool], pair: Pair) -> tuple[bool, float]:
    started = time.perf_counter()
    rejected = bool(rejects(pair))
    return rejected, time.perf_counter() - started


def _counted(layer: Layer, calls: dict[str, int]) -> Layer:
    """Return the layer with its forward and pullback calls counted, and no oracle to be asked instead."""

    def forward(*primals: Any, **options: Any) -> Any:
        calls["forward"] += 1
        return layer.forward(*primals, **options)

    def vjp(*primals: Any, **options: Any) -> Any:
        y, pullback = layer.vjp(*primals, **options)
        return y, partial(pulled_back, pullback)

    def pulled_back(pullback: Any, y_bar: Any) -> Any:
        calls["vjp"] += 1
        return pullback(y_bar)

    return replace(layer, forward=forward, vjp=vjp, oracle=None, traits=())


def _memory(*, anew: bool = False) -> int | None:
    """Return the most bytes resident so far, or those now, to start `anew`; None but on Linux."""
    try:
        if anew:
            CLEAR.write_text("5")
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    wanted = "VmRSS" if anew else "VmHWM"
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(wanted))
