"""An alarm ends what does not end, and is not lost where Python would only report it."""

import gc
import importlib
import time
import weakref

import pytest

from gradcheck._util import ring_after


class Rung(BaseException):
    pass


def ring():
    raise Rung


def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


class FinalisedSlowly:
    def __del__(self):
        spin(0.2)


class Key:
    pass


def test_alarm_ends_a_loop():
    with pytest.raises(Rung), ring_after(0.05, ring):
        spin(30.0)


def test_alarm_in_a_finaliser_waits_for_the_next_time():
    """Raised in `__del__` it would be a warning, which is an error in these tests, and lost."""

    def work():
        FinalisedSlowly()
        spin(30.0)

    with pytest.raises(Rung), ring_after(0.05, ring):
        work()


def test_alarm_as_something_weakly_held_is_let_go_waits_too():
    held = weakref.WeakKeyDictionary()
    slow = type("Slow", (dict,), {"__delitem__": lambda self, key: (spin(0.2), dict.__delitem__(self, key))})
    held.data = slow()

    def work():
        held[Key()] = None
        spin(30.0)

    with pytest.raises(Rung), ring_after(0.05, ring):
        work()


def test_alarm_waits_while_a_module_is_imported(tmp_path, monkeypatch):
    """Interrupted, it would stay among the modules, and half of it would be missing."""
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nend = time.monotonic() + 0.2\nwhile time.monotonic() < end:\n    pass\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    imported = []

    def work():
        imported.append(importlib.import_module("slow_to_import"))
        spin(30.0)

    with pytest.raises(Rung), ring_after(0.05, ring):
        work()
    assert imported[0].whole


def test_alarm_rings_in_a_module_that_sets_it_itself(tmp_path, monkeypatch):
    (tmp_path / "checks_at_import.py").write_text(
        "from gradcheck._util import ring_after\n"
        "from tests.gradcheck._util.test_alarm import Rung, ring, spin\n"
        "try:\n    with ring_after(0.05, ring):\n        spin(30.0)\nexcept Rung:\n    has_rung = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.import_module("checks_at_import").has_rung


def test_alarm_in_a_callback_of_the_garbage_collector_waits_too():
    def collected(phase, info):
        spin(0.1)

    def work():
        gc.collect()
        spin(30.0)

    gc.callbacks.append(collected)
    try:
        with pytest.raises(Rung), ring_after(0.05, ring):
            work()
    finally:
        gc.callbacks.remove(collected)
