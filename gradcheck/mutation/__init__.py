"""Edits of a function's source, one at a time, and the function as each of them would make it."""

from gradcheck.mutation.edits import Edit, Editor

__all__ = ["Edit", "Editor"]
