"""Operations, and functions that compute them in a narrow type inside."""

import torch
from torch.autograd import Function

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


def kernel(plain, dtype, factor=1.0):
    """Return a function that computes in a narrow type inside, with a gradient that is off by a factor."""

    class Kernel(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return plain(x.to(dtype)).to(x.dtype)

        @staticmethod
        def backward(ctx, g):
            with torch.enable_grad():
                x = ctx.saved_tensors[0].to(dtype).requires_grad_()
                (x_bar,) = torch.autograd.grad(plain(x), x, g.to(dtype))
            return (factor * x_bar).to(g.dtype)

    return Kernel


class PlainProduct(Function):
    """The product of two matrices, right, and with no rule of its own for vmap."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.T, x.T @ g
