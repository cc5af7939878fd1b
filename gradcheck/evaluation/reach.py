"""Which statements of the user's forward and backward ran, and which never did.

A trace function watches the calls of the user's functions, and nothing else; one that is there already, as
that of `coverage` or of a debugger, is told of every event as before. Where all has been seen, nothing is
watched.
"""

from __future__ import annotations

import ast
import dis
import linecache
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType, FunctionType
from typing import Any, ClassVar, TypeAlias

from gradcheck._util import Record
from gradcheck.layers import Layer, unwrap

Tracer: TypeAlias = Callable[[FrameType, str, Any], Any]
STALE = 500
"""After so many calls in which nothing new ran, some calls of each example are watched only. A tenth of it
would stop before single precision has had its turn; with ten times as many, a loop in Python takes twice as
long."""
WOKEN = 6
"""So many calls of each example are watched even then: forward, its derivative, and two pullbacks."""

GLOBAL_READS = ("LOAD_GLOBAL", "LOAD_NAME")
"""Instructions that read a name which is no variable of the function's own."""
FILES = 16
"""Files whose statements are remembered: one holds the functions of many layers, and each asks for them."""
FUNCTIONS = 256
"""Functions whose statements are remembered, since each check of a layer asks for them again."""
LIBRARIES = ("autograd", "jax", "numpy", "scipy", "torch")
"""A function of theirs may stand for a forward, and what it leaves out is nobody's derivation."""


