"""What the tests of a diagnosis share."""

import pytest

from gradcheck.running import tally


@pytest.fixture
def known_mistakes_alone(monkeypatch):
    """Look for no repair, which comes before a vague cause, or where there is none."""
    monkeypatch.setattr("gradcheck.diagnosis.diagnose.find_repair", lambda *_: None)


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """Give an explanation the time that it needs: on a busy machine a test finds what it finds elsewhere."""
    monkeypatch.setattr(tally, "EXPLANATION_TIME", 600.0)
