"""Points where nothing changes: zero is the right answer."""

import numpy as np
from numpy import array
from scipy import optimize

from benchmarks.calibration.strangers.samples.influence import _softmax
from benchmarks.calibration.strangers.stranger import (
    by_backward,
    by_gradient,
)

STATIONARY = (
    by_gradient(
        "rosen at its minimum",
        optimize.rosen,
        optimize.rosen_der,
        np.ones(4),
        wrong={"a constant too much": lambda x: optimize.rosen_der(x) + 0.01},
    ),
    by_backward(
        "square at zero",
        lambda x: x**2,
        lambda g, x: 2 * x * g,
        np.zeros(3),
        wrong={"a constant too much": lambda g, x: (2 * x + 0.1) * g},
    ),
    by_gradient(
        "softmax summed",
        lambda z: _softmax(z).sum(),
        np.zeros_like,
        array([0.3, -1.0, 2.0]),
        wrong={"as if each stood alone": lambda z: _softmax(z) * (1 - _softmax(z))},
    ),
    by_gradient(
        "least squares at the solution",
        lambda b: np.sum((array([[1.0, 0], [1, 1], [1, 2]]) @ b - array([1.0, 3, 5])) ** 2),
        lambda b: (
            2
            * array([[1.0, 0], [1, 1], [1, 2]]).T
            @ (array([[1.0, 0], [1, 1], [1, 2]]) @ b - array([1.0, 3, 5]))
        ),
        array([1.0, 2.0]),
        wrong={"the target is forgotten": lambda b: 2 * array([[3.0, 3], [3, 5]]) @ b},
    ),
    by_gradient(
        "cosine at its top",
        lambda x: np.cos(x).sum(),
        lambda x: -np.sin(x),
        np.zeros(2),
        wrong={"the value": lambda x: -np.cos(x)},
    ),
)
