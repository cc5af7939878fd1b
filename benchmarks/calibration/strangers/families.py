"""All strangers by family: `STRANGERS`. Their verdicts are what the benchmark counts."""

from benchmarks.calibration.strangers.samples.domains import DOMAINS
from benchmarks.calibration.strangers.samples.geometry import GEOMETRY
from benchmarks.calibration.strangers.samples.images import IMAGES
from benchmarks.calibration.strangers.samples.influence import INFLUENCE
from benchmarks.calibration.strangers.samples.losses import LOSSES
from benchmarks.calibration.strangers.samples.networks import NETWORKS
from benchmarks.calibration.strangers.samples.objects import OBJECTS
from benchmarks.calibration.strangers.samples.optimise import OPTIMISE
from benchmarks.calibration.strangers.samples.physics import PHYSICS
from benchmarks.calibration.strangers.samples.precision import PRECISION
from benchmarks.calibration.strangers.samples.sequences import SEQUENCES
from benchmarks.calibration.strangers.samples.solvers import SOLVERS
from benchmarks.calibration.strangers.samples.statistics import STATISTICS
from benchmarks.calibration.strangers.samples.steps import STEPS
from benchmarks.calibration.strangers.samples.structured import STRUCTURED
from benchmarks.calibration.strangers.samples.views import VIEWS
from benchmarks.calibration.strangers.stranger import Stranger

FAMILIES: dict[str, tuple[Stranger, ...]] = {
    "restricted domains": DOMAINS,
    "no influence": INFLUENCE,
    "single precision inside": PRECISION,
    "solvers and approximations": SOLVERS,
    "steps": STEPS,
    "structured inputs": STRUCTURED,
    "views": VIEWS,
    "layers of networks": NETWORKS,
    "images": IMAGES,
    "sequences": SEQUENCES,
    "objects": OBJECTS,
    "losses": LOSSES,
    "pairs for optimisers": OPTIMISE,
    "likelihoods and kernels": STATISTICS,
    "physics and control": PHYSICS,
    "geometry and signals": GEOMETRY,
}
"""What a stranger's layer is like; each family has a file of `samples`."""

STRANGERS: tuple[Stranger, ...] = tuple(s for members in FAMILIES.values() for s in members)
"""All of them, in the order of the families."""
