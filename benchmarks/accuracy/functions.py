"""Functions of a number, written once for floats and for mpmath's long numbers, and where they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np
from scipy import special

SEED = 17
POINTS = 12
"""Of each function; with some fifty functions, over 500 derivatives."""
DIGITS = 60
"""Decimal digits of the true derivative: mpmath's own difference quotient loses two thirds of them."""

FLOATS = SimpleNamespace(
    **{
        name: getattr(np, name)
        for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt")
    },
    atan=np.arctan,
    asinh=np.arcsinh,
    acos=np.arccos,
    cbrt=np.cbrt,
    erf=special.erf,
    gamma=special.gamma,
    loggamma=special.gammaln,
    digamma=special.digamma,
    j0=special.j0,
    log1p=np.log1p,
    expm1=np.expm1,
)
LONG = SimpleNamespace(
    **{name: getattr(mpmath, name) for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: getattr(mpmath, name) for name in ("sqrt", "atan", "asinh", "acos", "cbrt", "erf", "gamma")},
    **{name: getattr(mpmath, name) for name in ("loggamma", "digamma", "j0", "log1p", "expm1")},
)


@dataclass(frozen=True)
class Function:
    """A function of a number, its name as people write it, and the interval in which it is asked.

    `decades` says that points are spread evenly over the powers of ten of an interval.
    """

    name: str
    of: Callable[[Any, Any], Any]
    low: float
    high: float
    decades: bool = False

    def points(self) -> list[float]:
        """Return the points at which it is asked, the same in every run."""
        rng = np.random.default_rng([SEED, *self.name.encode()])
        if self.decades:
            return [float(x) for x in np.exp(rng.uniform(np.log(self.low), np.log(self.high), POINTS))]
        return [float(x) for x in rng.uniform(self.low, self.high, POINTS)]

    def value(self, x: Any) -> Any:
        """Return it in floating point, at an array of points."""
        return self.of(FLOATS, x)

    def slope(self, x: float) -> float:
        """Return its derivative, true to the last place of a float."""
        with mpmath.workdps(DIGITS):
            return float(mpmath.diff(lambda t: self.of(LONG, t), mpmath.mpf(x)))


