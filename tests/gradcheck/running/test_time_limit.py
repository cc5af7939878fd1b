"""A run that ends before its time keeps what it has found, in one process or several, or by Ctrl-C."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.running.time_limit import Interrupted, OutOfTime, TimeLimit
from tests.gradcheck.example_layers import SQUARE

WRONG = {"wrong": 3.0, "right": 2.0}


def stuck(slope, largest=2, pause=None):
    """Return a square layer that never comes back from inputs larger than `largest`."""
    wait = pause or (lambda: time.sleep(60))

    def forward(x):
        if x.size > largest:
            wait()
        return x * x

    return Layer(forward, lambda x: (x * x, lambda y: slope * x * y), name="stuck", shapes={"x": "n"})


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_not_finished_is_unverified_and_says_so(workers):
    started = time.monotonic()
    report = check(stuck(2.0, largest=0), time_limit=0.5, workers=workers)
    assert time.monotonic() - started < 20
    assert report.verdict is Verdict.UNVERIFIED
    assert {result.reason for result in report.findings} == {"not finished in 0.5 s"}


@pytest.mark.parametrize("workers", [1, 2])
def test_wrong_gradient_that_was_found_in_time_stands(workers):
    report = check(stuck(3.0), time_limit=1.0, workers=workers)
    assert report.verdict is Verdict.WRONG
    (found,) = (result for result in report.findings if result.check == "finite-difference")
    assert found.example is not None


def test_checks_that_were_finished_at_a_point_stand():
    calls = []

    def vjp(x):
        calls.append(0)
        if len(calls) > 6:
            time.sleep(60)
        return x * x, lambda y: 2 * x * y

    report = check(Layer(np.square, vjp, name="slower"), np.ones(2), time_limit=0.5)
    verdicts = [result.verdict for result in report.results if result.verdict is not Verdict.NOT_APPLICABLE]
    assert (verdicts[0], verdicts[-1]) == (Verdict.CORRECT, Verdict.UNVERIFIED)


def test_function_that_lets_nothing_through_is_ended_all_the_same():
    def deaf():
        for _ in range(5):
            try:
                time.sleep(60)
            except BaseException:
                return

    report = check(stuck(2.0, largest=0, pause=deaf), time_limit=0.3, max_examples=3)
    assert "not finished in 0.3 s" in {result.reason for result in report.findings}


def test_limit_that_is_not_reached_changes_nothing():
    limited, free = check(SQUARE, time_limit=600, max_examples=4), check(SQUARE, max_examples=4)
    assert limited.as_dict() == free.as_dict()


def test_timer_of_somebody_else_is_given_back():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    signal.setitimer(signal.ITIMER_REAL, 600.0)
    try:
        check(SQUARE, np.ones(2), time_limit=60)
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0.0)
        assert 500.0 < left <= 600.0
        assert not rung
        assert signal.getsignal(signal.SIGALRM) is not before
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def test_outside_of_the_main_thread_the_time_is_looked_at_between_calls():
    def wait():
        time.sleep(0.02)

    reports = []
    layer = stuck(2.0, largest=0, pause=wait)
    thread = threading.Thread(target=lambda: reports.append(check(layer, time_limit=0.2)))
    thread.start()
    thread.join(60)
    assert "not finished in 0.2 s" in {result.reason for result in reports[0].findings}


@pytest.mark.parametrize("seconds", [0, -1.0, True, "60", float("nan")])
def test_limit_that_is_no_positive_number_is_refused(seconds):
    with pytest.raises(ValueError, match="time_limit must be a positive number of seconds, got "):
        check(SQUARE, time_limit=seconds)


def test_interrupt_carries_what_is_known_and_prints_it(capsys):
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt) as raised:
        check(stuck(3.0))
    assert isinstance(raised.value, Interrupted)
    assert raised.value.report.verdict is Verdict.WRONG
    reasons = {result.reason for result in raised.value.report.results}
    assert "not finished: interrupted" in reasons
    err = capsys.readouterr().err
    assert err.startswith("gradcheck: interrupted\nVJP of 'stuck' is wrong")


def test_time_that_is_over_goes_wherever_an_interrupt_goes():
    assert issubclass(OutOfTime, KeyboardInterrupt)
    limit = TimeLimit(1.0, end=time.time() - 1.0)
    assert limit.attempt(lambda: 1) is None
    assert isinstance(limit.stop, OutOfTime)
    assert limit.attempt(lambda: 1) is None
