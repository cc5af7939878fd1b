"""The real images: what `digits` returns, what it refuses, and the network on them."""

import sys

import numpy as np
import pytest

import gradcheck
from derivations import CNN, CNN_ON_DIGITS, DigitsUnavailable, digits
from derivations.digits import AVAILABLE, digit_cases


def parameters(seed=0):
    rng = np.random.default_rng(seed)
    shapes = ((2, 1, 3, 3), (2,), (2 * 4 * 4, 10), (10,))
    return tuple(rng.uniform(-0.5, 0.5, shape) for shape in shapes)


def test_all_images_come_when_no_count_is_given():
    images, targets = digits()
    assert images.shape == (AVAILABLE, 1, 8, 8)
    assert targets.shape == (AVAILABLE, 10)


def test_pixels_lie_between_zero_and_one_and_reach_both():
    images, _ = digits()
    assert images.min() == 0
    assert images.max() == 1


def test_targets_are_one_hot_and_every_class_occurs():
    _, targets = digits()
    assert set(np.unique(targets)) == {0.0, 1.0}
    np.testing.assert_array_equal(targets.sum(axis=1), np.ones(AVAILABLE))
    assert targets.sum(axis=0).min() > 150


@pytest.mark.parametrize("count", [1, 7, AVAILABLE])
def test_a_count_takes_the_first_images(count):
    images, targets = digits(count)
    everything = digits()
    np.testing.assert_array_equal(images, everything[0][:count])
    np.testing.assert_array_equal(targets, everything[1][:count])


def test_each_call_returns_arrays_of_its_own():
    images, _ = digits(2)
    images[...] = 5
    assert digits(2)[0].max() <= 1


@pytest.mark.parametrize("count", [0, -1, AVAILABLE + 1])
def test_a_count_that_is_not_there_is_refused_by_name(count):
    with pytest.raises(ValueError, match=f"count must be from 1 to 1797, got {count}"):
        digits(count)


@pytest.mark.parametrize("call", [digits, digit_cases])
def test_without_scikit_learn_the_sentence_says_how_to_get_it(monkeypatch, call):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DigitsUnavailable, match=r'pip install "gradcheck\[data\]"') as caught:
        call()
    assert isinstance(caught.value, ImportError)
    assert isinstance(caught.value.__cause__, ImportError)


def test_without_scikit_learn_the_layer_is_unverified_and_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    report = gradcheck.check(CNN_ON_DIGITS, max_examples=2)
    assert report.verdict is gradcheck.Verdict.UNVERIFIED
    assert "scikit-learn" in str(report)


@pytest.mark.parametrize("seed", range(3))
def test_the_network_is_correct_on_real_images_between_their_grey_levels(seed):
    images, targets = digits(4)
    dithered = (16 * images + np.random.default_rng(seed).uniform(0, 1, images.shape)) / 17
    report = gradcheck.check(CNN, dithered, *parameters(seed), targets, seed=seed)
    assert report.verdict is gradcheck.Verdict.CORRECT, report


def test_untouched_images_are_never_wrong():
    """A constant background ties in every window: a kink, which is no error."""
    images, targets = digits(2)
    report = gradcheck.check(CNN, images, *parameters(), targets)
    assert report.verdict is not gradcheck.Verdict.WRONG, report
