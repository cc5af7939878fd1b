"""The JSON document of a run, the same from the command line and from pytest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gradcheck._util import version_of
from gradcheck.claims import Ruling
from gradcheck.reporting.report import Report
from gradcheck.reporting.terminal import overall

STDOUT = Path("-")
"""The name of standard output, where a file could stand."""


def document(
    found: Sequence[Report | Ruling], deaths: Sequence[str] = (), date: datetime | None = None
) -> dict[str, Any]:
    """Return what was found as plain data: the worst verdict, the layers, and the claims.

    Parameters
    ----------
    found
        At least one.
    deaths
        Which worker processes died, in sentences.
    date
        When the run ended; now, if left out.
    """
    return {
        "gradcheck": version_of("gradcheck"),
        "date": (date or now()).isoformat(timespec="seconds"),
        "verdict": overall(found).value,
        "layers": [result.as_dict() for result in found if isinstance(result, Report)],
        "claims": [result.as_dict() for result in found if isinstance(result, Ruling)],
        "deaths": list(deaths),
    }


def now() -> datetime:
    """Return the time, or what ``SOURCE_DATE_EPOCH`` says it is, for files that are the same every time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now().astimezone()


def write_json(path: Path, found: Sequence[Report | Ruling], deaths: Sequence[str] = ()) -> None:
    """Write the document to a file, or to standard output if its name is ``-``."""
    write_document(path, document(found, deaths))


def write_document(path: Path, plain: dict[str, Any]) -> None:
    """Write plain data to a file, or to standard output if its name is ``-``."""
    text = json.dumps(plain, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    if path == STDOUT:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")


def unwritable(path: Path) -> str | None:
    """Return why a file can't be written, or None: it is asked before the work, and makes the folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            return None
    except OSError as cause:
        return f"{str(path)!r} can't be written: {cause.strerror}"
