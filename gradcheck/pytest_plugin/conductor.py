"""A run that uses gradcheck: what it collects, what its tests found, and what is written at its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import groupby

import pytest

from gradcheck.checks import CHECKS
from gradcheck.layers import Layer
from gradcheck.pytest_plugin.current import RANK, Note
from gradcheck.pytest_plugin.nodes import CheckItem, module_node, required_node
from gradcheck.pytest_plugin.parametrize import CheckedByPytest
from gradcheck.pytest_plugin.ratchet import (
    Derivation,
    Exemption,
    derivations_of,
    exemptions_of,
    without_check,
)
from gradcheck.pytest_plugin.reports import Found, gather_reports
from gradcheck.pytest_plugin.scope import Scope
from gradcheck.reporting import Report, unwritable, write_json
from gradcheck.running import REACH, BadTarget, Subject, demand_reached, subjects_of, unpack


class Conductor:
    """The state of a run: one in each process that takes part in it.

    Parameters
    ----------
    config
        pytest's configuration.
    started
        When the run began, on the clock of `time.perf_counter`.

    Raises
    ------
    pytest.UsageError
        If a file can't be written, or the packages that write it are missing.
    """

    def __init__(self, config: pytest.Config, started: float) -> None:
        self.config = config
        self.started = started
        self.modules = tuple(dict.fromkeys(config.getini("gradcheck_modules")))
        self.scope = Scope.of(config, self.modules)
        self.subjects: dict[str, tuple[Subject, ...]] = {}
        self.derivations: tuple[Derivation, ...] = ()
        self.exemptions: tuple[Exemption, ...] = ()
        self.notes: list[Note] = []
        self.write_report: Callable[..., None] | None = None
        if not is_worker(config):
            self._demand_files()

    def _demand_files(self) -> None:
        """Fail before the work, not after it."""
        for option in ("gradcheck_json", "gradcheck_report"):
            path = self.config.getoption(option)
            refused = None if path is None else unwritable(path)
            if refused is not None:
                message = f"--{option.replace('_', '-')}: {refused}"
                raise pytest.UsageError(message)
        if self.config.getoption("gradcheck_report") is not None:
            try:
                html = import_module("gradcheck.html")
                html.require()
            except ImportError as cause:
                message = f"--gradcheck-report: {cause}"
                raise pytest.UsageError(message) from cause
            self.write_report = html.write

    def load(self) -> None:
        """Import what the configuration names.

        Raises
        ------
        pytest.UsageError
            If that can't be done; the sentence names the setting and what is wrong.
        """
        setting = "gradcheck_modules"
        if str(self.config.rootpath) not in sys.path:
            sys.path.append(str(self.config.rootpath))  # from whichever folder of the project it is run
        try:
            taken: set[int] = set()
            for target in self.modules if self.scope.modules or self.scope.named else ():
                found = subjects_of(_from_root(self.config, target))
                self.subjects[target] = tuple(s for s in found if id(s) not in taken)
                taken |= {id(s) for s in found}
            setting = "gradcheck_require"
            required = [_from_root(self.config, t) for t in self.config.getini("gradcheck_require")]
            self.derivations = derivations_of(required)
            setting = ""
            self.exemptions = exemptions_of(self.config.getini("gradcheck_exempt"), self.derivations)
        except BadTarget as problem:
            message = f"{setting}: {problem}" if setting else str(problem)
            raise pytest.UsageError(message) from problem

    def collect(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add our tests to those that pytest collected, and mark all that check gradients."""
        own: list[pytest.Item] = []
        for target, subjects in self.subjects.items():
            own += session.genitems(module_node(session, target, subjects))
        if self.scope.named:
            named = [i for i in own if any(f"{i.nodeid}::".startswith(f"{n}::") for n in self.scope.named)]
            unknown = [
                n for n in self.scope.named if not any(f"{i.nodeid}::".startswith(f"{n}::") for i in own)
            ]
            if unknown:
                message = f"there is no test {unknown[0]!r} in gradcheck_modules; see pytest --collect-only"
                raise pytest.UsageError(message)
            own = own if self.scope.modules else named
        if self.scope.whole:
            own += self._required_items(session, [*items, *own])
        items += own
        ours = set(own)
        for rank, item in enumerate(items):
            item.stash[RANK] = rank
            if item in ours or _checks_of(item):
                item.add_marker("gradcheck")

    def _required_items(self, session: pytest.Session, items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
        """Return a test for each derivation that is not exempt: does one of these tests check it?"""
        lacking = without_check(self.derivations, _layers(items))
        excused = {exemption.place for exemption in self.exemptions}
        for module, group in groupby(self.derivations, key=lambda d: d.module):
            asked = [(d, d not in lacking) for d in group if d.place not in excused]
            yield from session.genitems(required_node(session, module, asked))

    def receive(self, text: str) -> None:
        """Take the notes of one test, from this process or another."""
        self.notes += unpack(text)

    def gather(self) -> Found:
        """Return what the tests found; a backward with gaps is UNVERIFIED if that was asked.

        It can be told only of layers all of whose checks ran: another check may reach what one does not.
        """
        found = gather_reports(self.notes)
        if not self.config.getoption("gradcheck_require_reached"):
            return found
        whole = {check.name for check in CHECKS}
        return [
            (demand_reached(each), line)
            if isinstance(each, Report) and whole <= {result.check for result in each.results}
            else (each, line)
            for each, line in found
        ]

    def finish(self) -> bool:
        """Write the files that were asked for; return whether a backward has gaps, and may have none."""
        found = [result for result, _ in self.gather()]
        path = self.config.getoption("gradcheck_json")
        if path is not None:
            write_json(path, found)
        path = self.config.getoption("gradcheck_report")
        if self.write_report is not None and found:
            self.write_report(path, found, seconds=self.seconds)
        return any(isinstance(each, Report) and any(r.check == REACH for r in each.results) for each in found)

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.perf_counter() - self.started


def is_worker(config: pytest.Config) -> bool:
    """Return whether this process is one of pytest-xdist's workers, who leave the reporting to another."""
    return hasattr(config, "workerinput")


def _from_root(config: pytest.Config, target: str) -> str:
    """Return a target with its file, if it is one, as seen from the project's root."""
    place, colon, name = target.partition(":")
    return f"{config.rootpath / place}{colon}{name}" if place.endswith(".py") else target


def _checks_of(item: pytest.Item) -> list[object]:
    """Return the parameters of a test that `parametrize_with_checks` gave it."""
    callspec = getattr(item, "callspec", None)
    return [v for v in callspec.params.values() if isinstance(v, CheckedByPytest)] if callspec else []


def _layers(items: Sequence[pytest.Item]) -> list[Layer]:
    """Return the layers that these tests check."""
    held = [item.layer for item in items if isinstance(item, CheckItem)]
    for item in items:
        if _checks_of(item):
            held += [v for v in item.callspec.params.values() if isinstance(v, Layer)]  # type: ignore[attr-defined]
    return held
