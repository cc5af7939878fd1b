"""Where results are written: plain data for programs beside a table for readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_results(place: Path, plain: Any, table: str) -> None:
    """Write data as ``place.json`` and a table as ``place.md``; the folder is made where it is missing."""
    place.parent.mkdir(exist_ok=True)
    text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
    place.with_suffix(".json").write_text(text, encoding="utf-8")
    place.with_suffix(".md").write_text(table, encoding="utf-8")
