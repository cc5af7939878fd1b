"""Functions under torch.compile. The backend traces, and needs no compiler of C++."""

import pytest
import torch

from gradcheck import Layer, Verdict, check
from tests.gradcheck.torch.right import SMALL, Sine

X = {"shapes": {"x": "n"}, "domain": {"x": SMALL}, "compiled": "aot_eager"}


class ForwardOfAnother(Sine):
    """Takes a short cut where it is compiled."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x - x**3 / 6 if torch.compiler.is_compiling() else x.sin()


class FactorOfAnother(Sine):
    @staticmethod
    def backward(ctx, g):
        return (2 if torch.compiler.is_compiling() else 1) * g * ctx.saved_tensors[0].cos()


def compare(function, **fields):
    (result,) = check(
        Layer.from_torch(function, **{**X, **fields}), checks=("compiled",), max_examples=3
    ).results
    return result


def test_right_function_agrees_with_itself_compiled():
    result = compare(Sine)
    assert result.verdict is Verdict.CORRECT, result.reason


@pytest.mark.parametrize(
    ("function", "what"), [(ForwardOfAnother, "y is another one"), (FactorOfAnother, "the cotangent of 'x'")]
)
def test_function_that_is_another_one_when_compiled_is_found(function, what):
    result = compare(function)
    assert result.verdict is Verdict.WRONG
    assert result.reason.startswith(what)
    assert "when it is compiled" in result.reason


def test_compiler_that_fails_is_not_the_functions_fault():
    def fail(graph, inputs):
        message = "no compiler"
        raise RuntimeError(message)

    torch._dynamo.register_backend(fail, name="failing")
    result = compare(Sine, compiled="failing")
    assert result.verdict is Verdict.UNVERIFIED
    assert "torch.compile fails here" in result.reason
    assert 'compiled="aot_eager"' in result.reason
