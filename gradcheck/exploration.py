"""The one place that drives Hypothesis: random examples from a seed, shrunk when one fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Falsified(Exception):  # noqa: N818 -- control flow between Hypothesis and whoever searches
    """Raised by a test to say that its example is one that was looked for."""


class Enough(BaseException):
    """Raised by a test to end an exploration at once, without repeating or shrinking anything."""


def explore(
    test: Callable[[Any], None], strategy: Any, *, seed: int, max_examples: int, shrink: bool
) -> None:
    """Call `test` with examples of a strategy, and with ever smaller ones once it raises.

    Nothing is read from or written to a database, and no example is too slow: the same seed
    gives the same examples.

    Raises
    ------
    Enough
        If some example raised it.
    Falsified
        If some example raised it; the last call of `test` was then with the smallest such example.
    hypothesis.errors.Flaky, hypothesis.errors.Unsatisfiable
        If an example did not fail again, or none could be drawn.
    """
    import hypothesis
    from hypothesis import HealthCheck, Phase, Verbosity

    explored = hypothesis.settings(
        max_examples=max_examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    given: Callable[..., Any] = hypothesis.given(strategy)
    seeded: Callable[..., Any] = hypothesis.seed(seed)
    seeded(explored(given(test)))()
