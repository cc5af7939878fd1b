"""Pictures of a finding, drawn into axes of the caller's: matplotlib itself is never imported here."""

from gradcheck.reporting.plots import colours
from gradcheck.reporting.plots.entries import heat_map, scatter
from gradcheck.reporting.plots.examples import draw_shapes, ratios
from gradcheck.reporting.plots.steps import step_curve

__all__ = ["colours", "draw_shapes", "heat_map", "ratios", "scatter", "step_curve"]
