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


class SineIfPlain(Sine):
    """Returns a little more where it is compiled."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin() + torch.compiler.is_compiling() * 1e-3


def keeps_what_it_computes(x):
    """Leave intermediate values whose memory the compiled backward uses up."""
    return torch.sigmoid(x).exp()


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


def test_compiled_backward_that_can_run_only_once_is_no_fault():
    result = compare(keeps_what_it_computes)
    assert result.verdict is Verdict.CORRECT, result.reason


def test_function_that_calls_what_was_compiled_is_correct():
    inner = torch.compile(keeps_what_it_computes, backend="aot_eager")
    layer = Layer.from_torch(lambda x: 2 * inner(x), shapes={"x": "n"}, domain={"x": SMALL})
    report = check(layer, max_examples=3)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_function_is_compiled_however_often_others_were():
    for dims in ("n", "n m", "n m k", "n m k l"):  # PyTorch gives up after eight by itself
        for dtype in ("float32", "float64"):
            compare(Sine, shapes={"x": dims}, dtype=dtype)
    (result,) = check(Layer.from_torch(SineIfPlain, **X), checks=("compiled",), max_examples=3).results
    assert result.verdict is Verdict.WRONG


def test_compiled_function_is_checked_as_it_is_written_and_compared_with_that():
    calls = []

    def backend(graph, inputs):
        calls.append(len(inputs))
        return graph.forward

    layer = Layer.from_torch(torch.compile(keeps_what_it_computes, backend=backend), shapes={"x": "n"})
    report = check(layer, max_examples=2)
    assert report.verdict is Verdict.CORRECT, str(report)
    assert layer.name == "keeps_what_it_computes"
    assert calls
    assert not report.unreached


def test_wrong_function_is_found_through_its_compiled_form():
    layer = Layer.from_torch(torch.compile(ForwardOfAnother.apply, backend="aot_eager"), shapes={"x": "n"})
    assert check(layer, max_examples=3).verdict is Verdict.WRONG


def test_compiled_module_has_the_parameters_of_the_module():
    module = torch.compile(
        torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Sigmoid()), backend="aot_eager"
    )
    report = check(Layer.from_torch(module), torch.ones(4, 2, dtype=torch.float64))
    assert report.verdict is Verdict.CORRECT, str(report)
    assert "0.weight" in Layer.from_torch(module, shapes={"input": "n 2"}).shapes
