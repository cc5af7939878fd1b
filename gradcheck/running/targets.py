"""From a TARGET on the command line to layers and claims: a module, file or folder, or one of them."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from gradcheck.claims import Claim
from gradcheck.layers import Layer
from gradcheck.running.folders import is_folder, modules_in

Subject: TypeAlias = Layer | Claim


class BadTarget(Exception):  # noqa: N818 -- it is about the argument, and its text is the whole message
    """A TARGET that leads nowhere; the sentence says why and what would."""


def subjects_of(target: str) -> tuple[Subject, ...]:
    """Return the layers and claims of one TARGET, in the order in which they are written.

    Raises
    ------
    BadTarget
        If the target can't be found or imported, or holds neither layer nor claim.
    """
    place, _, wanted = target.partition(":")
    modules = modules_of(place)
    found = _name_apart(tuple(_unique(subject for m in modules for subject in _in_module(m))), modules)
    if not found:
        message = (
            f"{place!r} holds no gradcheck.Layer and no Claim; "
            "define one at module level, or several in a tuple, a list or a dict"
        )
        raise BadTarget(message)
    if not wanted:
        return found
    held = getattr(modules[0], wanted, None)
    chosen = tuple(s for s in found if title(s) == wanted)
    if not chosen and isinstance(held, Layer | Claim):
        chosen = (held,)
    if not chosen:
        names = ", ".join(map(title, found))
        message = f"{place!r} has no layer or claim {wanted!r}; it has {names}"
        raise BadTarget(message)
    return chosen


def modules_of(place: str) -> list[ModuleType]:
    """Return the module of a name or file, of a package all its submodules, and those of a folder.

    Raises
    ------
    BadTarget
        If one can't be found or imported.
    """
    if place.endswith(".py"):
        return [_from_file(Path(place))]
    if is_folder(place):
        return modules_in(Path(place), _from_file, _from_name)
    return list(_modules(_from_name(place)))


def _name_apart(found: tuple[Subject, ...], modules: list[ModuleType]) -> tuple[Subject, ...]:
    """Name layers that share a name, or have none of their own, by the variables or keys that hold them."""
    variables: dict[int, str] = {}
    for name, value in (item for m in modules for item in vars(m).items()):
        named = {str(key): item for key, item in value.items()} if isinstance(value, dict) else {name: value}
        variables |= {id(item): key for key, item in named.items() if isinstance(item, Layer)}
    shared = Counter(title(subject) for subject in found)
    return tuple(
        replace(s, name=variables[id(s)])
        if isinstance(s, Layer) and id(s) in variables and (shared[s.name] > 1 or s.name == "<lambda>")
        else s
        for s in found
    )


def title(subject: Subject) -> str:
    """Return a layer's name, or a claim's id."""
    return subject.name if isinstance(subject, Layer) else subject.id


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        message = f"there is no file {str(path)!r}"
        raise BadTarget(message)
    resolved = path.resolve()
    sys.path.insert(0, str(resolved.parent))  # so that the file can import its neighbours
    name = f"{path.stem}_{blake2b(str(resolved).encode(), digest_size=4).hexdigest()}"
    spec = importlib.util.spec_from_file_location(name, resolved)
    if spec is None or spec.loader is None:
        message = f"{str(path)!r} is not a Python file"
        raise BadTarget(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as cause:
        raise _import_problem(str(path), cause) from cause
    return module


def _from_name(name: str, folder: Path | None = None) -> ModuleType:
    sys.path.insert(0, str(folder or Path.cwd()))  # as `python -m` does
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as cause:
        missing = isinstance(cause, ModuleNotFoundError) and cause.name is not None
        if isinstance(cause, ModuleNotFoundError) and missing and name.startswith(str(cause.name)):
            hint = f"; for a file, write {name}.py" if Path(f"{name}.py").is_file() else ""
            message = f"there is no module {name!r} here{hint}"
            raise BadTarget(message) from cause
        if isinstance(cause, TypeError | ValueError) and not all(p.isidentifier() for p in name.split(".")):
            message = f"{name!r} is neither a module's name nor a .py file"
            raise BadTarget(message) from cause
        raise _import_problem(name, cause) from cause


def _import_problem(what: str, cause: BaseException) -> BadTarget:
    """Return one sentence with the exception and the line of the user's file that raised it."""
    place = ""
    if isinstance(cause, SyntaxError):
        place = f" ({Path(cause.filename or what).name}, line {cause.lineno})"
    else:
        frames = [f for f in traceback.extract_tb(cause.__traceback__) if not f.filename.startswith("<")]
        ours = Path(__file__).parent.parent
        own = [f for f in frames if not Path(f.filename).is_relative_to(ours)]
        outside = [f for f in own if "importlib" not in f.filename]
        if outside:
            place = f" ({Path(outside[-1].filename).name}, line {outside[-1].lineno})"
    text = getattr(cause, "msg", None) or str(cause)
    return BadTarget(f"{what!r} can't be imported: {type(cause).__name__}: {text}{place}")


def _modules(module: ModuleType) -> Iterator[ModuleType]:
    """Return a module and, of a package, its submodules; ``__main__`` is a program and stays out."""
    yield module
    for entry in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
        if not entry.name.endswith(".__main__"):
            yield _from_name(entry.name)


def _in_module(module: ModuleType) -> Iterator[Subject]:
    """Return what a module holds: collections first, whose order is meant, then single ones."""
    public = [value for name, value in vars(module).items() if not name.startswith("_")]
    for value in public:
        if isinstance(value, tuple | list | dict):
            items = value.values() if isinstance(value, dict) else value
            yield from (item for item in items if isinstance(item, Layer | Claim))
    yield from (value for value in public if isinstance(value, Layer | Claim))


def _unique(subjects: Iterable[Subject]) -> Iterator[Subject]:
    seen: set[int] = set()
    for subject in subjects:
        if id(subject) not in seen:
            seen.add(id(subject))
            yield subject
