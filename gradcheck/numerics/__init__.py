"""The derivative of a callable with its error: slopes along lines, noise, Jacobians, exact differences."""

from gradcheck.numerics.ascent import Slopes
from gradcheck.numerics.directions import Scaling, direction
from gradcheck.numerics.edge import inward_slope
from gradcheck.numerics.exact import difference, inner, is_exact
from gradcheck.numerics.extrapolation import Slope
from gradcheck.numerics.jacobian import Steps, measured_entries, residual
from gradcheck.numerics.ladder import Ladder, climb, fitted
from gradcheck.numerics.line import Line
from gradcheck.numerics.noise import Noise, measure, rounded_at_random
from gradcheck.numerics.one_sided import Kink, one_sided
from gradcheck.numerics.pattern import Pattern
from gradcheck.numerics.probe import Probe, probe
from gradcheck.numerics.pulled import derived_entries, derived_residual
from gradcheck.numerics.quantisation import QUANTA, plateau_noise, quantum, still_rungs, storage_noise, unit
from gradcheck.numerics.together import Together, further, together

__all__ = [
    "QUANTA",
    "Kink",
    "Ladder",
    "Line",
    "Noise",
    "Pattern",
    "Probe",
    "Scaling",
    "Slope",
    "Slopes",
    "Steps",
    "Together",
    "climb",
    "derived_entries",
    "derived_residual",
    "difference",
    "direction",
    "fitted",
    "further",
    "inner",
    "inward_slope",
    "is_exact",
    "measure",
    "measured_entries",
    "one_sided",
    "plateau_noise",
    "probe",
    "quantum",
    "residual",
    "rounded_at_random",
    "still_rungs",
    "storage_noise",
    "together",
    "unit",
]