@dataclass(frozen=True)
class Unreached(Record):
    """Statements that stand together, none of which ever ran.

    Parameters
    ----------
    file
        The file's path, from the working directory if it lies below.
    first, last
        The lines.
    role
        ``"forward"`` or ``"backward"``.
    layer
        The layer's name.
    under
        The condition below which they stand, such as ``if dilation > 1``; empty where there is none.
    source
        The lines as they are written.
    """

    file: str
    first: int
    last: int
    role: str
    layer: str
    under: str
    source: str

    KEYS: ClassVar[str] = "file first last role under source"

    def __str__(self) -> str:
        """Return where they stand, in a line."""
        lines = f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"
        under = f", `{self.under}`" if self.under else ""
        return f"{os.path.basename(self.file)}:{lines} ({self.role} of {self.layer}{under})"


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement: its lines, and the condition below which it stands."""

    first: int
    last: int
    under: str
    is_guard: bool


class Watch:
    """What has not yet run of a layer's functions, for each check by itself.

    So what is known does not depend on which checks run in one process.

    Parameters
    ----------
    layer
        The layer. What its functions call counts where it stands in their own file.
    """

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self._roles: dict[CodeType, str] = {}
        self._statements: dict[CodeType, Mapping[int, Statement]] = {}
        owned: dict[str, set[int]] = {}
        for role, function in _roots(layer):
            for code in _codes(function):
                if code not in self._roles:
                    found = _statements(code, code.co_filename)
                    known = owned.setdefault(code.co_filename, set())
                    # A lambda on a line of the function around it is no statement of its own.
                    own = {line: each for line, each in found.items() if each.first not in known}
                    known.update(each.first for each in own.values())
                    self._roles[code], self._statements[code] = role, own
        # By the code's address: its hash takes longer than all else that is done in a call of no interest.
        self._by_check: dict[str, dict[int, set[Statement]]] = {}
        self._quiet: Counter[str] = Counter()
        self._left: dict[int, set[Statement]] = {}
        self._check, self._woken = "", 0

    def enter(self, check: str) -> None:
        """Watch for a check, and at least some of its next calls: a new example begins."""
        if check not in self._by_check:
            everything = {id(code): set(found.values()) for code, found in self._statements.items()}
            self._by_check[check] = everything
        self._left, self._check, self._woken = self._by_check[check], check, WOKEN

    def run(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a function, and take note of what runs."""
        is_stale = self._quiet[self._check] > STALE and self._woken <= 0
        if is_stale or not any(self._left.values()):
            return function(*arguments, **options)
        self._quiet[self._check] += 1
        self._woken -= 1
        before: Any = sys.gettrace()
        sys.settrace(self._trace if before is None else self._trace_beside(before))
        try:
            return function(*arguments, **options)
        finally:
            sys.settrace(before)
            _enter()

    def unreached(self, check: str = "") -> tuple[Unreached, ...]:
        """Return what never ran in a check, or in all of them; nothing where none began."""
        watched = [left for name, left in self._by_check.items() if check in ("", name)]
        if not watched:
            return ()
        left = {code: set.intersection(*(each[id(code)] for each in watched)) for code in self._statements}
        found = [gap for code, each in left.items() if each for gap in self._gaps(code, each)]
        return tuple(sorted(found, key=lambda gap: (gap.role != "forward", gap.file, gap.first)))

    def _gaps(self, code: CodeType, left: set[Statement]) -> Iterator[Unreached]:
        everything = sorted(set(self._statements[code].values()), key=lambda each: each.first)
        for run in _runs(everything, left):
            if not all(each.is_guard for each in run):
                yield self._gap(code, run)

    def _gap(self, code: CodeType, run: list[Statement]) -> Unreached:
        first, last = run[0].first, max(each.last for each in run)
        lines = [linecache.getline(code.co_filename, number) for number in range(first, last + 1)]
        below = os.path.relpath(code.co_filename)
        file = code.co_filename if below.startswith("..") else below
        role, source = self._roles[code], "".join(lines).rstrip("\n")
        return Unreached(file, first, last, role, self.layer.name, run[0].under, source)

    def _note(self, frame: FrameType) -> None:
        left = self._left.get(id(frame.f_code))
        if left:
            statement = self._statements[frame.f_code].get(frame.f_lineno)
            if statement in left:
                left.discard(statement)
                self._quiet[self._check] = 0

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Tracer | None:  # noqa: ARG002 -- its form
        if event == "line":
            self._note(frame)
        return self._trace if self._left.get(id(frame.f_code)) else None

    def _trace_beside(self, other: Tracer) -> Tracer:
        """Return a trace function that hands every event on to another one."""

        def begin(frame: FrameType, event: str, argument: Any) -> Tracer:
            local = other(frame, event, argument)
            sys.settrace(begin)  # that of coverage puts itself in our place

            def step(frame: FrameType, event: str, argument: Any) -> Tracer:
                nonlocal local
                if event == "line":
                    self._note(frame)
                if local is not None:
                    local = local(frame, event, argument) or local
                return step

            return step

        return begin


def _enter() -> None:
    """Do nothing: only as a function begins does a trace function written in C take over again."""


def _roots(layer: Layer) -> Iterator[tuple[str, Any]]:
    """Yield the user's own functions with their roles."""
    if layer.module is None:
        yield from (("forward", unwrap(layer.forward)), ("backward", unwrap(layer.vjp)))
        return
    made = layer.module.factory
    owner = made if isinstance(made, type) else None
    for role, name in (("forward", layer.module.forward), ("backward", layer.module.backward)):
        yield role, getattr(owner, name, None)


def names_in_forward(layer: Layer) -> frozenset[str]:
    """Return every name that the code of a layer's forward reads, of globals and of attributes."""
    return frozenset(name for code in _codes(_forward_of(layer)) for name in code.co_names)


def keywords_in_forward(layer: Layer) -> frozenset[str]:
    """Return every keyword that the code of a layer's forward passes by its name."""
    tuples = (const for code in _codes(_forward_of(layer)) for const in code.co_consts)
    return frozenset(
        name for const in tuples if isinstance(const, tuple) for name in const if isinstance(name, str)
    )


def _forward_of(layer: Layer) -> Any:
    forward = next(function for role, function in _roots(layer) if role == "forward")
    # of a module of PyTorch's it is the class
    return getattr(forward, "forward", None) if isinstance(forward, type) else forward


