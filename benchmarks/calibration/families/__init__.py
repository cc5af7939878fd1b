"""Right gradients of many kinds: `FAMILIES`. The harness must never call one of them wrong."""

from benchmarks.calibration.families.algebra import ALGEBRA
from benchmarks.calibration.families.arithmetic import ARITHMETIC
from benchmarks.calibration.families.cancelling import CANCELLING
from benchmarks.calibration.families.elementwise import ELEMENTWISE
from benchmarks.calibration.families.family import Family
from benchmarks.calibration.families.networks import NETWORKS
from derivations import ARTICLE_CNN, CNN, LAYERS
from tests.broken import RIGHT_EXTRAS

DRAWN: tuple[Family, ...] = tuple(
    Family(layer, composite=layer in (CNN, ARTICLE_CNN))
    for layer in (*LAYERS, *RIGHT_EXTRAS)
    if layer.shapes is not None
)
"""The derivations, and the right layers from which the broken ones were made."""

FAMILIES: tuple[Family, ...] = (*DRAWN, *ELEMENTWISE, *ARITHMETIC, *ALGEBRA, *CANCELLING, *NETWORKS)

__all__ = ["FAMILIES", "Family"]
