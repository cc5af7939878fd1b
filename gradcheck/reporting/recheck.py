"""Code that repeats a finding, ready to be copied."""

from __future__ import annotations

from keyword import iskeyword
from typing import Any

import numpy as np

from gradcheck.evaluation import PRINTABLE_ENTRIES
from gradcheck.judging import Result
from gradcheck.reporting.report import Report

IMPORTS = "import gradcheck\nimport numpy as np\nfrom numpy import inf, nan\n"


def snippet(report: Report, result: Result) -> str:
    """Return Python code that checks a layer again where a check failed.

    Where the example can't be written down, with inputs that are nested, large, or come from objects,
    the search is repeated with its seed.

    The layer is imported from where it is kept; where that is no module, the code says what to put there.

    Parameters
    ----------
    report
        Says how the layer is brought in, and the seed.
    result
        A result with or without an example.
    """
    layer = report.brought_in or f"layer = ...  # put the Layer {report.layer!r} here"
    literal = _literal(result)
    if literal is None:
        return f"import gradcheck\n{layer}\n\nprint(gradcheck.check(layer, seed={report.seed}))"
    names, lines, options, seed = literal
    arguments = ", ".join(["layer", *names, f"seed={seed}", *options])
    code = "\n".join([*lines, f"print(gradcheck.check({arguments}))"])
    return f"{IMPORTS}{layer}\n\n{code}"


def _literal(result: Result) -> tuple[list[str], list[str], list[str], int] | None:
    """Return the names, assignments and options of an example that can be written down, and its seed."""
    example = result.example
    if example is None:
        return None
    names = list(example.shapes)
    arrays = [np.asarray(primal) for primal in example.primals]
    options = [(name, repr(value)) for name, value in example.options.items()]
    writable = (
        all(name.isidentifier() and not iskeyword(name) for name in names)
        and len(set(names) & {"layer", "np", "gradcheck", "inf", "nan"}) == 0
        and sum(array.size for array in arrays) <= PRINTABLE_ENTRIES
        and not any("<" in said or " at 0x" in said for _, said in options)
        and not {"seed", "max_examples"} & {name for name, _ in options}
    )
    if not writable:
        return None
    lines = [f"{name} = {_array(array)}" for name, array in zip(names, arrays, strict=True)]
    return names, lines, [f"{name}={said}" for name, said in options], example.seed


def _array(array: np.ndarray[Any, Any]) -> str:
    said = f"np.array({array.tolist()!r}, dtype=np.{array.dtype.name})"
    return f"{said}.reshape({array.shape})" if array.size == 0 else said
