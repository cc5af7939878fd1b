"""What the benchmark calls right is the derivative, and what it calls wrong is not; measured on its own."""

import warnings
from collections import Counter

import numpy as np
import pytest

from benchmarks.calibration.strangers import FAMILIES, POINT, RIGHT, SHAPES, STRANGERS
from benchmarks.calibration.strangers.stranger import CORRECT
from gradcheck.layers import evaluate_shape, letters
from tests.benchmarks.calibration.slopes import arrays, at, directions, flat, paths, replaced, slope

SINGLE = (np.float32, np.complex64)
WRONG_BY = 1e-3
"""A wrong twin is off by this much of its largest slope at least; most are off by a tenth and more."""


def _ids(stranger):
    return stranger.name


def _loosest(stranger):
    return stranger.declared.get("accuracy", 0.0)


def _moved(stranger, primals):
    """Yield each leaf that has a derivative, with the structure in which it is moved."""
    named = stranger.layer(RIGHT, POINT)[0].input_names(len(primals))
    tangent = stranger.declared.get("tangent", {})
    for path in paths(primals):
        name, leaf = named[path[0]], at(primals, path)
        if name not in stranger.declared.get("constants", ()) and leaf.dtype.kind in "fc":
            yield path, tangent.get(name)


def _excess(stranger, variant, primals, options, seed):
    """Return by how much derived slopes differ from measured ones, relative to the largest; and its error."""
    layer = stranger.layer(variant, POINT)[0]
    forward = stranger.reference or layer.forward
    rng = np.random.default_rng(seed)
    y, pullback = layer.vjp(*primals, **options)
    bar = _like(y, rng)
    bars = pullback(bar)
    bars = bars if isinstance(bars, tuple | list) and len(primals) > 1 else (bars,)
    bars = arrays(tuple(bars[0] if isinstance(bars[0], tuple) and len(primals) == 1 else bars))
    if len(bars) < len(primals):  # the cotangents of integers may be left out
        given = iter(bars)
        bars = tuple(None if flat(p).dtype.kind in "ib" else next(given) for p in primals)
    weights = flat(bar)
    wide = _widened(primals) if _keeps_wide(forward, primals, options) else _doubled(primals)
    differences, measured, doubts = [], [], []
    for path, structure in _moved(stranger, primals):
        leaf = at(wide, path)
        cotangent = np.asarray(at(bars, path))
        for d in directions(leaf, structure):

            def loss(x, path=path):
                out = flat(forward(*replaced(wide, path, x), **options))
                return np.sum(np.real(np.conj(weights) * out))

            assert cotangent.shape == leaf.shape
            found, doubt = slope(loss, leaf, d)
            differences.append(np.real(np.sum(np.conj(cotangent.ravel()) * d.ravel())) - found)
            measured.append(found)
            doubts.append(doubt)
    size = max(np.max(np.abs(measured), initial=0.0), 1e-3 * np.max(np.abs(differences), initial=0.0), 1e-9)
    return np.max(np.abs(differences), initial=0.0) / size, np.max(doubts, initial=0.0) / size


def _like(y, rng):
    if isinstance(y, tuple | list):
        return tuple(_like(part, rng) for part in y)
    y = np.asarray(y)
    drawn = rng.standard_normal(y.shape) + (1j * rng.standard_normal(y.shape) if y.dtype.kind == "c" else 0)
    return np.asarray(drawn, y.dtype if y.dtype.kind in "fc" else float)


def _each(primals, change):
    for path in list(paths(primals)):
        leaf = at(primals, path)
        if leaf.dtype.kind in "fc":
            primals = replaced(primals, path, change(leaf))
    return primals


def _doubled(primals):
    return _each(primals, lambda a: a.astype(complex if a.dtype.kind == "c" else float))


def _widened(primals):
    return _each(primals, lambda a: a.astype(np.clongdouble if a.dtype.kind == "c" else np.longdouble))


def _keeps_wide(forward, primals, options):
    try:
        return flat(forward(*_widened(primals), **options)).dtype in (np.longdouble, np.clongdouble)
    except Exception:
        return False


