"""The battery: one property of a gradient in each file, and `CHECKS`, all of them in order."""

from gradcheck.checks.battery import CHECKS, JACOBIAN, Check

__all__ = ["CHECKS", "JACOBIAN", "Check"]
