"""One example being run: a layer at a point, what goes in and comes out, and rounding at random."""

from gradcheck.evaluation.adjoint import Slopes, slope_scatter
from gradcheck.evaluation.at_random import Ordinary
from gradcheck.evaluation.conventions import Slot, read_cotangent, split_vjp
from gradcheck.evaluation.example import PRINTABLE_ENTRIES, Example
from gradcheck.evaluation.kinds import NUMBERS
from gradcheck.evaluation.outputs import fill_cotangent, read_output, read_tangent
from gradcheck.evaluation.point import Point
from gradcheck.evaluation.scatter import forward_scatter, moved_by_an_ulp, pullback_rounding
from gradcheck.evaluation.trial import BESIDE, Calls, NormalPullback, Trial

__all__ = [
    "BESIDE",
    "NUMBERS",
    "PRINTABLE_ENTRIES",
    "Calls",
    "Example",
    "NormalPullback",
    "Ordinary",
    "Point",
    "Slopes",
    "Slot",
    "Trial",
    "fill_cotangent",
    "forward_scatter",
    "moved_by_an_ulp",
    "pullback_rounding",
    "read_cotangent",
    "read_output",
    "read_tangent",
    "slope_scatter",
    "split_vjp",
]
