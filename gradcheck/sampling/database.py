"""What earlier runs found: failing examples of a layer, kept in Hypothesis' example database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradcheck.layers import Layer, module_of


@dataclass(frozen=True)
class ExampleStore:
    """Where the failing examples of one layer are kept from run to run.

    Parameters
    ----------
    database
        A `hypothesis.database.ExampleDatabase`.
    layer
        The layer's name with that of its module: the same in every run, and on every machine.
    """

    database: Any
    layer: str

    @classmethod
    def of(cls, layer: Layer, database: Any) -> ExampleStore | None:
        """Return the memory of a layer in a database, or None without one."""
        return None if database is None else cls(database, f"{module_of(layer)}:{layer.name}")

    def key(self, check: str) -> bytes:
        """Return the database's key for the failing examples of one check."""
        return f"gradcheck {self.layer} {check}".encode()

    def has_failures(self, check: str) -> bool:
        """Return whether an earlier run left failing examples of a check."""
        return any(True for _ in self.database.fetch(self.key(check)))


def default_database() -> Any:
    """Return the directory ``.hypothesis/examples``, or what Hypothesis takes in its place.

    It is that of the default profile, whatever profile is active: a derandomised one, such as the
    one that Hypothesis takes where ``CI`` is set, has no database of its own.
    """
    import hypothesis

    return hypothesis.settings.get_profile("default").database


def profile_database() -> Any:
    """Return the example database of the active Hypothesis profile, None if it wants none.

    A derandomised profile can't name a database; it repeats what earlier runs found from the
    default one.
    """
    import hypothesis

    profile = hypothesis.settings()
    return default_database() if profile.derandomize else profile.database
