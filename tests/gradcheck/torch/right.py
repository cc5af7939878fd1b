"""Right gradients in PyTorch, as people write them: each once in a form that trips a careless checker."""

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from gradcheck import Layer


class Sine(Function):
    """Saves its input."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0].cos()


class Exp(Function):
    """Saves its output."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


class Linear(Function):
    """Computes only what is needed, takes an option by position, and refuses a second derivative."""

    @staticmethod
    def forward(x, w, b, scale):
        return (x @ w + b) * scale

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, w, _, ctx.scale = inputs
        ctx.save_for_backward(x, w)

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        g = g * ctx.scale
        x_bar = g @ w.T if ctx.needs_input_grad[0] else None
        w_bar = x.T @ g if ctx.needs_input_grad[1] else None
        return x_bar, w_bar, g.sum(0) if ctx.needs_input_grad[2] else None, None


class Identity(Function):
    """Returns a view of its input, and its cotangent itself."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return g


class TanhInPlace(Function):
    """Changes its input, and says so."""

    @staticmethod
    def forward(ctx, x):
        x.tanh_()
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * (1 - y * y)


class SinCos(Function):
    """Has two outputs, and handles a cotangent that is None."""

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x)
        return x.sin(), x.cos()

    @staticmethod
    def backward(ctx, s, c):
        (x,) = ctx.saved_tensors
        parts = ([] if s is None else [s * x.cos()]) + ([] if c is None else [-c * x.sin()])
        return sum(parts) if parts else None


class Norm(Function):
    """A number from all entries."""

    @staticmethod
    def forward(ctx, x):
        n = x.norm()
        ctx.save_for_backward(x, n)
        return n

    @staticmethod
    def backward(ctx, g):
        x, n = ctx.saved_tensors
        return g * x / n


class LayerNorm(Function):
    """Normalises the last axis; its backward is that of the textbook."""

    @staticmethod
    def forward(ctx, x, gamma, beta):
        centred = x - x.mean(-1, keepdim=True)
        inverse = (centred.square().mean(-1, keepdim=True) + 1e-5).rsqrt()
        normal = centred * inverse
        ctx.save_for_backward(normal, gamma, inverse)
        return normal * gamma + beta

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        normal, gamma, inverse = ctx.saved_tensors
        d = g * gamma
        x_bar = (d - d.mean(-1, keepdim=True) - normal * (d * normal).mean(-1, keepdim=True)) * inverse
        return x_bar, (g * normal).flatten(0, -2).sum(0), g.flatten(0, -2).sum(0)


class Gather(Function):
    """Looks up rows, the same one several times."""

    @staticmethod
    def forward(ctx, table, rows):
        ctx.save_for_backward(rows)
        ctx.count = table.shape[0]
        return table[rows]

    @staticmethod
    def backward(ctx, g):
        (rows,) = ctx.saved_tensors
        zeros = torch.zeros(ctx.count, *g.shape[1:], dtype=g.dtype, device=g.device)
        return zeros.index_add(0, rows, g), None


class MaxAndWhere(Function):
    """Returns an index that has no derivative."""

    @staticmethod
    def forward(ctx, x):
        value, where = x.max(-1)
        ctx.mark_non_differentiable(where)
        ctx.save_for_backward(where)
        ctx.width = x.shape[-1]
        return value, where

    @staticmethod
    def backward(ctx, g, _):
        (where,) = ctx.saved_tensors
        hot = torch.nn.functional.one_hot(where, ctx.width)
        return g.unsqueeze(-1) * hot


class Polynomial(Function):
    """Saves nothing but its input, and can be differentiated again."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3 - x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * (3 * x * x - 1)


