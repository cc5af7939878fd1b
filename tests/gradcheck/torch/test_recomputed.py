"""Backwards that compute again, and hand the gradients of parameters on by themselves."""

import pytest
import torch
from torch.autograd import Function
from torch.utils.checkpoint import checkpoint

from gradcheck import Layer, Verdict, check
from tests.gradcheck.torch.right import SMALL

XW = {"shapes": {"x": "n", "w": "n"}, "domain": {"x": SMALL, "w": SMALL}}


class Reversible(Function):
    """Lets the gradient of w flow on out of its backward, as reversible networks do."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.w = w
        ctx.save_for_backward(x)
        return torch.tanh(x * w.detach())

    @staticmethod
    def backward(ctx, g):
        with torch.enable_grad():
            x = ctx.saved_tensors[0].detach().requires_grad_()
            y = torch.tanh(x * ctx.w)
        torch.autograd.backward(y, g)
        return x.grad, None


class ReversibleTwice(Reversible):
    @staticmethod
    def backward(ctx, g):
        return Reversible.backward(ctx, 2 * g)[0] / 2, None


class Net(torch.nn.Module):
    """Computes its first layer again in the backward pass."""

    def __init__(self, k, *, use_reentrant):
        super().__init__()
        self.use_reentrant = use_reentrant
        self.first, self.second = torch.nn.Linear(k, k), torch.nn.Linear(k, 2)

    def forward(self, x):
        inner = checkpoint(lambda x: self.first(x).tanh(), x, use_reentrant=self.use_reentrant)
        return self.second(inner)


def test_gradient_that_flows_on_out_of_a_backward_is_gathered():
    (result,) = check(Layer.from_torch(Reversible, **XW), checks=("finite-difference",)).results
    assert result.verdict is Verdict.CORRECT, result.reason


def test_wrong_gradient_that_flows_on_out_of_a_backward_is_found():
    (result,) = check(Layer.from_torch(ReversibleTwice, **XW), checks=("finite-difference",)).results
    assert result.reason == "in the cotangent of 'w' (input 2 of 2)"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("use_reentrant", [True, False])
def test_function_with_a_checkpoint_is_correct(use_reentrant):
    layer = Layer.from_torch(
        lambda x, w: checkpoint(lambda x, w: (x * w).tanh(), x, w, use_reentrant=use_reentrant),
        **XW,
    )
    report = check(layer, max_examples=5)
    assert report.verdict is Verdict.CORRECT, str(report)


SIZED = {"x": "n k", "first.weight": "k k", "first.bias": "k", "second.weight": "2 k", "second.bias": "2"}


@pytest.mark.parametrize(
    ("module", "shapes"),
    [
        (Net(3, use_reentrant=False), {"x": "n 3"}),
        (lambda k: Net(k, use_reentrant=False), SIZED),
    ],
    ids=["module", "factory"],
)
def test_module_computes_again_with_the_parameters_that_it_was_given(module, shapes):
    layer = Layer.from_torch(module, shapes=shapes)
    report = check(layer, max_examples=5)
    assert report.verdict is Verdict.CORRECT, str(report)


def test_checkpoint_that_loses_the_gradient_where_only_a_parameter_wants_one_is_found():
    layer = Layer.from_torch(Net(3, use_reentrant=True), shapes={"x": "n 3"})
    (result,) = check(layer, checks=("subsets",), max_examples=3).results
    assert result.verdict is Verdict.WRONG
    assert "when only 'first.weight' requires a gradient" in result.reason


def test_input_of_a_checkpoint_that_nobody_guards_is_told_and_no_fault():
    layer = Layer.from_torch(Net(3, use_reentrant=False), shapes={"x": "n 3"})
    (result,) = check(layer, checks=("saved",), max_examples=3).results
    assert result.verdict is Verdict.CORRECT
    assert result.reason.startswith("a checkpoint computes again")
