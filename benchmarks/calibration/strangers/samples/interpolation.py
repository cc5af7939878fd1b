"""Interpolation near the ends of its table."""

import numpy as np
from numpy import array
from scipy import interpolate

from benchmarks.calibration.strangers.samples.domains import _over
from benchmarks.calibration.strangers.stranger import by_backward

SPLINE = interpolate.CubicSpline(np.arange(6.0), array([0.0, 1, 0, 2, 1, 3]), extrapolate=False)


PCHIP = interpolate.PchipInterpolator(array([0.0, 1, 2, 4]), array([1.0, 3, 2, 5]), extrapolate=False)


LINEAR = interpolate.interp1d(array([0.0, 1, 3]), array([2.0, 5, 4]))  # raises outside


def _segments(g, x):
    return g * np.where(x < 1, 3.0, -0.5)


INTERPOLATED = (
    by_backward(
        "cubic spline",
        SPLINE,
        lambda g, x: g * SPLINE(x, 1),
        array([0.4, 2.2, 4.999]),
        wrong={"the second derivative": lambda g, x: g * SPLINE(x, 2)},
        over=_over(0.1, 4.9, "n"),
    ),
    by_backward(
        "monotone spline",
        PCHIP,
        lambda g, x: g * PCHIP.derivative()(x),
        array([0.001, 1.5, 3.99]),
        wrong={"the value": lambda g, x: g * PCHIP(x)},
        over=_over(0.1, 3.9, "n"),
    ),
    by_backward(
        "linear interpolation that raises",
        LINEAR,
        _segments,
        array([0.001, 0.4, 2.999]),
        wrong={"the slopes are swapped": lambda g, x: g * np.where(x < 1, -0.5, 3.0)},
        over=_over(0.1, 2.9, "n"),
    ),
    by_backward(
        "np.interp",
        lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 10.0, 5.0]),
        lambda g, x: g * np.where(x < 1.0, 10.0, -5.0),
        array([0.2, 1.7, 0.9]),
        wrong={"one slope everywhere": lambda g, x: g * np.full_like(x, 10.0)},
        over=_over(0.1, 1.9, "n"),
    ),
)
