"""Which of several causes that explain as much is named first: the more particular one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.misplaced import INPUT_FOR_OUTPUT
from gradcheck.diagnosis.scalings import sizes
from gradcheck.diagnosis.specimen import Specimen

PREFERRED = (
    *("zero", "sign", "factor", "divided by size", "times size", "input", "slice", "assigned", "counted"),
    *("mean", "diagonal", "entries", "with", "option", "cotangent", "averaged", "summed", "dropped"),
    *(
        "identity",
        "residual",
        "at output",
        "input for output",
        "not transposed",
        "multiplied",
        "not multiplied",
    ),
    *(
        "squared",
        "reciprocal",
        "inverse",
        "absolute",
        "axes swapped",
        "over all",
        "symmetrised",
        "folded",
        "triangle",
    ),
    *("held constant", "penalty", "term", "epsilon", "float32", "constant", "approximation", "partly"),
    *("terms missing", "terms added"),
)
"""Kinds of causes, the more particular first."""
VAGUE = ("constant", "approximation", "partly", "terms missing", "terms added")
"""Named only where nothing more particular explains as much."""
APPROXIMATE = ("float32", "epsilon", "approximation")
"""Where such a gradient is right, that is so within the error of measurement: it says nothing."""
FITTED = ("constant", "term")
"""Causes with a number that is read from the derived cotangent itself."""
SIZED = ("divided by size", "times size")
NUMBERS = ("factor", "constant", "sign", "zero")


def rank(
    keys: Iterable[MistakeKey], fits: Mapping[MistakeKey, int], failing: Sequence[Specimen]
) -> list[MistakeKey]:
    """Return causes in the order in which they are named, the vague ones only where there are no others.

    Where one size has one value in all examples, it is not told from a plain number: then that is named.
    """
    kept, first = list(keys), failing[0]
    name = first.trial.names[first.argnum]
    unproven = {key for key in kept if key[0] in SIZED and _is_unvaried(key, failing)}
    particular = [key for key in kept if key[0] not in VAGUE and key not in unproven]
    if not particular:
        numbers = [key for key in kept if key[0] in NUMBERS]
        return numbers or sorted(kept, key=lambda key: (-fits[key], *_rank(key, name)))
    return sorted(particular, key=lambda key: (-fits[key], *_rank(key, name)))


def _is_unvaried(key: MistakeKey, failing: Sequence[Specimen]) -> bool:
    """Return whether the size in a cause has one value in all failing examples."""
    return len({sizes(specimen).get(key[1:]) for specimen in failing} - {None}) == 1


def _rank(key: MistakeKey, name: str) -> tuple[int, bool, int, bool, str]:
    """Return what orders causes that explain as much: never a set's order, which differs from run to run."""
    kind = PREFERRED.index(key[0]) + (PREFERRED.index(key[1]) if key[0] == "partly" else 0)
    if _elsewhere(key, name):
        kind = PREFERRED.index("identity")  # by its name after that: a cotangent as it comes says more
    return kind, "order" in key, _distance(key), "output" in key, repr(key)


def _distance(key: MistakeKey) -> int:
    """Return 0 for what moves nothing, then rolls, then shifts, which are rolls but for an edge."""
    return 2 if "shifted" in key else int("rolled" in key)


def may_be_repaired(keys: Sequence[MistakeKey], name: str) -> bool:
    """Return whether an edit of the source would say more than the causes that were found for an input."""
    if not keys or keys[0][0] in VAGUE or keys[0] in (("nonlinear",), INPUT_FOR_OUTPUT):
        return True
    return _elsewhere(keys[0], name)


def _elsewhere(key: MistakeKey, name: str) -> bool:
    """Return whether a cause differentiates where an input has nothing of itself left.

    Much is equal there that differs everywhere else: at zero nothing is clipped.
    """
    return key[:2] == ("with", name) and key[2] in ("zero", "of ones", "replaced")
