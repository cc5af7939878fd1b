"""Outputs that move in steps are told from outputs that do not move as derived."""

import numpy as np
import pytest

from gradcheck.numerics.extrapolation import Fit
from gradcheck.numerics.ladder import Ladder
from gradcheck.numerics.line import Rung
from gradcheck.numerics.quantisation import (
    plateau_noise,
    quantum_noise,
    rounding_unit,
    still_rungs,
    storage_noise,
)
from tests.gradcheck.example_layers import SQUARE, elementwise, line_of


def ladder_of(means, changes):
    """Return a ladder with these excesses, whose outputs move by these amounts."""
    nothing = np.zeros(1)
    rungs = tuple(
        Rung(4.0**-k, np.array([m]), np.array([m]), nothing, np.array([c]))
        for k, (m, c) in enumerate(zip(means, changes, strict=True))
    )
    return Ladder(rungs, np.zeros((len(rungs), 1)), Fit(nothing, nothing), np.ones(1, bool))


def rungs(means):
    return ladder_of(means, [0.0] * len(means))


def test_plateau_shows_where_an_orderly_descent_turns_back():
    assert plateau_noise(rungs([1.0, 1e-2, 1e-4, 3e-4, 9e-4])) == 9e-4


@pytest.mark.parametrize(
    "means",
    [
        [1.0, 1e-2, 1e-4, 1e-6, 1e-8],
        [1.0, 0.25, 0.0625, 0.1, 0.2],
        [1.0, 1e-2, 1e-4, 3e-4, 2e-4],
        [],
    ],
    ids=["no turn", "a wrong slope", "one rise", "nothing"],
)
def test_no_plateau_without_two_falls_and_two_rises(means):
    assert plateau_noise(rungs(means)) == 0.0


def moving(changes):
    return ladder_of([0.0] * len(changes), changes)


UNIT = rounding_unit(float(np.finfo(float).eps), [np.array([1.0])])


def test_smallest_move_before_a_standstill_is_the_quantum():
    line = line_of(SQUARE, np.array([1.0]))
    step = 2 * UNIT
    found = quantum_noise(moving([1e-3, step, 0.0, 0.0]), line, UNIT)
    assert found == pytest.approx(step * abs(float(line.near.y_bar[0])))


def test_step_larger_than_rounding_is_no_quantum():
    assert quantum_noise(moving([1.0, 0.0, 0.0]), line_of(SQUARE, np.array([1.0])), UNIT) == 0.0


def test_output_that_never_stands_still_has_no_quantum():
    assert quantum_noise(moving([1e-3, 1e-16, 1e-17]), line_of(SQUARE, np.array([1.0])), UNIT) == 0.0


def test_rungs_below_the_last_move_stand_still():
    assert [r.h for r in still_rungs(moving([1.0, 0.0, 2.0, 0.0, 0.0]))] == [4.0**-3, 4.0**-4]
    assert len(still_rungs(moving([0.0, 0.0]))) == 2


def storage_noise_of(stored, x):
    """Return the noise of sines that are stored so, in units of their size."""
    line = line_of(elementwise(lambda x: stored(np.sin(x)), np.cos), x)
    return storage_noise(line, [0.02, 1e-3, 1e-4]) / line.near.size


def to_bfloat16(a):
    fractions, exponents = np.frexp(a)
    return np.ldexp(np.rint(np.ldexp(fractions, 8)), exponents - 8)


@pytest.mark.parametrize(
    ("stored", "eps"),
    [
        (lambda a: a.astype(np.float32).astype(float), 2.0**-23),
        (lambda a: a.astype(np.float16).astype(float), 2.0**-10),
        (to_bfloat16, 2.0**-7),
    ],
    ids=["float32", "float16", "bfloat16"],
)
def test_outputs_stored_in_a_narrower_type_are_as_coarse_as_it(stored, eps):
    assert storage_noise_of(stored, np.array([0.3, 0.7])) == pytest.approx(eps, rel=0.1)


def test_outputs_below_the_numbers_of_float16_are_as_coarse_as_its_smallest():
    line = line_of(elementwise(lambda x: (1e-9 * x).astype(np.float16).astype(float), abs), np.ones(2))
    assert storage_noise(line, [0.02, 1e-3]) == 0.0  # all are zero, which says nothing of the type


def test_outputs_in_their_own_type_have_no_storage_noise():
    line = line_of(elementwise(np.sin, np.cos), np.array([0.3, 0.7]))
    assert storage_noise(line, [0.3, 0.02, 1e-3]) == 0.0
