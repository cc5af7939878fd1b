"""How examples are drawn and kept: values, strategies, the search by Hypothesis, its example database."""

from gradcheck.sampling.database import ExampleStore, default_database, profile_database
from gradcheck.sampling.driver import (
    FalsifyingExample,
    FlakyExample,
    StopExploring,
    explore_cases,
    explore_integers,
)
from gradcheck.sampling.recipes import NoExample, Plan, find_untried
from gradcheck.sampling.values import integers, round_inside, spread_integers, tied_integers

__all__ = [
    "ExampleStore",
    "FalsifyingExample",
    "FlakyExample",
    "NoExample",
    "Plan",
    "StopExploring",
    "default_database",
    "explore_cases",
    "explore_integers",
    "find_untried",
    "integers",
    "profile_database",
    "round_inside",
    "spread_integers",
    "tied_integers",
]
