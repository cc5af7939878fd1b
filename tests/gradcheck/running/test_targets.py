"""From a TARGET on the command line to layers, or to one sentence that says why there are none."""

import sys

import pytest

from gradcheck.running.targets import BadTarget, subjects_of

LAYERS = """
from gradcheck import Layer

def square(x):
    return x * x

def square_vjp(x):
    return square(x), lambda y_bar: 2 * x * y_bar

SECOND = Layer(square, square_vjp, name="second", shapes={"x": "n"})
FIRST = Layer(square, square_vjp, name="first", shapes={"x": "n"})
_HIDDEN = Layer(square, square_vjp, name="hidden", shapes={"x": "n"})
LAYERS = (FIRST, SECOND)
"""


@pytest.fixture(autouse=True)
def _own_imports(monkeypatch, tmp_path):
    """Import from `tmp_path`, and forget what was imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))


def write(tmp_path, name, text):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def refused(target):
    with pytest.raises(BadTarget) as bad:
        subjects_of(target)
    return str(bad.value)


def test_layers_of_a_file_stand_in_the_order_of_its_tuple(tmp_path):
    assert [layer.name for layer in subjects_of(write(tmp_path, "mine.py", LAYERS))] == ["first", "second"]


def test_private_layer_is_not_found(tmp_path):
    assert "hidden" not in {layer.name for layer in subjects_of(write(tmp_path, "mine.py", LAYERS))}


def test_single_layers_are_found_in_the_order_of_writing(tmp_path):
    path = write(tmp_path, "mine.py", LAYERS.replace("LAYERS = (FIRST, SECOND)", ""))
    assert [layer.name for layer in subjects_of(path)] == ["second", "first"]


@pytest.mark.parametrize("wanted", ["first", "FIRST"])
def test_one_layer_is_chosen_by_its_name_or_its_variable(tmp_path, wanted):
    (layer,) = subjects_of(f"{write(tmp_path, 'mine.py', LAYERS)}:{wanted}")
    assert layer.name == "first"


def test_module_on_the_path_is_imported_by_name(tmp_path):
    write(tmp_path, "by_name_only.py", LAYERS)
    assert len(subjects_of("by_name_only")) == 2


def test_package_is_searched_with_its_submodules_but_not_its_program(tmp_path):
    write(tmp_path, "pack/__init__.py", "")
    write(tmp_path, "pack/inner.py", LAYERS)
    write(tmp_path, "pack/__main__.py", "raise RuntimeError('a program was run')")
    assert [layer.name for layer in subjects_of("pack")] == ["first", "second"]
    (layer,) = subjects_of("pack.inner:second")
    assert layer.name == "second"


def test_file_can_import_its_neighbours(tmp_path):
    write(tmp_path, "sub/neighbour_of_mine.py", LAYERS)
    path = write(tmp_path, "sub/mine.py", "from neighbour_of_mine import LAYERS")
    assert len(subjects_of(path)) == 2


def test_file_that_is_not_there(tmp_path):
    assert refused("missing.py") == "there is no file 'missing.py'"


def test_module_that_is_not_there():
    assert refused("no_such_module") == "there is no module 'no_such_module' here"


def test_module_that_is_a_file_gets_a_hint(tmp_path):
    write(tmp_path, "sub/mine.py", LAYERS)
    assert refused("sub/mine") == "there is no module 'sub/mine' here; for a file, write sub/mine.py"


def test_name_that_is_no_name():
    assert refused("...") == "'...' is neither a module's name nor a .py file"


def test_module_without_layers(tmp_path):
    path = write(tmp_path, "mine.py", "x = 3")
    assert refused(path).startswith(
        f"{path!r} holds no gradcheck.Layer and no Claim; define one at module level"
    )


def test_unknown_layer_lists_those_that_exist(tmp_path):
    path = write(tmp_path, "mine.py", LAYERS)
    assert refused(f"{path}:third") == f"{path!r} has no layer or claim 'third'; it has first, second"


def test_syntax_error_is_told_with_its_line(tmp_path):
    path = write(tmp_path, "mine.py", "x = 1\n\ndef f(:\n    pass\n")
    assert refused(path) == f"{path!r} can't be imported: SyntaxError: invalid syntax (mine.py, line 3)"


def test_exception_is_told_with_the_line_that_raised_it(tmp_path):
    path = write(tmp_path, "mine.py", "x = 1\n\ny = x / 0\n")
    assert (
        refused(path) == f"{path!r} can't be imported: ZeroDivisionError: division by zero (mine.py, line 3)"
    )


def test_exception_in_an_imported_neighbour_is_told_with_its_own_line(tmp_path):
    write(tmp_path, "failing_neighbour.py", "\n\nraise KeyError('w')")
    path = write(tmp_path, "mine.py", "import failing_neighbour")
    assert refused(path).endswith("KeyError: 'w' (failing_neighbour.py, line 3)")


def test_missing_import_inside_the_file_is_not_a_missing_target(tmp_path):
    path = write(tmp_path, "mine.py", "import no_such_package\n")
    said = "can't be imported: ModuleNotFoundError: No module named 'no_such_package' (mine.py, line 1)"
    assert refused(path) == f"{path!r} {said}"
    write(tmp_path, "by_name.py", "import no_such_package\n")
    assert "No module named 'no_such_package' (by_name.py, line 1)" in refused("by_name")


def test_file_that_exits_is_told(tmp_path):
    path = write(tmp_path, "mine.py", "import sys\nsys.exit('bye')\n")
    assert refused(path) == f"{path!r} can't be imported: SystemExit: bye (mine.py, line 2)"


def test_malformed_layer_is_told_with_the_line_of_the_record(tmp_path):
    path = write(tmp_path, "mine.py", "from gradcheck import Layer\n\nL = Layer(abs, abs, dtype='half')\n")
    said = refused(path)
    assert "MalformedLayer: Layer 'abs': dtype must be one of 'complex128', 'complex64', 'float32'" in said
    assert said.endswith("(mine.py, line 3)")


def test_two_files_of_one_name_are_two_modules(tmp_path):
    one = write(tmp_path, "a/mine.py", LAYERS)
    other = write(tmp_path, "b/mine.py", LAYERS.replace('"first"', '"other"'))
    assert subjects_of(one)[0].name == "first"
    assert subjects_of(other)[0].name == "other"


def test_layers_that_share_a_name_are_told_apart_by_their_variables(tmp_path):
    file = tmp_path / "twins.py"
    file.write_text(
        "from gradcheck import Layer\n"
        "def f(x):\n    return 2 * x\n"
        "RIGHT = Layer.from_backward(f, lambda y, x: 2 * y, shapes={'x': 'n'})\n"
        "WRONG = Layer.from_backward(f, lambda y, x: 3 * y, shapes={'x': 'n'})\n"
        "ALONE = Layer.from_backward(lambda x: 2 * x, lambda y, x: 2 * y, shapes={'x': 'n'})\n"
    )
    assert [layer.name for layer in subjects_of(str(file))] == ["RIGHT", "WRONG", "ALONE"]
    assert [layer.name for layer in subjects_of(f"{file}:WRONG")] == ["WRONG"]
