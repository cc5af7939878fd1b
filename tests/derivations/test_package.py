"""The package as a whole: its door, its imports, its words, and oracles that share no code with a layer."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import derivations
import gradcheck
from derivations import fast

FOLDER = Path(derivations.__file__).parent
FILES = {
    ".".join(("derivations", *path.relative_to(FOLDER).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(FOLDER.rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}
REFERENCE = [name for name in FILES if name.count(".") == 1 and not name.endswith("__main__")]
FUNCTIONS: dict[str, list[ast.FunctionDef]] = {}
for name in REFERENCE:
    for node in TREES[name].body:
        if isinstance(node, ast.FunctionDef):
            FUNCTIONS.setdefault(node.name, []).append(node)  # two modules may use one private name
ALSO = {
    "derivations.digits": {"sklearn"},
    "derivations.__main__": {"rich"},
    **{f"derivations.network.{name}": {"rich"} for name in ("__main__", "report", "session")},
}
FACES = {"derivations.__main__": {"html"}}
"""Doors beside the door, for those who render rulings."""
LATER = {"hypothesis"}  # inside functions: the strategies of `cases=` are made when they are asked for
OPTIONAL = {"derivations.network.figure": {"matplotlib"}, "derivations.network.threads": {"threadpoolctl"}}
ORACLES = sorted(name for name in FUNCTIONS if name.endswith("_oracle"))


def names_in(node):
    """Return every name that a piece of code reads, but not what it assigns, nor the members of modules."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def reached_from(function):
    """Return the names a function mentions, and those that the package's functions it calls mention."""
    seen, todo = set(), list(FUNCTIONS[function])
    while todo:
        for name in names_in(todo.pop()) - seen:
            seen.add(name)
            if name in FUNCTIONS:
                todo.extend(FUNCTIONS[name])
    return seen


def test_layers_is_the_families_in_their_order():
    families = [import_module(f"derivations.{family}") for family in derivations.FAMILIES]
    assert isinstance(derivations.LAYERS, tuple)
    assert tuple(layer for family in families for layer in family.LAYERS) == derivations.LAYERS


def test_names_of_families_and_of_layers_are_unique():
    for names in (derivations.FAMILIES, [layer.name for layer in derivations.LAYERS]):
        assert len(set(names)) == len(names)


def test_every_layer_of_the_package_is_in_layers():
    found = {
        id(value)
        for name in REFERENCE
        for value in vars(import_module(name)).values()
        if isinstance(value, gradcheck.Layer)
    }
    assert found == {id(layer) for layer in derivations.LAYERS}


def test_the_door_lists_exactly_what_it_imports():
    tree = TREES["derivations"]
    own = [n for n in tree.body if isinstance(n, ast.ImportFrom) and str(n.module).startswith("derivations")]
    imported = {a.asname or a.name for n in own for a in n.names}
    assert set(derivations.__all__) == imported | {"FAMILIES", "LAYERS"}
    assert len(derivations.__all__) == len(set(derivations.__all__))


@pytest.mark.parametrize("module", TREES)
def test_a_module_imports_only_numpy_scipy_its_own_package_and_the_door(module):
    at_once = {"numpy", "scipy", "derivations"} | ALSO.get(module, set())
    for node in ast.walk(TREES[module]):
        allowed = at_once if node in TREES[module].body else at_once | LATER | OPTIONAL.get(module, set())
        if isinstance(node, ast.Import):
            imported = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            imported = [node.module or ""]
        else:
            continue
        for name in imported:
            top = name.partition(".")[0]
            if top == "gradcheck":
                assert name == "gradcheck", f"{module} reaches past the door: {name}"
                assert isinstance(node, ast.ImportFrom)
                door = {*gradcheck.__all__, *FACES.get(module, set())}
                assert all(a.name in door for a in node.names)
            else:
                assert top in allowed or top in sys.stdlib_module_names, f"{module} imports {name}"


def test_importing_the_package_loads_neither_hypothesis_nor_scikit_learn():
    program = (
        "import sys, derivations; print(*sorted({'hypothesis', 'sklearn', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("module", REFERENCE)
def test_everything_public_has_a_docstring(module):
    loaded = import_module(module)
    assert loaded.__doc__
    for name, value in vars(loaded).items():
        if name.startswith("_") or getattr(value, "__module__", None) != loaded.__name__:
            continue
        if inspect.isfunction(value) or inspect.isclass(value):
            assert value.__doc__, f"{module}.{name} has no docstring"
            assert value.__doc__.partition("\n")[0].endswith((".", ";", ",", ":")), f"{module}.{name}"


@pytest.mark.parametrize("module", TREES)
def test_a_module_can_be_read_in_one_sitting(module):
    assert len(FILES[module].read_text(encoding="utf-8").splitlines()) < 250


def test_every_layer_has_an_oracle():
    assert [layer.name for layer in derivations.LAYERS if layer.oracle is None] == []
    clear = [layer for layer in derivations.LAYERS if layer not in fast.LAYERS]
    assert {layer.oracle.__name__ for layer in clear} == set(ORACLES)


def test_a_fast_layer_is_checked_against_a_clear_one():
    for layer in fast.LAYERS:
        primals = [np.ones(shape) for shape in ((1, 1, 4, 4), (1, 1, 2, 2), (1,))][: len(layer.shapes)]
        options = {name: swept[0] for name, swept in layer.options.items()}
        _, pullback = layer.oracle(*primals, **options)
        assert pullback.__module__ in {"derivations.multichannel", "derivations.pooling"}, layer.name


def under_test():
    """Return the package's functions that any layer's forward or VJP is made of."""
    used = {function.__name__ for layer in derivations.LAYERS for function in (layer.forward, layer.vjp)}
    return {name for function in used for name in (function, *reached_from(function))} & set(FUNCTIONS)


@pytest.mark.parametrize("oracle", ORACLES)
def test_an_oracle_never_calls_the_code_under_test(oracle):
    assert reached_from(oracle) & under_test() == set()


def test_that_rule_would_notice_an_oracle_that_cheats(monkeypatch):
    cheat = ast.parse("def linear_oracle(x, w, b):\n    return _help(x, w, b)").body[0]
    helper = ast.parse("def _help(x, w, b):\n    return linear_vjp(x, w, b)").body[0]
    monkeypatch.setitem(FUNCTIONS, "linear_oracle", [cheat])
    monkeypatch.setitem(FUNCTIONS, "_help", [helper])
    assert {"linear", "linear_vjp"} <= reached_from("linear_oracle") & under_test()
