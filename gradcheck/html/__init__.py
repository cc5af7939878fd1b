"""The HTML report: one file that holds everything, for people who were not there when it ran."""

from gradcheck.html.file import NEEDED, MissingExtra, require, write, write_mutants

__all__ = ["NEEDED", "MissingExtra", "require", "write", "write_mutants"]
