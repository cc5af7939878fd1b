"""Under which condition a gradient is wrong: with one value of an option, or for some sizes alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gradcheck._util import describe_value
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.evaluation import Trial

FEWEST = 3
"""So many examples of each kind are needed: with two, one of a dozen rules holds by chance."""


@dataclass(frozen=True)
class Condition:
    """What holds in all failing examples: in words, and as a predicate of an example."""

    said: str
    holds: Callable[[Trial], bool]


def of_options(failing: Sequence[Specimen]) -> Condition:
    """Return the options that have one value in all failing examples although they have several."""
    fixed = {}
    for name, swept in failing[0].trial.layer.options.items():
        values = {repr(s.trial.options.get(name)) for s in failing}
        if len(values) == 1 and len(swept) > 1:
            fixed[name] = failing[0].trial.options.get(name)
    text = ", ".join(f"{name}={describe_value(value)}" for name, value in fixed.items())

    def holds(trial: Trial) -> bool:
        return all(repr(trial.options.get(name)) == repr(value) for name, value in fixed.items())

    return Condition(f"with {text}" if fixed else "", holds)


def of_sizes(failing: Sequence[Specimen], right: Sequence[Specimen]) -> Iterator[Condition]:
    """Yield what can be said of sizes that holds in all failing examples and in none of the right ones.

    Among few examples some size always tells them apart.
    """
    if min(len(failing), len(right)) < FEWEST:
        return
    for condition in _sizes(failing[0].trial):
        if all(condition.holds(s.trial) for s in failing) and not any(
            condition.holds(s.trial) for s in right
        ):
            yield condition


def _sizes(trial: Trial) -> Iterator[Condition]:
    for i, (name, x) in enumerate(zip(trial.names, trial.primals, strict=True)):
        for axis in range(x.ndim):
            letters = trial.axis_letters(i)
            place = f"axis {axis}" + (f" ({letters[axis]})" if letters else "") + f" of {name!r}"
            for text, rule in _RULES:
                yield Condition(f"where the size of {place} is {text}", _rule_at(i, axis, rule))


def _rule_at(argnum: int, axis: int, rule: Callable[[int], bool]) -> Callable[[Trial], bool]:
    def holds(trial: Trial) -> bool:
        shape = trial.primals[argnum].shape
        return axis < len(shape) and rule(shape[axis])

    return holds


_RULES: tuple[tuple[str, Callable[[int], bool]], ...] = (
    ("1", lambda n: n == 1),
    ("odd", lambda n: n % 2 == 1),
    ("even", lambda n: n % 2 == 0),
    ("at least 5", lambda n: n >= 5),
    ("at least 4", lambda n: n >= 4),
    ("at least 3", lambda n: n >= 3),
    ("at least 2", lambda n: n >= 2),
)
