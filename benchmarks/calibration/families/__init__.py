"""Right gradients of many kinds: `FAMILIES`. The harness must never call one of them wrong."""

from benchmarks.calibration.families.algebra import ALGEBRA
from benchmarks.calibration.families.arithmetic import ARITHMETIC
from benchmarks.calibration.families.cancelling import CANCELLING
from benchmarks.calibration.families.elementwise import ELEMENTWISE
from benchmarks.calibration.families.family import Family
from benchmarks.calibration.families.networks import NETWORKS
from derivations import ARTICLE_CNN, CNN, LAYERS
from gradcheck import Layer
from tests.broken import RIGHT_EXTRAS, structures
from tests.broken.cached import LSTM_CACHED

NESTED = (LSTM_CACHED, *structures.RIGHT_EXTRAS)
"""Several outputs, trees of arrays, complex numbers: no peer could be asked about them alike."""


def _is_plain(layer: Layer) -> bool:
    """Return whether a layer takes real arrays that are drawn by their shapes, and returns one."""
    return layer.shapes is not None and layer.dtype == "float64" and layer not in NESTED


DRAWN: tuple[Family, ...] = tuple(
    Family(layer, composite=layer in (CNN, ARTICLE_CNN))
    for layer in (*LAYERS, *RIGHT_EXTRAS)
    if _is_plain(layer)
)
"""The derivations, and the right layers from which the broken ones were made."""

FAMILIES: tuple[Family, ...] = (*DRAWN, *ELEMENTWISE, *ARITHMETIC, *ALGEBRA, *CANCELLING, *NETWORKS)

__all__ = ["FAMILIES", "Family"]
