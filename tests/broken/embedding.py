"""Wrong gradients of an embedding."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from gradcheck import Layer
from tests.broken.record import CONTRACT, FD, with_backward


def embedding(table, tokens):
    return table[tokens]


def _table_and_tokens(words, tokens, seed):
    table = np.random.default_rng(seed).standard_normal((words, 2))
    return (table, np.array(tokens) % words), {}


# Indices can't be said by `shapes`, which draws real numbers only.
_TABLES_AND_TOKENS = st.builds(
    _table_and_tokens, st.integers(1, 4), st.lists(st.integers(0, 3), min_size=1), st.integers(0, 2**32 - 1)
)


def embedding_backward(y_bar, table, tokens):
    table_bar = np.zeros_like(table)
    np.add.at(table_bar, tokens, y_bar)
    return table_bar, None


EMBEDDING = Layer.from_backward(
    embedding, embedding_backward, name="embedding", cases=_TABLES_AND_TOKENS, traits=("multilinear",)
)


@with_backward(EMBEDDING, FD, "duplicates lost")
def embedding_duplicates_lost(y_bar, table, tokens):
    table_bar = np.zeros_like(table)
    table_bar[tokens] += y_bar
    return table_bar, None


@with_backward(EMBEDDING, CONTRACT, "form")
def embedding_gradient_of_tokens(y_bar, table, tokens):
    return EMBEDDING.vjp(table, tokens)[1](y_bar)[0], np.zeros(tokens.shape)


RIGHT_EXTRAS = (EMBEDDING,)
