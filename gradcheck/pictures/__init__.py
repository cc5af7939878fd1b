"""Pictures of a finding, drawn into axes of the caller's: matplotlib itself is never imported here."""

from gradcheck.pictures.entries import heat_map, scatter
from gradcheck.pictures.examples import ratios, shapes_tried
from gradcheck.pictures.steps import step_curve

__all__ = ["heat_map", "ratios", "scatter", "shapes_tried", "step_curve"]
