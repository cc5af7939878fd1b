"""The pytest plugin: its hooks, and `parametrize_with_checks`. Every project loads it.

So it imports next to nothing: what needs NumPy or Hypothesis comes in once a run uses gradcheck.
"""

from typing import TYPE_CHECKING, Any

from gradcheck.pytest_plugin.hooks import pytest_addoption, pytest_configure

if TYPE_CHECKING:
    from gradcheck.pytest_plugin.parametrize import parametrize_with_checks

__all__ = ["parametrize_with_checks", "pytest_addoption", "pytest_configure"]


def __getattr__(name: str) -> Any:
    if name == "parametrize_with_checks":
        from gradcheck.pytest_plugin.parametrize import parametrize_with_checks

        return parametrize_with_checks
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
