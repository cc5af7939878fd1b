"""Functions under vmap, with rules that are written by hand."""

import pytest
import torch
from torch.autograd import Function

from gradcheck import Layer, Verdict, check
from tests.gradcheck.torch.kernels import PlainProduct
from tests.gradcheck.torch.right import SMALL

XW = {"shapes": {"x": "n k", "w": "k m"}, "domain": {"x": SMALL, "w": SMALL}, "vmap": True}


class Product(Function):
    """Has a rule of its own."""

    @staticmethod
    def forward(x, w):
        return torch.matmul(x, w)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return Product.reduce(g @ w.mT, x), Product.reduce(x.mT @ g, w)

    @staticmethod
    def reduce(bar, like):
        return bar.sum(0) if bar.dim() > like.dim() else bar

    @staticmethod
    def vmap(info, dims, x, w):
        parts = [t if d is None else t.movedim(d, 0) for t, d in zip((x, w), dims, strict=True)]
        return Product.apply(*parts), 0


class Generated(Function):
    forward, setup_context = Product.forward, Product.setup_context
    generate_vmap_rule = True

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.mT, x.mT @ g


class TakesTheFirstAxis(Product):
    """Its rule counts on samples that lie along the first axis."""

    @staticmethod
    def vmap(info, dims, x, w):
        return Product.apply(x, w), 0


class SharesNothing(Product):
    """Its rule takes the first sample of what the others have too."""

    @staticmethod
    def vmap(info, dims, x, w):
        moved = [t if d is None else t.movedim(d, 0) for t, d in zip((x, w), dims, strict=True)]
        moved[1] = moved[1] if dims[1] is None else moved[1][:1].expand_as(moved[1])
        return Product.apply(*moved), 0


class SaysAnotherAxis(Product):
    """Returns samples along the first axis, and says that they are along the last."""

    @staticmethod
    def vmap(info, dims, x, w):
        return Product.vmap(info, dims, x, w)[0], -1


class ForgetsGradient(Product):
    """Detaches one input where it is mapped: the value is right."""

    @staticmethod
    def vmap(info, dims, x, w):
        return Product.vmap(info, dims, x.detach(), w)


def judge(function, seed=0, **fields):
    layer = Layer.from_torch(function, **{**XW, **fields})
    (result,) = check(layer, checks=("vmap",), max_examples=12, seed=seed).results
    return result


@pytest.mark.parametrize(
    "function",
    [Product, Generated, torch.matmul, torch.nn.Linear(3, 2)],
    ids=["by hand", "generated", "plain", "module"],
)
def test_right_rule_agrees(function):
    is_module = isinstance(function, torch.nn.Module)
    result = judge(function, **({"shapes": {"input": "n 3"}, "domain": {}} if is_module else {}))
    assert result.verdict is Verdict.CORRECT, result.reason


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "function", [TakesTheFirstAxis, SharesNothing, SaysAnotherAxis, ForgetsGradient], ids=lambda f: f.__name__
)
def test_wrong_rule_is_found(function, seed):
    result = judge(function, seed)
    assert result.verdict is Verdict.WRONG
    assert "under vmap" in result.reason


def test_function_without_a_rule_is_wrong_where_one_was_asked_for():
    result = judge(PlainProduct)
    assert result.verdict is Verdict.WRONG
    assert "raised" in result.reason
    assert result.reason.endswith("under vmap")


def test_nobody_asks_a_function_of_pytorch_unless_it_is_declared():
    report = check(Layer.from_torch(torch.sin, shapes={"x": "n"}), max_examples=2)
    assert all(
        result.check != "vmap" or result.verdict is Verdict.NOT_APPLICABLE for result in report.results
    )


@pytest.mark.parametrize("z", ["n", ["n", "2 n"]], ids=["one", "two"])
def test_nested_and_complex_inputs_are_mapped_too(z):
    def function(z, k):
        return {"a": torch.sin(z * k)} if torch.is_tensor(z) else [z[0] * z[1], k]

    layer = Layer.from_torch(
        function,
        shapes={"z": z, "k": ""},
        dtype={"z": "complex128"} if isinstance(z, str) else "float64",
        domain={"z": SMALL},
        vmap=True,
    )
    (result,) = check(layer, checks=("vmap",), max_examples=8).results
    assert result.verdict is Verdict.CORRECT, result.reason
