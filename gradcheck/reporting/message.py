"""The words of a verdict: what a person reads when a gradient is wrong, or could not be verified."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from gradcheck._util import describe_value
from gradcheck.checks import CHECKS, JACOBIAN
from gradcheck.evaluation import Example, Unreached
from gradcheck.judging import Diagnosis, Evidence, Result
from gradcheck.types import SEVERITY, Verdict

WIDTH = 110
"""Where long rows are broken."""
ROOMY = 50
"""From this width on the lines of a row stand below its first word; in less room they would be too short."""
WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
"""How text is broken: a name stays whole, so that it can be searched for."""
LEAST_GAP, MOST_GAP = 1e-10, 1e-3
"""Relative differences that look like those of an approximation. Smaller ones are near rounding, and a tenth
of a percent is as large as people's tolerances are: a wrong formula is rarely as near."""
MOST_OF_SOLVER = 0.05
"""The same where forward calls an integrator or an iteration. `solve_ivp` stops at 1e-3 unless it is told
otherwise, of each step, and slopes are off by some times as much."""
INEXACT = 1e-8
"""A slope that can't be measured more exactly than this, relative to its size, is one of a function that is
itself not exact: others are measured to 1e-10 and better."""
NEARLY_ALL = 0.5
"""An approximation is off in so large a part of the entries at least: half, for some may agree by chance."""
ABOVE_GAP = 3.0
"""The accuracy that is proposed lies above the difference that was found by so much, at other points too."""
GRADIENT = frozenset(check.name for check in (*CHECKS, JACOBIAN) if check.kind == "gradient")
"""The checks of the gradient itself."""
FEW = 4
"""So many gaps are named in a message; the report has all."""
REMARK = "  # "
"""What stands between a command and a remark about it."""
MOST_OTHERS = 2
"""So many other causes that fit as well are named in a message; the report has all."""
MOST_DECIMALS = 16
"""Numbers that need more decimals are written with an exponent."""


def describe_findings(
    layer: str, findings: tuple[Result, ...], gradient: str, repeat: str
) -> tuple[str, list[tuple[str, str]]]:
    """Return findings as a headline and rows: the first with its evidence, every other by what it says.

    Parameters
    ----------
    layer
        The layer's name.
    findings
        At least one, the worst first.
    gradient
        A sentence about the layer's gradient, for a layer that is flawed.
    repeat
        The command that brings them up again.
    """
    first, *others = _group(findings)
    also = [("also", f"{_checks(group)}: {group[0].reason}") for group in others]
    rows = [*_rows(first), (_found_by(first), _checks(first)), *also, ("repeat", repeat)]
    return headline(layer, first[0], gradient), rows


def join_rows(headline: str, rows: Iterable[tuple[str, str]], width: int | None) -> str:
    """Return a headline and rows with labels below it as text.

    Lines are broken at `width`, but for commands, which are there to be copied; with None they are long.
    """
    first = headline.splitlines()
    if width is not None:
        first = [
            part for line in first for part in textwrap.wrap(line, width, subsequent_indent="  ", **WHOLE)
        ]
    return "\n".join([*first, *(line for label, text in rows for line in _wrap(label, text, width))])


def headline(layer: str, first: Result, gradient: str = "") -> str:
    """Return a finding in one sentence, and behind a flaw the one about the gradient."""
    joint = " " if first.reason.startswith("in ") else ": "
    if first.verdict is Verdict.FLAWED:
        if gradient == _unverified(first.reason):
            gradient = "Its gradient is unverified for the same reason."
        flaw = f"{layer!r} is flawed{joint}{first.reason}."
        both = f"{flaw} {gradient}".rstrip()
        return both if len(both) <= WIDTH else f"{flaw}\n{gradient}"
    which = "JVP" if first.check == "jvp" else "VJP"
    state = "wrong" if first.verdict is Verdict.WRONG else "unverified"
    return f"{which} of {layer!r} is {state}{joint}{first.reason}"


def describe_gradient(results: Iterable[Result]) -> str:
    """Return a sentence on what the checks of the gradient itself say, or nothing where none of them ran."""
    ran = [r for r in results if r.check in GRADIENT and r.verdict in SEVERITY]
    measured = next((r for r in ran if r.check == "finite-difference"), None)
    if measured is None or measured.verdict is not Verdict.CORRECT:
        doubt = next((r.reason for r in ran if r.verdict is not Verdict.CORRECT), None)
        if doubt is not None:
            return _unverified(doubt)
    if measured is None:
        return f"Its gradient agrees with {_checks(ran)}." if ran else ""
    if measured.sensitivity is None:
        return f"Its gradient agrees with finite differences: {describe_sensitivity(None, measured.reason)}."
    return f"Its gradient agrees with finite differences (sensitivity {measured.sensitivity:.0e})."