def _point(stranger):
    return arrays(tuple(tuple(p) if isinstance(p, list) and not _numbers(p) else p for p in stranger.at))


def _numbers(p):
    return all(isinstance(v, float | int) for v in p)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("stranger", STRANGERS, ids=_ids)
def test_a_right_layer_has_the_measured_slopes_at_its_point(stranger):
    for seed in range(2):
        excess, doubt = _excess(stranger, RIGHT, _point(stranger), stranger.options, seed)
        assert excess <= max(stranger.within, _loosest(stranger)) + 10 * min(doubt, 1e-6)


@pytest.mark.parametrize(
    ("stranger", "twin"), [(s, w) for s in STRANGERS for w in s.wrong], ids=lambda v: getattr(v, "name", v)
)
def test_a_wrong_twin_has_other_slopes_at_its_point(stranger, twin):
    excess, doubt = _excess(stranger, twin, _point(stranger), stranger.options, 0)
    assert not excess <= WRONG_BY + 10 * _loosest(stranger) + 10 * doubt  # NaN is wrong, too


def _drawn(stranger, seed):
    rng = np.random.default_rng(seed)
    if "draw" in stranger.over:
        return stranger.over["draw"](rng)
    layer = stranger.layer(RIGHT, SHAPES)[0]
    names = [n for n in letters(layer.leaf_shapes.values()) if n not in layer.options]
    for _ in range(100):
        options = {name: values[int(rng.integers(len(values)))] for name, values in layer.options.items()}
        known = {**{n: int(rng.integers(2, 4)) for n in names}, **options}
        if layer.accepts(known):
            break
    return _filled(layer, layer.shapes, known, rng), options


def _filled(layer, shapes, known, rng, name=""):
    if isinstance(shapes, dict):
        made = {key: _filled(layer, shape, known, rng, name or key) for key, shape in shapes.items()}
        return made if name else tuple(made.values())
    shape = evaluate_shape(shapes, known, (2, 3))
    low, high = layer.domain.get(name, (None, None))
    high = known.get(high, 1) if isinstance(high, str) else high
    dtype = layer.dtype_of(name)
    if dtype.startswith("int"):
        return rng.integers(low, high + 1, shape)
    drawn = rng.standard_normal(shape) if low is None else rng.uniform(low, high, shape)
    return np.asarray(
        drawn + 1j * rng.standard_normal(shape) if dtype.startswith("complex") else drawn, dtype
    )


@pytest.mark.parametrize("stranger", [s for s in STRANGERS if s.over is not None], ids=_ids)
def test_a_right_layer_has_the_measured_slopes_over_shapes(stranger):
    primals, options = _drawn(stranger, 5)
    excess, doubt = _excess(stranger, RIGHT, arrays(tuple(primals)), options, 0)
    assert excess <= max(stranger.within, _loosest(stranger)) + 10 * min(doubt, 1e-5)


@pytest.mark.parametrize(
    "stranger", [s for s in STRANGERS if s.over is not None and s.expected == CORRECT], ids=_ids
)
def test_a_layer_widens_single_precision_only_if_that_is_said(stranger):
    primals, options = _drawn(stranger, 5)
    single = _each(arrays(tuple(primals)), lambda a: a.astype(np.complex64 if a.dtype.kind == "c" else "f"))
    y, pullback = stranger.layer(RIGHT, SHAPES)[0].vjp(*single, **options)
    if all(np.asarray(part).dtype in SINGLE for part in (y if isinstance(y, tuple) else (y,))):
        bars = pullback(_like(y, np.random.default_rng(0)))
        assert (not _single(bars)) == stranger.widens


def _single(tree):
    if isinstance(tree, dict | tuple | list):
        return all(_single(branch) for branch in (tree.values() if isinstance(tree, dict) else tree))
    return tree is None or np.asarray(tree).dtype in SINGLE


def test_there_are_as_many_strangers_as_promised():
    right = [s for s in STRANGERS if not s.undeclared]
    assert len(right) >= 150
    assert sum(len(s.wrong) for s in right) >= 100
    assert all(FAMILIES.values())


def test_names_are_unique():
    assert [name for name, count in Counter(s.name for s in STRANGERS).items() if count > 1] == []
