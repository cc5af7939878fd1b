"""What a mistake is told of: an input of an example, with the names of its axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.evaluation import Trial


@dataclass(frozen=True)
class MistakeSubject:
    """What a mistake is told of.

    Parameters
    ----------
    trial, argnum
        An input of an example.
    outputs
        How many axes the output has.
    gap
        How far the cotangent is off, as a part of itself.
    other
        Of an input whose cotangent this one is: whether that is ``"right"`` itself, or ``"swapped"`` with
        this one; else empty.
    """

    trial: Trial
    argnum: int
    outputs: int
    gap: float = 0.0
    other: str = ""

    @classmethod
    def of(cls, failing: Sequence[Specimen], keys: Sequence[MistakeKey] = ()) -> MistakeSubject:
        """Return the subject of causes that explain these examples."""
        first = failing[0]
        gap = max(specimen.gap for specimen in failing)
        named = next((key[1] for key in keys if key[0] == "input"), None)
        other = "" if named is None else _beside(first, first.trial.names.index(named))
        return cls(first.trial, first.argnum, len(first.output_shape), gap, other)

    @property
    def name(self) -> str:
        """The input's name."""
        return self.trial.names[self.argnum]


def _beside(specimen: Specimen, other: int) -> str:
    """Return what the derived cotangent of another input is where this one's is what that should be."""
    beside = Specimen.of(specimen.trial, other)
    if beside is None:
        return ""
    if not beside.wrong.any():
        return "right"
    return "swapped" if specimen.shape == beside.shape and beside.equals(specimen.measured.value) else ""


def axes_of(s: MistakeSubject, what: str, *axes: int) -> str:
    """Return the words for axes of the output or an input, counted from either end."""
    return f"{places_of(s, what, *axes)} of {'the output' if what == 'output' else repr(what)}"


def places_of(s: MistakeSubject, what: str, *axes: int) -> str:
    """Return the numbers of axes, with the letters that they have."""
    if what == "output":
        places = [f"{axis % max(s.outputs, 1)}" for axis in axes]
    else:
        argnum = s.trial.names.index(what)
        letters, ndim = s.trial.axis_letters(argnum), s.trial.primals[argnum].ndim
        ndim -= s.trial.inputs.leaves[argnum].slot.is_complex
        places = [f"{axis % ndim} ({letters[axis % ndim]})" if letters else f"{axis % ndim}" for axis in axes]
    if len(places) == 1:
        return f"axis {places[0]}"
    return f"axes {', '.join(places[:-1])} and {places[-1]}"
