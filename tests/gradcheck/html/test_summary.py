"""The first screen in words."""

import pytest

from gradcheck.html.summary import certainty, describe_coverage, headline


def layer(name, verdict="CORRECT", sensitivity=1e-9):
    calls = {"forward_calls": 10, "vjp_calls": 4}
    checks = [{"verdict": verdict}, {"verdict": "NOT_APPLICABLE"}]
    return {"layer": name, "verdict": verdict, "sensitivity": sensitivity, "checks": checks, **calls}


def claim(decision, verdict="CORRECT", proved=0, chance=None):
    return {"decision": decision, "verdict": verdict, "proved_shapes": proved, "chance_of_survival": chance}


def document(verdict, layers=(), claims=()):
    return {"verdict": verdict, "layers": list(layers), "claims": list(claims)}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (document("CORRECT", [layer("a")]), "The layer is correct"),
        (document("CORRECT", [layer("a"), layer("b")]), "All 2 layers are correct"),
        (
            document("CORRECT", [layer("a"), layer("b")], [claim("holds")]),
            "All 2 layers are correct, and 1 claim decided",
        ),
        (document("WRONG", [layer("a"), layer("b", "WRONG")]), "1 of 2 layers is wrong"),
        (
            document("WRONG", [layer("a", "FLAWED"), layer("b", "WRONG"), layer("c", "UNVERIFIED")]),
            "1 of 3 layers is wrong; 1 of 3 layers is flawed; 1 of 3 layers is unverified",
        ),
        (
            document("WRONG", [layer("a", "UNVERIFIED")], [claim("refuted", "WRONG")] * 2),
            "2 of 2 claims are wrong; 1 of 1 layer is unverified",
        ),
    ],
)
def test_headline(found, said):
    assert headline(found) == said


def test_what_was_checked_is_counted():
    found = document("CORRECT", [layer("a"), layer("b")], [claim("holds"), claim("holds"), claim("holds if")])
    assert describe_coverage(found) == [
        "2 layers by 2 checks, with 20 calls of forward and 8 of a pullback.",
        "3 claims: 2 hold, 1 holds under conditions.",
    ]


def test_certainty_is_that_of_the_layer_that_is_least_certain():
    said = certainty(
        document("CORRECT", [layer("fine", sensitivity=1e-12), layer("coarse", sensitivity=2e-6)])
    )
    assert "a relative error of 2e-06 in any input would have been seen" in said[0]
    assert "Least certain is 'coarse'" in said[0]


def test_wrong_layers_add_nothing_to_certainty():
    said = certainty(document("WRONG", [layer("a", "WRONG", 1e-3)]))
    assert said == ["No layer was called correct."]


def test_proofs_and_chances_are_told():
    said = certainty(document("CORRECT", claims=[claim("holds", proved=3), claim("holds", chance=1e-30)]))
    assert said[0].startswith("1 claim is proved")
    assert said[1].endswith("a chance below 1e-30.")
