"""Test functions of optimisers, with gradients as arrays, lists and into zeros."""

import numpy as np
from numpy import array
from scipy import optimize

from benchmarks.calibration.strangers.stranger import FLAWED, by_gradient


def himmelblau(p):
    x, y = p
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def himmelblau_jac(p):
    x, y = p
    return np.array(
        [4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7), 2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7)]
    )


def _himmelblau_two(p):
    x, y = p
    return np.array(
        [2 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7), 2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7)]
    )


def beale(p):
    x, y = p
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def beale_jac(p):
    x, y = p
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    grad = np.zeros(2)
    grad[0] = 2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1)
    grad[1] = 2 * a * x + 2 * b * 2 * x * y + 2 * c * 3 * x * y**2
    return grad


def _beale_power(p):
    grad = beale_jac(p)
    x, y = p
    grad[1] -= 2 * (2.625 - x + x * y**3) * 3 * x * (y**2 - y)
    return grad


def powell(x):
    return (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2 + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4


def powell_jac(x):
    a, b, c, d = x[0] + 10 * x[1], x[2] - x[3], x[1] - 2 * x[2], x[0] - x[3]
    return [2 * a + 40 * d**3, 20 * a + 4 * c**3, 10 * b - 8 * c**3, -10 * b - 40 * d**3]


def _powell_chain(x):
    a, b, c, d = x[0] + 10 * x[1], x[2] - x[3], x[1] - 2 * x[2], x[0] - x[3]
    return [2 * a + 40 * d**3, 20 * a + 4 * c**3, 10 * b + 4 * c**3, -10 * b - 40 * d**3]


def _rastrigin(x):
    return 10 * len(x) + sum(v**2 - 10 * np.cos(2 * np.pi * v) for v in x)


def _ackley(x):
    n = len(x)
    return -20 * np.exp(-0.2 * np.sqrt(np.sum(x**2) / n)) - np.exp(np.sum(np.cos(2 * np.pi * x)) / n)


def _ackley_jac(x, inner=2 * np.pi):
    n = len(x)
    r = np.sqrt(np.sum(x**2) / n)
    first = 4 * np.exp(-0.2 * r) * x / (n * r)
    return first + np.exp(np.sum(np.cos(2 * np.pi * x)) / n) * inner * np.sin(2 * np.pi * x) / n


def _lists(x):
    return sum((a - b) ** 2 for a, b in zip(x, [1.0, 2.0, 3.0], strict=True))


POINT = array([1.3, 0.7])


TESTS = (
    by_gradient(
        "rosen of a list",
        optimize.rosen,
        optimize.rosen_der,
        [1.3, 0.7, 0.8, 1.9, 1.2],
        wrong={"a tenth of it more": lambda x: 1.1 * optimize.rosen_der(np.asarray(x))},
        over={"shapes": {"x": "n+2"}, "domain": {"x": (-2.0, 2.0)}},
    ),
    by_gradient("Himmelblau", himmelblau, himmelblau_jac, POINT, wrong={"two for four": _himmelblau_two}),
    by_gradient("Beale into zeros", beale, beale_jac, POINT, wrong={"a power too low": _beale_power}),
    by_gradient(
        "Powell as a list",
        powell,
        powell_jac,
        array([3.0, -1.0, 0.2, 1.0]),
        wrong={"the inner factor": _powell_chain},
        over={"shapes": {"x": "4"}, "domain": {"x": (-2.0, 3.0)}},
    ),
    by_gradient(
        "Rastrigin",
        _rastrigin,
        lambda x: 2 * x + 20 * np.pi * np.sin(2 * np.pi * x),
        array([0.3, -1.2, 2.1]),
        wrong={"without 2 pi": lambda x: 2 * x + 10 * np.sin(2 * np.pi * x)},
        over={"shapes": {"x": "n"}, "domain": {"x": (-5.0, 5.0)}},
        expected=FLAWED,
    ),
    by_gradient(
        "Ackley",
        _ackley,
        _ackley_jac,
        array([0.3, -1.2, 2.1]),
        wrong={"the inner factor": lambda x: _ackley_jac(x, 1.0)},
        over={"shapes": {"x": "n+1"}, "domain": {"x": (0.3, 3.0)}},
    ),
    by_gradient(
        "numbers of a list",
        _lists,
        lambda x: [2 * (a - b) for a, b in zip(x, [1.0, 2.0, 3.0], strict=True)],
        [0.5, 2.5, 1.0],
        wrong={"without the two": lambda x: [a - b for a, b in zip(x, [1.0, 2.0, 3.0], strict=True)]},
    ),
)