FUNCTIONS: tuple[Function, ...] = (
    Function("exp(x)", lambda m, x: m.exp(x), -5, 5),
    Function("exp(-x)", lambda m, x: m.exp(-x), -5, 5),
    Function("exp(10 x)", lambda m, x: m.exp(10 * x), -2, 2),
    Function("exp(x) far away", lambda m, x: m.exp(x), 50, 300),
    Function("log(x)", lambda m, x: m.log(x), 1e-3, 1e3, decades=True),
    Function("log(x) near 0", lambda m, x: m.log(x), 1e-9, 1e-4, decades=True),
    Function("log1p(x)", lambda m, x: m.log1p(x), -0.9, 5),
    Function("expm1(x)", lambda m, x: m.expm1(x), -0.01, 0.01),
    Function("sin(x)", lambda m, x: m.sin(x), -10, 10),
    Function("cos(x)", lambda m, x: m.cos(x), -10, 10),
    Function("tan(x)", lambda m, x: m.tan(x), -1.5, 1.5),
    Function("sin(10 x)", lambda m, x: m.sin(10 * x), -3, 3),
    Function("sin(100 x)", lambda m, x: m.sin(100 * x), -3, 3),
    Function("sin(x) far away", lambda m, x: m.sin(x), 1e3, 1e5, decades=True),
    Function("sin(1 / x)", lambda m, x: m.sin(1 / x), 0.05, 1),
    Function("cos(x²)", lambda m, x: m.cos(x * x), -6, 6),
    Function("sin(x) / x", lambda m, x: m.sin(x) / x, 0.01, 20),
    Function("x sin(x)", lambda m, x: x * m.sin(x), -20, 20),
    Function("exp(sin(x))", lambda m, x: m.exp(m.sin(x)), -10, 10),
    Function("exp(-x²)", lambda m, x: m.exp(-x * x), -4, 4),
    Function("x exp(-x²)", lambda m, x: x * m.exp(-x * x), -4, 4),
    Function("exp(-1000 x²)", lambda m, x: m.exp(-1000 * x * x), -0.1, 0.1),
    Function("exp(-1 / x)", lambda m, x: m.exp(-1 / x), 0.05, 3),
    Function("atan(x)", lambda m, x: m.atan(x), -10, 10),
    Function("atan(100 x)", lambda m, x: m.atan(100 * x), -1, 1),
    Function("asinh(x)", lambda m, x: m.asinh(x), -100, 100),
    Function("acos(x)", lambda m, x: m.acos(x), -0.99, 0.99),
    Function("sinh(x)", lambda m, x: m.sinh(x), -5, 5),
    Function("tanh(x)", lambda m, x: m.tanh(x), -5, 5),
    Function("tanh(20 x)", lambda m, x: m.tanh(20 * x), -0.5, 0.5),
    Function("1 / (1 + exp(-x))", lambda m, x: 1 / (1 + m.exp(-x)), -8, 8),
    Function("log(1 + exp(x))", lambda m, x: m.log(1 + m.exp(x)), -8, 8),
    Function("x / (1 + exp(-x))", lambda m, x: x / (1 + m.exp(-x)), -8, 8),
    Function("x², at 0 and far", lambda m, x: x * x, -1e3, 1e3),
    Function("x³ - 2 x", lambda m, x: x**3 - 2 * x, -3, 3),
    Function("x¹⁰", lambda m, x: x**10, -3, 3),
    Function("(x - 1)⁵", lambda m, x: (x - 1) ** 5, 0.5, 1.5),
    Function("1 / x", lambda m, x: 1 / x, 0.01, 100, decades=True),
    Function("1 / x³", lambda m, x: 1 / x**3, 0.1, 10, decades=True),
    Function("1 / (1 + 25 x²)", lambda m, x: 1 / (1 + 25 * x * x), -1, 1),
    Function("1 / (x² + 10⁻⁴)", lambda m, x: 1 / (x * x + 1e-4), -0.1, 0.1),
    Function("x / (x² + 1)", lambda m, x: x / (x * x + 1), -30, 30),
    Function("sqrt(x)", lambda m, x: m.sqrt(x), 1e-6, 1e6, decades=True),
    Function("sqrt(1 + x²)", lambda m, x: m.sqrt(1 + x * x), -10, 10),
    Function("cbrt(x)", lambda m, x: m.cbrt(x), 1e-4, 1e4, decades=True),
    Function("x log(x)", lambda m, x: x * m.log(x), 0.01, 100, decades=True),
    Function("1e8 + sin(x)", lambda m, x: 10**8 + m.sin(x), -5, 5),
    Function("(1 - cos(x)) / x²", lambda m, x: (1 - m.cos(x)) / (x * x), 0.01, 3),
    Function("erf(x)", lambda m, x: m.erf(x), -3, 3),
    Function("gamma(x)", lambda m, x: m.gamma(x), 0.2, 20),
    Function("log(gamma(x))", lambda m, x: m.loggamma(x), 0.2, 100, decades=True),
    Function("digamma(x)", lambda m, x: m.digamma(x), 0.2, 50, decades=True),
    Function("J₀(x)", lambda m, x: m.j0(x), 0.1, 30),
    Function("log(cosh(x))", lambda m, x: m.log(m.cosh(x)), -10, 10),
    Function("1 - cos(x) near 0", lambda m, x: 1 - m.cos(x), 1e-8, 1e-2, decades=True),
    Function("sqrt(1 + x²) - 1 near 0", lambda m, x: m.sqrt(1 + x * x) - 1, 1e-8, 1e-2, decades=True),
    Function("1 / sqrt(1 - x²) - 1 near 0", lambda m, x: 1 / m.sqrt(1 - x * x) - 1, 1e-8, 1e-2, decades=True),
    Function("log(cosh(x)) near 0", lambda m, x: m.log(m.cosh(x)), 1e-8, 1e-2, decades=True),
    Function("log(1 + exp(x)) far away", lambda m, x: m.log(1 + m.exp(x)), -38, -8),
    Function("1 - tanh(x) far away", lambda m, x: 1 - m.tanh(x), 3, 18),
)
"""Steep and flat, fast and slow, near their poles and far away, exact and full of cancellation."""
