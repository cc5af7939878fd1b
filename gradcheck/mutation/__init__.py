"""Edits of a function's source, one at a time, and the function as each of them would make it."""

from gradcheck.mutation.edits import Edit, Editor
from gradcheck.mutation.mutants import Mutant, Root, mutants_of, planted, recompile
from gradcheck.mutation.rebuild import UNFILLED
from gradcheck.mutation.source import Source, read_source

__all__ = [
    "UNFILLED",
    "Edit",
    "Editor",
    "Mutant",
    "Root",
    "Source",
    "mutants_of",
    "planted",
    "read_source",
    "recompile",
]
