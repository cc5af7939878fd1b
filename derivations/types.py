"""The words that every derivation shares: arrays, numbers, and the three kinds of pullback.

Nothing here computes. ``x_bar`` stands for the cotangent ∂c/∂x of a final scalar c, in the denominator
layout: it has the shape and dtype of ``x`` itself (R7: the numerator layout holds its transpose).
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Scalar: TypeAlias = np.inexact[Any]

UnaryPullback: TypeAlias = Callable[[Array], Array]
"""``y_bar -> x_bar`` of a function of one array."""
Pullback: TypeAlias = Callable[[Array], tuple[Array, ...]]
"""``y_bar -> (x_bar, ...)``, one cotangent for each input."""
LossPullback: TypeAlias = Callable[[Any], tuple[Array, Array | None]]
"""``c_bar -> (prediction_bar, targets_bar)`` of a scalar c; ``None`` where the targets are constants."""
