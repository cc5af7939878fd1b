"""What an exception of the user's function often means, and the declaration that mends it."""

from __future__ import annotations

from collections.abc import Sequence

from gradcheck.evaluation.inputs import Inputs
from gradcheck.layers import Layer
from gradcheck.types import Options

NOT_WHOLE = (
    "must be of integer",
    "only integers, slices",
    "only integer scalar arrays",
    "indices must be integers",
    "cannot be interpreted as an integer",
)
"""What NumPy and Python say where a floating-point number stands for an index."""
TUPLE = "tuple"
"""What Python and PyTorch speak of where a tuple has not what an array has."""
OF_SINGLE = ("double", "float")
"""What PyTorch says where an operation is given both precisions."""
LABELS = ("y", "t", "label", "labels", "target", "targets", "idx", "index", "indices", "ids", "k", "classes")
"""What inputs of labels and indices are called."""


def hint(layer: Layer, inputs: Inputs, options: Options, cause: BaseException, *, is_user_point: bool) -> str:
    """Return what was left out, or how labels are declared where a function was given floats for them."""
    missing = [name for name in layer.options if name not in options]
    if is_user_point and missing and isinstance(cause, TypeError):
        given = ", ".join((*inputs.owners, *(f"{name}={layer.options[name][0]!r}" for name in missing)))
        return f"; at a point its options are given by name, as check(layer, {given})"
    if is_user_point and TUPLE in str(cause) and any(isinstance(tree, tuple) for tree in inputs.trees):
        return "; inputs follow one by one, and in no tuple: check(layer, x, w)"
    if layer.framework is not None and all(words in str(cause).lower() for words in OF_SINGLE):
        single = f"pass {inputs.owners[0]}.astype(np.float32)" if is_user_point else 'declare dtype="float32"'
        return f"; if what it holds is float32, as the weights of a module, {single}"
    if not any(words in str(cause) for words in NOT_WHOLE):
        return ""
    floats = [n for n in inputs.owners if "int" not in layer.dtype_of(n)]
    constants = [n for n in floats if n in layer.constants]
    likely = [n for n in constants or floats if n.lower() in LABELS] or constants[-1:] or floats[1:][-1:]
    if not likely:
        return ""
    name = likely[-1]
    if is_user_point:
        return f"; if {name!r} holds labels or indices, pass integers, as {name}.astype(int)"
    declared = f'dtype={{"{name}": "int64"}}, domain={{"{name}": (0, {_bound(layer, name)})}}'
    also = "" if name in layer.constants else f', constants=("{name}",)'
    return f"; if {name!r} holds labels or indices, declare {declared}{also}"


def hint_bounds(layer: Layer, names: Sequence[str], *, is_user_point: bool) -> str:
    """Return how to bound what is drawn, where forward is not finite for it; else nothing."""
    free = [name for name in names if name in (layer.shapes or {}) and name not in layer.domain]
    if is_user_point or not free:
        return ""
    return f'; if {free[0]!r} has bounds, declare them, as domain={{"{free[0]}": (0.1, 4.0)}}'


def _bound(layer: Layer, name: str) -> str:
    """Return the largest label as `domain` takes it: one less than the last axis of another input."""
    axes = [shape.split()[-1] for leaf, shape in layer.leaf_shapes.items() if leaf != name and shape.split()]
    letter = next((axis for axis in axes if axis.isidentifier()), None)
    return f'"{letter}-1"' if letter else "9"
