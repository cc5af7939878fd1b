"""Every wrong gradient is found by the check that is meant for it, and no right one is ever accused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from derivations import LAYERS
from gradcheck import Layer
from gradcheck.checks import CHECKS
from gradcheck.judging.findings import Result
from gradcheck.running.verify import run
from gradcheck.types import Verdict
from tests.broken import BROKEN, RIGHT_EXTRAS, Broken
from tests.gradcheck.example_layers import BESIDE_THEIR_TESTS
from tests.nightly import by_night
from tests.variants import LARGE, SMALL, as_float32, scaled

SEEDS = by_night(range(10), by_day=range(2))
EXAMPLES = 100
FEW = 10
"""Examples of a right layer here, where the whole battery runs; other tests run more."""

VARIANTS = {
    "float32": as_float32,
    "1e-8": lambda layer: scaled(layer, SMALL),
    "1e8": lambda layer: scaled(layer, LARGE),
}

_ROUNDED = "float32 rounds far more coarsely than the error"
_SINGLE = "in float32 this is what the layer should do"
_COPIED = "scaling copies the array, so that nothing is shared or changed"
NOT_BROKEN = {
    ("affine_one_entry_off_by_1e_12", "float32"): _ROUNDED,
    ("relu_one_entry_off_by_1e_12", "float32"): _ROUNDED,
    ("sigmoid_one_entry_off_by_1e_12", "float32"): _ROUNDED,
    ("product_by_a_guarded_division", "float32"): _ROUNDED,
    ("tanh_off_by_1e_12", "float32"): _ROUNDED,
    ("rational_with_a_rounded_two", "float32"): _ROUNDED,
    ("coarse_with_a_small_factor_in_one_input", "float32"): _ROUNDED,
    ("linear_by_float32_on_the_way", "float32"): _SINGLE,
    ("conv2d_into_a_float32_buffer", "float32"): _SINGLE,
    ("sigmoid_returns_float32", "float32"): _SINGLE,
    ("relu_masks_its_cotangent_in_place", "1e-8"): _COPIED,
    ("relu_masks_its_cotangent_in_place", "1e8"): _COPIED,
    ("flatten_returns_a_view_of_its_cotangent", "1e-8"): _COPIED,
    ("flatten_returns_a_view_of_its_cotangent", "1e8"): _COPIED,
    ("flatten_returns_a_view_of_its_input", "1e-8"): _COPIED,
    ("flatten_returns_a_view_of_its_input", "1e8"): _COPIED,
    ("elman_network_adds_into_its_cotangent", "1e-8"): _COPIED,
    ("elman_network_adds_into_its_cotangent", "1e8"): _COPIED,
    ("tanh_clips_its_cotangent", "1e-8"): "cotangents of 1e-8 are far from the clip",
    ("tanh_flushes_small_cotangents", "1e8"): "cotangents of 1e8 are far from being flushed",
}
_OBJECT = "an object's own output can't be scaled, so it is left out"
_DRAWN = "the inputs are float32 already, so nothing is compared with float64"
NOT_BROKEN |= {
    (entry.layer.name, variant): _OBJECT
    for entry in BROKEN
    for variant in ("1e-8", "1e8")
    if entry.layer.module is not None and entry.caught_by in ("cache", "accumulation", "state")
}
NOT_BROKEN |= {(entry.layer.name, "float32"): _DRAWN for entry in BROKEN if entry.caught_by == "dtype"}
"""Why a transformed layer has no bug that a check could find any more."""


def _variants(layers: Iterable[Layer]) -> list[tuple[int, str]]:
    """Return which layer is tried in which variant: by night each in all, by day in the next one in turn."""
    pairs = []
    for number, layer in enumerate(layers):
        fitting = [variant for variant in VARIANTS if (layer.name, variant) not in NOT_BROKEN]
        turn = number % max(len(fitting), 1)
        pairs += [(number, variant) for variant in by_night(fitting, by_day=fitting[turn : turn + 1])]
    return pairs


def _transformed(layers: Sequence[Layer]) -> list:
    return [
        pytest.param(VARIANTS[variant](layers[number]), id=f"{layers[number].name}-{variant}")
        for number, variant in _variants(layers)
    ]


def _transformed_broken() -> list:
    parameters = _transformed([entry.layer for entry in BROKEN])
    numbers = [number for number, _ in _variants(entry.layer for entry in BROKEN)]
    return [
        pytest.param(replace(BROKEN[number], layer=parameter.values[0]), id=parameter.id)
        for number, parameter in zip(numbers, parameters, strict=True)
    ]


def _result(entry: Broken, seed: int) -> Result:
    checks = [check for check in CHECKS if check.name == entry.caught_by]
    (result,) = run(entry.layer, seed=seed, max_examples=EXAMPLES, checks=checks, explain=False).results
    return result


def _missed(entry: Broken, seeds: Iterable[int]) -> dict[int, str]:
    """Return the verdict and its reason at each seed at which an entry is not found."""
    results = {seed: _result(entry, seed) for seed in seeds}
    return {s: f"{r.verdict}: {r.reason}" for s, r in results.items() if not r.verdict.is_failure}


@pytest.mark.parametrize("entry", [pytest.param(entry, id=entry.layer.name) for entry in BROKEN])
def test_a_wrong_gradient_is_found_at_every_seed(entry):
    assert _missed(entry, SEEDS) == {}


@pytest.mark.parametrize("entry", _transformed_broken())
def test_a_transformed_wrong_gradient_is_found(entry):
    assert _missed(entry, [0]) == {}


@pytest.mark.parametrize("layer", _transformed([*LAYERS, *RIGHT_EXTRAS]))
def test_a_transformed_right_gradient_is_correct(layer):
    report = run(layer, seed=0, max_examples=FEW, explain=False)
    assert report.verdict is Verdict.CORRECT, report.findings


def test_exceptions_name_entries_and_variants():
    assert {name for name, _ in NOT_BROKEN} <= {entry.layer.name for entry in BROKEN}
    assert {variant for _, variant in NOT_BROKEN} <= set(VARIANTS)


def test_names_are_unique():
    names = [layer.name for layer in (*LAYERS, *RIGHT_EXTRAS, *(entry.layer for entry in BROKEN))]
    assert [name for name, count in Counter(names).items() if count > 1] == []


ALONE = {
    "finite-difference": "object_squaredlosswithoutitstwo",
    "exact": "affine_one_entry_off_by_1e_12",
    "complex-step": "tanh_off_by_1e_12",
    "oracle": "mean_squared_error_is_a_sum",
    "jvp": "jvp_of_one_factor",
    "second-order": "coarse_with_a_small_factor_in_one_input",
    "linearity": "tanh_clips_its_cotangent",
    "contract": "mean_squared_error_primal_not_averaged",
    "purity": "square_reuses_one_buffer",
    "determinism": "sum_in_random_order",
    "layout": "square_reads_a_buffer",
    "dtype": "leaky_by_a_float64_mask",
    "extremes": "softplus_by_an_exponential_that_overflows",
    "batch": "softmax_across_samples",
    "cache": "relu_keeps_one_cache_for_all",
    "accumulation": "object_adds_unasked",
    "state": "object_stepping",
    "empty": "linear_bias_starts_from_the_first_row",
    "kink": "larger_to_both_where_both_are_zero",
}
"""For each check a wrong gradient that it alone finds, which is why the check exists."""


@pytest.mark.parametrize("check", [check.name for check in CHECKS if check.name not in BESIDE_THEIR_TESTS])
def test_every_check_finds_something_that_no_other_does(check):
    (entry,) = (entry for entry in BROKEN if entry.layer.name == ALONE[check])
    results = run(entry.layer, seed=1, max_examples=EXAMPLES // 4, explain=False).results
    assert [r.check for r in results if r.verdict.is_failure] == [check]


def test_every_check_has_wrong_gradients_of_its_own():
    meant = Counter(entry.caught_by for entry in BROKEN)
    assert set(meant) == {check.name for check in CHECKS} - {*BESIDE_THEIR_TESTS}
    assert min(meant.values()) >= 2
