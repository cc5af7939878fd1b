"""Embedding: rows looked up, and cotangents brought back to them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from derivations.embedding import embedding, embedding_vjp

TABLE = np.arange(8.0).reshape(4, 2)


def test_rows_are_copied_in_the_shape_of_the_indices():
    np.testing.assert_array_equal(embedding(TABLE, np.array([[3, 0]])), [[[6, 7], [0, 1]]])
    assert embedding(TABLE, np.array(2)).shape == (2,)


def test_repeated_indices_add_up_and_rows_not_looked_up_get_zero():
    _, pullback = embedding_vjp(TABLE, np.array([1, 3, 1]))
    table_bar, indices_bar = pullback(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    np.testing.assert_array_equal(table_bar, [[0, 0], [6, 8], [0, 0], [3, 4]])
    assert indices_bar is None


@given(st.lists(st.integers(0, 3), max_size=9))
def test_a_cotangent_of_ones_counts_the_indices(indices):
    _, pullback = embedding_vjp(TABLE, np.array(indices, dtype=int))
    table_bar, _ = pullback(np.ones((len(indices), 2)))
    np.testing.assert_array_equal(table_bar[:, 0], np.bincount(indices, minlength=4))


def test_all_rows_in_their_order_are_the_table_itself():
    y, pullback = embedding_vjp(TABLE, np.arange(4))
    np.testing.assert_array_equal(y, TABLE)
    np.testing.assert_array_equal(pullback(TABLE)[0], TABLE)
    assert not np.shares_memory(y, TABLE)
