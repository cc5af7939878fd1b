"""Functions that compute in narrower types than float64, or take nothing else."""

import pytest
import torch
from torch.autograd import Function

from gradcheck import Layer, Verdict, check

OPERATIONS = {
    "exp": torch.exp,
    "sin": torch.sin,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "square": torch.square,
    "softmax": lambda x: torch.softmax(x, -1),
    "silu": torch.nn.functional.silu,
    "cumsum": lambda x: torch.cumsum(x, -1),
    "mean": lambda x: x.mean(-1),
    "product": lambda x: x * x.flip(-1),
}
X = {"shapes": {"x": "n m"}, "domain": {"x": (-2.0, 2.0)}}


def float32_only(factor):
    """Return a function that refuses other types, as kernels do, with a gradient that is off by a factor."""

    class Kernel(Function):
        @staticmethod
        def forward(ctx, x):
            if x.dtype is not torch.float32:
                raise TypeError("float32 only")
            ctx.save_for_backward(x)
            return x.exp()

        @staticmethod
        def backward(ctx, g):
            return factor * g * ctx.saved_tensors[0].exp()

    return Layer.from_torch(Kernel, dtype="float32", **X)


def test_function_that_takes_float32_alone_is_judged_in_float32():
    report = check(float32_only(1.0))
    assert report.verdict is Verdict.CORRECT, str(report)


@pytest.mark.parametrize("factor", [2.0, 1.01])
def test_wrong_factor_is_found_where_float64_is_refused(factor):
    (result,) = check(float32_only(factor), checks=("finite-difference",)).results
    assert result.verdict is Verdict.WRONG


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_right_operation_that_computes_in_a_narrow_type_is_not_called_wrong(name, dtype):
    function = OPERATIONS[name]
    layer = Layer.from_torch(lambda x: function(x.to(dtype)).to(x.dtype), name=name, **X)
    report = check(
        layer, max_examples=5, checks=("finite-difference", "linearity", "contract", "layout", "cache")
    )
    assert report.verdict is not Verdict.WRONG, str(report)
    assert report.verdict is not Verdict.FLAWED, str(report)
