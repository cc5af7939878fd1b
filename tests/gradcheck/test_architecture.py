"""The shape of the package: imports go down, the door is what it says, and it opens fast."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import gradcheck

ROOT = Path(gradcheck.__file__).parent
FLOORS = (
    ("types", "errors", "plain", "tree", "copies", "threads", "processes", "workers"),
    (
        *(
            "tried",
            "evidence",
            "findings",
            "shapes",
            "form",
            "outputs",
            "wellformed",
            "dialects",
            "layer",
            "vectors",
            "roundings",
            "shadows",
            "dice",
            "stochastic",
            "values",
            "quiet",
            "inputs",
            "trial",
        ),
        *("claim", "matrices", "exploration", "origin", "memory"),
    ),
    ("numerical",),
    ("compare", "settled"),
    ("looks", "explanations", "judge", "cases"),
    ("explain", "gradients", "rulings", "pictures", "notebook", "entrywise"),
    ("report", "sides"),
    ("explained",),
    ("checks", "tally", "search", "parts", "verify", "smallest", "deciding"),
    ("targets", "progress", "render", "shared"),
    ("document", "github"),
    ("html",),
    ("plugin", "pytest_door", "pytest_plugin", "cli", "__main__", "__init__"),
)
"""From the ground up. Within a floor, files may import each other as long as there is no circle."""
LAZY = {
    *(("explained", "cases"), ("search", "cases"), ("smallest", "cases"), ("html.__init__", "html.page")),
    *(("pytest_plugin", f"plugin.{name}") for name in ("courier", "current", "limits", "words")),
}
"""Imports inside a function, so that the door opens without Hypothesis, pytest starts without NumPy, and
the command without matplotlib. They go down like all others."""
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(ROOT.rglob("*.py"))
}


def floor(module):
    """Return the floor of a module such as ``numerical.fit``; a package's own file is named after it."""
    top = module.split(".")[0] if module != "__init__" else "__init__"
    return next((i for i, names in enumerate(FLOORS) if top in names), None)


def imports(tree):
    """Yield the absolute names that a module imports, and whether inside a function."""

    def walk(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, "a relative import"
                yield child.module, inside
                yield from ((f"{child.module}.{alias.name}", inside) for alias in child.names)
            yield from walk(child, inside or isinstance(child, ast.FunctionDef | ast.Lambda))

    yield from walk(tree, False)


def edges(module):
    """Return the modules of gradcheck that a module imports, each with whether inside a function."""
    found = {}
    for name, inside in imports(MODULES[module]):
        if name == "gradcheck":
            continue
        if name.startswith("gradcheck."):
            target = name.removeprefix("gradcheck.")
            target = f"{target}.__init__" if f"{target}.__init__" in MODULES else target
            if target in MODULES and target != module:
                found[target] = found.get(target, True) and inside
    return found


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_floor(module):
    assert floor(module) is not None, f"{module} stands on no floor: add it to FLOORS"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    upward = {target for target in edges(module) if floor(target) > floor(module)}
    assert not upward, f"{module} imports {sorted(upward)} from a higher floor"


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
    assert "matplotlib" not in packages or module.split(".")[0] in {"pictures", "html", "report"}


def test_hypothesis_is_imported_at_once_only_for_strategies_and_for_its_profiles_in_pytest():
    eager = {
        m
        for m in MODULES
        for name, inside in imports(MODULES[m])
        if not inside and name.split(".")[0] == "hypothesis"
    }
    assert eager == {"cases", "plugin.limits"}


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
        "gradcheck: there is no file 'nowhere.py'\n",
    )


PUBLIC = [
    "Claim",
    "Condition",
    "Counterexample",
    "Decision",
    "Estimate",
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
        assert parameter.default is parameter.empty or parameter.kind is parameter.KEYWORD_ONLY