def _unverified(doubt: str) -> str:
    return f"Its gradient is unverified: {doubt}."


def exemptions(results: Iterable[Result]) -> list[tuple[str, str]]:
    """Return a label and a text for each check that is exempt, and for each exemption that is stale."""
    rows = []
    for result in results:
        if result.verdict is Verdict.EXEMPT:
            rows.append(("exempt", f"{result.check}: {result.reason}"))
        elif result.stale:
            applies = result.verdict is not Verdict.NOT_APPLICABLE
            why = "the check finds nothing" if applies else "the check does not apply"
            rows.append(("stale", f"exemption of {result.check} ({result.stale}): {why}"))
    return rows


class HasGaps(Protocol):
    """What was not looked at."""

    @property
    def unreached(self) -> Sequence[Unreached]:
        """Statements that never ran."""
        ...

    @property
    def untried(self) -> Sequence[str]:
        """Options that were not tried."""
        ...


def gaps(report: HasGaps) -> list[tuple[str, str]]:
    """Return a label and a text for what never ran, and for what was not tried."""
    rows = [("never reached", _first_few([str(gap) for gap in report.unreached]))] if report.unreached else []
    if report.untried:
        rows.append(("not tried", f"{_first_few(report.untried)}; more examples would: max_examples="))
    return rows


def _first_few(texts: Sequence[str]) -> str:
    rest = len(texts) - FEW
    return "; ".join(texts[:FEW]) + (f"; and {rest} more" if rest > 0 else "")


def _wrap(label: str, text: str, width: int | None) -> list[str]:
    """Return a row as one line, or as several where its words are too many for one."""
    line = f"  {label:<12} {text}"
    if label == "repeat" and width is not None and len(line) > width:
        command, mark, remark = line.partition(REMARK)
        return [command, f"{'':15}{mark.strip()} {remark}"] if mark else [line]
    if label == "repeat" or (width is None and label not in ("why", "hint", "also")):
        return [line]
    width = min(WIDTH, width or WIDTH)
    hanging = " " * (15 if width >= ROOMY else 4)
    return textwrap.wrap(line, width, subsequent_indent=hanging, **WHOLE)


def _integers(evidence: Evidence) -> str:
    """Return the smallest integers that show the error, where both sides are exact."""
    place = f"{evidence.what}[{', '.join(map(str, evidence.index or ()))}]"
    return f"{place} is {evidence.derived:g}, not {evidence.numerical:g}, at {evidence.values}"


def _group(findings: tuple[Result, ...]) -> list[list[Result]]:
    """Gather findings that say the same: one reason that stopped many checks, one entry that many found.

    What differs from call to call fails other checks too, so of the flaws it is told first. Of what is not
    finite `contract` says where, and others only that it is so.
    """
    failures = sorted(
        (r for r in findings if r.verdict.is_failure),
        key=lambda r: (r.verdict is Verdict.FLAWED, r.check != "determinism"),
    )
    groups: dict[str, list[Result]] = {}
    for result in failures or sorted(findings, key=lambda r: r.check != "contract"):
        longer = (reason for reason in groups if result.reason and reason.startswith(result.reason))
        groups.setdefault(next(longer, result.reason), []).append(result)
    return list(groups.values())


def _rows(group: list[Result]) -> list[tuple[str, str]]:
    result = group[0]
    rows = _explanation(result)
    rows += [("hint", hint)] if (hint := _hint(result)) else []
    rows += [] if result.evidence is None else _evidence_rows(result.evidence)
    rows += [("exact", _integers(r.evidence)) for r in group if r.evidence is not None and r.evidence.values]
    if result.example is not None:
        rows.append(("smallest" if result.verdict.is_failure else "for example", shapes(result.example)))
    return rows


def _found_by(group: list[Result]) -> str:
    return "found by" if group[0].verdict.is_failure else "stopped"


def _checks(group: Iterable[Result]) -> str:
    names = [result.check for result in group]
    return "every check" if len(names) >= len(CHECKS) else ", ".join(names)


def _explanation(result: Result) -> list[tuple[str, str]]:
    """Return where and why, as far as that was found out."""
    diagnosis, evidence = result.diagnosis, result.evidence
    rows = []
    where = (diagnosis.where if diagnosis else "") or (evidence.where if evidence else "")
    if where:
        rows.append(("where", where))
    if diagnosis is not None and diagnosis.examples:
        rows.append(("why", _why(diagnosis)))
    return rows


