"""Wrong gradients in PyTorch, each with the check that finds it."""

import torch
from torch.autograd import Function

from gradcheck import Layer
from tests.gradcheck.torch.right import SMALL, Exp, Gather, LayerNorm, Linear, Norm, SinCos, Sine

WRONG = {}


def wrong(check, **fields):
    """Register a function, under its name, with the check that is meant to find it."""

    def keep(function):
        WRONG[function.__name__] = check, Layer.from_torch(function, **fields)
        return function

    return keep


X = {"shapes": {"x": "n"}, "domain": {"x": SMALL}}
XW = {"shapes": {"x": "n i", "w": "i o"}, "domain": {"x": SMALL, "w": SMALL}}
XWB = {"shapes": {"x": "n i", "w": "i o", "b": "o"}, "options": {"scale": (1.0, 2.5)}}


@wrong("finite-difference", **X)
class ExpTwice(Exp):
    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]


@wrong("finite-difference", **XWB)
class LinearForgetsScale(Linear):
    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.T, x.T @ g, g.sum(0), None


@wrong("finite-difference", **XWB)
class LinearWithoutBias(Linear):
    """Returns None for a parameter."""

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        g = g * ctx.scale
        return g @ w.T, x.T @ g, None, None


@wrong("subsets", **XWB)
class LinearFrozen(Linear):
    """Takes the gradient of b to be wanted whenever that of w is."""

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        g = g * ctx.scale
        b_bar = g.sum(0) if ctx.needs_input_grad[1] else torch.zeros_like(g[0])
        return g @ w.T, x.T @ g, b_bar, None


@wrong("subsets", **XW)
class SavesOnlyForWeight(Function):
    """Saves the weight only where the weight itself requires a gradient, and raises elsewhere."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w if ctx.needs_input_grad[1] else torch.empty(0))
        return x @ w

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.T, x.T @ g


@wrong("strides", **X)
class ReadsPointer(Function):
    """Reads its cotangent's memory as if it were contiguous, as kernels do."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        storage = torch.empty(0, dtype=g.dtype).set_(g.untyped_storage())
        memory = storage[g.storage_offset() :]
        if memory.numel() < g.numel():  # a kernel would read on, beyond its end
            memory = torch.cat([memory, torch.zeros(g.numel() - memory.numel(), dtype=g.dtype)])
        return 2 * x * memory[: g.numel()].view(g.shape)


@wrong("strides", **X)
class IgnoresOffset(Sine):
    """Begins at the beginning of the cotangent's memory."""

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        storage = torch.empty(0, dtype=g.dtype, device=g.device).set_(g.untyped_storage())
        return torch.as_strided(storage, g.shape, g.stride(), 0) * x.cos()


@wrong("purity", **X)
class WritesIntoCotangent(Exp):
    @staticmethod
    def backward(ctx, g):
        return g.mul_(ctx.saved_tensors[0])


@wrong("purity", **X)
class UnmarkedInPlace(Function):
    """Changes its input and says nothing."""

    @staticmethod
    def forward(ctx, x):
        x.mul_(3)
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return 3 * g


@wrong("purity", **X)
class UsesUpWhatItSaved(Function):
    """Scales what it kept, so that a second backward is another."""

    @staticmethod
    def forward(ctx, x):
        ctx.factor = 2 * x
        return x * x

    @staticmethod
    def backward(ctx, g):
        ctx.factor *= g
        return ctx.factor.clone()


@wrong("undefined", **X)
class NeedsBothCotangents(SinCos):
    @staticmethod
    def backward(ctx, s, c):
        (x,) = ctx.saved_tensors
        return s * x.cos() - c * x.sin()


@wrong("undefined", **X)
class ForgetsTheSecond(SinCos):
    """Returns nothing for the second output where the first is not used."""

    @staticmethod
    def backward(ctx, s, c):
        (x,) = ctx.saved_tensors
        if s is None:
            return None
        return s * x.cos() - (0 if c is None else c * x.sin())


