"""Wrong entries of a Jacobian or a Hessian that the caller wrote as a matrix, by row and column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradcheck._util import max_abs
from gradcheck.diagnosis.regions import MOST_LISTED, list_indices, region_of
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.evaluation import Trial
from gradcheck.judging import Cause, Evidence
from gradcheck.layers import Matrix, matrix_of
from gradcheck.types import Array

AXES = ("row", "column")


@dataclass(frozen=True)
class MatrixFinding:
    """Which entries of the caller's matrix are wrong at an example, in words, and the worst one of them.

    Where no matrix could be right, `cause` says why, and there is nothing else.
    """

    where: str = ""
    evidence: Evidence | None = None
    cause: Cause | None = None


def find_matrix_entries(trial: Trial, argnum: int) -> MatrixFinding | None:
    """Return what is wrong with the matrix that a layer's gradient is made of.

    None where there is no matrix, or where it is too large to be measured entry by entry.
    """
    matrix = matrix_of(trial.layer)
    if matrix is None or trial.tangents is not None or trial.inputs.leaves[argnum].slot.is_complex:
        return None
    specimen = Specimen.of(trial, argnum)
    if specimen is None:
        return None
    shape = specimen.y.size, trial.primals[argnum].size
    right, derived = (a.reshape(shape) for a in (specimen.measured.value, specimen.derived))
    error, allowed = (
        np.broadcast_to(a, specimen.measured.value.shape).reshape(shape)
        for a in (specimen.measured.error, specimen.allowed)
    )
    if matrix.is_symmetric:
        derived = derived.T  # the pullback of a Hessian is its product with the cotangent, from the left
        allowed = np.maximum(allowed, allowed.T)
        said = _describe_gradient(right, allowed)
        if said:
            return MatrixFinding(cause=Cause(("gradient of no function",), said, 1, right.size))
    name = _name(matrix, trial, argnum)
    wrong = np.abs(derived - right) > allowed
    if not wrong.any():
        return None
    row, column = np.unravel_index(int(np.argmax(np.where(wrong, np.abs(derived - right), 0.0))), shape)
    place = int(row), int(column)
    evidence = Evidence(
        name,
        place,
        float(derived[place]),
        float(right[place]),
        float(error[place]),
        float(allowed[place]),
        (int(wrong.sum()), wrong.size),
    )
    uneven = _describe_uneven(name, derived, allowed, wrong) if matrix.is_symmetric else ""
    return MatrixFinding(_where(name, wrong) + uneven, evidence)


def _name(matrix: Matrix, trial: Trial, argnum: int) -> str:
    """Return what the matrix is called: of several inputs, with the name of the one that it belongs to."""
    return matrix.name if len(trial.active) == 1 else f"{matrix.name}_{trial.names[argnum]}"


def _where(name: str, wrong: Array) -> str:
    """Return which entries are wrong: a few by their places, others as a region."""
    places = [tuple(map(int, place)) for place in np.argwhere(wrong)]
    if len(places) <= MOST_LISTED:
        return list_indices(places).replace("[", f"{name}[")
    region = region_of([wrong], AXES)
    if str(len(places)) in region:
        return f"{len(places)} of {wrong.size} entries of {name}"  # they make no pattern
    return f"{region} of {name}".replace(" of the last two axes", "")


def _describe_uneven(name: str, H: Array, allowed: Array, wrong: Array) -> str:
    """Return the entries on both sides of the diagonal that differ most, where a Hessian is not symmetric."""
    apart = np.where(wrong | wrong.T, np.abs(H - H.T), 0.0)
    if not np.any(apart > allowed):
        return ""
    i, j = sorted(map(int, np.unravel_index(int(np.argmax(apart)), H.shape)))
    return f"; {name} is not symmetric: {name}[{i}, {j}] = {H[i, j]:.6g}, {name}[{j}, {i}] = {H[j, i]:.6g}"


def _describe_gradient(J: Array, allowed: Array) -> str:
    """Return that what is given as a gradient is none, where its own Jacobian is not symmetric."""
    apart = np.abs(J - J.T)
    if not np.any(apart > allowed + 1e-6 * max_abs(J)):
        return ""
    i, j = sorted(map(int, np.unravel_index(int(np.argmax(apart)), J.shape)))
    return (
        f"what is given as the gradient, g, is that of no function: ∂g[{i}]/∂x[{j}] = {J[i, j]:.6g}, and "
        f"∂g[{j}]/∂x[{i}] = {J[j, i]:.6g}, which should be equal"
    )
