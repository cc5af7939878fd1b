"""Edits of a function's source, one at a time, and the function as each of them would make it."""

from gradcheck.mutation.edits import Edit, Editor
from gradcheck.mutation.mutants import Mutant, Root, mutants_of, planted
from gradcheck.mutation.probes import notes, probe
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
    "notes",
    "planted",
    "probe",
    "read_source",
]
