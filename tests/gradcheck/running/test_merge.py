"""A battery in parts: together they are the report that one process makes."""

import os
import signal
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.checks import CHECKS
from gradcheck.running.merge import merge_reports, split_checks
from gradcheck.running.verify import run
from gradcheck.running.workers import DIED_TWICE
from tests.gradcheck.example_layers import MISSING_SUM, PRODUCT, SQUARE, relu, relu_vjp

WRONG = Layer(
    lambda x: x**3, lambda x: (x**3, lambda y_bar: 2 * x**2 * y_bar), name="wrong", shapes={"x": "n m"}
)
SWEPT = Layer(
    lambda x, f: f(x),
    lambda x, f: (f(x), lambda y_bar: y_bar),
    name="swept",
    shapes={"x": "n"},
    options={"f": (lambda x: 2 * x, lambda x: x.copy())},
)
FEW = {"max_examples": 6}


@pytest.mark.parametrize("layer", [PRODUCT, WRONG, SWEPT], ids=lambda layer: layer.name)
@pytest.mark.parametrize("workers", [2, map])
def test_report_is_the_same_whoever_makes_it(layer, workers):
    alone, shared = check(layer, **FEW), check(layer, workers=workers, **FEW)
    assert shared.as_dict() == alone.as_dict()
    assert str(shared) == str(alone)


def test_report_of_processes_that_are_started_anew_is_the_same(monkeypatch):
    monkeypatch.setattr(
        "gradcheck.running.processes.sys", SimpleNamespace(platform="darwin", modules=sys.modules)
    )
    assert check(PRODUCT, workers=2, **FEW).as_dict() == check(PRODUCT, **FEW).as_dict()


def test_report_at_a_point_is_the_same():
    alone, shared = check(WRONG, np.ones((1, 2))), check(WRONG, np.ones((1, 2)), workers=2)
    assert shared.as_dict() == alone.as_dict()


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_every_check_is_in_one_part(count):
    parts = split_checks(CHECKS, SQUARE, count)
    assert sorted(c.name for part in parts for c in part) == sorted(c.name for c in CHECKS)
    assert len(parts) <= count


def dying(mark, times):
    """Return ReLU, which at its first calls kills the process that it runs in."""
    home = os.getpid()

    def forward(x):
        if os.getpid() != home and len(list(mark.iterdir())) < times:
            (mark / str(len(list(mark.iterdir())))).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return relu(x)

    return Layer(forward, relu_vjp, name="relu", shapes={"x": "n"})


def test_death_of_a_worker_changes_nothing_but_is_told(tmp_path):
    alone, shared = check(dying(tmp_path, 0), **FEW), check(dying(tmp_path, 1), workers=2, **FEW)
    assert [r.as_dict() for r in shared.results] == [r.as_dict() for r in alone.results]
    assert "a worker process died while it ran finite-difference" in str(shared)
    assert any("run again in a fresh one" in death for death in shared.as_dict()["deaths"])


def test_what_kills_every_worker_is_unverified_and_says_why(tmp_path):
    report = check(dying(tmp_path, 99), workers=2, **FEW)
    assert report.verdict is Verdict.UNVERIFIED
    assert {r.reason for r in report.findings} == {DIED_TWICE}
    assert DIED_TWICE in str(report)


@pytest.mark.parametrize("layer", [SQUARE, MISSING_SUM])
def test_reports_of_single_checks_make_the_layer_s_report(layer):
    whole = check(layer, seed=3, max_examples=4)
    parts = [run(layer, seed=3, max_examples=4, checks=(c,)) for c in reversed(CHECKS)]
    assert merge_reports(parts).as_dict() == whole.as_dict()


def test_what_was_run_outranks_what_does_not_apply():
    (ran,) = (run(SQUARE, seed=0, max_examples=2, checks=(c,)) for c in CHECKS if c.name == "purity")
    (refused,) = (run(SQUARE, seed=0, max_examples=2, checks=(c,)) for c in CHECKS if c.name == "oracle")
    for parts in ([ran, refused], [refused, ran], [refused, ran, refused]):
        verdicts = {r.check: r.verdict for r in merge_reports(parts).results}
        assert verdicts == {"oracle": Verdict.NOT_APPLICABLE, "purity": Verdict.CORRECT}
