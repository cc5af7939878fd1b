"""Every mistake that can be found has words, and they name axes and inputs as the layer does."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck.diagnosis.diagnose import PREFERRED
from gradcheck.diagnosis.mistakes import mistakes
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.diagnosis.wording import Subject, worded
from tests.gradcheck.example_layers import trial_of

RNG = np.random.default_rng(0)


def scaled(x, w, *, padding, rate, groups):
    return rate * x * w


SCALED = Layer(
    scaled,
    lambda x, w, **options: (scaled(x, w, **options), lambda y_bar: (y_bar, y_bar)),
    shapes={"x": "n k", "w": "n k"},
    options={"padding": (0, 1), "rate": (0.25, 0.5), "groups": (1, 2)},
)
TRIAL = trial_of(
    SCALED, RNG.standard_normal((2, 2)), RNG.standard_normal((2, 2)), padding=1, rate=0.25, groups=2
)
SUBJECT = Subject(TRIAL, 1, 2)
KEYS = sorted({key for key, _, _ in mistakes(Specimen.of(TRIAL, 1), ())}, key=repr)


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_mistake_has_words_and_a_rank(key):
    said = worded(key, SUBJECT)
    assert said[0].islower()
    assert not said.endswith(".")
    assert key[0] in PREFERRED


def test_mistakes_are_of_every_kind():
    assert {key[0] for key in KEYS} >= set(PREFERRED)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (("factor", 0.5), "it is half what it should be"),
        (
            ("divided by size", "x", (0,)),
            "it is divided by the size of axis 0 (n) of 'x', which it should not be",
        ),
        (("times size", "output", "all"), "it is too large by a factor, the number of outputs"),
        (
            ("times size", "x", (1,), "root"),
            "it is too large by a factor, the root of the size of axis 1 (k) of 'x'",
        ),
        (("divided by size", "rate", "complement"), "it is divided by 1 − 'rate', which it should not be"),
        (("input", "x"), "it is the cotangent of 'x': the order is swapped"),
        (
            ("entries", "transposed", -2, -1),
            "its entries are transposed: axes 0 (n) and 1 (k) of 'w' are swapped",
        ),
        (
            ("with", "x", "flipped", -2, -1),
            "it is the derivative with 'x' flipped along axes 0 (n) and 1 (k)",
        ),
        (("with", "w", "negated"), "it is the derivative with its own input negated"),
        (("with", "x", "absolute"), "it is the derivative with the absolute values of 'x'"),
        (("option", "rate", "0.5"), "it is the derivative with rate=0.5"),
        (("option", "rate", "squared"), "it is the derivative with 'rate' squared: it is applied twice"),
        (
            ("cotangent", "flipped", -1),
            "the cotangent of the output is flipped along axis 1 of the output on the way",
        ),
        (("summed", "cotangent", -2), "the cotangent of the output is summed over axis 0 of the output"),
        (
            ("slice", -2, "first"),
            "it is the contribution of the first index of axis 0 of the output alone: "
            "a sum over that axis is missing",
        ),
    ],
)
def test_words(key, said):
    assert worded(key, SUBJECT) == said


@pytest.mark.parametrize("key", [("nonlinear",), ("unrepeatable",)])
def test_what_is_found_without_a_prediction_has_words_too(key):
    assert worded(key, SUBJECT).startswith("it is ")
