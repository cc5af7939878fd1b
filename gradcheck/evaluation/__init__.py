"""One example being run: a layer at a point, what goes in and comes out, and rounding at random."""

from gradcheck.evaluation.adjoint import SlopePair, slope_scatter
from gradcheck.evaluation.called import find_detaching, find_solver
from gradcheck.evaluation.conventions import Slot, read_cotangent, split_vjp
from gradcheck.evaluation.cpu_limit import Endless, end_endless_calls, limit_cpu
from gradcheck.evaluation.derived import derive_entries, derive_rest
from gradcheck.evaluation.edges import name_entries
from gradcheck.evaluation.example import PRINTABLE_ENTRIES, Example
from gradcheck.evaluation.holding import hold_edges, hold_missing
from gradcheck.evaluation.inside import in_double, to_double, unit_inside
from gradcheck.evaluation.kinds import NUMBERS
from gradcheck.evaluation.outputs import fill_cotangent, read_output, read_tangent
from gradcheck.evaluation.point import Point, near_input, rounding_of
from gradcheck.evaluation.reach import Unreached, Watch
from gradcheck.evaluation.scatter import (
    forward_scatter,
    invisible_cotangent,
    output_noise,
    pullback_rounding,
    slope_rounding,
)
from gradcheck.evaluation.tangents import Tangents
from gradcheck.evaluation.trial import COARSE_UNITS, Calls, NormalPullback, SharedCall, Trial

__all__ = [
    "COARSE_UNITS",
    "NUMBERS",
    "PRINTABLE_ENTRIES",
    "Calls",
    "Endless",
    "Example",
    "NormalPullback",
    "Point",
    "SharedCall",
    "SlopePair",
    "Slot",
    "Tangents",
    "Trial",
    "Unreached",
    "Watch",
    "derive_entries",
    "derive_rest",
    "end_endless_calls",
    "fill_cotangent",
    "find_detaching",
    "find_solver",
    "forward_scatter",
    "hold_edges",
    "hold_missing",
    "in_double",
    "invisible_cotangent",
    "limit_cpu",
    "name_entries",
    "near_input",
    "output_noise",
    "pullback_rounding",
    "read_cotangent",
    "read_output",
    "read_tangent",
    "rounding_of",
    "slope_rounding",
    "slope_scatter",
    "split_vjp",
    "to_double",
    "unit_inside",
]
