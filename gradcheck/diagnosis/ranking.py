"""Which of several causes that explain as much is named first: the more particular one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradcheck.diagnosis.arrangements import MistakeKey
from gradcheck.diagnosis.misplaced import INPUT_FOR_OUTPUT
from gradcheck.diagnosis.scalings import sizes
from gradcheck.diagnosis.specimen import Specimen

PREFERRED = (
    *("overwritten", "zero", "sign", "factor", "divided by size", "times size", "input", "slice"),
    *("over other axis", "assigned", "counted"),
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
        particular = numbers or kept
    return distinct(sorted(particular, key=lambda key: (-fits[key], *_rank(key, name))), failing)


def distinct(keys: Sequence[MistakeKey], failing: Sequence[Specimen]) -> list[MistakeKey]:
    """Return ranked causes without those that say of another what it says, in other words."""
    kept: list[MistakeKey] = []
    for key in keys:
        if not any(_is_same(key, other, failing) for other in kept):
            kept.append(key)
    return kept


def _is_same(key: MistakeKey, other: MistakeKey, failing: Sequence[Specimen]) -> bool:
    """Return whether two causes that fit the same examples are one."""
    if key[0] == other[0] == "partly":
        return key[1] == "constant" or _is_same(key[1:], other[1:], failing)
    if key[0] == "cotangent" and other[0] == "over other axis":
        return "order" in key or key == ("cotangent", "transposed", *sorted(other[1:]))
    if key[0] == "assigned" and other[0] == "slice":
        return bool(key[1] == other[2])
    if key == ("not transposed",) and other[0] == "with":
        return "transposed" in other  # it is the transposed matrix that makes it so
    if (key[0], other[0]) in (("mean", "divided by size"), ("counted", "times size")):
        return True  # the size is how many outputs contribute
    if key[0] != other[0]:
        return key[0] == "constant" and other[0] in NUMBERS
    if key[0] in ("multiplied", "not multiplied"):
        return bool(key[2] == other[2])
    if key[0] in ("squared", "over all", "epsilon"):
        return True
    if "order" in key:
        return other[1] in ("transposed", "order")  # a matrix that is transposed is read by columns
    return key[0] in SIZED and _is_one_size(key, other, failing)


def _is_one_size(key: MistakeKey, other: MistakeKey, failing: Sequence[Specimen]) -> bool:
    """Return whether two sizes are one: those of axes with one letter, or of an output with such an axis.

    Without letters, sizes may be equal by chance.
    """
    found = [sizes(specimen) for specimen in failing]
    if failing[0].trial.layer.shapes is None or any(each.get(key[1:]) is None for each in found):
        return False
    if any(each.get(key[1:]) != each.get(other[1:]) for each in found):
        return False
    names = [_letters_of(each, failing[0]) for each in (key, other)]
    return None in names or names[0] == names[1]


def _letters_of(key: MistakeKey, specimen: Specimen) -> str | None:
    """Return the letters of the axes whose sizes a cause names, with what is made of them.

    None where axes have none, as those of the output.
    """
    _, whose, axes, *made = key
    if whose not in specimen.trial.names or not isinstance(axes, tuple):
        return None
    letters = specimen.trial.axis_letters(specimen.trial.names.index(whose))
    return None if letters is None else " ".join([*(letters[axis] for axis in axes), *made])


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