def _codes(function: Any, seen: set[CodeType] | None = None) -> Iterator[CodeType]:
    """Yield the code of a function, of those in it, and of those in its file that it calls by name."""
    seen = set() if seen is None else seen
    if not isinstance(function, FunctionType) or function.__code__ in seen or _is_of_library(function):
        return
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
    waiting, names = [function.__code__], set[str]()
    while waiting:
        code = waiting.pop()
        seen.add(code)
        names.update(_global_names(code))
        waiting += [const for const in code.co_consts if isinstance(const, CodeType)]
        yield code
    called = [function.__globals__[name] for name in sorted(names) if name in function.__globals__]
    for other in map(unwrap, [*called, *cells]):
        own = getattr(other, "__code__", None)
        if own is not None and own.co_filename == function.__code__.co_filename:
            yield from _codes(other, seen)


@lru_cache(maxsize=FUNCTIONS)
def _global_names(code: CodeType) -> frozenset[str]:
    """Return the names of globals that some code reads: not those of attributes, which are often the same."""
    return frozenset(each.argval for each in dis.get_instructions(code) if each.opname in GLOBAL_READS)


def _is_of_library(function: FunctionType) -> bool:
    return str(function.__module__).partition(".")[0] in LIBRARIES


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False  # a name that has no value yet


@lru_cache(maxsize=FUNCTIONS)
def _statements(code: CodeType, file: str) -> Mapping[int, Statement]:
    """Return the statement that each line of some code belongs to; none of a file that can't be read.

    Functions of two files may be equal, but not what stands around them.
    """
    known = _statements_of("".join(linecache.getlines(file)))
    numbers = {line for _, _, line in code.co_lines() if line is not None}
    body = numbers - {code.co_firstlineno}
    return {line: known[line] for line in body or numbers if line in known}


@lru_cache(maxsize=FILES)
def _statements_of(source: str) -> Mapping[int, Statement]:
    try:
        return dict(_lines(ast.parse(source), ""))
    except SyntaxError:
        return {}


def _lines(node: ast.AST, under: str) -> Iterator[tuple[int, Statement]]:
    """Yield every line of the statements below a node, each with its statement."""
    for name, value in ast.iter_fields(node):
        if not isinstance(value, list):
            continue
        inner = _condition(node, name) or under
        for child in value:
            if isinstance(child, ast.stmt):
                body = getattr(child, "body", None) or getattr(child, "cases", None)
                last = max(child.lineno, _begin(body[0]) - 1) if body else child.end_lineno or child.lineno
                statement = Statement(child.lineno, last, inner, isinstance(child, ast.Raise))
                yield from ((line, statement) for line in range(child.lineno, last + 1))
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
                yield from _lines(child, "" if isinstance(child, ast.FunctionDef | ast.ClassDef) else inner)


def _begin(node: Any) -> int:
    return int(getattr(node, "lineno", 0) or node.pattern.lineno)


def _condition(node: ast.AST, field: str) -> str:
    """Return the words of a condition below which a field of a node stands, or nothing."""
    if isinstance(node, ast.If | ast.While):
        head = f"{'if' if isinstance(node, ast.If) else 'while'} {ast.unparse(node.test)}"
    elif isinstance(node, ast.For):
        head = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
    elif isinstance(node, ast.ExceptHandler):
        return "except" if node.type is None else f"except {ast.unparse(node.type)}"
    elif isinstance(node, ast.match_case):
        return f"case {ast.unparse(node.pattern)}"
    else:
        return ""
    return f"else of {head}" if field == "orelse" else head


def _runs(everything: list[Statement], left: set[Statement]) -> Iterator[list[Statement]]:
    """Yield the statements that are left, those that follow each other together."""
    run: list[Statement] = []
    for statement in everything:
        if statement in left:
            run.append(statement)
        elif run:
            yield run
            run = []
    if run:
        yield run
