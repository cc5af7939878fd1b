"""An equation asserted over shapes: the claim, how it is decided, its smallest counterexample."""

from gradcheck.claims.claim import Claim, Condition
from gradcheck.claims.decision import decide
from gradcheck.claims.gradients import Estimate, exact_gradient, exact_jacobian, numerical_gradient
from gradcheck.claims.rulings import Counterexample, Decision, Ruling

__all__ = [
    "Claim",
    "Condition",
    "Counterexample",
    "Decision",
    "Estimate",
    "Ruling",
    "decide",
    "exact_gradient",
    "exact_jacobian",
    "numerical_gradient",
]
