"""Where and why a gradient is wrong: group testing, patterns of known mistakes, and their wording."""

from gradcheck.diagnosis.excess import Meter
from gradcheck.diagnosis.explainer import Explainer
from gradcheck.diagnosis.groups import locate
from gradcheck.diagnosis.localise import worst_entry
from gradcheck.diagnosis.plot_data import measure_plot_data

__all__ = [
    "Explainer",
    "Meter",
    "locate",
    "measure_plot_data",
    "worst_entry",
]
