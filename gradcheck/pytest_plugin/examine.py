"""One check of one layer as a test: run, leave a note, and pass, skip or fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gradcheck.checks import CHECKS, Check
from gradcheck.layers import Layer, SourceLine, source_line_of
from gradcheck.pytest_plugin.current import Note, current, leave
from gradcheck.pytest_plugin.limits import Limits
from gradcheck.reporting import repeat_command, snippet
from gradcheck.running import run
from gradcheck.sampling import ExampleStore, profile_database
from gradcheck.types import Verdict


def examine(layer: Layer, check: Check) -> None:
    """Run a check over random examples of a layer, in the test that is running.

    Raises
    ------
    WrongGradient, FlawedLayer, UnverifiedGradient
        As `assert_correct` does.
    """
    __tracebackhide__ = True
    item = current()
    limits = Limits.of(None if item is None else item.config)
    # What does not apply goes along, so that the checks of a layer add up to its whole report.
    others = tuple(c for c in CHECKS if c is not check and c.inapplicable(layer) is not None)
    report = run(
        layer,
        seed=limits.seed,
        max_examples=limits.max_examples,
        checks=(check, *others),
        memory=ExampleStore.of(layer, profile_database()),
    )
    if item is not None:
        leave(item, Note(place_of(item), report, _line(layer, item)))
    result = report.results[0]
    if item is not None and result.verdict.is_failure:
        item.add_report_section("call", "example, to be pasted,", snippet(report, result))
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(result.reason)
    if result.verdict is Verdict.EXEMPT:
        pytest.skip(f"exempt: {result.reason}")
    test = item.nodeid if item else os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    report.raise_unless_correct(repeat_command(limits.repeat(test), report.results))


def place_of(item: pytest.Item) -> str:
    """Return where a test's layer was collected: its node id without layer and check."""
    name = getattr(item, "originalname", None)
    return f"{item.nodeid.partition('::')[0]}::{name}" if name else item.nodeid.partition("::")[0]


def _line(layer: Layer, item: pytest.Item) -> SourceLine | None:
    """Return the line of the derivation if it is one of this project's, else that of the test."""
    line = source_line_of(layer)
    if line is not None and Path(line.file).is_relative_to(item.config.rootpath):
        return line
    file, number, _ = item.location
    return line if number is None else SourceLine(str(item.config.rootpath / file), number + 1)
