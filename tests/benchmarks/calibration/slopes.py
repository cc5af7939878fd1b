"""Slopes by Ridders' extrapolation, in extended precision where a forward keeps it; none of gradcheck's."""

from __future__ import annotations

import numpy as np

LADDER = 12
"""Steps that are tried, each 1.6 times smaller than the last; more are dominated by rounding."""
SHRINK = 1.6
FIRST = 0.02
"""The first step, relative to the entry's size or one; smaller where forward has no finite value there."""


def flat(tree):
    """Return all numbers of nested arrays as one complex or real vector; None counts as nothing."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if tree is None:
        return np.zeros(0)
    if isinstance(tree, tuple | list):
        return np.concatenate([np.zeros(0), *(flat(branch) for branch in tree)])
    return np.asarray(tree).ravel()


def arrays(tree):
    """Return the tree with every leaf an array."""
    if isinstance(tree, dict):
        return {key: arrays(branch) for key, branch in tree.items()}
    if isinstance(tree, tuple):
        return tuple(arrays(branch) for branch in tree)
    return np.array(tree)


def paths(tree, before=()):
    """Yield the way to each leaf."""
    if isinstance(tree, dict | tuple):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from paths(tree[key], (*before, key))
    else:
        yield before


def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


def replaced(tree, path, leaf):
    if not path:
        return leaf
    branch = replaced(tree[path[0]], path[1:], leaf)
    if isinstance(tree, dict):
        return {**tree, path[0]: branch}
    return (*tree[: path[0]], branch, *tree[path[0] + 1 :])


def directions(leaf, structure):
    """Yield a basis of what a leaf may be moved along."""
    if structure is None:
        for i in np.ndindex(leaf.shape):
            for unit in (1.0, 1.0j) if np.iscomplexobj(leaf) else (1.0,):
                yield _unit(leaf, {i: unit})
    elif structure == "simplex":
        for i in range(1, leaf.size):
            yield _unit(leaf, {(i,): 1.0, (0,): -1.0})
    else:
        sign = 1.0 if structure == "symmetric" else -1.0
        for i, j in np.ndindex(leaf.shape):
            if i < j or (i == j and sign > 0):
                yield _unit(leaf, {(i, j): 1.0}) + (sign * _unit(leaf, {(j, i): 1.0}) if i != j else 0)


def _unit(leaf, entries):
    d = np.zeros(leaf.shape, np.result_type(leaf.dtype, np.float64))
    for i, value in entries.items():
        d[i] = value
    return d


def slope(f, x, d):
    """Return the slope of a scalar function along a direction, and about how far it may be off."""
    size = FIRST * max(1e-3, min(1.0, float(np.max(np.abs(x * (d != 0)), initial=0.0)) or 1.0))
    for _ in range(30):
        if all(np.isfinite(_value(f, x + side * size * d)) for side in (-1, 1)):
            break
        size /= 4
    table, best, error = [], np.nan, np.inf
    for k in range(LADDER):
        h = x.dtype.type(size / SHRINK**k) if x.dtype.kind == "f" else size / SHRINK**k
        row = [(_value(f, x + h * d) - _value(f, x - h * d)) / (2 * h)]
        for j in range(k):
            factor = SHRINK ** (2 * (j + 1))
            row.append((factor * row[j] - table[-1][j]) / (factor - 1))
            off = max(abs(row[-1] - row[-2]), abs(row[-1] - table[-1][j]))
            if off < error:
                best, error = row[-1], off
        table.append(row)
    return float(best), float(error)


def _value(f, x):
    try:
        with np.errstate(all="ignore"):
            return f(x)
    except (ValueError, np.linalg.LinAlgError):
        return np.nan
