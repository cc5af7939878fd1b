"""IDX files: what is written comes back, plain and gzipped, and what is damaged is told."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from derivations.network.idx import TYPES, read_idx


def idx(array):
    """Return the bytes of an IDX file."""
    code = next(code for code, dtype in TYPES.items() if np.dtype(dtype) == array.dtype.newbyteorder(">"))
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


@given(st.data(), st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]), st.booleans())
def test_what_is_written_comes_back_in_the_machines_own_order(tmp_path_factory, data, kind, zipped):
    array = data.draw(arrays(kind, array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=4)))
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    back = read_idx(path)
    assert back.dtype == array.dtype
    assert back.dtype.isnative
    np.testing.assert_array_equal(back, array)


WHOLE = idx(np.arange(24, dtype="u1").reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "neither an .npz nor an IDX file: it starts with nothing"),
        (b"\x89PNG\r\n", "it starts with 89 50 4e 47"),
        (b"\0\0\x07\x01\0\0\0\0", "neither an .npz nor an IDX file"),
        (WHOLE[:-1], r"cut short or damaged: for the shape \(2, 3, 4\) it must have 40 bytes, and has 39"),
        (WHOLE + b"\0", "it must have 40 bytes, and has 41"),
        (WHOLE[:10], "cut short or damaged"),
        (gzip.compress(WHOLE)[:-9], "is a damaged gzip file"),
        (gzip.compress(WHOLE)[:12] + b"garbage" + gzip.compress(WHOLE)[19:], "is a damaged gzip file"),
    ],
    ids=["empty", "png", "type", "short", "long", "header", "gzip-short", "gzip-garbage"],
)
def test_a_file_that_is_not_whole_idx_is_refused_by_name(tmp_path, content, sentence):
    path = tmp_path / "some-images"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=sentence) as caught:
        read_idx(path)
    assert "some-images" in str(caught.value)
