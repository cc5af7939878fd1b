"""Counterexamples as tables: every entry in its place, and a mark exactly where the sides differ."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("markupsafe", reason="the report needs gradcheck[html]")

from gradcheck.html.matrices import counterexample


@given(st.lists(st.integers(1, 3), max_size=4).map(tuple), st.integers(0, 99))
def test_marks_stand_exactly_where_the_sides_differ(shape, seed):
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-1, 2, shape), rng.integers(-1, 2, shape)
    sides = counterexample({"inputs": {}, "left": left.tolist(), "right": right.tolist()})["sides"]
    for side, values in zip(sides, (left, right), strict=True):
        entries = [entry for block in side.blocks for row in block.rows for entry in row]
        assert [int(text.replace("−", "-")) for text, _ in entries] == values.ravel().tolist()
        assert [marked for _, marked in entries] == (left != right).ravel().tolist()


def test_sides_of_different_shapes_have_no_marks():
    sides = counterexample({"inputs": {}, "left": [[1, 2]], "right": [3]})["sides"]
    assert not any(
        marked for side in sides for block in side.blocks for row in block.rows for _, marked in row
    )
    assert [side.shape for side in sides] == [(1, 2), (1,)]


def test_more_than_two_axes_are_several_matrices_with_their_places():
    (a,) = counterexample({"inputs": {"A": np.zeros((2, 1, 3)).tolist()}, "left": 0, "right": 1})["inputs"]
    assert [block.place for block in a.blocks] == ["[0]", "[1]"]
    assert [len(block.rows) for block in a.blocks] == [1, 1]
