"""The hidden mistakes, a file for each family of layers."""

from benchmarks.hidden.bugs import elementwise, losses, products, sequences, structures, windows
from benchmarks.hidden.record import Hidden

MISTAKES: tuple[Hidden, ...] = tuple(
    hidden
    for module in (products, elementwise, windows, sequences, losses, structures)
    for hidden in module.MISTAKES.found
)
"""All of them, in reading order."""

__all__ = ["MISTAKES"]
