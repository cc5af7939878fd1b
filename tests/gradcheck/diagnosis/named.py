"""The causes that are named for a layer made of a forward map and a backward pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradcheck
from gradcheck import Layer
from gradcheck.judging import Diagnosis


def layer_of(forward: Callable[..., Any], backward: Callable[..., Any], **fields: Any) -> Layer:
    return Layer.from_backward(forward, backward, name="layer", **fields)


def diagnosis(layer: Layer, *primals: Any, **how: Any) -> Diagnosis:
    """Return the first diagnosis of a check, over shapes or at a point."""
    report = gradcheck.check(layer, *primals, **how)
    return next(result.diagnosis for result in report.results if result.diagnosis is not None)


def first(layer: Layer, *primals: Any, **how: Any) -> tuple[Any, ...]:
    """Return the key of the first cause, empty where there is none."""
    causes = diagnosis(layer, *primals, **how).causes
    return causes[0].key if causes else ()


def said(layer: Layer, *primals: Any, **how: Any) -> str:
    """Return the first cause in words, empty where there is none."""
    causes = diagnosis(layer, *primals, **how).causes
    return causes[0].said if causes else ""
