"""Write the HTML report of a run to a file, if the packages that it takes are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from gradcheck.claims import Ruling
from gradcheck.reporting import Report

NEEDED = ("jinja2", "latex2mathml", "matplotlib")


class MissingExtra(ImportError):  # noqa: N818 -- it says what is the case
    """The packages that write the report are not installed; the sentence says how to get them."""


def require() -> None:
    """Fail before the work, not after it.

    Raises
    ------
    MissingExtra
        If the extra ``html`` is not installed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        message = f'the HTML report needs {", ".join(missing)}; install them: pip install "gradcheck[html]"'
        raise MissingExtra(message)


def write(path: Path, found: Sequence[Report | Ruling], *, seconds: float | None = None) -> None:
    """Write the report of a run to a file.

    Parameters
    ----------
    path
        Where; a file that is there is replaced.
    found
        The reports and rulings, at least one, in the order in which they are shown.
    seconds
        How long the run took, if that is known.

    Raises
    ------
    MissingExtra
        If the extra ``html`` is not installed.
    OSError
        If the file can't be written.
    """
    require()
    from gradcheck.html.page import page

    path.write_text(page(found, datetime.now().astimezone(), seconds), encoding="utf-8")
