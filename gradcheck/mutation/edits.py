"""Edits of a function, one at a time, from the smallest and most usual to the rarer."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from gradcheck.mutation.borrowings import TIERS
from gradcheck.mutation.pool import Pool
from gradcheck.mutation.reach import Reach
from gradcheck.mutation.rebuild import Workshop, locate
from gradcheck.mutation.safety import may_run_edited
from gradcheck.mutation.sites import Site, sites_of
from gradcheck.mutation.source import Source, read_source
from gradcheck.mutation.telling import Change, tell
from gradcheck.mutation.turns import turns


@dataclass(frozen=True)
class Edit:
    """One node of a function's source in the place of another."""

    source: Source
    workshop: Workshop
    site: Site
    node: ast.AST

    def make(self) -> FunctionType | None:
        """Return the function with this edit; None where Python refuses it."""
        locate(self.node)
        self.site.put(self.node)
        try:
            return self.workshop.make()
        except (SyntaxError, ValueError, TypeError, RecursionError):
            return None
        finally:
            self.site.put(self.site.node)

    @property
    def change(self) -> Change:
        """The edit as it is told."""
        return tell(self.source, self.site, self.node)


class Editor:
    """The edits of one function that may run edited.

    Parameters
    ----------
    source
        The function.
    others
        Functions whose expressions may be missing in this one, such as forward beside its backward.
    """

    def __init__(self, source: Source, others: Iterable[Any] = ()) -> None:
        written = [found for found in map(read_source, others) if found is not None]
        self._source = source
        self._workshop = Workshop(source, [each.function.__code__ for each in written])
        self._sites = sites_of(source.node)
        self._pool = Pool.of(source.node, self._sites, [each.node for each in written])

    @classmethod
    def of(cls, function: Any, others: Iterable[Any] = ()) -> Editor | None:
        """Return the editor of a function; None where it has no source, or may do more than compute."""
        source = read_source(function)
        if source is None or not may_run_edited(source):
            return None
        return cls(source, others)

    def unedited(self) -> FunctionType:
        """Return the function as it stands, made again as an edited one is."""
        return self._workshop.make()

    def edits(self, wrong: Collection[int] = (), parts: int = 1, *, is_inner: bool = False) -> Iterator[Edit]:
        """Yield all edits, each once: those first that can change what is wrong, and nothing else.

        Parameters
        ----------
        wrong
            The positions of what is wrong in the tuple that is returned.
        parts
            How many parts that tuple has.
        is_inner
            Whether a function inside of it, such as a pullback, returns that tuple.
        """
        reach = Reach(self._source.node, parts, is_inner=is_inner)
        reached = [(site, reach.of(site)) for site in self._sites]
        alone = [site for site, found in reached if found is None or found == set(wrong)]
        among = [site for site, found in reached if found is not None and found > set(wrong)]
        seen: set[tuple[int, str]] = set()
        for sites in (alone, among):
            for site, node in self._nodes(sites):
                key = id(site.node), ast.dump(node)
                if key not in seen:
                    seen.add(key)
                    self._call_numpy_by_its_name(node)
                    yield Edit(self._source, self._workshop, site, node)

    def _call_numpy_by_its_name(self, node: ast.AST) -> None:
        """Write what an edit brings in as the file does."""
        if self._workshop.numpy not in (None, "np"):
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and part.id == "np":
                    part.id = str(self._workshop.numpy)

    def _nodes(self, sites: Sequence[Site]) -> Iterator[tuple[Site, ast.AST]]:
        for site in sites:
            yield from ((site, node) for node in turns(site))
        for tier in TIERS:
            for site in sites:
                for make in tier:
                    yield from ((site, node) for node in make(site, self._pool))
