"""The lines that bring a layer in: from a name, a collection, a file; or what to put there."""

import sys
from types import ModuleType

import pytest

from gradcheck import Layer
from gradcheck.layers.holder import import_lines
from tests.gradcheck.example_layers import SQUARE, square_vjp


def made(name="halves"):
    return Layer(lambda x: x / 2, square_vjp, name=name)


@pytest.fixture
def module(monkeypatch):
    held = ModuleType("kept_here")
    monkeypatch.setitem(sys.modules, "kept_here", held)
    return held


def test_layer_of_a_module_is_imported_by_its_name():
    assert import_lines(SQUARE) == "from tests.gradcheck.example_layers import SQUARE as layer"


@pytest.mark.parametrize(
    ("collect", "key"),
    [(lambda a: (made(), a), "[1]"), (lambda a: [a], "[0]"), (lambda a: {"half": a}, "['half']")],
)
def test_layer_of_a_collection_is_imported_with_it(module, collect, key):
    layer = made()
    module.LAYERS = collect(layer)
    assert import_lines(layer) == f"from kept_here import LAYERS\nlayer = LAYERS{key}"


def test_file_that_was_loaded_by_its_path_is_imported_by_its_name(monkeypatch, tmp_path):
    layer, loaded = made(), ModuleType("halving_0a1b2c3d")
    loaded.__file__, loaded.HALVES = str(tmp_path / "halving.py"), layer
    monkeypatch.setitem(sys.modules, "halving_0a1b2c3d", loaded)
    monkeypatch.chdir(tmp_path)
    assert import_lines(layer) == "from halving import HALVES as layer"
    monkeypatch.chdir(tmp_path.parent)
    assert import_lines(layer) == f"from halving import HALVES as layer  # {tmp_path.name}/halving.py"


def test_program_that_runs_is_no_module_to_import(monkeypatch):
    layer, program = made(), ModuleType("__main__")
    program.HALVES = layer
    monkeypatch.setitem(sys.modules, "__mp_main__", program)  # as multiprocessing calls it too
    assert import_lines(layer).startswith("layer = ...")


@pytest.mark.parametrize("name", ["_private", None])
def test_layer_that_nobody_can_import_is_to_be_put_there(module, name):
    layer = made()
    if name:
        setattr(module, name, layer)
    assert import_lines(layer) == "layer = ...  # put the Layer 'halves' here"
