"""What the user hands over: `Layer`, its shapes, its validation, its adapters, and where it stands."""

from gradcheck.layers.contents import numbers_in, snapshot
from gradcheck.layers.layer import Layer
from gradcheck.layers.objects import Module
from gradcheck.layers.origin import Line, bare, functions_of, line_at, line_of, module_of
from gradcheck.layers.shapes import ANY_SHAPE, asked, fits, letters, malformed_axis, solve
from gradcheck.layers.undeclared import find_undeclared
from gradcheck.layers.zeros import has_empty_input, letters_of_zero

__all__ = [
    "ANY_SHAPE",
    "Layer",
    "Line",
    "Module",
    "asked",
    "bare",
    "find_undeclared",
    "fits",
    "functions_of",
    "has_empty_input",
    "letters",
    "letters_of_zero",
    "line_at",
    "line_of",
    "malformed_axis",
    "module_of",
    "numbers_in",
    "snapshot",
    "solve",
]
