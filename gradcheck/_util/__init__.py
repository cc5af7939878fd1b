"""What every room may use: arrays as vectors, nested trees, copies of options, values that JSON knows."""

from gradcheck._util.arguments import demand_whole, whole_number
from gradcheck._util.arrays import (
    dot,
    finite,
    identical,
    jitter,
    largest,
    largest_difference,
    native,
    norm,
    only,
    reversed_strides,
    rms,
    signed,
    slices,
    strided,
    unravel,
    wide,
)
from gradcheck._util.copies import duplicate, fresh, is_fixed
from gradcheck._util.jsonable import Record, spelt
from gradcheck._util.randomness import global_states, untouched_randomness
from gradcheck._util.silence import quiet
from gradcheck._util.tree import aligned, leaves, mapped, rebuilt
from gradcheck._util.versions import version_of

__all__ = [
    "Record",
    "aligned",
    "demand_whole",
    "dot",
    "duplicate",
    "finite",
    "fresh",
    "global_states",
    "identical",
    "is_fixed",
    "jitter",
    "largest",
    "largest_difference",
    "leaves",
    "mapped",
    "native",
    "norm",
    "only",
    "quiet",
    "rebuilt",
    "reversed_strides",
    "rms",
    "signed",
    "slices",
    "spelt",
    "strided",
    "unravel",
    "untouched_randomness",
    "version_of",
    "whole_number",
    "wide",
]
