"""The JSON document of a run, the same from the command line and from pytest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradcheck.claims import Ruling
from gradcheck.reporting.report import Report
from gradcheck.reporting.terminal import overall


def document(found: Sequence[Report | Ruling], deaths: Sequence[str] = ()) -> dict[str, Any]:
    """Return what was found as plain data: the worst verdict, the layers, and the claims.

    Parameters
    ----------
    found
        At least one.
    deaths
        Which worker processes died, in sentences.
    """
    return {
        "verdict": overall(found).value,
        "layers": [result.as_dict() for result in found if isinstance(result, Report)],
        "claims": [result.as_dict() for result in found if isinstance(result, Ruling)],
        "deaths": list(deaths),
    }


def write_json(path: Path, found: Sequence[Report | Ruling], deaths: Sequence[str] = ()) -> None:
    """Write the document to a file."""
    text = json.dumps(document(found, deaths), indent=1, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def unwritable(path: Path) -> str | None:
    """Return why a file can't be written, or None: it is asked before the work, not after it."""
    try:
        with path.open("a", encoding="utf-8"):
            return None
    except OSError as cause:
        return f"{str(path)!r} can't be written: {cause.strerror}"
