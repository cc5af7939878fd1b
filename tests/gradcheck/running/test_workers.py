"""The same work in several processes: the same results, and nothing lost silently."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import gradcheck
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


@pytest.fixture
def beside_a_framework(monkeypatch):
    """Have a module that is loaded stand for one whose threads no fork survives."""
    monkeypatch.setattr("gradcheck.running.processes.FRAMEWORKS", ("numpy",))


def home_of(unit):
    return os.getppid(), os.getpid(), multiprocessing.current_process().name.partition("-")[0]


@pytest.mark.usefixtures("beside_a_framework")
def test_beside_a_framework_processes_are_started_anew():
    results, deaths = distributed(home_of, [1, 2, 3], 2)
    assert {(parent, kind) for parent, _, kind in results.values()} == {(os.getpid(), "SpawnProcess")}
    assert os.getpid() not in {process for _, process, _ in results.values()}
    assert deaths == []


@pytest.mark.usefixtures("beside_a_framework")
def test_what_cannot_be_handed_over_is_done_here_and_told():
    results, (told,) = distributed(lambda unit: (unit, os.getpid()), [1, 2], 2)
    assert results == {0: (1, os.getpid()), 1: (2, os.getpid())}
    assert told.startswith(
        "beside numpy a fork may hang, so that processes are started anew, and the work can't"
    )
    assert "<lambda>" in told
    assert told.endswith("or let the command find them: gradcheck verify FILE --workers N")


class Unfound:
    """What is pickled here and can't be unpickled elsewhere, as a module that only this process finds."""

    def __reduce__(self):
        return unpickled_at, (os.getpid(),)


def unpickled_at(home):
    if os.getpid() != home:
        message = "No module named 'elsewhere'"
        raise ModuleNotFoundError(message)


@pytest.mark.usefixtures("beside_a_framework")
def test_what_does_not_arrive_is_done_here_and_told():
    results, (told,) = distributed(type, [Unfound(), Unfound()], 2)
    assert results == {0: Unfound, 1: Unfound}
    assert "(ModuleNotFoundError: No module named 'elsewhere'); it was done in this process" in told


SCRIPT = """
import {framework}
import numpy as np
import gradcheck
from tests.gradcheck.example_layers import SQUARE

print("the script runs")

def double(x):
    return 2 * x

def double_vjp(x):
    return 2 * x, lambda y_bar: 2 * y_bar

layer = {layer}
report = gradcheck.check(layer, workers=2, max_examples=3)
print(report.verdict, *report.deaths)
"""


def output_of(folder, **parts):
    """Return what the script prints, line by line."""
    script = folder / "script.py"
    script.write_text(SCRIPT.format(**parts))
    root = Path(gradcheck.__file__).parents[1]
    command = [sys.executable, str(script)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_workers_beside_a_framework_do_not_run_the_script_again(tmp_path, framework):
    assert output_of(tmp_path, framework=framework, layer="SQUARE") == ["the script runs", "CORRECT"]


def test_layer_of_the_script_itself_is_checked_in_its_process(tmp_path):
    layer = 'gradcheck.Layer(double, double_vjp, shapes={"x": "n"})'
    _, told = output_of(tmp_path, framework="torch", layer=layer)
    assert told.startswith("CORRECT beside torch a fork may hang")
    assert "it belongs to the script itself, which they do not run" in told
