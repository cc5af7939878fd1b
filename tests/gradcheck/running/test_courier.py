"""Notes of tests, and what workers found, arrive as they were sent, whatever a user put into them."""

import base64
import io
import pickle
import threading
from collections import namedtuple
from dataclasses import replace

import numpy as np
import pytest

from gradcheck import Claim, check, decide
from gradcheck.pytest_plugin.current import Note
from gradcheck.running import pack, unpack
from tests.gradcheck.example_layers import MISSING_SUM, SQUARE

SWAP = Claim(
    "S",
    "A B = B A",
    np.matmul,
    lambda a, b: b @ a,
    {"a": "n n", "b": "n n"},
    correction=Claim("R", "A = A", lambda a: a, lambda a: a, {"a": "n n"}),
)


def sent(found):
    (note,) = unpack(pack([Note("here", found, None, 3)]))
    assert (note.place, note.line, note.rank) == ("here", None, 3)
    return note.found


@pytest.mark.parametrize("layer", [SQUARE, MISSING_SUM])
def test_report_arrives_whole(layer):
    report = check(layer, max_examples=3)
    arrived = sent(report)
    assert arrived == report
    for ours, theirs in zip(report.results, arrived.results, strict=True):
        if ours.example is not None:
            assert all(
                np.array_equal(a, b)
                for a, b in zip(ours.example.primals, theirs.example.primals, strict=True)
            )


def test_ruling_arrives_with_all_but_its_functions():
    ruling = decide(SWAP)
    arrived = sent(ruling)
    assert str(arrived) == str(ruling)
    assert arrived.as_dict() == ruling.as_dict()
    assert not callable(arrived.claim.lhs)


class Mode:
    def __repr__(self):
        return "Mode.SAME"


Size = namedtuple("Size", "rows columns")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Mode(), "Mode.SAME"),
        (object, "<class 'object'>"),
        (lambda x: x, "a function"),
        (threading.Lock(), "a lock"),
        (Size(1, Mode()), "(1, Mode.SAME)"),
        (np.float32(2), repr(np.float32(2))),
        ({"stride": (1, 2)}, "{'stride': (1, 2)}"),
    ],
    ids=["object", "class", "function", "lock", "named tuple", "scalar", "dict"],
)
def test_option_of_any_kind_arrives_as_it_reads(value, said):
    report = check(MISSING_SUM, np.ones((2, 1)), np.ones((1, 1)), np.ones(1))
    first, *others = report.results
    example = replace(first.example, options={"mode": value})
    report = replace(report, results=(replace(first, example=example), *others))
    arrived = sent(report)
    assert repr(arrived.results[0].example.options["mode"]) == said


def test_what_arrives_needs_no_module_of_the_user():
    text = pack([Note("here", check(SQUARE, max_examples=1), None), Note("there", decide(SWAP), None)])
    names = {module for module, _ in _globals(base64.b64decode(text))}
    assert {name.partition(".")[0] for name in names} <= {"gradcheck", "numpy", "builtins", "_codecs"}


def _globals(data):
    """Return the modules and names that unpickling imports."""
    found = []

    class Recording(pickle.Unpickler):
        def find_class(self, module, name):
            found.append((module, name))
            return super().find_class(module, name)

    Recording(io.BytesIO(data)).load()
    return found
