"""`mutate` kills what the declaration finds, says why the rest lives, and changes nothing of the user's."""

import ast
import inspect
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gradcheck
from gradcheck.mutants import Judge
from gradcheck.mutants.entry import judge_all
from gradcheck.mutants.processes import Nursery, Task
from gradcheck.mutants.subject import subject_of
from gradcheck.running import TimeLimit
from tests.gradcheck.mutants import layers

FEW = {"max_examples": 4}
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def square():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gradcheck.running.processes.FRAMEWORKS", ())
        return gradcheck.mutate(layers.SQUARE, **FEW)


def test_mistakes_in_a_small_backward_are_all_killed_by_a_check_that_is_named(square):
    assert square.score == 1.0
    assert square.planned == len(square.mutants) > 10
    assert {m.how for m in square.killed} <= {"wrong", "flawed"}
    assert all(m.check and m.reason for m in square.killed)
    assert {m.function for m in square.mutants} == {"square_backward"}


def test_file_and_function_are_as_they_were(square):
    assert layers.square_backward(1.0, 3.0) == 6.0
    assert "return 2 * x * g" in inspect.getsource(layers.square_backward)


def test_same_seed_gives_the_same_report(square):
    assert gradcheck.mutate(layers.SQUARE, workers=2, **FEW) == square


SURVIVORS = """
import gradcheck
from tests.gradcheck.mutants.layers import down_layer
for strides in ((1,), (1, 2)):
    survivors = gradcheck.mutate(down_layer(*strides), max_examples=12, workers=2).survivors
    print([(m.line, m.new, m.declaration, m.reason) for m in survivors])
"""
"""In a process of its own, where no framework is loaded and little memory is held: mutants start at once."""


def test_option_that_is_not_swept_hides_mistakes_and_is_named_with_the_declaration_that_finds_them():
    program = [sys.executable, "-c", SURVIVORS]
    ran = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True)
    narrow, wide = map(ast.literal_eval, ran.stdout.splitlines())
    branch = inspect.getsourcelines(layers.down_backward)[1] + 2
    hidden = [each for each in narrow if each[0] == branch]
    assert len(hidden) > 10
    assert {declaration for *_, declaration, _ in hidden} == {'options={"stride": (1, 2)}'}
    assert {why for *_, why in hidden} == {
        'only with stride=2, which options={"stride": (1,)} does not sweep'
    }
    assert not {new for _, new, *_ in hidden} & {new for _, new, *_ in wide}


def result_of(layer, new):
    """Return what judging one mutant comes to."""
    judge = Judge(layer, 0, 4)
    number = next(i for i, m in enumerate(judge.mutants) if m.change.new == new)
    nursery = Nursery(judge, is_forked=True)
    nursery.start(0, Task("judge", (number, ("finite-difference",)), 1.0))
    started = time.monotonic()
    ((_, result),) = nursery.wait(60.0)
    return result, time.monotonic() - started


def test_loop_without_end_is_a_kill_told_as_such():
    result, seconds = result_of(layers.COUNTING, "i += 0")
    assert (result["how"], result["reason"]) == ("endless", "did not end in 1 s")
    assert seconds < 40.0


def crash(judge, *_):
    signal.raise_signal(signal.SIGKILL)


def take_all(judge, *_):
    bytearray(2**40)


@pytest.mark.parametrize(
    ("deed", "how", "reason"),
    [
        (crash, "died", "its process ended by signal 9"),
        (take_all, "memory", "asked for more than 2 GB of memory"),
    ],
)
def test_crash_and_memory_are_kills_told_as_such(monkeypatch, deed, how, reason):
    monkeypatch.setattr(Judge, "judge", deed)
    report = judge_all(Judge(layers.SQUARE, 0, 4))
    assert {(m.how, m.reason) for m in report.mutants} == {(how, reason)}
    assert report.score == 1.0


@pytest.mark.parametrize(
    ("layer", "functions"),
    [
        (layers.CACHED, ["tanh_backward", "inner"]),
        (layers.OBJECT, ["Linear.backward", "Linear.outer"]),
        (layers.LOSS, ["loss"]),
        (layers.SQUARE, ["square_backward"]),
    ],
)
def test_backward_of_every_dialect_is_found_with_what_only_it_calls(layer, functions):
    found = subject_of(layer)
    assert [root.source.function.__qualname__ for root in found.roots] == functions


@pytest.mark.parametrize("layer", [layers.CACHED, layers.OBJECT, layers.LOSS])
def test_mutants_of_every_dialect_are_killed(layer):
    report = judge_all(Judge(layer, 0, 4), limit=TimeLimit.start(300), workers=2)
    assert report.score > 0.95


def test_what_forward_computes_is_not_mutated_where_both_are_one_function():
    assert {m.change.line for m in Judge(layers.LOSS, 0, 4).mutants} == {
        inspect.getsourcelines(layers.loss)[1] + 2
    }


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.TYPED, "<lambda> was typed into <string>, where no source is kept"),
        (layers.COMPILED, "its backward is a ufunc that is not written in Python"),
    ],
)
def test_backward_without_source_says_why(layer, reason):
    report = gradcheck.mutate(layer, **FEW)
    assert (report.mutants, report.score, report.reason) == ((), None, reason)


def test_wrong_layer_is_to_be_mended_first():
    report = gradcheck.mutate(layers.WRONG, **FEW)
    assert report.reason.startswith("the layer itself is WRONG by finite-difference: ")
    assert report.reason.endswith("; mend it first")


def test_time_limit_leaves_a_random_sample():
    report = judge_all(Judge(layers.SQUARE, 0, 4), limit=TimeLimit.start(1e-3))
    assert report.reason == "not finished in 0.001 s"
    assert len(report.mutants) < report.planned


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((layers.square,), TypeError, "layer must be a gradcheck.Layer, got function"),
        ((gradcheck.Layer(abs, abs),), gradcheck.MalformedLayer, "declare one of them"),
    ],
)
def test_wrong_argument_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        gradcheck.mutate(*arguments)


def test_workers_must_be_a_number():
    with pytest.raises(TypeError, match="workers must be a whole number"):
        gradcheck.mutate(layers.SQUARE, workers=map)


def test_interrupt_prints_what_is_known(tmp_path):
    code = (
        "from tests.gradcheck.mutants import layers; import gradcheck.mutants as m; "
        "print('begun', flush=True); m.mutate(layers.COUNTING)"
    )
    root = Path(gradcheck.__file__).parent.parent
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=root, stdout=-1, stderr=-1, text=True) as running:
        assert running.stdout.readline() == "begun\n"
        time.sleep(1.0)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
    assert "gradcheck: interrupted\ncounting: " in err
