"""All strangers by family: `STRANGERS`. Their verdicts are what the benchmark counts."""

from benchmarks.calibration.strangers.samples.activations import ACTIVATIONS
from benchmarks.calibration.strangers.samples.approximations import DECLARED, UNDECLARED
from benchmarks.calibration.strangers.samples.dense import DENSE
from benchmarks.calibration.strangers.samples.digits import DIGITS
from benchmarks.calibration.strangers.samples.domains import SIMPLE
from benchmarks.calibration.strangers.samples.energies import ENERGIES
from benchmarks.calibration.strangers.samples.fixed_points import ROOTS
from benchmarks.calibration.strangers.samples.geometry import GEOMETRY
from benchmarks.calibration.strangers.samples.images import IMAGES
from benchmarks.calibration.strangers.samples.influence import NO_INFLUENCE
from benchmarks.calibration.strangers.samples.integrators import INTEGRATORS
from benchmarks.calibration.strangers.samples.interpolation import INTERPOLATED
from benchmarks.calibration.strangers.samples.landscapes import TESTS
from benchmarks.calibration.strangers.samples.likelihoods import LIKELIHOODS
from benchmarks.calibration.strangers.samples.limited_losses import LOSSES as LIMITED_LOSSES
from benchmarks.calibration.strangers.samples.losses import LOSSES
from benchmarks.calibration.strangers.samples.matrices import MATRICES
from benchmarks.calibration.strangers.samples.missing import MISSING
from benchmarks.calibration.strangers.samples.motion import MOTION
from benchmarks.calibration.strangers.samples.normalisation import NORMS
from benchmarks.calibration.strangers.samples.objects import OBJECTS
from benchmarks.calibration.strangers.samples.precision import PRECISION
from benchmarks.calibration.strangers.samples.processes import PROCESSES
from benchmarks.calibration.strangers.samples.regressions import REGRESSIONS
from benchmarks.calibration.strangers.samples.sequences import SEQUENCES
from benchmarks.calibration.strangers.samples.simplex import SIMPLEX
from benchmarks.calibration.strangers.samples.stationary import STATIONARY
from benchmarks.calibration.strangers.samples.steps import STEPS
from benchmarks.calibration.strangers.samples.views import VIEWS
from benchmarks.calibration.strangers.stranger import Stranger

FAMILIES: dict[str, tuple[Stranger, ...]] = {
    "restricted domains": (*SIMPLE, *LIMITED_LOSSES, *INTERPOLATED),
    "no influence": (*NO_INFLUENCE, *STATIONARY),
    "single precision inside": PRECISION,
    "solvers and approximations": (*INTEGRATORS, *ROOTS, *DECLARED, *UNDECLARED),
    "steps": STEPS,
    "missing values and masks": MISSING,
    "digits lost inside": DIGITS,
    "structured inputs": (*MATRICES, *SIMPLEX),
    "views": VIEWS,
    "layers of networks": (*DENSE, *ACTIVATIONS, *NORMS),
    "images": IMAGES,
    "sequences": SEQUENCES,
    "objects": OBJECTS,
    "losses": LOSSES,
    "pairs for optimisers": (*TESTS, *REGRESSIONS),
    "likelihoods and kernels": (*LIKELIHOODS, *PROCESSES),
    "physics and control": (*ENERGIES, *MOTION),
    "geometry and signals": GEOMETRY,
}
"""What a stranger's layer is like; each family has one file of `samples` or a few."""

STRANGERS: tuple[Stranger, ...] = tuple(s for members in FAMILIES.values() for s in members)
"""All of them, in the order of the families."""
