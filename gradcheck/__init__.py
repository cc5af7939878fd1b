"""gradcheck: verify a hand-derived gradient, with no tolerance to choose."""

from gradcheck.claim import Claim, Condition
from gradcheck.decide import decide
from gradcheck.errors import MalformedClaim, MalformedLayer
from gradcheck.gradients import Estimate, exact_gradient, exact_jacobian, numerical_gradient
from gradcheck.layer import Layer
from gradcheck.pytest_door import parametrize_with_checks
from gradcheck.report import Report, UnverifiedGradient, WrongGradient
from gradcheck.rulings import Counterexample, Decision, Ruling
from gradcheck.types import Verdict
from gradcheck.verify import assert_correct, check

__all__ = [
    "Claim",
    "Condition",
    "Counterexample",
    "Decision",
    "Estimate",
    "Layer",
    "MalformedClaim",
    "MalformedLayer",
    "Report",
    "Ruling",
    "UnverifiedGradient",
    "Verdict",
    "WrongGradient",
    "assert_correct",
    "check",
    "decide",
    "exact_gradient",
    "exact_jacobian",
    "numerical_gradient",
    "parametrize_with_checks",
]
