"""The exhaustive runs try what they are said to try: every shape, and every basis vector at each."""

import itertools
from dataclasses import replace
from functools import cache

import pytest

from gradcheck import decide
from tests.derivations.article.rulings import EVERY, ruling

PAIRS = {
    ((h, w), (p, q))
    for h, w, p, q in itertools.product(range(1, 5), range(1, 5), range(1, 4), range(1, 4))
    if p <= h and q <= w
}
"""All pairs of operands up to 4 × 4 over 3 × 3."""
CHANNELS = set(itertools.product(range(1, 4), repeat=2))


@cache
def tried(name):
    """Return how often a claim is evaluated at each pair of shapes of its first two inputs."""
    claim, counts = EVERY[name], {}

    def counting(*arrays, **options):
        pair = arrays[0].shape, arrays[1].shape
        counts[pair] = counts.get(pair, 0) + 1
        return claim.rhs(*arrays, **options)

    found = decide(replace(claim, lhs=counting, correction=None), trials=1)
    return counts, found.proved


def test_there_are_81_pairs():
    assert len(PAIRS) == 81


@pytest.mark.parametrize(
    "name", ["C4", "C7", "C9", "C0 corrected", "A2 supplied", "T1", "T2", "L1", "L2", "S1"]
)
def test_every_pair_of_shapes_is_tried(name):
    counts, proved = tried(name)
    assert set(counts) >= PAIRS
    assert proved == len(PAIRS)


@pytest.mark.parametrize(("name", "bases"), [("C4", ("W", "dY")), ("C7", ("X", "dY")), ("C9", ("W", "X"))])
def test_every_pair_of_basis_vectors_is_tried_at_a_shape(name, bases):
    counts, _ = tried(name)
    for W, X in PAIRS:
        Y = (W[0] - X[0] + 1, W[1] - X[1] + 1)
        sizes = {"W": W[0] * W[1], "X": X[0] * X[1], "dY": Y[0] * Y[1]}
        assert counts[W, X] - sizes[bases[0]] * sizes[bases[1]] in (0, 1)  # one more by the random trial


@pytest.mark.parametrize("name", ["N2", "N3 corrected"])
def test_every_number_of_channels_is_tried_at_eight_sizes(name):
    counts, proved = tried(name)
    assert {kernels[:2] for _, kernels in counts} >= CHANNELS
    assert proved == 8 * len(CHANNELS)


@pytest.mark.parametrize(("name", "shapes"), [("R4", 16), ("R5", 16), ("R6", 16), ("F1", 27), ("C1", 1)])
def test_the_smaller_runs(name, shapes):
    assert ruling(name).proved == shapes


@pytest.mark.parametrize("name", ["C4", "C7", "R4"])
def test_a_claim_that_fails_at_one_basis_vector_of_one_shape_is_caught(name):
    """Random entries can't be a unit vector in the last place only: it is the exhaustive run that sees it."""
    claim = EVERY[name]
    first = claim.linear_in[0]

    def wrong(*arrays, **options):
        given = dict(zip(claim.shapes, arrays, strict=True))[first]
        right = claim.rhs(*arrays, **options)
        bad = given.size >= 4 and given.ravel()[-1] == 1 and abs(given).sum() == 1
        return right + 1 if bad else right

    assert decide(replace(claim, rhs=wrong)).decision.value == "refuted"
