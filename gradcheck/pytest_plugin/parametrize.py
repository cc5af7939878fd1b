"""`parametrize_with_checks`: one pytest test for each layer and check."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from gradcheck.checks import CHECKS, Check
from gradcheck.layers import Layer
from gradcheck.pytest_plugin.examine import examine


@dataclass(frozen=True, repr=False)
class CheckedByPytest:
    """What a test receives as ``check``: call it with the layer."""

    check: Check

    def __repr__(self) -> str:
        """Return something short: pytest shows it above a failing test."""
        return f"<check {self.check.name}>"

    def __call__(self, layer: Layer) -> None:
        """Run the check over random examples of the layer.

        Raises
        ------
        WrongGradient, FlawedLayer, UnverifiedGradient
            As `assert_correct` does.
        """
        __tracebackhide__ = True
        examine(layer, self.check)


def parametrize_with_checks(layers: Iterable[Layer]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make one pytest test for each layer and each check that applies to it.

    The number of examples is that of the active Hypothesis profile. A derandomised profile
    gives the same examples in every run; otherwise each run draws anew, and a failure prints
    the command that repeats it.

    Parameters
    ----------
    layers
        The layers, such as a tuple ``LAYERS``.

    Raises
    ------
    TypeError
        If one of them is not a `Layer`, or there is none.

    Examples
    --------
    >>> import gradcheck
    >>> layers = [gradcheck.Layer(abs, lambda x: (abs(x), lambda y_bar: y_bar), shapes={"x": "n"})]
    >>> @gradcheck.parametrize_with_checks(layers)
    ... def test_gradients(layer, check):
    ...     check(layer)
    """
    chosen = tuple(layers)
    if not chosen:
        message = "parametrize_with_checks was given no layers, so nothing would be tested"
        raise TypeError(message)
    for layer in chosen:
        if not isinstance(layer, Layer):
            message = f"parametrize_with_checks expects gradcheck.Layer objects, got {layer!r}"
            raise TypeError(message)
    cases = [
        pytest.param(layer, CheckedByPytest(check), id=f"{layer.name}-{check.name}")
        for layer in chosen
        for check in CHECKS
        if check.inapplicable(layer) is None
    ]
    return pytest.mark.parametrize(("layer", "check"), cases)
