"""Processes are forked in tests, as where no framework is loaded: which tests ran before decides nothing."""

import pytest

from gradcheck.running import processes

JAX_WARNING = "ignore:os.fork.* was called:RuntimeWarning"
"""JAX warns of every fork once it is loaded; what is forked here calls nothing of it."""


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.filterwarnings(JAX_WARNING))


@pytest.fixture(autouse=True)
def _forget_frameworks(monkeypatch):
    monkeypatch.setattr(processes, "FRAMEWORKS", ())
