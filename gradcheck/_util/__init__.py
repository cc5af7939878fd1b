"""What every room may use: arrays as vectors, nested trees, copies of options, values that JSON knows."""

from gradcheck._util.arrays import (
    dot,
    finite,
    identical,
    jitter,
    largest,
    largest_difference,
    native,
    norm,
    reversed_strides,
    rms,
    signed,
    slices,
    strided,
    wide,
)
from gradcheck._util.copies import duplicate, fresh, is_fixed
from gradcheck._util.jsonable import number, plain, spelt
from gradcheck._util.randomness import global_states, untouched_randomness
from gradcheck._util.silence import quiet
from gradcheck._util.tree import aligned, leaves, mapped, rebuilt

__all__ = [
    "aligned",
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
    "number",
    "plain",
    "quiet",
    "rebuilt",
    "reversed_strides",
    "rms",
    "signed",
    "slices",
    "spelt",
    "strided",
    "untouched_randomness",
    "wide",
]
