import ast
import itertools
import sys
from collections import defaultdict
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import gradcheck
from benchmarks.calibration import ablation
from benchmarks.calibration.constants import BAKED, CONSTANTS, SPARED, Constant, places, replaced, scale
from benchmarks.calibration.hard import HARD
from benchmarks.calibration.sample import MEASURED, Subject

K = Constant("judging.tolerance", "K")
ROOT = Path(gradcheck.__file__).parent
ROOMS = ("numerics", "judging", "evaluation", "checks")


def hard(name, seed=0):
    """Return one of the hard points as a subject of its own."""
    point = next(point for point in HARD if point.name == name)
    return Subject(name, point.is_right, point.layer, MEASURED, seed, (point.x,))


LADDER = hard("kept to 22 bits")


def is_number(value):
    if isinstance(value, dict):
        return bool(value) and all(map(is_number, value.values()))
    if isinstance(value, tuple):
        return bool(value) and all(map(is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def modules():
    """Return the names of all modules of the rooms that decide, without the package's own."""
    paths = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


def numbers(module):
    """Yield the constants at the top of a module that are numbers, or containers of them."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    values = vars(import_module(f"gradcheck.{module}"))
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    yield from (
        t.id for t in targets if isinstance(t, ast.Name) and t.id.isupper() and is_number(values[t.id])
    )


def found(subject, constant, value):
    with ablation.quiet():
        base = ablation.judge([subject], [constant])
        return ablation.count([subject], ablation.at([subject], base, constant, value))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", [point.name for point in HARD])
def test_hard_point_is_wrong_only_if_its_slope_is(name, seed):
    subject = hard(name, seed)
    with ablation.quiet():
        assert (subject.judge(MEASURED[0]) == "WRONG") is not subject.is_right


def test_error_bars_far_too_narrow_accuse_right_gradients():
    right = hard("beside a pole")
    assert found(right, K, K.value).false_alarms == []
    assert found(right, K, 0.01).false_alarms == [right.name]


def test_error_bars_far_too_wide_miss_wrong_gradients():
    wrong = hard("at an edge, twice")
    assert found(wrong, K, K.value).missed == []
    assert found(wrong, K, 1e20).missed == [wrong.name]


def test_measure_tells_every_constant_at_half_and_at_twice():
    constants = [K, Constant("numerics.ladder", "FEWEST_RUNGS")]
    rows = ablation.measure([LADDER], constants)["rows"]
    assert [(r["half"]["value"], r["value"], r["twice"]["value"]) for r in rows] == [
        ("4.0", "8.0", "16.0"),
        ("3", "6", "12"),
    ]
    assert [r["runs"] for r in rows] == [1, 1]


def test_constant_that_nothing_reads_is_not_run_again(monkeypatch):
    with ablation.quiet():
        base = ablation.judge([LADDER], CONSTANTS)
    unread = Constant("checks.linearity", "COTANGENT_FACTORS")
    assert K in base.read[LADDER.name, "finite-difference"]
    assert unread not in base.read[LADDER.name, "finite-difference"]
    monkeypatch.setattr(Subject, "judge", lambda *_: pytest.fail("it ran again"))
    assert ablation.at([LADDER], base, unread, ()) == base.verdicts


@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda c: f"{c.module} {c.name}")
def test_value_reaches_every_importer_and_is_taken_back(constant):
    before, other = constant.value, object()
    held = places(constant)
    assert (sys.modules[constant.home], constant.name) in held
    with replaced(constant, other):
        assert all(getattr(module, name) is other for module, name in held)
    assert all(getattr(module, name) is before for module, name in held)


def test_value_is_taken_back_after_an_exception():
    with pytest.raises(ZeroDivisionError), replaced(K, 0.0):
        1 / K.value
    assert K.value == 8.0


def test_importers_under_another_name_and_through_a_door_are_reached():
    held = {(module.__name__, name) for module, name in places(K)}
    sources = {path: ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")}
    asked = {
        (".".join(path.relative_to(ROOT.parent).with_suffix("").parts), alias.asname or "K")
        for path, tree in sources.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "K"
    }
    assert {(module.removesuffix(".__init__"), name) for module, name in asked} <= held
    assert ("gradcheck.judging", "K") in held


def test_constants_of_one_value_are_not_taken_for_each_other():
    margin = Constant("judging.tolerance", "SCREEN_MARGIN")
    assert margin.value == K.value
    with replaced(K, 0.5):
        assert margin.value == 8.0


@pytest.mark.parametrize("module", modules())
def test_every_number_of_the_rooms_that_decide_is_tried_or_spared_for_a_reason(module):
    known = {(c.module, c.name) for c in CONSTANTS} | set(SPARED)
    assert {(module, name) for name in numbers(module)} <= known


def test_rows_name_constants_that_exist():
    keys = [(c.module, c.name) for c in CONSTANTS]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set(SPARED)
    for module, name in (*keys, *SPARED):
        assert is_number(Constant(module, name).value)


def names_in(nodes):
    return {node.id for part in nodes for node in ast.walk(part) if isinstance(node, ast.Name)}


@cache
def names_held():
    """Return the names under which each module holds a constant of those that are tried."""
    held = defaultdict(set)
    for module, name in itertools.chain.from_iterable(map(places, CONSTANTS)):
        held[module].add(name)
    return held


@pytest.mark.parametrize("module", modules())
def test_no_constant_is_bound_where_another_value_would_not_reach(module):
    """Defaults, decorators and other constants are computed once, when the module is imported."""
    home = import_module(f"gradcheck.{module}".removesuffix(".__init__"))
    held = names_held()[home]
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            bound = [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
            assert not held & names_in([*bound, *getattr(node, "decorator_list", [])])
    for node in tree.body:
        if isinstance(node, ast.Assign) and held & names_in([node.value]):
            assert {(module, t.id) for t in node.targets} <= set(BAKED)


def test_numbers_are_scaled_one_by_one_and_counts_stay_whole():
    assert scale({4: 12, 8: 22}, 0.5) == {4: 6, 8: 11}
    assert scale((1e-3, -2.0), 2.0) == (2e-3, -4.0)
    assert scale(1, 0.5) == 1
    assert Constant("numerics.extrapolation", "CENTRAL_POWERS", is_series=True).times(0.5) == (1, 3, 5)
    twice = Constant("numerics.extrapolation", "CENTRAL_POWERS", is_series=True).times(2.0)
    assert twice == tuple(range(1, 24, 2))


def test_page_gets_the_results_in_the_row_of_the_constant():
    page = (
        "It comes to **?**.\n| `K` | `gradcheck/judging/tolerance.py` | `8.0` | - | - |\n| `K` | `b.py` | - |"
    )
    half, twice = ({"false_alarms": n, "unverified": 0, "missed": 1} for n in (2, 0))
    rows = [{"name": "K", "module": "judging.tolerance", "half": half, "twice": twice}]
    base = {"false_alarms": [], "unverified": ["a"], "missed": []}
    assert ablation.filled(page, {"rows": rows, "base": base}).split("\n") == [
        "It comes to **0 / 1 / 0**.",
        "| `K` | `gradcheck/judging/tolerance.py` | `8.0` | 2 / 0 / 1 | 0 / 0 / 1 |",
        "| `K` | `b.py` | - |",
    ]


def test_changes_are_told_by_name():
    before, after = ablation.Counts([], ["a", "b"], []), ablation.Counts(["a"], ["b"], [])
    assert after.beyond(before) == {"false_alarms": ["a"]}
    assert before.beyond(after) == {"unverified": ["a"]}
