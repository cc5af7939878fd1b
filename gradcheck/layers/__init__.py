"""What the user hands over: `Layer`, its shapes, its validation, its adapters, and where it stands."""

from gradcheck.layers.constraints import CONSTRAINTS, is_off, projection_of
from gradcheck.layers.contents import numbers_in, snapshot
from gradcheck.layers.derivation import Derivation, derivation_of
from gradcheck.layers.framework import Framework
from gradcheck.layers.holder import import_lines
from gradcheck.layers.jacobians import Matrix, matrix_of
from gradcheck.layers.layer import Layer
from gradcheck.layers.objects import Module
from gradcheck.layers.origin import (
    SourceLine,
    functions_of,
    is_own_file,
    line_that_raised,
    module_of,
    source_line_at,
    source_line_of,
    unwrap,
)
from gradcheck.layers.pytorch import Run, TorchFunction
from gradcheck.layers.shapes import ANY_SHAPE, call_with_known, evaluate_shape, fits, letters, malformed_axis
from gradcheck.layers.undeclared import find_undeclared
from gradcheck.layers.validation import DETACHING, NO_TOLERANCE, OF_CHECKERS
from gradcheck.layers.zeros import has_empty_input, letters_of_zero

__all__ = [
    "ANY_SHAPE",
    "CONSTRAINTS",
    "DETACHING",
    "NO_TOLERANCE",
    "OF_CHECKERS",
    "Derivation",
    "Framework",
    "Layer",
    "Matrix",
    "Module",
    "Run",
    "SourceLine",
    "TorchFunction",
    "call_with_known",
    "derivation_of",
    "evaluate_shape",
    "find_undeclared",
    "fits",
    "functions_of",
    "has_empty_input",
    "import_lines",
    "is_off",
    "is_own_file",
    "letters",
    "letters_of_zero",
    "line_that_raised",
    "malformed_axis",
    "matrix_of",
    "module_of",
    "numbers_in",
    "projection_of",
    "snapshot",
    "source_line_at",
    "source_line_of",
    "unwrap",
]