class Conjugate(Function):
    """A complex function that is not holomorphic."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z.conj() * z * z

    @staticmethod
    def backward(ctx, g):
        (z,) = ctx.saved_tensors
        return 2 * g * (z * z.conj()) + g.conj() * z * z


class Fused(Function):
    """Writes its gradient into memory of its own, by contiguous copies of what it is given."""

    @staticmethod
    def forward(ctx, x, w):
        x, w = x.contiguous(), w.contiguous()
        ctx.save_for_backward(x, w)
        return x * w

    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        g = g.contiguous()
        return g * w, torch.mul(g, x, out=torch.empty_like(g))


def attention(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2) / k.shape[-1] ** 0.5, -1) @ v


def straight(x, w, *, power):
    return (x.pow(power) * w).cumsum(0)


@torch.library.custom_op("gradcheck_tests::cubed", mutates_args=())
def cubed(x: torch.Tensor) -> torch.Tensor:
    return x * x * x


def _keep(ctx, inputs, output):
    ctx.save_for_backward(inputs[0])


def _cubed_backward(ctx, g):
    return g * 3 * ctx.saved_tensors[0] ** 2


cubed.register_autograd(_cubed_backward, setup_context=_keep)


class Block(torch.nn.Module):
    """Dropout, batch normalisation, and one weight that is used twice."""

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(3, 3)
        self.norm = torch.nn.BatchNorm1d(3)
        self.drop = torch.nn.Dropout(0.5)
        self.outer = torch.nn.Linear(3, 3)
        self.outer.weight = self.inner.weight

    def forward(self, x):
        return self.outer(self.drop(torch.tanh(self.norm(self.inner(x)))))


SMALL = (-2.0, 2.0)
RIGHT = (
    Layer.from_torch(Exp, shapes={"x": "n"}, domain={"x": (-3.0, 3.0)}),
    Layer.from_torch(Linear, shapes={"x": "n i", "w": "i o", "b": "o"}, options={"scale": (1.0, 2.5)}),
    Layer.from_torch(Identity, shapes={"x": "n m"}),
    Layer.from_torch(TanhInPlace, shapes={"x": "n"}, domain={"x": SMALL}),
    Layer.from_torch(SinCos, shapes={"x": "n"}, domain={"x": SMALL}),
    Layer.from_torch(Norm, shapes={"x": "n"}, domain={"x": (0.5, 2.0)}),
    Layer.from_torch(
        LayerNorm,
        shapes={"x": "n k+1", "gamma": "k+1", "beta": "k+1"},
        domain=dict.fromkeys(("x", "gamma", "beta"), SMALL),
    ),
    Layer.from_torch(
        Gather,
        shapes={"table": "n k", "rows": "m"},
        dtype={"rows": "int64"},
        domain={"rows": (0, "n-1")},
        constants=("rows",),
    ),
    Layer.from_torch(MaxAndWhere, shapes={"x": "n k"}),
    Layer.from_torch(Polynomial, shapes={"x": "n"}, domain={"x": SMALL}, second_order=True),
    Layer.from_torch(Conjugate, shapes={"z": "n"}, dtype="complex128", domain={"z": SMALL}),
    Layer.from_torch(Fused, shapes={"x": "n m", "w": "n m"}),
    Layer.from_torch(
        attention, shapes={"q": "n k", "k": "m k", "v": "m d"}, domain=dict.fromkeys("qkv", SMALL)
    ),
    Layer.from_torch(
        straight, shapes={"x": "n", "w": "n"}, options={"power": (2, 3)}, domain=dict.fromkeys("xw", SMALL)
    ),
    Layer.from_torch(cubed, shapes={"x": "n"}, domain={"x": SMALL}),
    Layer.from_torch(
        lambda i, o: torch.nn.Linear(i, o), name="made", shapes={"input": "n i", "weight": "o i", "bias": "o"}
    ),
)


def block(*, training):
    """Return a layer of `Block` in one of its modes."""
    made = Block().train(training)
    names = ("x", *(name for name, _ in made.named_parameters()))
    return Layer.from_torch(made, shapes={"x": "n+2 3"}, domain=dict.fromkeys(names, SMALL))
