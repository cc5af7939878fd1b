"""Reports and rulings for pages: right and wrong ones, and texts that a page must not take for its own."""

from dataclasses import replace

import numpy as np

from gradcheck import Claim, Layer, check, decide, exact_gradient
from gradcheck.judging.evidence import Cause, Curve, Diagnosis, EntryComparison

HOSTILE = "<script>alert('x')</script> & \"co\" </script>"
SHAPES = {"x": "n i", "w": "i o", "b": "o"}
STEPS = tuple(0.3 * 4.0**-k for k in range(12))


def linear(x, w, b):
    return x @ w + b


def right_backward(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.sum(axis=0)


def wrong_backward(y_bar, x, w, b):
    return y_bar @ w.T, x.T @ y_bar, y_bar.mean(axis=0)


LINEAR = Layer.from_backward(linear, right_backward, shapes=SHAPES, traits=("multilinear",))
MEAN = Layer.from_backward(linear, wrong_backward, shapes=SHAPES, name="mean bias")
SIGN = Layer.from_backward(np.sign, lambda y_bar, x: 0 * y_bar, shapes={"x": "n"}, name=HOSTILE)
MATMUL = Claim(
    "matmul",
    f"∂c/∂A = dY B, says {HOSTILE}",
    lambda a, b, dy: exact_gradient(lambda moved: moved @ b, a, dy),
    lambda a, b, dy: dy @ b,
    {"a": "n n", "b": "n n", "dy": "n n"},
    degree=2,
    latex=r"\frac{\partial c}{\partial A} = dY\,B \text{<script>alert(1)</script>}",
    correction=Claim(
        "matmul corrected",
        "∂c/∂A = dY Bᵀ",
        lambda a, b, dy: exact_gradient(lambda moved: moved @ b, a, dy),
        lambda a, b, dy: dy @ b.T,
        {"a": "n n", "b": "n n", "dy": "n n"},
        degree=2,
        latex=r"\frac{\partial c}{\partial A} = dY\,B^T",
    ),
)


def explained(report):
    """Return a report whose first finding carries everything that explains one."""
    at = report.results.index(report.findings[0])
    numerical = np.arange(12.0).reshape(2, 2, 3, 1)
    derived = numerical.copy()
    derived[1] = 0.5
    full = replace(
        report.results[at],
        diagnosis=Diagnosis("every entry", (Cause(("scale", "1/n"), "divided by n", 3, 9),), 3),
        comparison=EntryComparison("b_bar", derived, numerical, np.full(numerical.shape, 1e-9)),
        curve=Curve(STEPS, tuple(2 + h**2 for h in STEPS), tuple(1e-16 / h for h in STEPS), 1.0, 2.0, 1e-13),
    )
    return replace(report, results=(*report.results[:at], full, *report.results[at + 1 :]))


def found():
    """Return a right layer, a wrong one that is explained, an unverified one, and a refuted claim."""
    reports = [check(layer, max_examples=8) for layer in (LINEAR, MEAN, SIGN)]
    return [reports[0], explained(reports[1]), reports[2], decide(MATMUL)]
