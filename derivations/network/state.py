"""Everything a training is at the end of an epoch, as a value: what can be saved, loaded and gone on from."""

from dataclasses import dataclass

from derivations.network.optimisers import Moments
from derivations.network.stages import Parameters


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: loss and accuracy on the way, and accuracy on the test images after it."""

    loss: float
    train_accuracy: float
    test_accuracy: float


@dataclass(frozen=True)
class State:
    """Parameters, the optimiser's moments, and one record for each epoch so far."""

    parameters: Parameters
    moments: Moments
    history: tuple[Epoch, ...] = ()
