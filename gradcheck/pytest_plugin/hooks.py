"""The pytest plugin: options, settings and hooks. Every project loads it, so it imports next to nothing.

Whatever needs NumPy or Hypothesis is imported inside of a hook, once a run uses gradcheck: because the
command line or the configuration says so, or because a test was made by `parametrize_with_checks`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gradcheck.pytest_plugin.conductor import Conductor

SETTINGS = ("gradcheck_modules", "gradcheck_require", "gradcheck_exempt")
OPTIONS = (
    "gradcheck_report",
    "gradcheck_json",
    "gradcheck_seed",
    "gradcheck_max_examples",
    "gradcheck_require_reached",
)
SHARED_SEED = "gradcheck_seed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and the settings."""
    group = parser.getgroup("gradcheck", "gradcheck: verify hand-derived gradients")
    group.addoption(
        "--gradcheck-report", type=Path, metavar="FILE", help="write the verdicts to FILE as a page of HTML"
    )
    group.addoption("--gradcheck-json", type=Path, metavar="FILE", help="write the verdicts to FILE as JSON")
    group.addoption(
        "--gradcheck-seed",
        type=_whole(0),
        metavar="N",
        help="everything random in a check follows from it; by default from --hypothesis-seed or the profile",
    )
    group.addoption(
        "--gradcheck-max-examples",
        type=_whole(1),
        metavar="N",
        help="random examples for each check; by default as many as the Hypothesis profile says",
    )
    group.addoption(
        "--gradcheck-require-reached",
        action="store_true",
        default=None,  # as of the other options, so that a run that says nothing imports nothing
        help="fail the run where statements of a backward never ran in any of a layer's checks",
    )
    parser.addini("gradcheck_modules", "modules whose layers and claims are checked", "args", [])
    parser.addini("gradcheck_require", "modules in which every derivation must have a check", "args", [])
    parser.addini(
        "gradcheck_exempt", "those that need none, each as 'module:name: the reason'", "linelist", []
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and begin the run."""
    config.addinivalue_line("markers", "gradcheck: checks a gradient (set by gradcheck itself)")
    config.pluginmanager.register(Run(config), "gradcheck-run")


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        from gradcheck._util import whole_number

        return whole_number(text, least)

    return parse


class Run:
    """The hooks of one run: they do nothing until it uses gradcheck."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.started = time.perf_counter()
        shared = getattr(config, "workerinput", {}).get(SHARED_SEED)
        self.seed = int.from_bytes(os.urandom(4), "little") if shared is None else int(shared)
        self._conductor: Conductor | None = None
        asked = any(config.getoption(option) is not None for option in OPTIONS)
        if asked or any(config.getini(setting) for setting in SETTINGS):
            self.conductor()  # made now, so that what is wrong with the settings is said now

    def conductor(self) -> Conductor:
        """Return the part that needs NumPy; no property, for pytest looks at each attribute of a plugin."""
        if self._conductor is None:
            from gradcheck.pytest_plugin.conductor import Conductor

            self._conductor = Conductor(self.config, self.started)
        return self._conductor

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give every worker of pytest-xdist the same seed."""
        node.workerinput[SHARED_SEED] = self.seed

    def pytest_report_header(self) -> list[str]:
        """Say the versions, the profile and the seed."""
        if self._conductor is None:
            return []
        from gradcheck.pytest_plugin.words import header

        return header(self._conductor)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Import what the configuration names, before pytest-xdist starts workers that would fail."""
        if self._conductor is not None:
            self._conductor.load()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add our tests before any are deselected: ``-k``, ``-m`` and ``--lf`` choose among them too."""
        if self._conductor is not None or "gradcheck.pytest_plugin.parametrize" in sys.modules:
            self.conductor().collect(session, items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Let a check know which test it runs in."""
        if self._conductor is None:
            return (yield)
        from gradcheck.pytest_plugin.current import running

        with running(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        """Send what the test found along with its report."""
        report = yield
        if self._conductor is not None and call.when == "call":
            from gradcheck.pytest_plugin.current import NOTES
            from gradcheck.running import pack

            notes = item.stash.get(NOTES, None)
            if notes is not None:
                report.gradcheck = pack(tuple(notes))
        return report

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Take what a test found, be it of this process or of a worker."""
        found = getattr(report, "gradcheck", None)
        if found is not None:
            self.conductor().receive(found)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files, in the process that has all reports, and fail where a backward has gaps."""
        if self._conductor is None or hasattr(self.config, "workerinput"):
            return
        if self._conductor.finish() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the section with the verdicts."""
        if self._conductor is not None:
            from gradcheck.pytest_plugin.words import section

            section(self._conductor, terminalreporter)
