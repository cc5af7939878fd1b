"""The same work in several processes: the same results, and nothing lost silently."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest

from gradcheck import Layer, check
from gradcheck.running.workers import DIED_TWICE, count_workers, distribute


def name(unit):
    return f"unit {unit}"


def distributed(work, units, workers):
    """Return the results of work on units, and the deaths."""
    results = {}
    deaths = distribute(work, units, workers, results.__setitem__, name=name)
    return results, deaths


def dying(folder, victim, times):
    """Return work that kills its own process at one unit, so many times."""

    def work(unit):
        marks = len(list(folder.iterdir()))
        if unit == victim and marks < times:
            (folder / str(marks)).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return unit * unit

    return work


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_closures_are_worked_on_in_other_processes(workers):
    home = os.getpid()
    results, deaths = distributed(lambda unit: (unit + home, os.getpid()), [1, 2, 3], workers)
    assert [results[k][0] - home for k in range(3)] == [1, 2, 3]
    assert home not in {process for _, process in results.values()}
    assert deaths == []


def test_each_result_is_kept_as_soon_as_it_is_there():
    kept = []
    distribute(abs, [-1, -2], 2, lambda index, result: kept.append((index, result)), name=name)
    assert sorted(kept) == [(0, 1), (1, 2)]


def test_exception_of_the_work_comes_out_and_leaves_no_process():
    with pytest.raises(ZeroDivisionError):
        distributed(lambda unit: 1 // unit, [1, 0, 2], 2)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [1, 2])
def test_work_of_a_process_that_died_is_done_again(tmp_path, workers):
    results, deaths = distributed(dying(tmp_path, 3, times=1), range(6), workers)
    assert [results[k] for k in range(6)] == [0, 1, 4, 9, 16, 25]
    assert "a worker process died while it ran unit 3; it was run again in a fresh one" in deaths


@pytest.mark.parametrize("workers", [1, 2])
def test_what_kills_every_process_is_given_up_and_the_rest_is_not(tmp_path, workers):
    results, deaths = distributed(dying(tmp_path, 3, times=99), range(6), workers)
    assert sorted(results) == [0, 1, 2, 4, 5]
    assert f"unit 3 is unverified: {DIED_TWICE}" in deaths


def test_interrupt_ends_all_processes_at_once():
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        distributed(lambda unit: time.sleep(600), [1, 2], 2)
    assert multiprocessing.active_children() == []


def test_processes_of_others_are_left_alone():
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()
    try:
        with pytest.raises(ZeroDivisionError):
            distributed(lambda unit: 1 // unit, [0], 1)
        assert multiprocessing.active_children() == [other]
    finally:
        other.kill()
        other.join()


def test_map_itself_serves():
    assert distributed(lambda unit: -unit, [1, 2], map)[0] == {0: -1, 1: -2}


def test_what_an_engine_leaves_undone_is_done_here_and_told():
    def engine(function, units):
        units = list(units)
        yield function(units[0])
        message = "a machine was lost"
        raise ConnectionError(message)

    results, deaths = distributed(lambda unit: -unit, [1, 2, 3], engine)
    assert results == {0: -1, 1: -2, 2: -3}
    assert deaths == [
        "the function given as workers raised ConnectionError; unit 2, unit 3 ran again on this machine"
    ]


def test_engine_that_repeats_work_by_itself_is_told():
    def engine(function, units):
        for unit in units:
            function(unit)
            yield function(unit)

    results, deaths = distributed(lambda unit: -unit, [7], engine)
    assert results == {0: -7}
    assert deaths == ["the workers started unit 7 more than once, as after the death of a worker"]


@pytest.mark.parametrize("workers", [0, -2, True, "2", 2.0, None])
def test_anything_else_is_refused_in_a_sentence(workers):
    expected = "workers must be a whole number of at least 1, -1 for all cores, or a function that maps"
    with pytest.raises(ValueError, match=expected):
        check(Layer(np.abs, np.abs, shapes={"x": "n"}), workers=workers)


def test_minus_one_is_every_core():
    assert 1 <= count_workers(-1) <= os.cpu_count()
