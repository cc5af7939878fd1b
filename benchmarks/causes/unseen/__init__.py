"""Layers with mistakes that were written without looking at which causes are told.

The mistakes are those that people make, and what is true of each is said in plain words.
"""

from benchmarks.causes.record import Source
from benchmarks.causes.unseen import elementary, losses, matrices, normalisations, sequences, signals, windows

SOURCES: tuple[Source, ...] = (
    *elementary.SOURCES,
    *windows.SOURCES,
    *normalisations.SOURCES,
    *losses.SOURCES,
    *sequences.SOURCES,
    *matrices.SOURCES,
    *signals.SOURCES,
)
"""The layers, in the order of their modules."""
