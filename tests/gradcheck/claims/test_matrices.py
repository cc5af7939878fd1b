"""Small matrices as text."""

import numpy as np

from gradcheck.claims.matrices import rows, side_by_side


def test_columns_are_aligned():
    assert rows(np.array([[1, -20], [300, 4]])) == ["[[  1 -20]", " [300   4]]"]


def test_number_is_one_row():
    assert rows(np.array(0.5)) == ["0.5"]


def test_large_array_is_named_by_its_shape():
    assert rows(np.zeros((20, 20))) == ["an array of shape (20, 20)"]


def test_blocks_of_different_height_stand_next_to_each_other():
    lines = side_by_side([("a =", np.array([[1], [2]])), ("b =", np.array([3]))])
    assert lines == ["      a = [[1]     b = [3]", "           [2]]"]
