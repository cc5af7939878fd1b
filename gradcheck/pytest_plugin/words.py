"""What a run says on the terminal: a line at its head, and a section at its end."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from gradcheck._util import count_noun
from gradcheck.claims import Ruling
from gradcheck.pytest_plugin.conductor import Conductor
from gradcheck.pytest_plugin.limits import Limits, profile_name
from gradcheck.pytest_plugin.ratchet import Exemption
from gradcheck.pytest_plugin.reports import missing_checks
from gradcheck.reporting import STYLES, Report, annotate, exemption_notes, name_of, size, summary
from gradcheck.types import Verdict


def header(conductor: Conductor) -> list[str]:
    """Return the versions, the profile and the seed; and what the run leaves out."""
    limits = Limits.of(conductor.config)
    versions = ", ".join(f"{name} {version(name)}" for name in ("gradcheck", "numpy", "hypothesis"))
    examples = count_noun(limits.max_examples, "example")
    lines = [f"{versions}; profile {profile_name()}, {examples}, seed {limits.seed}"]
    if conductor.modules and not (conductor.scope.modules or conductor.scope.named):
        modules = ", ".join(conductor.modules)
        lines.append(f"gradcheck: not {modules}, as the command line names files")
    if conductor.config.getini("gradcheck_require") and not conductor.scope.whole:
        lines.append("gradcheck: not gradcheck_require, as only a part of the tests is collected")
    return lines


def section(conductor: Conductor, reporter: pytest.TerminalReporter) -> None:
    """Write the verdicts with what each would have seen, and the exemptions; tell GitHub if it listens."""
    found = conductor.gather()
    notes = [*exemption_notes([result for result, _ in found]), *_ratchet_lines(conductor)]
    if not found and not notes:
        return
    reporter.section("gradcheck")
    width = max((len(name_of(result)) for result, _ in found), default=0)
    for result, _ in found:
        reporter.write_line(_row(result, width), **{_colour(result.verdict): True})
    if found:
        reports = [result for result, _ in found if isinstance(result, Report)]
        rulings = [result for result, _ in found if isinstance(result, Ruling)]
        reporter.write_line(summary(reports, rulings, found[0][0].seed, conductor.seconds))
    for note in notes:
        reporter.write_line(note)
    annotate(
        found, conductor.seconds, reporter.write_line, notes=notes, missing=missing_checks(conductor.notes)
    )


def _colour(verdict: Verdict) -> str:
    """Return a verdict's colour as pytest calls it."""
    colour = STYLES[verdict].terminal.split()[-1]
    return "purple" if colour == "magenta" else colour


def _row(result: Report | Ruling, width: int) -> str:
    mark, name = STYLES[result.verdict].mark, name_of(result).ljust(width)
    if isinstance(result, Ruling):
        return f"{mark} {name}  {result.words}"
    row = f"{mark} {name}  {result.verdict.value:<10}  would see {size(result.sensitivity)}"
    culprits = ", ".join(r.check for r in result.findings)
    return f"{row}  ({culprits})" if culprits else row


def _ratchet_lines(conductor: Conductor) -> list[str]:
    if not conductor.derivations or not conductor.scope.whole or conductor.config.option.collectonly:
        return []
    lacking = len(missing_checks(conductor.notes))
    row = f"gradcheck_require: {count_noun(len(conductor.derivations), 'derivation')}"
    return [
        row + (f", {lacking} without a check" if lacking else ""),
        *map(_exemption_line, conductor.exemptions),
    ]


def _exemption_line(exemption: Exemption) -> str:
    return f"exempt: {exemption.place}: {exemption.reason}"
