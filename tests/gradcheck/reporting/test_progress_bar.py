"""Progress is a bar on a terminal and plain lines elsewhere."""

import io

from rich.console import Console

from gradcheck.reporting.progress_bar import progress


def test_pipe_gets_a_line_for_each_part():
    file = io.StringIO()
    with progress(Console(file=file), ["one", "two"], [1, 1]) as (tick, done):
        tick()
        done("one: fine")
        done("two: fine")
    assert file.getvalue() == "one: fine\ntwo: fine\n"


def test_terminal_gets_a_bar_that_names_what_runs(capsys):
    screen = io.StringIO()
    with progress(Console(file=screen, force_terminal=True, width=80), ["one", "two"], [1, 1]) as (
        tick,
        done,
    ):
        tick()
        done("one: fine")
    assert "two" in screen.getvalue()
    assert capsys.readouterr().out == ""
