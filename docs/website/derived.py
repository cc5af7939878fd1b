"""The pages of the derivations, found at build time: formulas, code, verdicts, counterexamples."""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib import import_module
from itertools import groupby

from derivations import FAMILIES
from derivations.article import BESIDE, CLAIMS
from docs.website import typeset
from gradcheck import Claim, Decision, Report, Ruling, Verdict, check, decide

EXAMPLES = 3
"""Random examples for each layer: the page shows a verdict, of which ``gradcheck verify`` is surer."""
SHORT = ("finite-difference", "exact", "oracle", "linearity", "contract")
"""The checks that run at build time."""
CLASSES = {Verdict.CORRECT: "good", Verdict.WRONG: "bad"}


QUICK = bool(os.environ.get("WEBSITE_QUICK"))
"""Whether only a part is found anew: for those who look at pages again and again while they write."""
QUICKLY = ("C4", "N3", "convolution")
"""The claims and the family of such a build."""


@cache
def rulings() -> tuple[Ruling, ...]:
    """Return what the machine finds of every claim of the article, and of those beside it."""
    return tuple(
        Ruling(claim, Decision.UNDECIDED, reason="left out of a quick build")
        if QUICK and claim.id not in QUICKLY
        else decide(claim)
        for claim in (*CLAIMS, *BESIDE)
    )


@cache
def reports(family: str) -> tuple[Report, ...]:
    """Return a short report of each layer of a family."""
    layers = () if QUICK and family not in QUICKLY else import_module(f"derivations.{family}").LAYERS
    return tuple(check(layer, max_examples=EXAMPLES, checks=SHORT, reach=False) for layer in layers)


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path of each page of the derivations, and its Markdown."""
    for family in FAMILIES:
        yield f"derivations/{family}.md", family_page(family)
    yield "derivations/article.md", article_page()


def family_page(family: str) -> str:
    """Return the page of one module: its equations, what was found, and its code."""
    module = import_module(f"derivations.{family}")
    text = inspect.cleandoc(module.__doc__ or "")
    title, _, rest = text.partition("\n")
    rows = [
        f"| `{report.layer}` | {_badge(report.verdict)} | {_seen(report)} | "
        f"{sum(r.verdict is Verdict.CORRECT for r in report.results)} |"
        for report in reports(family)
    ]
    return "\n\n".join(
        [
            f"# {_heading(family)}",
            typeset.docstring(title),
            typeset.docstring(rest) if rest.strip() else "",
            "## What the machine found",
            f"At build time, over {EXAMPLES} random examples of each of these checks: {', '.join(SHORT)}. "
            f"`gradcheck verify derivations.{family}` runs all checks over more.",
            "\n".join(
                [
                    "| layer | verdict | would see | checks that verified something |",
                    "|---|---|---|---:|",
                    *rows,
                ]
            ),
            _cited(text),
            "## The code",
            f"`{_path(module.__file__ or '')}`:",
            f"```python\n{_code(inspect.getsource(module))}\n```",
        ]
    )


def _seen(report: Report) -> str:
    return "–" if report.sensitivity is None else f"{report.sensitivity:.0e}"


def _heading(family: str) -> str:
    words = family.replace("_", " ")
    return {"lstm": "LSTM"}.get(family, words[0].upper() + words[1:])


def _path(file: str) -> str:
    return "derivations" + file.replace("\\", "/").rpartition("/derivations")[2]


def _code(source: str) -> str:
    """Return a module without its docstring."""
    first = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[first.end_lineno :]).strip("\n")


def _cited(text: str) -> str:
    known = {ruling.claim.id: ruling for ruling in rulings()}
    cited = [n for n in dict.fromkeys(re.findall(r"\b[A-Z]\d\b", _spread(text))) if n in known]
    if not cited:
        return ""
    rows = (
        f"| [{n}](article.md#{n.lower()}) | {_plain(known[n].claim.statement)} | {_decision(known[n])} |"
        for n in cited
    )
    return "\n".join(["| claim | says | found |", "|---|---|---|", *rows])


def _spread(text: str) -> str:
    """Write "C0–C9" as every claim between the two."""

    def names(found: re.Match[str]) -> str:
        return " ".join(f"{found[1]}{k}" for k in range(int(found[2]), int(found[4]) + 1))

    return re.sub(r"\b([A-Z])(\d)–([A-Z])(\d)\b", names, text)


def article_page() -> str:
    """Return the article, claim by claim."""
    found = rulings()
    article, beside = found[: len(CLAIMS)], found[len(CLAIMS) :]
    parts = [
        "# The article, claim by claim",
        "What the article *Building Convolutional Neural Networks from scratch, part 2* by Karimi Zayan "
        "states, one statement at a time, with what the machine found when this page was built. No verdict "
        "is written down anywhere: `python -m derivations` finds them anew. A refuted statement whose "
        "correction holds is a result, not a failure.",
        _overview(article),
    ]
    for section, group in groupby(article, key=lambda ruling: ruling.claim.section):
        parts += [f"## {section}", *map(_claim, group)]
    parts += ["## Beside the article", *map(_claim, beside)]
    return "\n\n".join(parts)


def _overview(found: tuple[Ruling, ...]) -> str:
    rows = [
        f"| [{r.claim.id}](#{r.claim.id.lower()}) | {_plain(r.claim.statement)} | {_decision(r)} |"
        for r in found
    ]
    return "\n".join(["| claim | says | found |", "|---|---|---|", *rows])


def _claim(ruling: Ruling) -> str:
    parts = [
        f"### {ruling.claim.id} {{ #{ruling.claim.id.lower()} }}",
        _plain(ruling.claim.statement) + ".",
        *_ruling(ruling),
    ]
    return "\n\n".join(parts)


def _ruling(ruling: Ruling) -> Iterator[str]:
    claim: Claim = ruling.claim
    if claim.latex:
        yield typeset.latex(claim.latex)
    evidence = f": {_plain(ruling.evidence)}" if ruling.evidence else ""
    yield f"{_decision(ruling)}{evidence}"
    if ruling.counterexample is not None:
        lines = inspect.cleandoc("\n".join(ruling.counterexample.lines()))
        yield f"```text\n{lines}\n```"
    if ruling.correction is not None:
        yield f"In its place: {_plain(ruling.correction.claim.statement)}."
        yield from _ruling(ruling.correction)
    if claim.note:
        yield _plain(claim.note)


def _decision(ruling: Ruling) -> str:
    kind = {"holds": "good", "refuted": "bad"}.get(ruling.decision.value, "other")
    return f'<span class="verdict {kind}">{escape(ruling.decision.value)}</span>' + (
        f" {_plain(', and '.join(ruling.conditions))}" if ruling.conditions else ""
    )


def _badge(verdict: Verdict) -> str:
    return f'<span class="verdict {CLASSES.get(verdict, "other")}">{verdict.value}</span>'


def _plain(text: str) -> str:
    return re.sub(r"([*_\[\]|])", r"\\\1", text.replace("<", "&lt;"))
