"""What every room may use: arrays as vectors, nested trees, copies of options, values that JSON knows."""

from gradcheck._util.alarm import ring_after
from gradcheck._util.arguments import demand_whole, whole_number
from gradcheck._util.arrays import (
    add_to,
    dot,
    draw_bits,
    draw_signed,
    identical,
    is_finite,
    jitter,
    keep_freed_memory,
    max_abs,
    max_abs_difference,
    native,
    norm,
    only,
    rms,
    sizes_of_entries,
    slices,
    to_reversed_strides,
    to_strided,
    unravel,
    widen,
)
from gradcheck._util.copies import copy_options, duplicate, is_fixed
from gradcheck._util.jsonable import Record, describe_value
from gradcheck._util.randomness import global_states, untouched_randomness
from gradcheck._util.silence import silence_warnings
from gradcheck._util.tree import leaves, map_leaves, match_leaves, unflatten
from gradcheck._util.versions import page_address, version_of
from gradcheck._util.words import count_noun

__all__ = [
    "Record",
    "add_to",
    "copy_options",
    "count_noun",
    "demand_whole",
    "describe_value",
    "dot",
    "draw_bits",
    "draw_signed",
    "duplicate",
    "global_states",
    "identical",
    "is_finite",
    "is_fixed",
    "jitter",
    "keep_freed_memory",
    "leaves",
    "map_leaves",
    "match_leaves",
    "max_abs",
    "max_abs_difference",
    "native",
    "norm",
    "only",
    "page_address",
    "ring_after",
    "rms",
    "silence_warnings",
    "sizes_of_entries",
    "slices",
    "to_reversed_strides",
    "to_strided",
    "unflatten",
    "unravel",
    "untouched_randomness",
    "version_of",
    "whole_number",
    "widen",
]
