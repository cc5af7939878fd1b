"""A run as plain data: what ``--json`` writes and the HTML report shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcheck.render import overall
from gradcheck.report import Report
from gradcheck.rulings import Ruling


def document(found: Sequence[Report | Ruling], deaths: Sequence[str] = ()) -> dict[str, Any]:
    """Return reports and rulings as plain data for JSON, under the worst verdict of them.

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
