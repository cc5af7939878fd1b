"""A diagnosis depends on the layer and the seed, not on the example or the check that failed first."""

from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Layer, check
from gradcheck.diagnosis.explainer import Explainer, draw_trials
from gradcheck.judging.findings import Result
from gradcheck.types import Verdict
from tests.gradcheck.example_layers import MISSING_SUM, trial_of

B = 2
RNG = np.random.default_rng(0)


def explained(n, i, check="finite-difference", layer=MISSING_SUM):
    primals = RNG.standard_normal((n, i)), RNG.standard_normal((i, 2)), RNG.standard_normal(2)
    trial = trial_of(layer, *primals, is_user_point=layer.shapes is None)
    return Explainer(layer, 0)(Result(check, Verdict.WRONG), trial, B)


def test_diagnosis_does_not_depend_on_what_failed_first():
    assert explained(2, 1).diagnosis == explained(3, 4, "exact").diagnosis
    assert explained(2, 1).diagnosis.causes[0].key == ("slice", -2, "first")


def test_example_has_pictures_of_its_own():
    result = explained(3, 2)
    assert result.comparison.derived.shape == (2,)
    assert result.curve is not None


def test_layer_without_shapes_is_explained_at_its_point_and_beside():
    layer = replace(MISSING_SUM, shapes=None)
    found = explained(4, 2, layer=layer).diagnosis
    assert found.examples > 1
    assert ("slice", -2, "first") in [cause.key for cause in found.causes]


@pytest.mark.parametrize("seed", [0, 1])
def test_examples_are_the_same_for_the_same_seed(seed):
    one, other = (list(draw_trials(MISSING_SUM, seed)) for _ in range(2))
    assert [trial.seed for trial in one] == [trial.seed for trial in other]


@pytest.mark.parametrize("fields", [{"shapes": {"x": "n"}, "dtype": "float32"}, {}], ids=["shapes", "point"])
def test_a_mistake_in_single_precision_is_explained_where_the_formula_shows(fields):
    layer = Layer.from_backward(lambda x: x**3, lambda g, x: g * x**2, **fields)
    point = () if fields else (np.linspace(0.5, 2.0, 4, dtype=np.float32),)
    report = check(layer, *point, max_examples=20)
    (diagnosis,) = [r.diagnosis for r in report.results if r.diagnosis is not None and r.diagnosis.examples]
    assert diagnosis.causes
