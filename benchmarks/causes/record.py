"""A right layer in source, and the mistakes that are made in its backward pass by replacing a piece of it."""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

from gradcheck import Layer

VAGUE = ("terms missing", "terms added", "partly constant", "constant", "approximation")
"""Causes that say what is seen, and not what was done: true of many mistakes, and never false."""


@dataclass(frozen=True)
class Bug:
    """One mistake: a piece of the backward pass, what stands in its place, and the causes that are true.

    A cause is told as the key of a `Cause` with its parts side by side; the beginning of one is enough.
    Several are listed where the mistake is equally well told in several ways.
    """

    old: str
    new: str
    true: tuple[str, ...]

    def weigh(self, key: str, message: str) -> str:  # noqa: ARG002 -- a key suffices here
        """Return whether a cause, told as its key and in its words, is true, vague or false."""
        if key.startswith(self.true):
            return "true"
        return "vague" if key.startswith(VAGUE) else "false"


@dataclass(frozen=True)
class Source:
    """A layer in source: `backward` is that of a right one.

    Parameters
    ----------
    name
        What the layer is called.
    forward, backward
        The bodies of ``forward(*inputs, **options)`` and ``backward(g, *inputs, **options)``: expressions,
        or lines whose last one returns.
    bugs
        The mistakes.
    fields
        The record's fields of the `Layer`, of which `shapes` names the inputs.
    """

    name: str
    forward: str
    backward: str
    bugs: tuple[Bug, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)

    def layer(self, bug: Bug | None = None) -> Layer:
        """Return the layer, right or with one mistake."""
        backward = self.backward
        if bug is not None:
            if backward.count(bug.old) != 1:
                times = backward.count(bug.old)
                message = f"{bug.old!r} stands {times} times in the backward pass of {self.name!r}"
                raise ValueError(message)
            backward = backward.replace(bug.old, bug.new)
        names = [*self.fields["shapes"], *self.fields.get("options", {})]
        return Layer.from_backward(
            _function("forward", names, self.forward),
            _function("backward", ["g", *names], backward),
            name=self.name,
            **self.fields,
        )


def _function(name: str, parameters: list[str], body: str) -> Any:
    lines = body.strip().splitlines()
    lines[-1] = lines[-1] if lines[-1].strip().startswith("return") else f"return {lines[-1].strip()}"
    source = f"def {name}({', '.join(parameters)}):\n" + "\n".join(f"    {line}" for line in lines) + "\n"
    return function_of(name, source)


def function_of(name: str, source: str) -> Any:
    """Return the function that a text defines, which has a source as one in a file has."""
    file = f"{name}_{crc32(source.encode()):08x}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space: dict[str, Any] = {"np": np}
    exec(compile(source, file, "exec"), space)  # the sources stand in this folder
    return space[name]


def source(name: str, forward: str, backward: str, bugs: list[tuple[str, str, str]], **fields: Any) -> Source:
    """Return a layer with its mistakes; the true causes of each are one string, parted by bars."""
    made = tuple(Bug(old, new, tuple(part.strip() for part in true.split("|"))) for old, new, true in bugs)
    return Source(name, forward, backward, made, fields)


def everything(sources: tuple[Source, ...]) -> Iterator[tuple[Source, Bug]]:
    """Yield every mistake with its layer."""
    for each in sources:
        for bug in each.bugs:
            yield each, bug
