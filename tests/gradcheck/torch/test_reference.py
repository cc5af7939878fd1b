"""Kernels in narrow types against plain functions, with no tolerance declared."""

import pytest
import torch
from torch.autograd import Function

from gradcheck import Layer, Verdict, check
from gradcheck.running.choice import choose_checks
from gradcheck.running.verify import run
from tests.gradcheck.torch.kernels import OPERATIONS, X, kernel

TYPES = [torch.bfloat16, torch.float16, torch.float32]


def verdict_of(kernel, reference, **fields):
    layer = Layer.from_torch(kernel, reference=reference, **{**X, **fields})
    checks = choose_checks(("reference",))
    return run(layer, checks=checks, seed=0, max_examples=10, explain=False).verdict


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_right_kernel_agrees(name, dtype):
    plain = OPERATIONS[name]
    assert verdict_of(kernel(plain, dtype), plain) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("dtype", "factor"), [(torch.float32, 1.02), (torch.float16, 1.02), (torch.bfloat16, 1.1)], ids=str
)
@pytest.mark.parametrize("name", OPERATIONS)
def test_kernel_with_a_factor_is_found(name, dtype, factor):
    plain = OPERATIONS[name]
    assert verdict_of(kernel(plain, dtype, factor), plain) is Verdict.WRONG


@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_saturated_softmax_is_right(dtype):
    plain = OPERATIONS["softmax"]
    assert verdict_of(kernel(plain, dtype), plain, domain={"x": (-20.0, 20.0)}) is not Verdict.WRONG


def test_kernel_that_takes_float32_alone_is_compared_in_it():
    class Exp(Function):
        @staticmethod
        def forward(ctx, x):
            assert x.dtype is torch.float32
            ctx.save_for_backward(x.exp())
            return x.exp()

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    assert verdict_of(Exp, torch.exp, dtype="float32") is Verdict.CORRECT


def test_reference_that_computes_in_float32_itself_is_no_error_of_the_layer():
    assert verdict_of(torch.exp, lambda x: torch.exp(x.float())) is Verdict.CORRECT


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x * x

    @staticmethod
    def backward(ctx, g):
        return ctx.factor * g * ctx.saved_tensors[0], None


def in_bfloat16(factor):
    return Layer.from_torch(
        lambda x: Square.apply(x, factor),
        name="square",
        shapes={"x": "n"},
        dtype="bfloat16",
        reference=lambda x: x * x,
    )


def test_function_in_bfloat16_with_a_reference_is_correct_by_it():
    report = check(in_bfloat16(2.0), max_examples=20)
    assert str(report) == (
        "VJP of 'square' is correct: it agrees with its reference, as far as its precision goes"
    )


@pytest.mark.parametrize("factor", [1.0, 2.2])
def test_wrong_one_in_bfloat16_has_no_invented_cause(factor):
    findings = check(in_bfloat16(factor), max_examples=20).findings
    assert "reference" in {finding.check for finding in findings}
    assert not any(finding.diagnosis.causes for finding in findings if finding.diagnosis)
