"""Every mistake that can be found has words, and they name axes and inputs as the layer does."""

import numpy as np
import pytest

from gradcheck import Layer
from gradcheck.diagnosis.candidates import candidates
from gradcheck.diagnosis.misplaced import INPUT_FOR_OUTPUT
from gradcheck.diagnosis.mistakes import predict
from gradcheck.diagnosis.overwritten import OVERWRITTEN
from gradcheck.diagnosis.plain import PLAIN
from gradcheck.diagnosis.ranking import PREFERRED
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.diagnosis.subject import MistakeSubject
from gradcheck.diagnosis.wording import describe_mistake
from tests.gradcheck.example_layers import trial_of

RNG = np.random.default_rng(0)


def scaled(x, w, *, padding, rate, groups):
    return rate * x * w


def layer_of(forward):
    return Layer(
        forward,
        lambda x, w, **options: (forward(x, w, **options), lambda y_bar: (y_bar * np.ones_like(x),) * 2),
        shapes={"x": "n k", "w": "n k"},
        options={"padding": (0, 1), "rate": (0.25, 0.5), "groups": (1, 2)},
    )


def trial(forward, n, k):
    x, w = RNG.uniform(1, 2, (n, k)), RNG.uniform(1, 3, (n, k))
    return trial_of(layer_of(forward), x, w, padding=1, rate=0.25, groups=2)


def logarithm_of_nearly(x, w, *, padding, rate, groups):
    return np.log(w + 1e-7)


TRIAL = trial(scaled, 2, 2)
SUBJECT = MistakeSubject(TRIAL, 1, 2)
NEARLY = Layer(
    logarithm_of_nearly,
    lambda x, w, **options: (logarithm_of_nearly(x, w, **options), lambda y_bar: (0 * y_bar, y_bar / w)),
)
SPREAD = Layer(lambda x, w: x + w, lambda x, w: (x + w, lambda y_bar: (y_bar, y_bar.sum(axis=1))))
SPECIMENS = [
    Specimen.of(trial_of(SPREAD, np.ones((3, 3)), np.ones(3)), 1),
    Specimen.of(TRIAL, 1),
    Specimen.of(trial(lambda x, w, **options: np.sum(scaled(x, w, **options)), 2, 3), 1),
    Specimen.of(trial(lambda x, w, **options: w - w.mean(axis=0), 4, 3), 1),
    Specimen.of(trial_of(NEARLY, np.ones(3), np.array([0.5, 1.0, 3.0]), padding=1, rate=0.25, groups=2), 1),
]
KEYS = sorted(
    {INPUT_FOR_OUTPUT, (OVERWRITTEN, "Layer.cache")}
    | {key for s in SPECIMENS for key in [*(k for k, _ in predict(s)), *(c.key for c in candidates(s))]},
    key=repr,
)


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_mistake_has_words_and_a_rank(key):
    said = describe_mistake(key, SUBJECT)
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
        (("input", "x"), "it is what the cotangent of 'x' should be"),
        (("times size", "rate", "value"), "it is too small by a factor, 'rate'"),
        (
            ("constant", 1.000002),
            "every entry is too large by a relative 2.0e-06: "
            "an approximation looks like this, in forward or in the gradient",
        ),
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
    assert describe_mistake(key, SUBJECT) == said


@pytest.mark.parametrize("other", ["right", "swapped"])
def test_order_is_swapped_only_where_both_are_wrong(other):
    said = describe_mistake(("input", "x"), MistakeSubject(TRIAL, 1, 2, other=other))
    assert ("swapped" in said) == (other == "swapped")
    assert ("copy" in said) == (other == "right")


@pytest.mark.parametrize("key", [key for key in PLAIN if key[0] in ("nonlinear", "unrepeatable")])
def test_what_is_found_without_a_prediction_has_words_too(key):
    assert describe_mistake(key, SUBJECT).startswith("it is ")
