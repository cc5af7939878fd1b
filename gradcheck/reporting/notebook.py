"""A report in a notebook: its message, a table of its checks, and a small map of the error."""

from __future__ import annotations

from html import escape

import numpy as np

from gradcheck.judging import EntryComparison, Result
from gradcheck.reporting.styles import STYLES
from gradcheck.types import Array, Verdict

MOST_CELLS = 24
"""Rows and columns of the map; of a larger cotangent its corner is shown."""


def notebook(message: str, results: tuple[Result, ...]) -> str:
    """Return HTML for a notebook; everything that comes from the user is escaped."""
    rows = "".join(_row(result) for result in results if result.verdict is not Verdict.NOT_APPLICABLE)
    table = f"<table><tr><th>check</th><th>verdict</th><th></th></tr>{rows}</table>"
    maps = (result.comparison for result in results if result.comparison is not None)
    found = next(maps, None)
    return f"<pre>{escape(message)}</pre>{'' if found is None else _map(found)}{table}"


def _row(result: Result) -> str:
    verdict = f'<b style="color:{STYLES[result.verdict].colour}">{result.verdict}</b>'
    return f"<tr><td>{escape(result.check)}</td><td>{verdict}</td><td>{escape(result.reason)}</td></tr>"


def _map(comparison: EntryComparison) -> str:
    """Return the errors as cells, blue below zero and red above: rows are all axes but the last."""
    error = np.asarray(comparison.derived - comparison.numerical, dtype=float)
    flat = error.reshape(-1, error.shape[-1]) if error.ndim else error.reshape(1, 1)
    size = float(np.max(np.abs(flat), initial=0.0, where=np.isfinite(flat))) or 1.0
    rows = "".join(_cells(row, size) for row in flat[:MOST_CELLS, :MOST_CELLS])
    cut = " (its first entries)" if max(flat.shape) > MOST_CELLS else ""
    title = f"derived − numerical in {escape(comparison.what)}{cut}, up to {size:.2g}"
    return f'<p>{title}</p><table style="border-collapse:collapse">{rows}</table>'


def _cells(row: Array, size: float) -> str:
    return f"<tr>{''.join(_cell(float(error), size) for error in row)}</tr>"


def _cell(error: float, size: float) -> str:
    share = min(abs(error) / size, 1.0) if np.isfinite(error) else 1.0
    base = "213,94,0" if not error < 0.0 else "0,114,178"
    style = f"background:rgba({base},{share:.2f});width:1.1em;height:1.1em;padding:0;border:1px solid #ddd"
    return f'<td style="{style}" title="{error:.3g}"></td>'
