"""gradcheck: verify a hand-derived gradient, with no tolerance to choose."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcheck.claim import Claim, Condition
    from gradcheck.deciding import decide
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

_HOMES = {
    "claim": ("Claim", "Condition"),
    "deciding": ("decide",),
    "errors": ("MalformedClaim", "MalformedLayer"),
    "gradients": ("Estimate", "exact_gradient", "exact_jacobian", "numerical_gradient"),
    "layer": ("Layer",),
    "pytest_door": ("parametrize_with_checks",),
    "report": ("Report", "UnverifiedGradient", "WrongGradient"),
    "rulings": ("Counterexample", "Decision", "Ruling"),
    "types": ("Verdict",),
    "verify": ("assert_correct", "check"),
}
"""The module of each name. It is imported when the name is first used: pytest loads this package in every
project that has it installed, to find its plugin, and should not pay for NumPy there."""


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
