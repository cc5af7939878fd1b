"""Right layers and the mistakes that are made in them, family by family; each module lists its own in `SOURCES`."""

from __future__ import annotations

from importlib import import_module

from benchmarks.causes.record import Source

FAMILIES = ("products", "losses", "moves", "activations", "normalisations", "mixed")

SOURCES: tuple[Source, ...] = tuple(
    source for family in FAMILIES for source in import_module(f"{__name__}.{family}").SOURCES
)
"""Every layer, in reading order."""
