"""Progress is shown on a terminal only, and only once the work has taken two seconds."""

import io
import sys

import pytest

from gradcheck.diagnosis import patience as module
from gradcheck.diagnosis.patience import PROGRESS_DELAY, show_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, stream, seconds):
    """Return what is written while work is told of that has taken so long."""
    now = iter([0.0, *(seconds for _ in range(1000))])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress("searching", 10) as tell:
        tell(3)
    return stream.getvalue()


def test_short_work_shows_nothing(monkeypatch):
    assert shown(monkeypatch, Terminal(), PROGRESS_DELAY / 2) == ""


def test_long_work_is_shown_on_a_terminal(monkeypatch):
    assert "searching" in shown(monkeypatch, Terminal(), PROGRESS_DELAY + 1)


def test_long_work_is_silent_elsewhere(monkeypatch):
    assert shown(monkeypatch, io.StringIO(), PROGRESS_DELAY + 1) == ""


def test_bar_is_taken_away_when_the_work_is_interrupted(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(module, "PROGRESS_DELAY", -1.0)

    def interrupted():
        with show_progress("searching", 10) as tell:
            tell(3)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "\x1b[?25h" in stream.getvalue()  # the cursor is shown again
