"""A folder as a TARGET: its files and packages that may hold layers or claims."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

MENTION = re.compile(r"\bgradcheck\b")
"""A file without the word holds no layer; it is not imported, since a script may do anything then."""
NOT_OURS = re.compile(r"^(test_.*|.*_test|conftest|setup|noxfile|__main__)\.py$")
"""Tests, and files that are programs."""
ELSEWHERE = ("node_modules", "site-packages", "build", "dist")
"""Folders that hold copies of what is elsewhere, or other people's code."""


def is_folder(place: str) -> bool:
    """Return whether a target is a folder of files and packages, and no package's name."""
    path = Path(place)
    if not path.is_dir():
        return False
    if not place.isidentifier():
        return True
    spec = importlib.util.find_spec(place)
    return not (path / "__init__.py").is_file() and (spec is None or spec.origin is None)


def modules_in(
    folder: Path, from_file: Callable[[Path], ModuleType], from_name: Callable[[str, Path], ModuleType]
) -> list[ModuleType]:
    """Import the files below a folder that mention gradcheck, those of a package by their names in it.

    Parameters
    ----------
    folder
        Where.
    from_file, from_name
        How a file of its own is imported; and a module by its name, from the folder of its package.
    """
    modules = []
    for file in _files(folder.resolve()):
        root = _root(file)
        if root == file.parent:
            modules.append(from_file(file))
            continue
        parts = file.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules.append(from_name(name, root))
    return modules


def _root(file: Path) -> Path:
    """Return the folder from which a file is imported: above the packages that it is in."""
    root = file.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    return root


def _files(folder: Path) -> Iterator[Path]:
    """Return the files that may hold a layer, in an order that is the same everywhere."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            hidden = path.name.startswith((".", "__")) or path.name in ELSEWHERE
            if not hidden and not (path / "pyvenv.cfg").is_file() and not path.is_symlink():
                yield from _files(path)
        elif path.suffix == ".py" and not NOT_OURS.match(path.name) and _mentions(path):
            yield path


def _mentions(path: Path) -> bool:
    return bool(MENTION.search(path.read_text(encoding="utf-8", errors="replace")))
