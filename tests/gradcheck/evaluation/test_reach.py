"""Statements that never ran are named, and whoever else traces sees what it always saw."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from gradcheck import Layer, Verdict, check
from gradcheck.evaluation import Watch
from gradcheck.running import TimeLimit, Verification, run

FILE = """
    import numpy as np
    from gradcheck import Layer


    def doubled(x):
        return 2 * x


    def forward(x, *, power):
        if x.shape[0] > 40:
            y = doubled(x)
            return y
        return x**power


    def slope(x, power):
        if power == 3:
            return 3 * x**2
        elif power == 4:
            return (
                4
                * x**3
            )
        return power * x ** (power - 1)


    def backward(y_bar, x, *, power):
        if x.ndim != 1:
            raise ValueError(x)
        if x.shape[0] > 40:
            total = y_bar * 2
            for _ in range(1):
                total = total + 0

            return total
        return y_bar * slope(x, power)


    LAYER = Layer.from_backward(
        forward, backward, name="power", shapes={"x": "n"}, sizes={"n": (1, 40)}, options={"power": (2, 3)}
    )
"""
EXPECTED = [
    "layers.py:7 (forward of power)",
    "layers.py:12–13 (forward of power, `if x.shape[0] > 40`)",
    "layers.py:21–24 (backward of power, `if power == 4`)",
    "layers.py:32–36 (backward of power, `if x.shape[0] > 40`)",
]


@pytest.fixture
def layer(tmp_path, monkeypatch):
    (tmp_path / "layers.py").write_text(textwrap.dedent(FILE), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "layers", raising=False)
    import layers

    yield layers.LAYER
    del sys.modules["layers"]


def test_statements_that_never_ran_are_named_with_the_condition_above_them(layer):
    assert [str(gap) for gap in check(layer).unreached] == EXPECTED


def test_message_names_them_and_json_has_the_code(layer):
    report = check(layer)
    assert "never reached layers.py:7 (forward of power); layers.py:12–13" in str(report)
    gap = report.as_dict()["unreached"][1]
    assert (gap["first"], gap["last"], gap["role"], gap["under"]) == (12, 13, "forward", "if x.shape[0] > 40")
    assert gap["source"] == "        y = doubled(x)\n        return y"


def test_larger_sizes_are_tried_for_what_never_ran(layer):
    wide = Layer.from_backward(
        layer.forward, layer.vjp.__wrapped__, name="power", shapes={"x": "n"}, options={"power": (2, 3)}
    )
    gaps = [str(gap) for gap in check(wide, max_examples=20).unreached]
    assert gaps == [EXPECTED[2]]


def test_guards_that_raise_are_no_gap(layer):
    assert not [gap for gap in check(layer).unreached if "raise" in gap.source]


def test_nothing_is_told_where_nothing_is_watched(layer):
    assert check(layer, reach=False).unreached == ()


def test_parts_of_the_battery_name_what_the_whole_names(layer):
    assert check(layer, workers=2).unreached == check(layer).unreached


def verified(layer, **how):
    found = {}
    Verification((layer,), 0, 20, limit=TimeLimit(), **how).run(1, found.__setitem__)
    return found[0]


def test_gaps_of_a_backward_are_unverified_where_that_is_asked(layer):
    assert verified(layer).verdict is Verdict.CORRECT
    report = verified(layer, require_reached=True)
    assert report.verdict is Verdict.UNVERIFIED
    assert report.findings[0].reason == f"no example reached {EXPECTED[2]}; {EXPECTED[3]}"


def test_gaps_of_forward_are_none_of_a_backward():
    def forward(x):
        if x.size > 10**6:
            return x * 2
        return x * 2.0

    layer = Layer.from_backward(forward, lambda y_bar, x: y_bar * 2, shapes={"x": "n"})
    report = verified(layer, require_reached=True)
    assert (report.verdict, len(report.unreached)) == (Verdict.CORRECT, 1)


def test_pullback_inside_a_vjp_is_part_of_the_backward():
    def vjp(x):
        def pullback(y_bar):
            if x.size > 10**6:
                return y_bar
            return y_bar * 2

        return x * 2, pullback

    (gap,) = check(Layer(lambda x: x * 2, vjp, shapes={"x": "n"})).unreached
    assert (gap.role, gap.under) == ("backward", "if x.size > 10 ** 6")


def test_layer_whose_source_is_not_known_has_no_gaps():
    names = {"np": np}
    exec("def f(x):\n    if x.size > 10**6:\n        return x\n    return 2 * x", names)
    layer = Layer.from_backward(names["f"], lambda y_bar, x: 2 * y_bar, shapes={"x": "n"})
    assert check(layer).unreached == ()


def test_trace_function_of_others_is_there_again_and_was_told_everything():
    told = []

    def tracer(frame, event, argument):
        told.append((frame.f_code.co_name, event))
        return tracer

    def double(x):
        return 2 * x

    watch = Watch(Layer.from_backward(double, lambda y_bar, x: 2 * y_bar, shapes={"x": "n"}))
    watch.enter("a check")
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        watch.run(double, 1.0)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert [event for name, event in told if name == "double"] == ["call", "line", "return"]


MEASURED = """
import json, sys, coverage
measured = coverage.Coverage(data_file=None, branch=True, include=["*/layers.py"])
measured.start()
import layers
from gradcheck.running import run
run(layers.LAYER, seed=0, max_examples=20, reach=sys.argv[1] == "watched")
measured.stop()
data = measured.get_data()
print(json.dumps([sorted(data.arcs(file)) for file in data.measured_files()]))
"""


@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
def test_coverage_measures_the_same_with_and_without_us(layer, tmp_path, core):
    pytest.importorskip("coverage")
    environment = {
        **os.environ,
        "COVERAGE_CORE": core,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }
    found = [
        subprocess.run(
            [sys.executable, "-c", MEASURED, how], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for how in ("watched", "alone")
    ]
    assert found[0] == found[1]
    assert len(json.loads(found[0])[0]) > 10


def test_watching_a_small_layer_costs_less_than_half_of_the_time(layer):
    """Counted in calls of the trace function, which do not depend on the machine."""
    watch = Watch(layer)
    calls = []
    trace = watch._trace
    watch._trace = lambda *event: (calls.append(event), trace(*event))[1]
    watch.enter("a check")
    for _ in range(2000):
        watch.run(layer.forward, np.ones(3), power=2)
    assert len(calls) < 510 * 6


def test_report_of_a_point_names_what_the_point_does_not_reach(layer):
    report = check(layer, np.ones(3), power=2)
    assert "layers.py:19 (backward of power, `if power == 3`)" in [str(gap) for gap in report.unreached]
    assert run(layer, (np.ones(3),), {"power": 2}, seed=0, max_examples=1, reach=False).unreached == ()


def test_function_of_a_library_has_no_lines_that_anybody_must_reach():
    layer = Layer.from_backward(np.sort, lambda y_bar, x: y_bar[np.argsort(np.argsort(x))], shapes={"x": "n"})
    assert check(layer).unreached == ()


def cumsum(x):
    """Bear a name of NumPy's; nobody calls it."""
    return [sum(x[:i]) for i in range(len(x))]


def test_function_that_has_the_name_of_an_attribute_is_not_looked_for():
    layer = Layer.from_backward(
        lambda x: np.cumsum(x), lambda g, x: np.cumsum(g[::-1])[::-1], shapes={"x": "n"}
    )
    assert check(layer, max_examples=5).unreached == ()
