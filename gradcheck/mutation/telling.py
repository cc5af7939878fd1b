"""An edit in the words of the file: the lines on which it stands, before and after."""

from __future__ import annotations

import ast
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from gradcheck.mutation.sites import Site
from gradcheck.mutation.source import Source

COMPOUND = (
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.Tuple, ast.GeneratorExp),
    *(ast.Starred, ast.Yield, ast.Await),
)
"""Expressions that may need parentheses where another one stood."""
WITHIN = (ast.Slice, ast.Starred)
"""Expressions that stand nowhere by themselves."""
APART = (ast.Call, ast.keyword, ast.Tuple, ast.List, ast.Slice, ast.Assign, ast.AugAssign, ast.Return)
"""Nodes whose parts are set apart from one another."""


@dataclass(frozen=True)
class Change:
    """An edit as it is told: what lines of a file hold, and what after it; nothing, if they are left out.

    `line` is 0 where the function stands in no file.
    """

    file: str
    line: int
    old: str
    new: str


def tell(source: Source, site: Site, node: ast.AST) -> Change:
    """Return the lines on which a node stands, and what they are with another one in its place.

    As much as possible is left as it was written.
    """
    writer = _Writer(source)
    line = 0 if source.file.startswith("<") else site.node.lineno
    start, end = writer.span(site.node)
    low, high = writer.span(site.statement)
    low = max(low, writer.starts[site.node.lineno - 1])
    high = min(high, writer.starts[site.node.end_lineno])
    before, after = writer.text[low:start], writer.text[end:high]
    old = _one_line(before + writer.text[start:end] + after)
    if isinstance(node, ast.Pass):
        return Change(source.file, line, old, "")
    wanted = _dump_with(site, node)
    new = ""
    for new in writer.versions(node):
        if writer.dump_spliced(site, new) == wanted:
            break
    return Change(source.file, line, old, _one_line(before + new.encode() + after))


def _dump_with(site: Site, node: ast.AST) -> str:
    """Return the statement around a place as it is with another node there."""
    if site.node is site.statement:
        return ast.dump(node)
    site.put(node)
    try:
        return ast.dump(site.statement)
    finally:
        site.put(site.node)


def _one_line(text: bytes) -> str:
    return " ".join(text.decode().split())


@dataclass
class _Writer:
    """The text of a file, in the bytes in which Python counts columns."""

    source: Source
    text: bytes = b""
    starts: list[int] = field(default_factory=lambda: [0])

    def __post_init__(self) -> None:
        encoded = [line.encode() for line in self.source.lines]
        self.text = b"".join(encoded)
        for line in encoded:
            self.starts.append(self.starts[-1] + len(line))
        self._own = {id(part) for part in ast.walk(self.source.node)}

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node begins and ends."""
        first, last = self.starts[node.lineno - 1], self.starts[node.end_lineno - 1]
        return first + node.col_offset, last + node.end_col_offset

    def versions(self, node: ast.AST) -> list[str]:
        """Return how a node may be written: with the parts that stand in the file as they stand there."""
        parts: list[tuple[Any, bool]] = []
        bare = closed = ast.unparse(ast.fix_missing_locations(self._hollow(node, parts, is_apart=True)))
        bare = closed = closed.replace(" ** ", "**")
        for i, (part, is_apart) in enumerate(parts):
            start, end = self.span(part)
            own = _one_line(self.text[start:end])
            bare = bare.replace(_mark(i), own)
            is_open = isinstance(part, COMPOUND) and not is_apart
            closed = closed.replace(_mark(i), f"({own})" if is_open else own)
        whole = ast.unparse(ast.fix_missing_locations(node))
        without = [text[1:-1] for text in (bare, closed) if isinstance(node, ast.Tuple)]
        return [*without, bare, f"({bare})", closed, f"({closed})", whole, f"({whole})"]

    def _hollow(self, node: Any, parts: list[tuple[Any, bool]], *, is_apart: bool) -> Any:
        """Return a node with marks in the place of the parts that stand in the file, which are collected.

        With each goes whether commas or brackets set it apart, so that it needs no parentheses.
        """
        if isinstance(node, ast.expr) and id(node) in self._own and not isinstance(node, WITHIN):
            parts.append((node, is_apart))
            return ast.Name(_mark(len(parts) - 1), getattr(node, "ctx", ast.Load()))
        hollow = copy(node)
        for name, value in ast.iter_fields(node):
            apart = isinstance(node, APART) and name not in ("func", "op")
            if isinstance(value, list):
                changed = [
                    self._hollow(part, parts, is_apart=apart) if isinstance(part, ast.AST) else part
                    for part in value
                ]
                setattr(hollow, name, changed)
            elif isinstance(value, ast.AST):
                setattr(hollow, name, self._hollow(value, parts, is_apart=apart))
        return hollow

    def dump_spliced(self, site: Site, new: str) -> str:
        """Return what Python reads where a text stands in the place of a node."""
        (low, high), (start, end) = self.span(site.statement), self.span(site.node)
        text = (self.text[low:start] + new.encode() + self.text[end:high]).decode()
        try:
            if isinstance(site.statement, ast.Lambda):
                return ast.dump(ast.parse(f"({text})", mode="eval").body)
            indent = " " * max(site.statement.col_offset, 1)
            (block,) = ast.parse(
                f"if 1:\n{indent}{text.removeprefix('el') if text.startswith('elif') else text}"
            ).body
            assert isinstance(block, ast.If)
            return ast.dump(block.body[0])
        except SyntaxError:
            return ""


def _mark(i: int) -> str:
    return f"part_{i}_of_it"