@wrong("saved", **X)
class KeepsInputOnContext(Function):
    """Keeps its input where autograd does not watch it."""

    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x**3

    @staticmethod
    def backward(ctx, g):
        return 3 * g * ctx.x**2


@wrong("saved", **X)
class KeepsOutputOnContext(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.y = x.sigmoid()
        return ctx.y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.y * (1 - ctx.y)


@wrong("double-backward", **X, second_order=True)
class KeepsIntermediate(Function):
    """Saves an intermediate result, through which nothing is differentiated again."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(3 * x * x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


@wrong("double-backward", **X, second_order=True)
class WrongSecondDerivative(Function):
    """Detaches a part of its gradient."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.exp() * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (x.exp() + (x * x.exp()).detach())


@wrong("finite-difference", shapes={"x": "n k+2", "gamma": "k+2", "beta": "k+2"}, domain={"x": SMALL})
class LayerNormConstantStatistics(LayerNorm):
    @staticmethod
    def backward(ctx, g):
        normal, gamma, inverse = ctx.saved_tensors
        return g * gamma * inverse, (g * normal).flatten(0, -2).sum(0), g.flatten(0, -2).sum(0)


@wrong(
    "finite-difference",
    shapes={"table": "n k", "rows": "m"},
    dtype={"rows": "int64"},
    domain={"rows": (0, "n-1")},
    constants=("rows",),
)
class GatherOverwrites(Gather):
    """Assigns where one row is looked up several times."""

    @staticmethod
    def backward(ctx, g):
        (rows,) = ctx.saved_tensors
        made = torch.zeros(ctx.count, *g.shape[1:], dtype=g.dtype, device=g.device)
        made[rows] = g
        return made, None


@wrong("linearity", **X)
class ClipsCotangent(Exp):
    @staticmethod
    def backward(ctx, g):
        return g.clamp(-1.5, 1.5) * ctx.saved_tensors[0]


@wrong("finite-difference", shapes={"x": "n"}, domain={"x": (0.5, 2.0)})
class NormWithoutCotangent(Norm):
    @staticmethod
    def backward(ctx, g):
        x, n = ctx.saved_tensors
        return x / n + 0 * g


@wrong("cache", **X)
class KeepsOnClass(Function):
    """Keeps its input in the class, which all calls share."""

    @staticmethod
    def forward(ctx, x):
        KeepsOnClass.x = x.clone()
        return x**3

    @staticmethod
    def backward(ctx, g):
        return 3 * g * KeepsOnClass.x**2


@wrong("finite-difference", **X)
class SingleInside(Function):
    """Computes in float32, and its gradient is off by 0.1 %."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.float().exp().to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (1.001 * g.float() * x.float().exp()).to(g.dtype)


@wrong("reference", **X, reference=torch.exp)
class HalfInside(Function):
    """Computes in bfloat16, and its gradient is off by 10 %."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.bfloat16().exp().to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (1.1 * g.bfloat16() * x.bfloat16().exp()).to(g.dtype)


@wrong("finite-difference", shapes={"z": "n"}, dtype="complex128", domain={"z": SMALL})
class ForgetsConjugate(Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z * z

    @staticmethod
    def backward(ctx, g):
        (z,) = ctx.saved_tensors
        return 2 * g * z


@wrong("finite-difference", **XW)
class SwappedProducts(Function):
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return torch.tanh(x @ w)

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w.T, x.T @ g


class Wronged(torch.nn.Module):
    """A module with a wrong function inside, from which the bias gets nothing of the slope."""

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(3, 2)
        self.scale = torch.nn.Parameter(torch.ones(2))

    def forward(self, x):
        return ScaleForgetsSum.apply(torch.tanh(self.inner(x)), self.scale)


class ScaleForgetsSum(Function):
    """Takes the first row where all rows must be added."""

    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x, scale)
        return x * scale

    @staticmethod
    def backward(ctx, g):
        x, scale = ctx.saved_tensors
        return g * scale, (g * x)[0]
