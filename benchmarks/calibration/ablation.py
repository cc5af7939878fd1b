"""Each constant at half and at twice its value, all others as they are: what it costs in verdicts."""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, TypeAlias

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.calibration.constants import CONSTANTS, Constant, read_by, readers, replaced
from benchmarks.calibration.sample import FULL, QUICK, Subject, sample
from benchmarks.calibration.tables import table
from benchmarks.files import write_results
from gradcheck import Verdict

RESULTS = Path(__file__).parent.parent / "results"
PAGE = Path(__file__).parent.parent.parent / "docs" / "numerics.md"
FACTORS = {"half": 0.5, "twice": 2.0}

Verdicts: TypeAlias = dict[tuple[str, str], str]
"""By the subject's name and the check's."""


@dataclass(frozen=True)
class Base:
    """What the sample comes to as the constants are, and which of them each check of a subject reads."""

    verdicts: Verdicts
    read: dict[tuple[str, str], frozenset[Constant]]


@dataclass(frozen=True)
class Counts:
    """What a sample comes to: the names of the right gradients called wrong and of those left unverified,
    and of the wrong ones that are not called wrong."""

    false_alarms: list[str] = field(default_factory=list)
    unverified: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def numbers(self) -> dict[str, int]:
        """Return how many there are of each kind."""
        return {kind: len(names) for kind, names in vars(self).items()}

    def beyond(self, other: Counts) -> dict[str, list[str]]:
        """Return the names, by kind, that another count does not have."""
        kinds = {kind: sorted(set(names) - set(vars(other)[kind])) for kind, names in vars(self).items()}
        return {kind: names for kind, names in kinds.items() if names}


def run(*, quick: bool, seed: int) -> int:
    """Run the ablation, write it down, and return the exit status: 1 if the values as they are accuse."""
    started = time.perf_counter()
    subjects = sample(QUICK if quick else FULL, seed)
    results = measure(subjects, CONSTANTS)
    results |= {"seconds": round(time.perf_counter() - started), "seed": seed, **_about()}
    name = "ablation-quick" if quick else "ablation"
    said = markdown(results)
    write_results(RESULTS / name, results, said)
    if not quick and PAGE.exists():
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(said)
    return int(bool(results["base"]["false_alarms"]))


def measure(subjects: Sequence[Subject], constants: Sequence[Constant]) -> dict[str, Any]:
    """Return what the sample comes to, and what it comes to with each constant at half and at twice."""
    console = Console(stderr=True)
    with quiet():
        base = judge(subjects, constants, lambda work: track(work, "as it is", console=console))
        rows = [row(subjects, base, constant) for constant in track(constants, "constants", console=console)]
    return {
        "sample": {
            "right": sum(subject.is_right for subject in subjects),
            "wrong": sum(not subject.is_right for subject in subjects),
        },
        "base": vars(count(subjects, base.verdicts)),
        "rows": rows,
    }


def judge(subjects: Sequence[Subject], constants: Sequence[Constant], shown: Any = iter) -> Base:
    """Judge the sample as the constants are, and write down which of them had a say in each verdict."""
    base, files = Base({}, {}), readers(constants)
    for subject in shown(subjects):
        for check in subject.checks:
            with _traced() as codes:
                base.verdicts[subject.name, check.name] = subject.judge(check)
            base.read[subject.name, check.name] = read_by(codes, files)
    return base


def row(subjects: Sequence[Subject], base: Base, constant: Constant) -> dict[str, Any]:
    """Return what half and twice of one constant come to."""
    found: dict[str, Any] = {
        "module": constant.module,
        "name": constant.name,
        "value": repr(constant.value),
        "runs": sum(constant in read for read in base.read.values()),
    }
    before = count(subjects, base.verdicts)
    for label, factor in FACTORS.items():
        value = constant.times(factor)
        after = count(subjects, at(subjects, base, constant, value))
        changes = {"gained": after.beyond(before), "lost": before.beyond(after)}
        found[label] = {"value": repr(value), **after.numbers(), **changes}
    return found


