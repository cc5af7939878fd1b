"""Where a layer is kept: the lines of Python that bring it in, for code that is pasted."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

MADE_UP = r"_[0-9a-f]{8}"
"""What follows a file's name in ``sys.modules`` where it was loaded by its path."""


class HasPair(Protocol):
    """A layer: its name and the pair of functions that it is known by."""

    @property
    def name(self) -> str:
        """What reports call it."""
        ...

    @property
    def forward(self) -> Any:
        """The forward map."""
        ...

    @property
    def vjp(self) -> Any:
        """Its derived gradient."""
        ...


def import_lines(layer: HasPair) -> str:
    """Return the lines that make ``layer`` the layer: imported from where it is kept, or to be filled in.

    A module may hold it under a name, or in a tuple, a list or a dict. One that is made within a function
    can't be imported, and the line says what to put there.
    """
    for module in _modules_of(layer):
        place = _place_in(module, layer)
        if place is not None:
            name, key = place
            imported = f"from {_written_name(module)} import {name}"
            where = _describe_file(module)
            return (
                f"{imported}{where}\nlayer = {name}[{key!r}]" if key != "" else f"{imported} as layer{where}"
            )
    return f"layer = ...  # put the Layer {layer.name!r} here"


def _modules_of(layer: HasPair) -> Iterator[ModuleType]:
    """Return all modules that can be imported by their name, those of the layer's functions first."""
    own = [getattr(function, "__module__", None) for function in (layer.forward, layer.vjp)]
    names = dict.fromkeys([*(name for name in own if isinstance(name, str)), *sys.modules])
    for name in names:
        module = sys.modules.get(name)
        if isinstance(module, ModuleType) and module.__name__ != "__main__":
            yield module


def _place_in(module: ModuleType, layer: HasPair) -> tuple[str, Any] | None:
    """Return under which public name a module holds a layer, and under which key of that; "" for none."""
    # A module that is loaded when it is first used is left as it is: vars() would load it.
    values: Mapping[str, Any] = object.__getattribute__(module, "__dict__")
    public = [(name, value) for name, value in [*values.items()] if not name.startswith("_")]
    for name, value in public:
        if _is_same(value, layer):
            return name, ""
    for name, value in public:
        if type(value) in (tuple, list, dict):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in items:
                if _is_same(item, layer) and type(key) in (int, str):
                    return name, key
    return None


def _is_same(value: Any, layer: HasPair) -> bool:
    """Return whether a value is the layer, or one of the same functions under another name."""
    is_layer = type(value) is type(layer)
    return value is layer or (is_layer and value.forward is layer.forward and value.vjp is layer.vjp)


def _written_name(module: ModuleType) -> str:
    """Return the name by which a module is imported, of a file that was loaded by its path too."""
    stem = Path(_file_of(module)).stem
    return stem if re.fullmatch(re.escape(stem) + MADE_UP, module.__name__) else module.__name__


def _file_of(module: ModuleType) -> str:
    return str(object.__getattribute__(module, "__dict__").get("__file__") or "")


def _describe_file(module: ModuleType) -> str:
    """Return a remark that says which file a module is, where it may not be found by its name alone."""
    file = _file_of(module)
    if not file or "." in module.__name__ or Path(file).parent == Path.cwd():
        return ""
    return f"  # {os.path.relpath(file)}"
