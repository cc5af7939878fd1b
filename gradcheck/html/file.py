"""Write the HTML report of a run to a file, if the packages that it takes are there."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from os import PathLike
from pathlib import Path

from gradcheck.claims import Ruling
from gradcheck.reporting import MutationReport, Report, now

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


def write(
    path: str | PathLike[str],
    found: Report | Ruling | Sequence[Report | Ruling],
    *,
    seconds: float | None = None,
) -> None:
    """Write the report of a run to a file.

    Parameters
    ----------
    path
        Where; a file that is there is replaced, and a folder that is not there is made.
    found
        One report or ruling, or several in the order in which they are shown.
    seconds
        How long the run took, if that is known.

    Raises
    ------
    MissingExtra
        If the extra ``html`` is not installed.
    OSError
        If the file can't be written.
    TypeError
        If what was found is neither a report nor a ruling.
    """
    require()
    from gradcheck.html.page import page

    results = [found] if isinstance(found, Report | Ruling) else list(found)
    strangers = [result for result in results if not isinstance(result, Report | Ruling)]
    if strangers or not results:
        came = f"{strangers[0]!r} among them" if strangers else "none"
        message = f"html.write expects reports of gradcheck.check and rulings of gradcheck.decide, got {came}"
        raise TypeError(message)
    _write(path, page(results, now(), seconds))


def write_mutants(
    path: str | PathLike[str], reports: Sequence[MutationReport], *, seconds: float | None = None
) -> None:
    """Write the page of a run of mutants to a file.

    Parameters
    ----------
    path
        As for `write`.
    reports
        One for each layer, in the order in which they are shown.
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
    from gradcheck.html.mutants import mutants_page

    _write(path, mutants_page(reports, now(), seconds))


def _write(path: str | PathLike[str], text: str) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
