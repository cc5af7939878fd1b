"""`parametrize_with_checks`: one pytest test for each layer and check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
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


def parametrize_with_checks(
    layers: Iterable[Any], **matrix: Sequence[Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make one pytest test for each layer and each check that applies to it.

    The number of examples is that of the active Hypothesis profile. A derandomised profile
    gives the same examples in every run; otherwise each run draws anew, and a failure prints
    the command that repeats it.

    Parameters
    ----------
    layers
        The layers, such as a tuple ``LAYERS``. With a matrix, functions that make them.
    **matrix
        Values of each keyword, as ``device=("cpu", "cuda"), dtype=("float64", "float32")``: every function is
        called with every combination. A value may be a ``pytest.param`` with marks, such as a ``skipif``.

    Raises
    ------
    TypeError
        If one of them is not a `Layer`, or makes none, or there is none.

    Examples
    --------
    >>> import gradcheck
    >>> layers = [gradcheck.Layer(abs, lambda x: (abs(x), lambda y_bar: y_bar), shapes={"x": "n"})]
    >>> @gradcheck.parametrize_with_checks(layers)
    ... def test_gradients(layer, check):
    ...     check(layer)
    """
    cases = [
        pytest.param(
            layer, CheckedByPytest(check), id=f"{'-'.join((layer.name, *words))}-{check.name}", marks=marks
        )
        for given in layers
        for layer, words, marks in (_make(given, matrix) if matrix else [(_require(given), (), ())])
        for check in CHECKS
        if check.inapplicable(layer) is None
    ]
    if not cases:
        message = "parametrize_with_checks was given no layers, so nothing would be tested"
        raise TypeError(message)
    return pytest.mark.parametrize(("layer", "check"), cases)


def _make(
    make: Any, matrix: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[Layer, tuple[str, ...], list[Any]]]:
    """Yield the layer of each combination, with the words of its name and the marks of its tests."""
    if isinstance(make, Layer) or not callable(make):
        names = ", ".join(matrix)
        message = f"parametrize_with_checks expects functions of {names} that make layers, got {make!r}"
        raise TypeError(message)
    for values in product(*matrix.values()):
        words: list[str] = []
        marks: list[Any] = []
        chosen: list[Any] = []
        for value in values:
            is_marked = hasattr(value, "values") and hasattr(value, "marks")
            chosen.append(value.values[0] if is_marked else value)
            marks += value.marks if is_marked else ()
            words.append(str((value.id if is_marked else None) or chosen[-1]))
        yield _require(make(**dict(zip(matrix, chosen, strict=True)))), tuple(words), marks


def _require(layer: Any) -> Layer:
    if not isinstance(layer, Layer):
        message = f"parametrize_with_checks expects gradcheck.Layer objects, got {layer!r}"
        raise TypeError(message)
    return layer
