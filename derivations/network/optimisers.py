"""Gradient descent: with momentum, and Adam. A step is a function from a state to the next one.

With g the gradient, η the learning rate of the step, and all operations entry by entry,

    momentum   v ← μ v + g,                       θ ← θ − η v
    Adam       m ← β₁ m + (1 − β₁) g,   s ← β₂ s + (1 − β₂) g²,
               θ ← θ − η m̂ / (√ŝ + ε),            m̂ = m/(1 − β₁ᵗ),  ŝ = s/(1 − β₂ᵗ)

where t counts the steps from 1. m and s start at zero and are therefore too small at first, by exactly the
factors that the hats divide by (Kingma and Ba, 2015).
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from derivations.network.stages import Parameters

MOMENTUM = 0.9
FIRST_DECAY, SECOND_DECAY = 0.9, 0.999
LEAST_ROOT = 1e-8


class Moments(NamedTuple):
    """What an optimiser remembers: how many steps it made, and one or two arrays for each parameter."""

    steps: int
    first: Parameters
    second: Parameters


Step: TypeAlias = Callable[[Parameters, Parameters, Moments, float], tuple[Parameters, Moments]]
"""``step(parameters, gradients, moments, rate) -> (parameters, moments)``; the arguments are left alone."""


def at_rest(parameters: Parameters) -> Moments:
    """Return the moments before the first step, all zero."""
    zeros = tuple(np.zeros_like(parameter) for parameter in parameters)
    return Moments(0, zeros, zeros)


def momentum(
    parameters: Parameters, gradients: Parameters, moments: Moments, rate: float
) -> tuple[Parameters, Moments]:
    """Return parameters and moments after one step of gradient descent with momentum."""
    velocity = tuple(MOMENTUM * v + g for v, g in zip(moments.first, gradients, strict=True))
    moved = tuple(p - rate * v for p, v in zip(parameters, velocity, strict=True))
    return moved, Moments(moments.steps + 1, velocity, moments.second)


def adam(
    parameters: Parameters, gradients: Parameters, moments: Moments, rate: float
) -> tuple[Parameters, Moments]:
    """Return parameters and moments after one step of Adam."""
    steps = moments.steps + 1
    first = tuple(
        FIRST_DECAY * m + (1 - FIRST_DECAY) * g for m, g in zip(moments.first, gradients, strict=True)
    )
    second = tuple(
        SECOND_DECAY * s + (1 - SECOND_DECAY) * g * g for s, g in zip(moments.second, gradients, strict=True)
    )
    scale, root = rate / (1 - FIRST_DECAY**steps), (1 - SECOND_DECAY**steps) ** -0.5
    moved = tuple(
        p - scale * m / (root * np.sqrt(s) + LEAST_ROOT)
        for p, m, s in zip(parameters, first, second, strict=True)
    )
    return moved, Moments(steps, first, second)


OPTIMISERS: dict[str, Step] = {"adam": adam, "sgd": momentum}
"""The optimisers by name."""