def at(subjects: Sequence[Subject], base: Base, constant: Constant, value: Any) -> Verdicts:
    """Return all verdicts with another value of one constant: those that it has no say in stand."""
    verdicts = dict(base.verdicts)
    with replaced(constant, value):
        for subject in subjects:
            for check in subject.checks:
                if constant in base.read[subject.name, check.name]:
                    verdicts[subject.name, check.name] = subject.judge(check)
    return verdicts


def count(subjects: Iterable[Subject], verdicts: Verdicts) -> Counts:
    """Return what verdicts come to, subject by subject."""
    counts = Counts()
    for subject in subjects:
        words = {verdicts[subject.name, check.name] for check in subject.checks}
        if not subject.is_right:
            counts.missed.extend([subject.name] * (Verdict.WRONG.value not in words))
        elif Verdict.WRONG.value in words:
            counts.false_alarms.append(subject.name)
        elif not words <= {Verdict.CORRECT.value, Verdict.NOT_APPLICABLE.value}:
            counts.unverified.append(subject.name)
    return counts


@contextmanager
def _traced() -> Iterator[set[CodeType]]:
    """Collect the code of every function that is called."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    sys.setprofile(note)
    try:
        yield codes
    finally:
        sys.setprofile(None)


@contextmanager
def quiet() -> Iterator[None]:
    """Let steps overflow and domains be left: they are part of the job."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def markdown(results: Mapping[str, Any]) -> str:
    """Return the table for readers."""
    right, wrong = results["sample"]["right"], results["sample"]["wrong"]
    as_is = _cell(Counts(**results["base"]).numbers())
    rows = [
        (f"`{r['name']}`", f"`{r['module']}`", f"{r['runs']}", _cell(r["half"]), as_is, _cell(r["twice"]))
        for r in results["rows"]
    ]
    lines = [
        f"False alarms / unverified among {right} right gradients / missed of {wrong} wrong ones, with each "
        "constant at half its value, as it is, and at twice. A right gradient is a layer at a point or over "
        "random shapes; a wrong one has one entry off by 1e-4 or 1e-6, or is a broken layer.",
        table(("constant", "module", "runs that read it", "half", "as it is", "twice"), rows),
        f"{results['date']}, seed {results['seed']}, {results['seconds']} s on one core; "
        f"Python {results['python']}, numpy {results['numpy']}.",
    ]
    return "\n\n".join(lines) + "\n"


def _cell(found: Mapping[str, Any]) -> str:
    return f"{found['false_alarms']} / {found['unverified']} / {found['missed']}"


def filled(page: str, results: Mapping[str, Any]) -> str:
    """Return a page whose table of constants has these results in its last two columns.

    A line of that table starts with the constant's name and its file; what the constants come to as they are
    stands in bold after "comes to".
    """
    cells = {_key(r): (_cell(r["half"]), _cell(r["twice"])) for r in results["rows"]}
    as_is = _cell(Counts(**results["base"]).numbers())
    lines = []
    for line in page.split("\n"):
        parts = [part.strip() for part in line.split("|")]
        found = cells.get((parts[1], parts[2])) if len(parts) > 4 else None
        lines.append(line if found is None else " | ".join([*parts[:-3], *found]).strip() + " |")
    return re.sub(r"comes to \*\*.*?\*\*", f"comes to **{as_is}**", "\n".join(lines))


def _key(found: Mapping[str, Any]) -> tuple[str, str]:
    return f"`{found['name']}`", f"`gradcheck/{found['module'].replace('.', '/')}.py`"


def _about() -> dict[str, str]:
    python = ".".join(map(str, sys.version_info[:3]))
    return {"date": datetime.now(UTC).date().isoformat(), "python": python, "numpy": version("numpy")}
