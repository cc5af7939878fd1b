"""A call that never ends in a precision that the layer was not given is ended, and nothing else is."""

import hashlib
import threading
import time

import numpy as np
import pytest

import gradcheck
from gradcheck import Layer, Verdict
from gradcheck._util import alarm
from gradcheck.evaluation import cpu_limit
from gradcheck.evaluation.cpu_limit import Endless, limit_cpu


def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_computing_for_too_long_is_ended():
    with pytest.raises(Endless), limit_cpu(0.05):
        spin(5.0)


def test_waiting_is_no_computing():
    with limit_cpu(0.05):
        time.sleep(0.2)


def test_what_other_threads_compute_does_not_count():
    thread = threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha256", b"", b"", 10**6))
    with limit_cpu(0.05):
        thread.start()
        thread.join()


def test_block_that_ends_in_time_leaves_no_timer():
    with limit_cpu(0.1):
        pass
    spin(0.2)


def test_no_limit_outside_of_the_main_thread():
    def run():
        with limit_cpu(0.01):
            spin(0.05)
        done.append(True)

    done = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done


def solve_kepler(m):
    """Solve E − 0.6 sin E = m by Newton's method, until a step is far below what single precision holds."""
    big = m
    while True:
        step = (big - 0.6 * np.sin(big) - m) / (1 - 0.6 * np.cos(big))
        big = big - step
        if np.all(np.abs(step) < 1e-13):
            return big


def test_solver_that_never_ends_in_single_precision_is_correct():
    layer = Layer.from_backward(
        solve_kepler,
        lambda g, m: g / (1 - 0.6 * np.cos(solve_kepler(m))),
        shapes={"m": "n+1"},
        domain={"m": (0.1, 3.0)},
    )
    report = gradcheck.check(layer)
    assert report.verdict is Verdict.CORRECT
    (result,) = [r for r in report.results if r.check == "dtype"]
    assert "does not end in float32" in result.reason or result.verdict is Verdict.CORRECT


def test_outer_limit_goes_on_after_an_inner_one():
    def compute():
        with limit_cpu(5.0):
            spin(0.01)
        spin(5.0)

    with pytest.raises(Endless), limit_cpu(0.2):
        compute()


@pytest.fixture
def impatience(monkeypatch):
    monkeypatch.setattr(cpu_limit, "LONGEST", 0.2)
    monkeypatch.setattr(cpu_limit, "LOOK", 0.1)
    monkeypatch.setattr(alarm, "AGAIN", 0.1)


def square_root_by_heron(a):
    """Return the root of a positive number; of a negative one the iteration never ends."""
    root = np.array(1.0)
    while abs(root * root - a) > 1e-13 * a:
        root = (root + a / root) / 2
    return root


def test_wrong_gradient_of_a_loop_that_never_ends_elsewhere_is_told(impatience):
    layer = Layer.from_backward(square_root_by_heron, lambda g, a: g / square_root_by_heron(a))
    assert gradcheck.check(layer, np.array(7.0)).verdict is Verdict.WRONG


def test_right_gradient_of_a_loop_that_never_ends_elsewhere_is_correct(impatience):
    layer = Layer.from_backward(square_root_by_heron, lambda g, a: g / square_root_by_heron(a) / 2)
    assert gradcheck.check(layer, np.array(7.0)).verdict is Verdict.CORRECT


def test_call_that_is_slow_at_the_point_itself_may_take_its_time(monkeypatch):
    monkeypatch.setattr(cpu_limit, "LONGEST", 0.01)
    monkeypatch.setattr(cpu_limit, "LOOK", 0.01)

    def slow(x):
        spin(0.05)
        return x * x

    layer = Layer.from_backward(slow, lambda g, x: 2 * g * x)
    report = gradcheck.check(layer, np.ones(2), checks=("finite-difference",))
    assert report.verdict is Verdict.CORRECT, str(report)
