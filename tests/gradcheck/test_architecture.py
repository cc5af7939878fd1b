"""The shape of the package: imports go down, the door is what it says, and it opens fast."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import gradcheck

ROOT = Path(gradcheck.__file__).parent
GROUND = "types, errors, _util"
ROOMS = {
    "_util": "types",
    "numerics": GROUND,
    "layers": GROUND,
    "sampling": f"{GROUND}, layers",
    "evaluation": f"{GROUND}, layers, numerics",
    "judging": f"{GROUND}, evaluation, numerics",
    "mutation": GROUND,
    "diagnosis": f"{GROUND}, layers, sampling, evaluation, numerics, judging, mutation",
    "checks": f"{GROUND}, layers, sampling, evaluation, numerics, judging, diagnosis",
    "claims": f"{GROUND}, layers, sampling, judging, numerics",
    "reporting": f"{GROUND}, layers, evaluation, judging, checks, claims",
    "running": f"{GROUND}, layers, sampling, evaluation, judging, diagnosis, checks, claims, reporting",
    "html": f"{GROUND}, judging, checks, claims, reporting",
    "mutants": f"{GROUND}, layers, sampling, evaluation, judging, mutation, checks, reporting, running",
    "pytest_plugin": f"{GROUND}, layers, sampling, checks, claims, reporting, running",
}
"""Each room from the ground up, and what it may import; of a room, only what its door names."""
FLOORS = 9
TOP = ("__init__", "__main__", "cli", "errors", "types")
"""The only files beside the rooms. The first three see every room."""
LAZY = {
    *(("sampling.driver", "sampling.strategies"), ("html.file", "html.page")),
    ("html.file", "html.mutants"),
    *(("pytest_plugin.hooks", f"pytest_plugin.{name}") for name in ("current", "words")),
    *(("pytest_plugin.hooks", f"{room}.__init__") for room in ("_util", "running")),
}
"""Imports inside a function, so that the door opens without Hypothesis, pytest starts without NumPy, and
the command without matplotlib."""
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
}


def imports(tree):
    """Yield the absolute names that a module imports, and whether inside a function."""

    def walk(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, "a relative import"
                named = [f"{child.module}.{alias.name}".removeprefix("gradcheck.") for alias in child.names]
                if not all(name in MODULES for name in named):
                    yield child.module, inside
                yield from ((f"{child.module}.{alias.name}", inside) for alias in child.names)
            yield from walk(child, inside or isinstance(child, ast.FunctionDef | ast.Lambda))

    yield from walk(tree, False)


def edges(module):
    """Return the modules of gradcheck that a module imports, each with whether inside a function."""
    found = {}
    for name, inside in imports(MODULES[module]):
        if name.startswith("gradcheck."):
            target = name.removeprefix("gradcheck.")
            target = f"{target}.__init__" if f"{target}.__init__" in MODULES else target
            if target in MODULES and target != module:
                found[target] = found.get(target, True) and inside
    return found


def room(module):
    """Return the room of a module such as ``numerics.line``; a file at the top is a room of its own."""
    return module.split(".")[0]


def floors(room):
    """Return on which floor a room stands: one above the highest room that it imports."""
    if room in GROUND.split(", "):
        return 1
    return 1 + max(map(floors, ROOMS[room].split(", ")))


def test_the_top_holds_the_rooms_and_the_door():
    assert {room(module) for module in MODULES} == {*ROOMS, *TOP}


def test_rooms_stand_on_few_floors():
    assert max(map(floors, ROOMS)) <= FLOORS


@pytest.mark.parametrize("module", [m for m in MODULES if room(m) in ROOMS])
def test_room_imports_only_what_the_table_says(module):
    allowed = {room(module), *ROOMS[room(module)].split(", ")}
    assert {room(target) for target in edges(module)} <= allowed


@pytest.mark.parametrize("name", ROOMS)
def test_table_allows_nothing_that_nobody_imports(name):
    used = {room(target) for m in MODULES if room(m) == name for target in edges(m)}
    assert set(ROOMS[name].split(", ")) <= used | set(GROUND.split(", "))


@pytest.mark.parametrize("module", MODULES)
def test_nobody_reaches_past_a_room_s_door(module):
    private = {
        t for t in edges(module) if room(t) != room(module) and t.count(".") and not t.endswith("__init__")
    }
    assert not private, f"{module} imports {sorted(private)}: use what the room's __init__ names"


@pytest.mark.parametrize("name", ROOMS)
def test_door_hides_no_file_of_its_room(name):
    """Importing a submodule binds its name in the package, over a function of that name."""
    door = {
        alias.asname or alias.name
        for n in ast.walk(MODULES[f"{name}.__init__"])
        if isinstance(n, ast.ImportFrom)
        for alias in n.names
    }
    files = {m.removeprefix(f"{name}.") for m in MODULES if room(m) == name and m.count(".") == 1}
    assert not door & files


def test_imports_inside_functions_are_the_listed_ones():
    assert {(m, target) for m in MODULES for target, inside in edges(m).items() if inside} == LAZY


def test_imports_have_no_circle():
    done, path = set(), []

    def visit(module):
        assert module not in path, f"circle: {' → '.join([*path[path.index(module) :], module])}"
        if module in done:
            return
        path.append(module)
        for target, inside in edges(module).items():
            if not inside:
                visit(target)
        done.add(path.pop())

    for module in MODULES:
        visit(module)


@pytest.mark.parametrize("module", MODULES)
def test_gradcheck_knows_nothing_of_derivations_or_tests(module):
    packages = {name.split(".")[0] for name, _ in imports(MODULES[module])}
    assert not packages & {"derivations", "tests", "benchmarks", "sklearn"}


@pytest.mark.parametrize("module", MODULES)
def test_matplotlib_is_known_to_pictures_and_report_alone(module):
    """The pictures know its types only: somebody else brings the axes."""
    packages = {name.split(".")[0] for name, _ in imports(MODULES[module])}
    assert "matplotlib" not in packages or room(module) in {"reporting", "html"}


def test_hypothesis_is_imported_at_once_only_for_strategies_and_for_its_profiles_in_pytest():
    eager = {
        m
        for m in MODULES
        for name, inside in imports(MODULES[m])
        if not inside and name.split(".")[0] == "hypothesis"
    }
    assert eager == {"sampling.strategies", "pytest_plugin.limits"}


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_docstring(module):
    assert ast.get_docstring(MODULES[module])


HEAVY = ("hypothesis", "pytest", "matplotlib", "rich", "scipy", "sklearn", "derivations")


@pytest.mark.parametrize(
    ("statement", "heavy"), [("gradcheck", (*HEAVY, "numpy")), ("gradcheck; gradcheck.Layer", HEAVY)]
)
def test_importing_gradcheck_loads_none_of_the_heavy_ones(statement, heavy):
    code = f"import sys; import {statement}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_running_the_package_is_running_its_command():
    done = subprocess.run(
        [sys.executable, "-m", "gradcheck", "verify", "nowhere.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "gradcheck: there is no file 'nowhere.py'\nsee: gradcheck verify --help\n",
    )


PUBLIC = [
    "CannotVerify",
    "Claim",
    "Condition",
    "Counterexample",
    "Decision",
    "Estimate",
    "FlawedLayer",
    "Layer",
    "MalformedClaim",
    "MalformedLayer",
    "Report",
    "Ruling",
    "UnverifiedGradient",
    "Verdict",
    "WrongGradient",
    "assert_correct",
    "check",
    "decide",
    "exact_gradient",
    "exact_jacobian",
    "mutate",
    "numerical_gradient",
    "parametrize_with_checks",
]


def test_door_is_what_it_says():
    assert gradcheck.__all__ == PUBLIC
    (typed,) = (node for node in MODULES["__init__"].body if isinstance(node, ast.If))
    homes = {node.module: tuple(alias.name for alias in node.names) for node in typed.body}
    assert homes == {f"gradcheck.{module}": names for module, names in gradcheck._HOMES.items()}
    assert sorted(name for names in homes.values() for name in names) == sorted(PUBLIC)


def test_door_knows_its_names_before_they_are_used():
    code = "import gradcheck; print(set(gradcheck.__all__) <= set(dir(gradcheck)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'gradcheck' has no attribute 'Linear'"):
        gradcheck.Linear  # noqa: B018 -- the access is what is tested


def test_no_public_name_is_a_module_s_name_too():
    """Importing a submodule binds its name in the package, over a function of that name."""
    assert not set(PUBLIC) & {module.split(".")[0] for module in MODULES}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_resolves_and_is_documented(name):
    documented = inspect.getdoc(getattr(gradcheck, name))
    assert documented
    first = documented.split("\n\n")[0]
    assert first.endswith((".", ":"))


@pytest.mark.parametrize("name", [n for n in PUBLIC if inspect.isfunction(getattr(gradcheck, n))])
def test_public_function_is_not_collected_by_pytest(name):
    assert not name.startswith("test")


@pytest.mark.parametrize("name", [n for n in PUBLIC if inspect.isfunction(getattr(gradcheck, n))])
def test_whatever_has_a_default_is_keyword_only(name):
    for parameter in inspect.signature(getattr(gradcheck, name)).parameters.values():
        if (name, parameter.name) == ("numerical_gradient", "y_bar"):
            continue  # as in all functions of a cotangent it comes by position, where it comes
        assert parameter.default is parameter.empty or parameter.kind is parameter.KEYWORD_ONLY
