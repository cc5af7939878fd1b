"""Reading IDX, the file format of MNIST: a magic number, the sizes, and the entries; gzipped or not.

The magic number is two zero bytes, one byte for the type of the entries, and one for how many sizes follow,
each a big-endian 32-bit number.
"""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

from derivations.types import Array

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path) -> Array:
    """Return the array in an IDX file.

    Raises
    ------
    ValueError
        If the file is not IDX, is cut short or too long, or is damaged; the sentence names the file.
    OSError
        If it can't be read.
    """
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as damage:
            message = f"{str(path)!r} is a damaged gzip file: {damage}."
            raise ValueError(message) from damage
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        started = content[:4].hex(" ") or "nothing"
        message = f"{str(path)!r} is neither an .npz nor an IDX file: it starts with {started}."
        raise ValueError(message)
    dtype, axes = np.dtype(TYPES[content[2]]), content[3]
    header = content[4 : 4 + 4 * axes]
    shape = tuple(int(size) for size in np.frombuffer(header, ">u4", count=len(header) // 4))
    wanted = 4 + 4 * axes + prod(shape) * dtype.itemsize
    if len(content) != wanted:
        message = (
            f"{str(path)!r} is cut short or damaged: for the shape {shape} it must have {wanted} bytes, "
            f"and has {len(content)}."
        )
        raise ValueError(message)
    entries = np.frombuffer(content, dtype, offset=4 + 4 * axes)
    return entries.reshape(shape).astype(dtype.newbyteorder("="))
