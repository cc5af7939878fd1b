"""What the templates show: the run's plain data, with anchors, pictures and snippets beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from gradcheck.checks import CHECKS
from gradcheck.html.mathematics import mathml
from gradcheck.html.matrices import counterexample
from gradcheck.html.pictures import Picture, of_layer, of_result
from gradcheck.reporting import Report, snippet
from gradcheck.types import SEVERITY, Verdict

FAILING = (Verdict.WRONG.value, Verdict.FLAWED.value, Verdict.UNVERIFIED.value)
ASSERTS = {check.name: check.asserts for check in CHECKS}
Prefixes = Iterator[str]


@dataclass(frozen=True)
class Cell:
    """One check of one layer: `found` is its plain data, and `anchor` its address in the page."""

    found: Mapping[str, Any]
    anchor: str
    asserts: str
    pictures: tuple[Picture, ...]
    snippet: str

    @property
    def href(self) -> str:
        """The link to it."""
        return f"#{quote(self.anchor)}"

    @property
    def failing(self) -> bool:
        """Whether it is wrong, flawed or unverified."""
        return self.found["verdict"] in FAILING


@dataclass(frozen=True)
class Row:
    """One layer: its plain data, its address, and its checks in the order of the battery."""

    found: Mapping[str, Any]
    anchor: str
    cells: tuple[Cell, ...]
    pictures: tuple[Picture, ...]

    @property
    def href(self) -> str:
        """The link to it."""
        return f"#{quote(self.anchor)}"

    @property
    def failing(self) -> bool:
        """Whether it is wrong, flawed or unverified."""
        return self.found["verdict"] in FAILING

    def at(self, check: str) -> Cell | None:
        """Return the cell of one check, or None where it did not run."""
        return next((cell for cell in self.cells if cell.found["check"] == check), None)

    def shows(self, check: str) -> bool:
        """Return whether one check ran and says something about the layer, or is exempt."""
        cell = self.at(check)
        return cell is not None and cell.found["verdict"] != Verdict.NOT_APPLICABLE.value

    @property
    def rank(self) -> int:
        """How bad it is: 0 is the worst."""
        return SEVERITY.index(self.found["verdict"])

    @property
    def findings(self) -> list[Cell]:
        """Its cells of the worst verdict: wrong ones, else flawed ones, else unverified ones."""
        return [cell for cell in self.cells if cell.found["verdict"] == self.found["verdict"]]

    @property
    def applied(self) -> list[Cell]:
        """The cells of checks that say something about the layer, the failing ones first."""
        applied = [cell for cell in self.cells if cell.found["verdict"] in SEVERITY]
        return sorted(applied, key=lambda cell: not cell.failing)

    @property
    def inapplicable(self) -> list[Cell]:
        """The cells of the other checks."""
        return [cell for cell in self.cells if cell.found["verdict"] == Verdict.NOT_APPLICABLE.value]

    @property
    def exempt(self) -> list[Cell]:
        """The cells of checks that are left out, and of exemptions that are stale."""
        return [c for c in self.cells if c.found["verdict"] == Verdict.EXEMPT.value or c.found["stale"]]

    @property
    def tolerances(self) -> list[Mapping[str, Any]]:
        """The tolerances that are declared and were needed, or are stale."""
        return [t for t in self.found["tolerances"] if t["stale"] or t["found"] is not None]

    @property
    def searched(self) -> str:
        """What the filter looks at: the name, and what was found."""
        said = [self.found["layer"]]
        said += [f"{c.found['check']} {c.found['reason']}" for c in self.cells if c.failing]
        return " ".join(said).lower()


@dataclass(frozen=True)
class Statement:
    """One claim: its plain data, its address, the typeset formula, and the counterexample as matrices."""

    found: Mapping[str, Any]
    anchor: str
    formula: Markup
    counterexample: Mapping[str, Any] | None
    correction: Statement | None

    @property
    def href(self) -> str:
        """The link to it."""
        return f"#{quote(self.anchor)}"

    @property
    def words(self) -> str:
        """The decision, conditions included."""
        conditions = ", and ".join(self.found["conditions"])
        return f"{self.found['decision']} {conditions}".strip()

    @property
    def kind(self) -> str:
        """What the filter calls it: a statement that is refuted is wrong, whatever corrects it."""
        return Verdict.WRONG.value if self.found["decision"] == "refuted" else str(self.found["verdict"])

    @property
    def searched(self) -> str:
        """What the filter looks at."""
        return f"{self.found['claim']} {self.found['section']} {self.found['statement']} {self.words}".lower()


def rows(layers: Sequence[Mapping[str, Any]], reports: Sequence[Report]) -> list[Row]:
    """Return the layers of a run, from their plain data and the reports that it was made of."""
    anchor, prefixes = _anchors(), (f"p{i}" for i in count())
    made = []
    for found, report in zip(layers, reports, strict=True):
        name = anchor(found["layer"])
        cells = tuple(
            Cell(
                checked,
                f"{name}/{checked['check']}",
                ASSERTS.get(checked["check"], ""),
                of_result(result, prefixes),
                (checked.get("snippet") or snippet(report, result)) if checked["verdict"] in FAILING else "",
            )
            for checked, result in zip(found["checks"], report.results, strict=True)
        )
        made.append(Row(found, name, cells, of_layer(report, prefixes)))
    return made


def statements(claims: Sequence[Mapping[str, Any]]) -> list[Statement]:
    """Return the claims of a run, from their plain data."""
    anchor = _anchors()
    return [_statement(found, f"claims/{anchor(found['claim'])}") for found in claims]


def _statement(found: Mapping[str, Any], anchor: str) -> Statement:
    refutation, correction = found["counterexample"], found["correction"]
    return Statement(
        found,
        anchor,
        mathml(found["latex"]) if found["latex"] else Markup(),
        None if refutation is None else counterexample(refutation),
        None if correction is None else _statement(correction, f"{anchor}/correction"),
    )


def _anchors() -> Callable[[str], str]:
    """Return a function that makes of each name an id without spaces, and another one each time."""
    taken: Counter[str] = Counter()

    def anchor(name: str) -> str:
        base = re.sub(r"\s+", "-", name)
        taken[base] += 1
        return base if taken[base] == 1 else f"{base}~{taken[base]}"

    return anchor
