"""Images with labels: the bundled digits, an .npz file, or a pair of IDX files; every fifth is held out."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from derivations.digits import digits
from derivations.network.idx import read_idx
from derivations.types import Array

HELD_OUT = 5
"""One image of this many is for testing: those at positions 4, 9, 14, …"""
MOST_CLASSES = 1000
MOST_CHANNELS = 4
"""An image whose last axis is this short has its channels there."""
NPZ_MAGIC = b"PK"


@dataclass(frozen=True)
class Dataset:
    """Images (n, channels, rows, cols) in single precision, at most 1 in magnitude, and labels (n,)."""

    name: str
    images: Array
    labels: Array

    @property
    def classes(self) -> int:
        """One more than the largest label."""
        return int(self.labels.max()) + 1

    def split(self) -> tuple["Dataset", "Dataset"]:
        """Return what to train on, and what is held out: every fifth image."""
        held_out = np.arange(len(self.labels)) % HELD_OUT == HELD_OUT - 1
        kept, tested = (
            Dataset(self.name, self.images[some], self.labels[some]) for some in (~held_out, held_out)
        )
        return kept, tested

    def targets(self, classes: int) -> Array:
        """Return the labels one-hot, (n, classes)."""
        return np.eye(classes, dtype=np.float32)[self.labels]


def bundled() -> Dataset:
    """Return scikit-learn's 1797 handwritten digits, 8 × 8.

    Raises
    ------
    DigitsUnavailable
        If scikit-learn is not installed.
    """
    images, targets = digits()
    return dataset("digits", images, targets.argmax(axis=1))


def read(paths: Sequence[Path]) -> Dataset:
    """Return the images and labels in one .npz file, or in two IDX files.

    Raises
    ------
    ValueError
        If a file is not what it should be, or images and labels do not go together.
    OSError
        If a file can't be read.
    """
    if len(paths) == 1:
        arrays = read_npz(paths[0])
        missing = [name for name in ("images", "labels") if name not in arrays]
        if missing:
            held = ", ".join(sorted(arrays)) or "nothing"
            message = f"{str(paths[0])!r} must hold images and labels, and holds {held}."
            raise ValueError(message)
        return dataset(paths[0].name, arrays["images"], arrays["labels"])
    images, labels = (read_idx(path) for path in paths)
    return dataset(paths[0].name, images, labels)


def read_npz(path: Path) -> Mapping[str, Array]:
    """Return all arrays of an .npz file.

    Raises
    ------
    ValueError
        If the file is not .npz, is cut short or damaged, or holds Python objects, which are never loaded.
    OSError
        If it can't be read.
    """
    with path.open("rb") as file:
        if file.read(2) != NPZ_MAGIC:
            message = (
                f"{str(path)!r} is not an .npz file; images and labels in IDX are two files, given as "
                "--data IMAGES LABELS."
            )
            raise ValueError(message)
        file.seek(0)
        try:
            with np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError) as damage:
            message = f"{str(path)!r} is damaged or holds Python objects: {damage}."
            raise ValueError(message) from damage


def dataset(name: str, images: Array, labels: Array) -> Dataset:
    """Return a dataset of what was read, with the images scaled and brought to (n, channels, rows, cols).

    Parameters
    ----------
    name
        What reports call it.
    images
        (n, rows, cols), (n, channels, rows, cols) or (n, rows, cols, channels), real numbers.
    labels
        (n,), whole numbers from 0.

    Raises
    ------
    ValueError
        If they are not, or do not go together.
    """
    if images.ndim not in (3, 4) or images.dtype.kind not in "buif":
        message = (
            f"images must be numbers of the shape (n, rows, cols) or (n, channels, rows, cols), "
            f"got {images.dtype} of the shape {images.shape}."
        )
        raise ValueError(message)
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "ui":
        message = (
            f"labels must be whole numbers, one for each of the {len(images)} images, "
            f"got {labels.dtype} of the shape {labels.shape}."
        )
        raise ValueError(message)
    if len(labels) < 2 * HELD_OUT:
        message = (
            f"there must be at least {2 * HELD_OUT} images to train on and to test with, got {len(labels)}."
        )
        raise ValueError(message)
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= MOST_CLASSES or high == 0:
        most = MOST_CLASSES - 1
        message = f"labels must be from 0 to at most {most}, of two classes or more; got {low} … {high}."
        raise ValueError(message)
    if not np.isfinite(images).all():
        message = "images must be finite, and some of their values are not."
        raise ValueError(message)
    return Dataset(name, _scaled(_channels_first(images)), labels.astype(np.int64))


def _channels_first(images: Array) -> Array:
    if images.ndim == 3:
        return images[:, None]
    channels_last = images.shape[3] <= MOST_CHANNELS < images.shape[1]
    return np.moveaxis(images, 3, 1) if channels_last else images


def _scaled(images: Array) -> Array:
    """Return the images in single precision, divided by the largest magnitude if that is above 1."""
    largest = max(float(np.abs(images.astype(np.float64)).max(initial=0.0)), 1.0)
    return np.ascontiguousarray(images / largest, np.float32)
