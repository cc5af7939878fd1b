"""gradcheck: verify a hand-derived gradient, with no tolerance to choose."""

from gradcheck.errors import MalformedLayer, UnverifiedGradient, WrongGradient
from gradcheck.findings import Report
from gradcheck.layer import Layer
from gradcheck.pytest_door import parametrize_with_checks
from gradcheck.types import Verdict
from gradcheck.verify import assert_correct, check

__all__ = [
    "Layer",
    "MalformedLayer",
    "Report",
    "UnverifiedGradient",
    "Verdict",
    "WrongGradient",
    "assert_correct",
    "check",
    "parametrize_with_checks",
]