def _hint(result: Result) -> str:
    """Return how to declare what a gradient is meant to be, where it looks like no mistake; else nothing."""
    evidence = result.evidence
    if evidence is None or evidence.against != "numerical" or result.check not in GRADIENT:
        return ""
    causes = result.diagnosis.causes if result.diagnosis is not None else ()
    if causes and causes[0].repair is not None:
        return ""  # an edit that makes it right everywhere is no approximation's
    if result.detaching:
        return (
            f"forward calls {result.detaching}, which hides a part of it from its gradient. If that is "
            "meant, name the function whose gradient it is: Layer(…, surrogate=)"
        )
    wrong, looked_at = evidence.entries or (1, 1)
    size = max(abs(evidence.derived), abs(evidence.numerical))
    gap = max(evidence.relative_gap, result.unshrunk_gap)
    is_inexact = bool(result.solver) or evidence.error > INEXACT * size
    if not LEAST_GAP <= gap <= (MOST_OF_SOLVER if result.solver else MOST_GAP):
        return ""
    if wrong < NEARLY_ALL * looked_at and not is_inexact:
        return ""
    accuracy = 10.0 ** math.ceil(math.log10(ABOVE_GAP * gap))
    declare = f"If it is meant to be one, declare Layer(…, accuracy={accuracy:g})"
    if result.solver:
        return (
            f"it is off by a relative {gap:.0e}, and forward calls {result.solver}, whose value is an "
            f"approximation: give it a tighter tolerance, or a finer mesh, and see whether the difference "
            f"shrinks. {declare}"
        )
    return (
        f"it is off by a relative {gap:.0e}, as an approximation is: an iteration, an integrator, a small "
        f"number under a root. {declare}"
    )


def _why(diagnosis: Diagnosis) -> str:
    examples = "1 failing example" if diagnosis.examples == 1 else f"{diagnosis.examples} failing examples"
    if not diagnosis.causes:
        return f"no known pattern ({examples} compared)"
    first, *others = diagnosis.causes
    named = [cause.said for cause in others[:MOST_OTHERS]]
    rest = len(others) - len(named)
    listed = "; ".join([*named, *([f"and {rest} more"] if rest else [])])
    also = f"; so {'does' if len(others) == 1 else 'do'}: {listed}" if others else ""
    return f"{first.said} (fits {examples}{also})"


def _evidence_rows(evidence: Evidence) -> list[tuple[str, str]]:
    at = evidence.what
    if evidence.index:
        at += f"[{', '.join(map(str, evidence.index))}]"
    if evidence.entries is not None and evidence.entries[1] > 1:
        # Where and why are told of all failing examples, so that it is said of which one this counts.
        at += f" ({evidence.entries[0]} of {evidence.entries[1]} entries wrong in this example)"
    derived, reference = numbers(evidence.derived, evidence.numerical)
    spread = f" ± {evidence.error:.0e}" if evidence.error else ""
    rows = [("at", at), ("derived", derived), (evidence.against, reference + spread)]
    if evidence.allowed:
        rows.append(("allowed", f" {evidence.allowed:.0e}"))
    return rows


def numbers(derived: float, reference: float) -> tuple[str, str]:
    """Return two numbers with the same decimals, as many as it takes to see them differ."""
    size, apart = max(abs(derived), abs(reference)), abs(derived - reference)
    if not (math.isfinite(size) and math.isfinite(apart) and apart > 0.0):
        return f"{derived + 0.0: }", f"{reference + 0.0: }"  # zeros of both signs are one number
    digits = min(17, max(8, math.ceil(math.log10(size / apart)) + 3))
    decimals = digits - 1 - math.floor(math.log10(size))
    form = f" .{decimals}f" if 0 <= decimals <= MOST_DECIMALS else f" .{digits - 1}e"
    return format(derived, form), format(reference, form)


def shapes(example: Example) -> str:
    """Return an example's shapes and options on one line."""
    inputs = [f"{name} {shape}" for name, shape in example.shapes.items()]
    options = [f"{name}={describe_value(value)}" for name, value in example.options.items()]
    return ", ".join(inputs + options)


def describe_sensitivity(sensitivity: float | None, reason: str = "") -> str:
    """Return the sensitivity of a check in words; where there is none, why it could measure nothing."""
    if sensitivity is None:
        return f"{reason}; another point would show more" if reason else "nothing to measure"
    return "exact" if sensitivity == 0.0 else f"a relative error of {sensitivity:.0e} would have been seen"


def repeat_command(command: str, results: Iterable[Result]) -> str:
    """Return a command that repeats these results, with a remark if it takes a kept example to do so."""
    replayed = any(result.replayed for result in results)
    return f"{command}{REMARK}tries the example first that an earlier run kept" if replayed else command
