"""The ways in which people write a backward pass, each turned into the pullback form at the door.

Nothing behind the door knows of a dialect: a `Layer` always holds ``vjp(*primals) -> (y, pullback)``.
"""

from collections.abc import Callable
from typing import Any

from gradcheck.types import Pullback


def pullback_from_backward(
    forward: Callable[..., Any], backward: Callable[..., Any]
) -> Callable[..., tuple[Any, Pullback]]:
    """Join ``forward(*primals)`` and ``backward(y_bar, *primals)`` into one pullback-form VJP."""

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        def pullback(y_bar: Any) -> Any:
            return backward(y_bar, *primals, **options)

        return forward(*primals, **options), pullback

    return vjp
