"""Mutants that are called equivalent are; those that differ anywhere are not, even where no example is."""

from types import SimpleNamespace

import pytest

from gradcheck import Layer
from gradcheck.mutants import Judge
from gradcheck.mutation import Root, read_source
from tests.gradcheck.mutants.pairs import EQUIVALENT, INEQUIVALENT
from tests.gradcheck.mutation.files import functions_of

CHECKS = ("finite-difference",)


def fate(family, old, new):
    """Return what becomes of a backward in the place of another that no check is asked about."""
    one = functions_of(family.text.replace("{}", old))
    layer = Layer.from_backward(one["forward"], one["backward"], name="layer", **family.fields)
    judge = Judge(layer, seed=0, max_examples=6)
    source = read_source(one["backward"])
    other = functions_of(family.text.replace("{}", new))
    judge.mutants = [
        SimpleNamespace(
            root=Root(source),
            code=lambda: other["backward"].__code__,
            place=(source.file, source.node.body[0].lineno),
        )
    ]
    return judge.explain(0, CHECKS, 1e-9, {})["fate"]


@pytest.mark.parametrize(("family", "old", "new"), EQUIVALENT, ids=[new for _, _, new in EQUIVALENT])
def test_backward_that_is_equal_by_mathematics_is_equivalent(family, old, new):
    assert fate(family, old, new) == "equivalent"


@pytest.mark.parametrize(("family", "old", "new"), INEQUIVALENT, ids=[new for _, _, new in INEQUIVALENT])
def test_backward_that_differs_for_some_input_is_never_equivalent(family, old, new):
    assert fate(family, old, new) == "survived"
