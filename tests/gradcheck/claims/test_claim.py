"""A claim that contradicts itself is refused when it is written."""

import pytest

from gradcheck import Claim, Condition, MalformedClaim


def side(x):
    return x


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": ""}, "id must be a non-empty string"),
        ({"lhs": None}, "give both sides, or neither"),
        ({"rhs": 3}, "rhs must be a function, got 3"),
        ({"shapes": {"x": "n.m"}}, "shapes['x'] must be a string of axes"),
        ({"shapes": {"x": "..."}}, "shapes['x'] must be a string of axes"),
        ({"linear_in": ("z",)}, "linear_in names 'z', which is not an input; inputs: x"),
        ({"linear_in": ("x",)}, "an exhaustive run needs up_to= for every size; n is missing"),
        ({"where": lambda q: True}, "a predicate asks for 'q'; known: n, x"),
        ({"conditions": (Condition("q", lambda q: True),)}, "a predicate asks for 'q'"),
    ],
)
def test_malformed_claim_is_refused(fields, said):
    good = {"id": "c", "statement": "s", "lhs": side, "rhs": side, "shapes": {"x": "n"}}
    with pytest.raises(MalformedClaim) as refused:
        Claim(**{**good, **fields})
    assert said in str(refused.value)


def test_letters_leave_options_out():
    claim = Claim("c", "s", side, side, {"x": "g*i n"}, options={"g": (1, 2)})
    assert claim.letters == ("i", "n")


def test_shapes_that_come_out_negative_are_not_in_the_domain():
    claim = Claim("c", "s", side, side, {"x": "h-p+1"})
    assert not claim.accepts({"h": 1, "p": 3})
    assert claim.accepts({"h": 3, "p": 3})
