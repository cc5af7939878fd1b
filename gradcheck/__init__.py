"""gradcheck: verify a hand-derived gradient, with no tolerance to choose."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradcheck.claims import (
        Claim,
        Condition,
        Counterexample,
        Decision,
        Estimate,
        Ruling,
        decide,
        exact_gradient,
        exact_jacobian,
        numerical_gradient,
    )
    from gradcheck.errors import CannotVerify, MalformedClaim, MalformedLayer
    from gradcheck.layers import Layer
    from gradcheck.mutants import mutate
    from gradcheck.pytest_plugin import parametrize_with_checks
    from gradcheck.reporting import FlawedLayer, Report, UnverifiedGradient, WrongGradient
    from gradcheck.running import assert_correct, check
    from gradcheck.types import Verdict

__all__ = [
    "CannotVerify",
    "Claim",
    "Condition",
    "Counterexample",
    "Decision",
    "Estimate",
    "FlawedLayer",
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
    "mutate",
    "numerical_gradient",
    "parametrize_with_checks",
]

_HOMES = {
    "claims": (
        *("Claim", "Condition", "Counterexample", "Decision", "Estimate", "Ruling"),
        *("decide", "exact_gradient", "exact_jacobian", "numerical_gradient"),
    ),
    "errors": ("CannotVerify", "MalformedClaim", "MalformedLayer"),
    "layers": ("Layer",),
    "mutants": ("mutate",),
    "pytest_plugin": ("parametrize_with_checks",),
    "reporting": ("FlawedLayer", "Report", "UnverifiedGradient", "WrongGradient"),
    "running": ("assert_correct", "check"),
    "types": ("Verdict",),
}
"""The room of each name. It is entered when the name is first used: pytest loads this package in every
project that has it installed, to find its plugin, and should not pay for NumPy there."""


def __getattr__(name: str) -> Any:
    if name == "html":
        return import_module(f"{__name__}.html")
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*__all__, "html"})
