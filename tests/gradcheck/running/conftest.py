"""Ctrl-C interrupts in these tests, also where a shell started them in the background, which ignores it."""

import signal

import pytest


@pytest.fixture(autouse=True)
def _interruptible():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
