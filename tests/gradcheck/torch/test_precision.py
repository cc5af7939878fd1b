"""Functions that compute in narrower types than float64, or take nothing else."""

import pytest
import torch
from torch.autograd import Function

from gradcheck import Layer, MalformedLayer, Verdict, check
from tests.gradcheck.torch.kernels import OPERATIONS, PlainProduct, X, kernel


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


@pytest.mark.parametrize(
    ("name", "dtype", "seed"),
    [("sin", torch.float16, 1), ("sin", torch.float16, 2), ("sin", torch.float16, 3)]
    + [("tanh", torch.bfloat16, seed) for seed in range(4)]
    + [("mean", torch.bfloat16, 3)],
    ids=str,
)
def test_factor_in_half_precision_is_never_verified(name, dtype, seed):
    """Where the terms of a slope cancel, so do those of its error, and less is seen of it."""
    layer = Layer.from_torch(kernel(OPERATIONS[name], dtype, 1.1), name=name, **X)
    report = check(layer, max_examples=5, checks=("finite-difference",), seed=seed)
    assert report.verdict is not Verdict.CORRECT, str(report)


def test_function_of_half_precision_is_told_of_a_reference():
    layer = Layer.from_torch(kernel(torch.exp, torch.bfloat16), **X)
    (result,) = check(layer, checks=("finite-difference",), max_examples=5).results
    assert result.verdict is Verdict.UNVERIFIED
    assert result.reason.endswith("give a plain implementation, reference=")


def only_in(dtype, factor=1.0):
    """Return a function that takes a type of half precision and no other."""

    class Kernel(Function):
        @staticmethod
        def forward(ctx, x):
            assert x.dtype is dtype
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx, g):
            assert g.dtype is dtype
            return factor * g * ctx.saved_tensors[0].cos()

    return Kernel


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, "bfloat16", {"x": "float16"}], ids=str)
def test_function_that_takes_half_precision_alone_is_declared_so(dtype):
    half = dtype["x"] if isinstance(dtype, dict) else dtype
    half = getattr(torch, str(half).removeprefix("torch."))
    for factor, expected in ((1.0, Verdict.CORRECT), (1.1, Verdict.WRONG)):
        layer = Layer.from_torch(only_in(half, factor), reference=torch.sin, dtype=dtype, **X)
        assert check(layer, checks=("reference",), max_examples=10).verdict is expected
    others = tuple(each.check for each in check(layer, max_examples=3).results if each.check != "reference")
    right = Layer.from_torch(only_in(half), reference=torch.sin, dtype=dtype, **X)
    report = check(right, max_examples=3, checks=others)
    assert not report.verdict.is_failure, str(report)


def test_write_into_an_input_of_half_precision_is_seen():
    class Writes(Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    layer = Layer.from_torch(Writes, dtype="bfloat16", **X)
    assert check(layer, checks=("purity",), max_examples=3).verdict is Verdict.FLAWED


def test_half_precision_is_told_what_to_declare_elsewhere():
    with pytest.raises(MalformedLayer, match="declare that, convert them inside of the function, and give"):
        Layer(lambda x: x, lambda x: (x, lambda g: g), dtype="bfloat16", **X)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_tensors_are_taken_at_a_point(dtype):
    layer = Layer.from_torch(torch.sin, dtype="bfloat16" if dtype is torch.bfloat16 else "float64")
    x = torch.linspace(0.1, 1.0, 4, dtype=dtype, requires_grad=True)
    results = check(layer, x, checks=("contract", "linearity")).results
    assert [result.verdict for result in results] == [Verdict.CORRECT, Verdict.CORRECT]


def product_with_backward_in(dtype):
    class Narrow(PlainProduct):
        @staticmethod
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            return g @ w.T, (x.to(dtype).T @ g.to(dtype)).to(w.dtype)

    return Narrow


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_backward_that_alone_computes_in_less_precision_is_wrong(dtype, seed):
    layer = Layer.from_torch(product_with_backward_in(dtype), shapes={"x": "n i", "w": "i o"})
    report = check(layer, max_examples=10, seed=seed, checks=("finite-difference",))
    assert report.verdict is Verdict.WRONG
    assert "cotangent of 'w'" in str(report)


@pytest.mark.parametrize("seed", range(2))
def test_a_function_that_computes_in_float32_throughout_is_not_wrong(seed):
    def narrow(x, w):
        return (x.float() @ w.float()).double()

    report = check(Layer.from_torch(narrow, shapes={"x": "n i", "w": "i o"}), max_examples=10, seed=seed)
    assert report.verdict is not Verdict.WRONG
