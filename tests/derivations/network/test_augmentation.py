"""Shifts: zeros come in, nothing is lost inside, and the generator decides."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from derivations.network.augmentation import MOVED, shifted


@given(st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_every_image_is_itself_moved_by_at_most_so_many_pixels(most, seed):
    images = np.random.default_rng(0).uniform(1, 2, (6, 2, 5, 4)).astype("f")
    bordered = np.pad(images, ((0, 0), (0, 0), (most, most), (most, most)))
    result = shifted(images, most, np.random.default_rng(seed))
    assert (result.shape, result.dtype) == (images.shape, images.dtype)
    for image, around in zip(result, bordered, strict=True):
        places = np.ndindex(2 * most + 1, 2 * most + 1)
        assert any(np.array_equal(image, around[:, k : k + 5, l : l + 4]) for k, l in places)  # noqa: E741


def test_about_the_stated_share_moves_and_no_shift_moves_nothing():
    images = np.random.default_rng(0).uniform(1, 2, (2000, 1, 3, 3))
    moved = (shifted(images, 1, np.random.default_rng(1)) != images).any(axis=(1, 2, 3))
    assert abs(moved.mean() - MOVED * 8 / 9) < 0.05
    np.testing.assert_array_equal(shifted(images, 0, np.random.default_rng(1)), images)
