"""The training loop: a generator of states, one at the end of each epoch.

Everything random in an epoch follows from the seed and the epoch's number, and the learning rate from the
step's: after a short rise it falls along half a cosine, η_k = η/2 (1 + cos πk/n), to zero. So an epoch is a
function of the state before it, and a training that was interrupted goes on as if it had not been.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, cos, pi
from typing import TypeAlias

import numpy as np

from derivations.network.augmentation import shifted
from derivations.network.datasets import Dataset
from derivations.network.model import Network
from derivations.network.optimisers import OPTIMISERS, Moments, at_rest
from derivations.network.stages import Parameters
from derivations.network.state import Epoch, State
from derivations.types import Array, Scalar

RISE = 20
"""The learning rate reaches its full value after so many steps."""
AT_ONCE = 256
"""So many images are recognised at a time."""

Progress: TypeAlias = Callable[[int, float, float], None]
"""``progress(images, loss, accuracy)`` after each step: its images, and this epoch's means so far."""


class NotFinite(ArithmeticError):  # noqa: N818 -- it says what is the case
    """The loss or a gradient is infinite or not a number; the sentence says what went bad first."""


@dataclass(frozen=True)
class Plan:
    """How to train.

    Parameters
    ----------
    epochs
        How often every image is seen.
    batch
        How many images a step sees.
    optimiser
        A key of `OPTIMISERS`.
    rate
        The learning rate at its highest.
    shift
        By how many pixels an image may move.
    seed
        Everything random follows from it.
    """

    epochs: int
    batch: int
    optimiser: str
    rate: float
    shift: int
    seed: int


def started(network: Network, plan: Plan) -> State:
    """Return the state before the first epoch."""
    parameters = network.initial(np.random.default_rng([plan.seed, 0]))
    return State(parameters, at_rest(parameters))


def train(
    network: Network,
    state: State,
    kept: Dataset,
    tested: Dataset,
    plan: Plan,
    progress: Progress = lambda *_: None,
) -> Iterator[State]:
    """Return the states at the end of each epoch that is left.

    Parameters
    ----------
    network, state
        What is trained, and from where.
    kept, tested
        The images to train on, and those to measure with.
    plan
        How.
    progress
        Hears of every step.

    Raises
    ------
    NotFinite
        If the loss or a gradient is not finite.
    """
    targets = kept.targets(network.classes)
    for epoch in range(len(state.history), plan.epochs):
        rng = np.random.default_rng([plan.seed, 1, epoch])
        parameters, moments, loss, accuracy = _one_epoch(network, state, kept, targets, plan, rng, progress)
        recognised = recognise(network, parameters, tested.images)
        record = Epoch(loss, accuracy, float(np.mean(recognised == tested.labels)))
        state = State(parameters, moments, (*state.history, record))
        yield state


def recognise(network: Network, parameters: Parameters, images: Array) -> Array:
    """Return the class that the network gives each image, (n,)."""
    batches = np.split(images, range(AT_ONCE, len(images), AT_ONCE))
    return np.concatenate([network.scores(batch, parameters).argmax(axis=1) for batch in batches])


def schedule(step: int, steps: int) -> float:
    """Return the share of the learning rate that step number `step` of `steps` takes, counted from 0."""
    return min(1.0, (step + 1) / RISE) * (1 + cos(pi * min(step / steps, 1.0))) / 2


def _one_epoch(
    network: Network,
    state: State,
    kept: Dataset,
    targets: Array,
    plan: Plan,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[Parameters, Moments, float, float]:
    """Return parameters and moments after one pass over the images, and its mean loss and accuracy."""
    parameters, moments = state.parameters, state.moments
    order = rng.permutation(len(targets))
    steps = plan.epochs * ceil(len(order) / plan.batch)
    loss, right = 0.0, 0
    for start in range(0, len(order), plan.batch):
        some = order[start : start + plan.batch]
        images = shifted(kept.images[some], plan.shift, rng)
        with np.errstate(all="ignore"):  # what overflows is reported in a sentence
            scores, pull_scores = network.scores_vjp(images, parameters)
            c, pull_loss = network.loss.vjp(scores, targets[some])
            gradients = pull_scores(pull_loss(np.ones_like(c))[0])
            _demand_finite(network, images, parameters, c, gradients, moments.steps)
        rate = plan.rate * schedule(moments.steps, steps)
        parameters, moments = OPTIMISERS[plan.optimiser](parameters, gradients, moments, rate)
        loss += float(c) * len(some)
        right += int(np.sum(scores.argmax(axis=1) == kept.labels[some]))
        seen = start + len(some)
        progress(len(some), loss / seen, right / seen)
    return parameters, moments, loss / len(order), right / len(order)


def _demand_finite(
    network: Network, images: Array, parameters: Parameters, c: Scalar, gradients: Parameters, step: int
) -> None:
    """Raise unless loss and gradients are finite.

    Raises
    ------
    NotFinite
        With the first layer whose output is not, or else the parameters whose gradient is not.
    """
    if np.isfinite(c) and all(np.isfinite(gradient).all() for gradient in gradients):
        return
    at = f"in step {step + 1}"
    for stage, _, y in network.outputs(images, parameters):
        if not np.isfinite(y).all():
            message = f"the loss is not finite {at}: the output of {stage.name!r} went bad first."
            raise NotFinite(message)
    if not np.isfinite(c):
        message = f"the loss is not finite {at}, although every layer's output is."
        raise NotFinite(message)
    named = zip(network.shapes, gradients, strict=True)
    guilty = next(name for name, gradient in named if not np.isfinite(gradient).all())
    message = f"the gradient of {guilty!r} is not finite {at}, although the loss is."
    raise NotFinite(message)
