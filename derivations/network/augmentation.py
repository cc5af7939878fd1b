"""Small shifts: images of a batch move by up to so many pixels, and zeros come in from outside."""

import numpy as np

from derivations.types import Array

MOVED = 0.3
"""The share of images that move; the others stay where they are, as those to be recognised do."""


def shifted(images: Array, most: int, rng: np.random.Generator) -> Array:
    """Return the images (n, c, rows, cols), some of them moved by at most `most` pixels along both axes."""
    samples, _, rows, cols = images.shape
    moves = rng.random(samples) < MOVED
    down, right = (rng.integers(-most, most + 1, (2, samples)) * moves + most)[..., None, None]
    bordered = np.pad(images, ((0, 0), (0, 0), (most, most), (most, most)))
    n, row, col = np.ogrid[:samples, :rows, :cols]
    moved = np.moveaxis(bordered, 1, 3)[n, row + down, col + right]
    return np.ascontiguousarray(np.moveaxis(moved, 3, 1))
