"""What every room may use: arrays as vectors, nested trees, copies of options, values that JSON knows."""

from gradcheck._util.arguments import demand_whole, whole_number
from gradcheck._util.arrays import (
    dot,
    finite,
    jitter,
    largest,
    largest_difference,
    norm,
    reversed_strides,
    rms,
    signed,
    slices,
    strided,
    unravel,
    wide,
)
from gradcheck._util.copies import fresh
from gradcheck._util.jsonable import Record, spelt
from gradcheck._util.silence import quiet
from gradcheck._util.tree import aligned, leaves, mapped, rebuilt
from gradcheck._util.versions import version_of

__all__ = [
    "Record",
    "aligned",
    "demand_whole",
    "dot",
    "finite",
    "fresh",
    "jitter",
    "largest",
    "largest_difference",
    "leaves",
    "mapped",
    "norm",
    "quiet",
    "rebuilt",
    "reversed_strides",
    "rms",
    "signed",
    "slices",
    "spelt",
    "strided",
    "unravel",
    "version_of",
    "whole_number",
    "wide",
]
