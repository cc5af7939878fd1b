"""A long check shows which layer it is at, on a terminal alone, and leaves no trace."""

import io
import time

import pytest

from gradcheck.reporting import status_line


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("gradcheck.reporting.status.PATIENCE", 0.05)
    monkeypatch.setattr("gradcheck.reporting.status.REFRESH", 0.05)


def test_long_check_shows_the_layer_s_name_and_how_far_it_is(impatient):
    terminal = Terminal()
    with status_line("conv2d", terminal) as tick:
        tick()
        time.sleep(0.5)
    assert "gradcheck: checking 'conv2d', 1 step in 0 s" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_short_check_shows_nothing():
    terminal = Terminal()
    with status_line("conv2d", terminal) as tick:
        tick()
    assert terminal.getvalue() == ""


def test_pipe_gets_nothing(impatient):
    pipe = io.StringIO()
    with status_line("conv2d", pipe):
        time.sleep(0.3)
    assert pipe.getvalue() == ""
