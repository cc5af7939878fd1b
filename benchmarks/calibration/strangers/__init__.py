"""Code as strangers write it, right and wrong: what verdicts it gets, and what verdicts it deserves."""

from benchmarks.calibration.strangers.families import FAMILIES, STRANGERS
from benchmarks.calibration.strangers.stranger import POINT, RIGHT, SHAPES, Stranger

__all__ = ["FAMILIES", "POINT", "RIGHT", "SHAPES", "STRANGERS", "Stranger"]
