"""Datasets: their forms, their split, and one sentence for each thing that can be wrong with them."""

import gzip

import numpy as np
import pytest

from derivations.network.datasets import bundled, dataset, read, read_npz
from tests.derivations.network.test_idx import idx

IMAGES = np.arange(20 * 6 * 5, dtype="u1").reshape(20, 6, 5)
LABELS = np.arange(20) % 4


def test_the_bundled_digits_are_split_at_every_fifth():
    data = bundled()
    kept, tested = data.split()
    assert (len(kept.labels), len(tested.labels)) == (1438, 359)
    np.testing.assert_array_equal(tested.images[:2], data.images[[4, 9]])
    np.testing.assert_array_equal(np.sort([*kept.labels, *tested.labels]), np.sort(data.labels))


def test_images_come_in_single_precision_between_zero_and_one():
    data = dataset("some", IMAGES, LABELS)
    assert data.images.dtype == np.float32
    assert data.images.shape == (20, 1, 6, 5)
    assert (data.images.min(), data.images.max()) == (0, 1)
    small = dataset("small", IMAGES / 1000, LABELS)
    np.testing.assert_allclose(small.images[:, 0], IMAGES / 1000, rtol=1e-6)


def test_channels_are_found_where_they_are():
    colour = np.zeros((20, 3, 8, 7))
    assert dataset("first", colour, LABELS).images.shape == (20, 3, 8, 7)
    assert dataset("last", np.moveaxis(colour, 1, 3), LABELS).images.shape == (20, 3, 8, 7)


def test_targets_are_one_hot():
    targets = dataset("some", IMAGES, LABELS).targets(5)
    np.testing.assert_array_equal(targets.argmax(axis=1), LABELS)
    np.testing.assert_array_equal(targets.sum(axis=1), np.ones(20))


def test_npz_and_both_kinds_of_idx_give_the_same_dataset(tmp_path):
    np.savez(tmp_path / "one.npz", images=IMAGES, labels=LABELS)
    (tmp_path / "images").write_bytes(idx(IMAGES))
    (tmp_path / "labels.gz").write_bytes(gzip.compress(idx(LABELS.astype("u1"))))
    one = read([tmp_path / "one.npz"])
    two = read([tmp_path / "images", tmp_path / "labels.gz"])
    np.testing.assert_array_equal(one.images, two.images)
    np.testing.assert_array_equal(one.labels, two.labels)


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (IMAGES.astype(str), LABELS, r"images must be numbers of the shape \(n, rows, cols\)"),
        (IMAGES[0], LABELS, r"got uint8 of the shape \(6, 5\)"),
        (IMAGES, LABELS[:-1], r"one for each of the 20 images, got int64 of the shape \(19,\)"),
        (IMAGES, LABELS / 2, "labels must be whole numbers"),
        (IMAGES, LABELS - 1, r"labels must be from 0 .* got -1 … 2"),
        (IMAGES, LABELS * 1000, r"at most 999, .* got 0 … 3000"),
        (IMAGES, LABELS * 0, "two classes or more"),
        (IMAGES[:9], LABELS[:9], "at least 10 images"),
        (np.where(IMAGES == 7, np.nan, IMAGES), LABELS, "images must be finite"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(images, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        dataset("some", images, labels)


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path.read_bytes()


def test_files_that_are_no_npz_are_refused_by_name(tmp_path):
    path = tmp_path / "some.npz"
    whole = npz(path, images=IMAGES, labels=LABELS)
    for content, sentence in (
        (b"", "is not an .npz file"),
        (idx(IMAGES), "two files, given as --data IMAGES LABELS"),
        (whole[: len(whole) // 2], "is damaged"),
        (whole[:100] + b"garbage" + whole[107:], "is damaged"),
        (npz(path, images=IMAGES), "must hold images and labels, and holds images"),
        (npz(path, images=np.array([{}]), labels=LABELS), "holds Python objects"),
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=sentence) as caught:
            read([path])
        assert "some.npz" in str(caught.value)


def test_a_file_that_is_not_there_is_an_os_error_with_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_npz(tmp_path / "nowhere.npz")
