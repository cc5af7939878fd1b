"""The derivative of a callable with its error: slopes along lines, noise, Jacobians, exact differences."""

from gradcheck.numerics.colouring import Pattern
from gradcheck.numerics.directions import Scaling, direction
from gradcheck.numerics.exact import difference, inner, is_exact
from gradcheck.numerics.extrapolation import RATIO, Fit
from gradcheck.numerics.gradient import REACH, measure_gradient
from gradcheck.numerics.jacobian import Entries, measure_entries, measure_rest, spans
from gradcheck.numerics.ladder import fit_slopes
from gradcheck.numerics.line import EVERYWHERE, Line, Neighbourhood
from gradcheck.numerics.mantissa import (
    HALF_BITS,
    HALF_SPACING,
    NARROWEST_BITS,
    are_round,
    common_bits,
    narrow_unit,
    unit_of_bits,
)
from gradcheck.numerics.moves import JointNeighbourhood
from gradcheck.numerics.noise import (
    FORWARD_SAMPLES,
    SINGLE,
    Noise,
    measure_grain,
    measure_noise,
    rms_of,
    single_noise,
)
from gradcheck.numerics.one_sided import OneSidedSlopes, settle
from gradcheck.numerics.quantisation import (
    QUANTA,
    plateau_noise,
    quantum_noise,
    rounding_unit,
    still_rungs,
    storage_noise,
)
from gradcheck.numerics.quotient import Quotient, divide_difference, extrapolate, line_of_outputs
from gradcheck.numerics.roughness import is_orderly, measure_jump, measure_scatter
from gradcheck.numerics.screen import JointScreen, Screen, screen_further, screen_jointly, screen_line
from gradcheck.numerics.slope import Slope, measure_slope, settle_slope

__all__ = [
    "EVERYWHERE",
    "FORWARD_SAMPLES",
    "HALF_BITS",
    "HALF_SPACING",
    "NARROWEST_BITS",
    "QUANTA",
    "RATIO",
    "REACH",
    "SINGLE",
    "Entries",
    "Fit",
    "JointNeighbourhood",
    "JointScreen",
    "Line",
    "Neighbourhood",
    "Noise",
    "OneSidedSlopes",
    "Pattern",
    "Quotient",
    "Scaling",
    "Screen",
    "Slope",
    "are_round",
    "common_bits",
    "difference",
    "direction",
    "divide_difference",
    "extrapolate",
    "fit_slopes",
    "inner",
    "is_exact",
    "is_orderly",
    "line_of_outputs",
    "measure_entries",
    "measure_gradient",
    "measure_grain",
    "measure_jump",
    "measure_noise",
    "measure_rest",
    "measure_scatter",
    "measure_slope",
    "narrow_unit",
    "plateau_noise",
    "quantum_noise",
    "rms_of",
    "rounding_unit",
    "screen_further",
    "screen_jointly",
    "screen_line",
    "settle",
    "settle_slope",
    "single_noise",
    "spans",
    "still_rungs",
    "storage_noise",
    "unit_of_bits",
]
