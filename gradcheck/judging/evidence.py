"""The records of what makes a finding: the entry, the cause, and the numbers behind a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any, ClassVar

from gradcheck._util import Record
from gradcheck.types import Array


@dataclass(frozen=True)
class Evidence(Record):
    """One wrong entry: what was derived, what was measured, and how far apart the two may be.

    Parameters
    ----------
    what
        The array in which the entry stands, such as ``"w_bar"``.
    index
        The entry's index in it; None when the finding is about the array as a whole.
    derived, numerical
        The user's value and ours.
    error
        The uncertainty of `numerical`; 0 where it is exact.
    allowed
        The largest difference that `error` and rounding could explain.
    entries
        How many entries are wrong, of how many that were looked at.
    against
        What stands on our side: ``"numerical"``, ``"exact"``, ``"oracle"``, ``"expected"``.
    where
        Which entries of the array are wrong, in words, or what the input is there if it depends on that;
        empty where that was not looked for.
    values
        The inputs and the cotangent of the output, where they are small whole numbers; else empty.
    """

    what: str
    index: tuple[int, ...] | None
    derived: float
    numerical: float
    error: float
    allowed: float
    entries: tuple[int, int] | None = None
    against: str = "numerical"
    where: str = ""
    values: str = ""

    @property
    def relative_gap(self) -> float:
        """The difference of both numbers in relation to the larger one; infinite where neither has a size."""
        size = max(abs(self.derived), abs(self.numerical))
        return abs(self.derived - self.numerical) / size if 0.0 < size < inf else inf

    KEYS: ClassVar[str] = (
        "what index derived numerical against error allowed "
        "wrong_entries=_wrong entries=_looked_at where values"
    )

    @property
    def _wrong(self) -> int | None:
        return None if self.entries is None else self.entries[0]

    @property
    def _looked_at(self) -> int | None:
        return None if self.entries is None else self.entries[1]


@dataclass(frozen=True)
class Repair(Record):
    """One edit of the user's own source that makes a gradient right, wherever that was looked at.

    Parameters
    ----------
    file, line
        Where it stands; line 0 where the function is in no file.
    old, new
        What stands there, and what makes the gradient right; empty where it is right without.
    """

    file: str
    line: int
    old: str
    new: str


@dataclass(frozen=True)
class Cause(Record):
    """A mistake that explains everything that was measured.

    Parameters
    ----------
    key
        What it is, in a form that can be compared: a kind such as ``"slice"``, then its details.
    said
        What it is, in words.
    examples, entries
        In how many failing examples it predicts the derived Jacobian, with how many wrong entries.
    repair
        The edit that mends it, where the cause was found by editing.
    """

    key: tuple[Any, ...]
    said: str
    examples: int
    entries: int
    repair: Repair | None = None

    KEYS: ClassVar[str] = "kind=_kind said examples entries repair"

    @property
    def _kind(self) -> str:
        return str(self.key[0])


@dataclass(frozen=True)
class Diagnosis(Record):
    """Where and why a cotangent is wrong.

    Parameters
    ----------
    where
        Which entries, in words that hold in every failing example; empty where no words fit.
    causes
        The mistakes that explain all of them, the best supported first; none is an answer too.
    examples
        How many failing examples were compared.
    """

    where: str
    causes: tuple[Cause, ...]
    examples: int


@dataclass(frozen=True)
class EntryComparison(Record):
    """The wrong cotangent entry by entry: three arrays of one shape.

    Parameters
    ----------
    what
        The cotangent, such as ``"w_bar"``.
    derived, numerical
        The user's values and ours.
    allowed
        The largest difference that the measurement and rounding could explain.
    """

    what: str
    derived: Array = field(compare=False)
    numerical: Array = field(compare=False)
    allowed: Array = field(compare=False)


@dataclass(frozen=True)
class Curve(Record):
    """The measured slope against the step: how far each step's difference is from the derived slope.

    Parameters
    ----------
    steps
        The steps, the largest first.
    slopes
        The central difference at each step.
    noise
        What rounding may contribute to each of them.
    derived, numerical, error
        The derived slope; the one extrapolated to step zero, and its uncertainty.
    """

    steps: tuple[float, ...]
    slopes: tuple[float, ...]
    noise: tuple[float, ...]
    derived: float
    numerical: float
    error: float
