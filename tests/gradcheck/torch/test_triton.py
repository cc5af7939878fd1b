"""A Triton kernel behind a Function. A few seconds, where there is a GPU."""

import pytest
import torch
from torch.autograd import Function

from gradcheck import Layer, Verdict, check

triton = pytest.importorskip("triton")
tl = pytest.importorskip("triton.language")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no CUDA device here")

BLOCK = 64
FIELDS = {"shapes": {"x": "n m"}, "dtype": "float32", "domain": {"x": (-2.0, 2.0)}, "device": "cuda"}


@triton.jit
def multiply_by_cosine(g, x, out, n, block: tl.constexpr):
    places = tl.program_id(0) * block + tl.arange(0, block)
    inside = places < n
    product = tl.load(g + places, mask=inside) * tl.cos(tl.load(x + places, mask=inside))
    tl.store(out + places, product, mask=inside)


class Sine(Function):
    """Reads the cotangent's memory in order, once it is in order."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        return Sine.launch(g.contiguous(), ctx.saved_tensors[0].contiguous())

    @staticmethod
    def launch(g, x):
        out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        multiply_by_cosine[(triton.cdiv(x.numel(), BLOCK),)](g, x, out, x.numel(), block=BLOCK)
        return out


class SineReadingPointers(Sine):
    """Reads the cotangent's memory in order, whatever its strides are."""

    @staticmethod
    def backward(ctx, g):
        return Sine.launch(g, ctx.saved_tensors[0].contiguous())


def test_right_kernel_is_not_called_wrong():
    report = check(Layer.from_torch(Sine, **FIELDS), max_examples=5)
    assert report.verdict is not Verdict.WRONG, str(report)
    (found,) = (result for result in report.results if result.check == "strides")
    assert found.verdict is Verdict.CORRECT, found.reason


def test_kernel_that_ignores_the_strides_of_its_cotangent_is_found():
    (found,) = check(
        Layer.from_torch(SineReadingPointers, **FIELDS), checks=("strides",), max_examples=5
    ).results
    assert found.verdict.is_failure, found.reason
