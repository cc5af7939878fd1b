"""Mutants of functions: each with one typical mistake in it, and the code that has it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from types import CodeType, FunctionType, ModuleType
from typing import Any

from gradcheck.mutation.flows import GradientPart, outermost
from gradcheck.mutation.operators import OPERATORS, default_of, ignore_option
from gradcheck.mutation.pool import Pool
from gradcheck.mutation.rebuild import compile_function
from gradcheck.mutation.sites import Site, sites_of
from gradcheck.mutation.source import Source
from gradcheck.mutation.telling import Change, tell

OUTSIDE = ("os", "io", "shutil", "subprocess", "pathlib", "socket", "tempfile", "urllib", "pickle", "ctypes")
"""Modules that reach beyond the process: a statement that names one of them is left as it is."""
REACHING = ("open", "exec", "eval", "compile", "input", "exit", "quit", "breakpoint", "__import__")
"""Builtins that do."""


@dataclass(frozen=True)
class Root:
    """A function to be mutated.

    `returns_value` says that it returns forward's value before the gradient, and `is_forward` that forward
    is this function.
    """

    source: Source
    returns_value: bool = False
    is_forward: bool = False


@dataclass(frozen=True)
class Mutant:
    """One node of a function in the place of another; `kind` is a key of `OPERATORS`."""

    root: Root
    kind: str
    site: Site
    node: ast.AST

    @property
    def change(self) -> Change:
        """The mistake as it is told."""
        return tell(self.root.source, self.site, self.node)

    @property
    def place(self) -> tuple[str, int]:
        """The file and the first line of the statement that holds the mistake."""
        return self.root.source.file, self.site.statement.lineno

    def code(self) -> CodeType | None:
        """Return the code of the function with the mistake; None where Python refuses it."""
        self.site.put(self.node)
        try:
            return recompile(self.root.source)
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return None
        finally:
            self.site.put(self.site.node)


def mutants_of(roots: Sequence[Root]) -> list[Mutant]:
    """Return all mutants of some functions, each once, in the order of the text."""
    return [mutant for root in roots for mutant in _of_root(root)]


def recompile(source: Source) -> CodeType:
    """Return a function's code as its tree stands, which may take the place of the code that it has.

    Raises
    ------
    SyntaxError, ValueError
        If it is none of a function, or needs other cells.
    """
    own = source.function.__code__
    code = compile_function(source, own.co_freevars, keep_cells=True)
    if code.co_freevars != own.co_freevars:
        message = "the edit needs other variables of the functions around"
        raise ValueError(message)
    return code


@contextmanager
def planted(function: FunctionType, code: CodeType) -> Iterator[None]:
    """Let a function have other code inside the block, wherever it is held."""
    own = function.__code__
    function.__code__ = code
    try:
        yield
    finally:
        function.__code__ = own


def _of_root(root: Root) -> Iterator[Mutant]:
    source = root.source
    everything = sites_of(source.node)
    above = outermost(source.node)
    part = GradientPart(source.node, is_forward=root.is_forward) if root.returns_value else None
    defaults = default_of(source.node)
    pool = Pool.of(source.node, everything, [])
    pool = replace(pool, names=tuple(name for name in pool.names if name not in defaults))  # arrays
    seen = {ast.dump(source.node)}
    types = _annotations(source.node)
    for site in everything:
        if id(site.node) in types:
            continue
        if isinstance(site.statement, ast.Raise | ast.Assert) or _reaches_outside(site.statement, source):
            continue
        if part is not None and not part.holds(site, above.get(id(site.node))):
            continue
        for kind, node in _nodes(site, pool, defaults):
            fresh = deepcopy(node)
            _position(fresh, site.node)
            mutant = Mutant(root, kind, site, fresh)
            site.put(fresh)
            try:
                text = ast.dump(source.node)
            finally:
                site.put(site.node)
            if text not in seen:
                seen.add(text)
                if _is_code(mutant, source):
                    yield mutant


def _nodes(site: Site, pool: Pool, defaults: dict[str, ast.expr]) -> Iterator[tuple[str, ast.AST]]:
    for kind, operator in OPERATORS.items():
        yield from ((kind, node) for node in operator(site, pool))
    yield from (("option", node) for node in ignore_option(site, defaults))


def _annotations(function: Any) -> set[int]:
    """Return the nodes of types and decorators, which compute nothing of a gradient."""
    found: list[Any] = []
    for part in ast.walk(function):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            found += [part.returns, *part.decorator_list]
        elif isinstance(part, ast.AnnAssign):
            found.append(part.annotation)
    return {id(part) for top in found if top is not None for part in ast.walk(top)}


def _position(node: ast.AST, old: Any) -> None:
    """Let a new node stand on the lines of the old one, as far as its parts have no lines of their own."""
    for part in ast.walk(node):
        if isinstance(part, ast.expr | ast.stmt | ast.keyword) and not hasattr(part, "lineno"):
            ast.copy_location(part, old)


def _is_code(mutant: Mutant, source: Source) -> bool:
    """Return whether Python accepts a mutant, and does not make the same instructions of it."""
    code = mutant.code()
    return code is not None and not _same_code(code, source.function.__code__)


def _same_code(one: CodeType, other: CodeType) -> bool:
    if (one.co_code, one.co_names, one.co_varnames) != (other.co_code, other.co_names, other.co_varnames):
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    return all(
        _same_code(a, b) if isinstance(a, CodeType) and isinstance(b, CodeType) else repr(a) == repr(b)
        for a, b in zip(one.co_consts, other.co_consts, strict=True)
    )


def _reaches_outside(statement: Any, source: Source) -> bool:
    """Return whether a statement may read or write something beyond the process."""
    if isinstance(statement, ast.FunctionDef | ast.Lambda | ast.If | ast.For | ast.While | ast.With):
        return False
    names = {part.id for part in ast.walk(statement) if isinstance(part, ast.Name)}
    held = source.function.__globals__
    modules = {held[name].__name__ for name in names if isinstance(held.get(name), ModuleType)}
    return bool(names & set(REACHING)) or any(module.partition(".")[0] in OUTSIDE for module in modules)
