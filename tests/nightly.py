"""What repeats a test with other seeds, sizes or examples waits for the night; by day a part of it runs.

``HYPOTHESIS_PROFILE=nightly python -m pytest`` runs all of it, as the workflow does every night.
"""

from typing import TypeVar

from gradcheck.pytest_plugin.limits import profile_name

T = TypeVar("T")


def by_night(all_of_it: T, *, by_day: T) -> T:
    """Return the first under the profile of the night, and by day what is a part of it."""
    return all_of_it if profile_name() == "nightly" else by_day
