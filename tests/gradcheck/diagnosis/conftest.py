"""Explanations take the time that they need: on a busy machine a test finds what it finds elsewhere."""

import pytest

from gradcheck.running import tally


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    monkeypatch.setattr(tally, "EXPLANATION_TIME", 600.0)
