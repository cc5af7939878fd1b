"""Wrong gradients of an embedding."""

from __future__ import annotations

import numpy as np

from derivations.embedding import EMBEDDING, embedding_vjp
from tests.broken.record import CONTRACT, EXACT, FD, ORACLE, with_backward


@with_backward(EMBEDDING, FD, "duplicates lost")
def embedding_duplicates_lost(y_bar, table, indices):
    table_bar = np.zeros_like(table)
    table_bar[indices] += y_bar
    return table_bar, None


@with_backward(EMBEDDING, EXACT, "duplicates lost")
def embedding_first_of_a_duplicate_kept(y_bar, table, indices):
    table_bar = np.zeros_like(table)
    table_bar[indices.ravel()[::-1]] = y_bar.reshape(indices.size, -1)[::-1]
    return table_bar, None


@with_backward(EMBEDDING, FD, "extra sum or mean")
def embedding_averages_duplicates(y_bar, table, indices):
    table_bar, _ = embedding_vjp(table, indices)[1](y_bar)
    counts = np.bincount(indices.ravel(), minlength=len(table))
    return (table_bar / np.maximum(counts, 1)[:, None]).astype(table.dtype), None


@with_backward(EMBEDDING, ORACLE, "one entry off")
def embedding_rows_counted_from_one(y_bar, table, indices):
    return embedding_vjp(table, (indices + 1) % len(table))[1](y_bar)


@with_backward(EMBEDDING, CONTRACT, "form")
def embedding_gradient_of_tokens(y_bar, table, indices):
    return embedding_vjp(table, indices)[1](y_bar)[0], np.zeros(indices.shape)


@with_backward(EMBEDDING, CONTRACT, "form")
def embedding_cotangent_of_the_rows_that_were_read(y_bar, table, indices):
    return y_bar.copy(), None
