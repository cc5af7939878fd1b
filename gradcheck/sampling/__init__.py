"""How examples are drawn and kept: values, strategies, the search by Hypothesis, its example database."""

from gradcheck.sampling.database import Memory, database_of_profile, default_database
from gradcheck.sampling.driver import Enough, Falsified, explore_cases, explore_integers
from gradcheck.sampling.values import integers, rounded_inside, spread_integers, tied_integers

__all__ = [
    "Enough",
    "Falsified",
    "Memory",
    "database_of_profile",
    "default_database",
    "explore_cases",
    "explore_integers",
    "integers",
    "rounded_inside",
    "spread_integers",
    "tied_integers",
]
