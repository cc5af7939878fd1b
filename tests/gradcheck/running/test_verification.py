"""`gradcheck verify --workers`: the same JSON, every death told, and nobody left behind."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

import gradcheck
from gradcheck.cli import main
from gradcheck.running.courier import unpack
from gradcheck.running.targets import subjects_of, title
from gradcheck.running.verification import Verification
from gradcheck.running.workers import DIED_TWICE
from gradcheck.types import Verdict
from tests.gradcheck.test_cli import BLIND, HEAD, RIGHT, WRONG

CLAIMS = """
from gradcheck import Claim

PRODUCT = {"a": "n n", "b": "n n"}
TRANSPOSED = Claim("T1", "products transpose", lambda a, b: (a @ b).T, lambda a, b: b.T @ a.T, PRODUCT)
SWAPPED = Claim("T2", "they commute", lambda a, b: a @ b, lambda a, b: b @ a, PRODUCT, correction=TRANSPOSED)
"""
DYING = """
import os, signal
from pathlib import Path

HOME, MARKS, TIMES = os.getpid(), Path("marks"), {times}
MARKS.mkdir(exist_ok=True)

def dying(x):
    deaths = len(list(MARKS.iterdir()))
    if os.getpid() != HOME and deaths < TIMES:
        (MARKS / str(deaths)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x * x

DYING = Layer(dying, lambda x: (x * x, lambda y_bar: 2 * x * y_bar), name="dying", shapes={{"x": "n"}})
"""


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


@pytest.fixture
def run(capsys, tmp_path):
    """Return a function that verifies a file's text, and returns status, output and the JSON document.

    Each run keeps its examples elsewhere, so that none repeats what another found.
    """

    def verify(text, workers):
        set_hypothesis_home_dir(tmp_path / f"kept with {workers}")
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        arguments = ["--max-examples", "6", "--json", "report.json", "--workers", workers]
        status = main(["verify", "mine.py", *arguments])
        document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        return status, capsys.readouterr().out, document

    yield verify
    set_hypothesis_home_dir(None)


def test_json_does_not_depend_on_the_number_of_workers(run):
    text = WRONG + BLIND.removeprefix(HEAD) + CLAIMS
    status, out, document = run(text, "1")
    for workers in ("2",):
        again = run(text, workers)
        assert (again[0], again[2]) == (status, document)
        assert set(again[1].splitlines()[-20:-1]) == set(out.splitlines()[-20:-1])


def test_death_of_a_worker_ends_in_a_complete_report_that_says_so(run):
    _, _, alone = run(RIGHT + DYING.format(times=0), "1")
    status, out, shared = run(RIGHT + DYING.format(times=1), "2")
    assert status == 0
    assert shared["layers"] == alone["layers"]
    assert any("died while it ran dying" in death for death in shared["deaths"])
    assert "workers: a worker process died while it ran" in out


def test_layer_that_kills_every_worker_is_unverified_beside_the_others(run):
    status, out, document = run(RIGHT + DYING.format(times=99), "2")
    assert status == 3
    verdicts = {layer["layer"]: layer["verdict"] for layer in document["layers"]}
    assert verdicts == {"right": "CORRECT", "dying": "UNVERIFIED"}
    assert out.count(DIED_TWICE) >= 2


def test_process_that_is_started_anew_finds_the_subjects_by_their_targets(tmp_path):
    (tmp_path / "mine.py").write_text(WRONG + CLAIMS, encoding="utf-8")
    verification = Verification(subjects_of("mine.py"), 0, 4, targets=["mine.py"])
    anew = pickle.loads(pickle.dumps(verification))
    assert [title(subject) for subject in anew.subjects] == ["right", "wrong", "T1", "T2"]
    assert unpack(anew(anew.split(1)[1])).verdict is Verdict.WRONG


@pytest.mark.parametrize("workers", ["0", "-2", "two"])
def test_nonsense_is_refused_in_a_sentence(run, capsys, workers):
    with pytest.raises(SystemExit):
        run(RIGHT, workers)
    assert "a whole number of at least 1 is expected" in capsys.readouterr().err


SLOW = """
import os, time
from pathlib import Path

def slow(x):
    Path(f"worker-{os.getpid()}").touch()
    time.sleep(600)

SLOW = Layer(slow, lambda x: None, name="slow", shapes={"x": "n"})
SLOWER = Layer(slow, lambda x: None, name="slower", shapes={"x": "n"})
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def within(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.fixture
def slow_run(tmp_path):
    """Start a command whose two workers are both busy for long; give it and the workers' numbers."""
    (tmp_path / "mine.py").write_text(RIGHT + SLOW, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "gradcheck",
        "verify",
        "mine.py",
        "--max-examples",
        "4",
        "--workers",
        "2",
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONPATH": str(Path(gradcheck.__file__).parents[1])}
    with subprocess.Popen(command, **pipes, start_new_session=True, env=environment) as started:
        try:
            assert within(60, lambda: len(list(tmp_path.glob("worker-*"))) == 2)
            yield started, [int(path.name.partition("-")[2]) for path in tmp_path.glob("worker-*")]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)


def test_interrupt_prints_what_is_known_and_leaves_nobody_behind(slow_run):
    started, workers = slow_run
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 130
    assert err == "gradcheck: interrupted after 1 of 3\n"
    assert out.startswith("right: CORRECT\n")
    assert "1 layer: 1 CORRECT" in out
    assert not any(map(alive, workers))


def test_workers_do_not_outlive_a_parent_that_was_killed(slow_run):
    started, workers = slow_run
    started.kill()
    assert within(30, lambda: not any(map(alive, workers)))
