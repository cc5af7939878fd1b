"""The page: templates filled with what a run found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from gradcheck.checks import CHECKS
from gradcheck.claims import Ruling
from gradcheck.html import summary as summary
from gradcheck.html.view import rows, statements
from gradcheck.reporting import STYLES, Report, document, numbers

MARKS = {verdict.value: style.mark for verdict, style in STYLES.items()}
WORDS = {verdict.value: style.words for verdict, style in STYLES.items()}
MOST_ROWS, MOST_PROBLEMS = 60, 12
"""Layers, and things that are wrong, up to which their lists are shown whole: longer ones scroll alone.
Half would hide a part of a package's layers; below twice as many, what follows would be hard to find."""
DECISIONS = {"holds": "✓", "holds if": "✓", "refuted": "✗", "unfinished": "…", "undecided": "?"}


def page(found: Sequence[Report | Ruling], date: datetime, seconds: float | None) -> str:
    """Return the report as one HTML document, with the run's plain data inside.

    Parameters
    ----------
    found
        The reports and rulings, at least one.
    date
        When the run ended.
    seconds
        How long it took, if known.
    """
    plain = document(found, date=date)
    layers = rows(plain["layers"], [result for result in found if isinstance(result, Report)])
    claims = statements(plain["claims"])
    template = environment().get_template("report.html.jinja")
    return template.render(
        document=plain,
        embedded=embed(plain),
        style=own_file("style.css"),
        script=own_file("script.js"),
        headline=summary.headline(plain),
        checked=summary.describe_coverage(plain),
        certainty=summary.certainty(plain),
        facts=summary.facts(plain, [result.seed for result in found], date, seconds),
        checks=[check for check in CHECKS if any(row.shows(check.name) for row in layers)],
        idle=[check.name for check in CHECKS if not any(row.shows(check.name) for row in layers)],
        layers=layers,
        most_rows=MOST_ROWS,
        most_problems=MOST_PROBLEMS,
        sections=[(name, list(group)) for name, group in groupby(claims, key=lambda c: c.found["section"])],
    )


def environment() -> Environment:
    """Return the templates and what they know."""
    made = Environment(
        loader=PackageLoader("gradcheck.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(marks=MARKS, words=WORDS, decisions=DECISIONS)
    made.filters.update(size=_size, values=_values)
    return made


def embed(plain: dict[str, Any]) -> Markup:
    """Return the data as JSON that can stand in a script element: nothing in it ends the element."""
    text = json.dumps(plain, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", r"\u003c"))  # the only character that means anything there


def own_file(name: str) -> Markup:
    """Return a file that stands beside the templates."""
    return Markup(files("gradcheck.html").joinpath("templates", name).read_text("utf-8"))  # ours


def _size(value: float | str | None) -> str:
    """Return a relative error in one digit."""
    if value is None:
        return "–"
    return "exact" if value == 0 else f"{float(value):.0e}"


def _values(evidence: dict[str, Any]) -> tuple[str, str]:
    """Return derived and numerical value with the same decimals."""
    return numbers(float(evidence["derived"]), float(evidence["numerical"]))
