"""The sentence about who is first follows from the numbers, and a timeout is shown as one."""

from benchmarks.peers.report import beaten, lead, markdown
from benchmarks.peers.tools import BATTERY, SELF, TOOLS


def took(seconds, found, planted=10):
    counts = {"forward": 3, "vjp": 1, "memory": 2**20, "rejected_right": False}
    return {"seconds": seconds, "found": found, "planted": planted, **counts}


def row(**others):
    tools = {name: {"stopped": "timeout"} for name in TOOLS}
    tools |= {SELF: took(1.0, 10), BATTERY: took(5.0, 0)} | others
    return {"problem": "a problem", "floor": 0.5, "tools": tools}


def test_slower_and_stopped_tools_beat_nobody():
    rows = [row(**{"scipy check_grad": took(2.0, 10)})]
    assert beaten(rows) == []
    assert "in 1 of 1 rows. No tool is faster anywhere." in lead(rows)


def test_faster_tool_that_detects_takes_the_row():
    rows = [row(**{"scipy check_grad": took(0.5, 10)})]
    assert beaten(rows) == [("a problem", "scipy check_grad", 2.0, 1.0)]
    assert "in 0 of 1 rows" in lead(rows)


def test_faster_tool_that_misses_is_named_with_what_it_finds():
    rows = [row(**{"scipy check_grad": took(0.5, 3)})]
    assert "in 1 of 1 rows. scipy check_grad is 2.0 times as fast at a problem, and finds 30%." in lead(rows)


def test_times_within_a_tenth_are_alike():
    assert beaten([row(**{"scipy check_grad": took(0.95, 10)})]) == []


ABOUT = {
    "rounds": 3,
    "patience": 5.0,
    "processor": "p",
    "cores": 2,
    "load": 0.0,
    "date": "d",
    "versions": {},
}


def test_tables_show_ratios_errors_and_timeouts():
    said = markdown({"about": ABOUT, "rows": [row(**{"scipy check_grad": took(2.0, 7)})]})
    assert "| 1 s; 10/10 | 5 s (5.0) | timeout |" in said
    assert "| 2 s (2.0); 7/10 |" in said
    assert "3 + 1; 1 MB" in said
    assert "| 500 ms | 10 |" in said  # the floor, and how many times as long the battery takes


def test_error_of_a_tool_is_one_word_in_the_table():
    rows = [row(**{"jax check_grads": {"stopped": "JaxRuntimeError: INTERNAL\n  File x"}})]
    said = markdown({"about": ABOUT, "rows": rows})
    assert "| JaxRuntimeError |" in said
    assert "INTERNAL" not in said
