"""Right functions of PyTorch, which autograd differentiates: nothing of them may be called wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from gradcheck import Layer

nn = torch.nn.functional
POSITIVE, INSIDE, SMALL = (0.1, 8.0), (-0.95, 0.95), (-3.0, 3.0)
Row = tuple[str, Callable[..., Any], dict[str, str], tuple[float, float] | None]


def _each(name: str, function: Callable[..., Any], domain: tuple[float, float] | None = SMALL) -> Row:
    return name, function, {"x": "n m"}, domain


ROWS: tuple[Row, ...] = (
    _each("exp", torch.exp),
    _each("log", torch.log, POSITIVE),
    _each("sqrt", torch.sqrt, POSITIVE),
    _each("rsqrt", torch.rsqrt, POSITIVE),
    _each("reciprocal", torch.reciprocal, POSITIVE),
    _each("sin", torch.sin),
    _each("tan", torch.tan, (-1.4, 1.4)),
    _each("asin", torch.asin, INSIDE),
    _each("atanh of tanh", lambda x: torch.atanh(torch.tanh(x))),
    _each("log1p of exp", lambda x: torch.log1p(torch.exp(x)), (-20.0, 20.0)),
    _each("sigmoid", torch.sigmoid, (-20.0, 20.0)),
    _each("tanh", torch.tanh, (-10.0, 10.0)),
    _each("erf", torch.erf),
    _each("lgamma", torch.lgamma, POSITIVE),
    _each("gelu", nn.gelu, (-6.0, 6.0)),
    _each("silu", nn.silu, (-10.0, 10.0)),
    _each("elu", nn.elu),
    _each("relu", torch.relu, None),
    _each("leaky relu", lambda x: nn.leaky_relu(x, 0.1), None),
    _each("hardtanh", nn.hardtanh),
    _each("abs", torch.abs, None),
    _each("square", torch.square, None),
    _each("cube", lambda x: x**3, None),
    _each("softplus", nn.softplus, (-30.0, 30.0)),
    _each("softmax", lambda x: torch.softmax(x, -1), (-8.0, 8.0)),
    _each("log softmax", lambda x: torch.log_softmax(x, -1), (-8.0, 8.0)),
    _each("logsumexp", lambda x: torch.logsumexp(x, -1), (-30.0, 30.0)),
    _each("cumsum", lambda x: torch.cumsum(x, -1), None),
    _each("cumprod", lambda x: torch.cumprod(x, -1)),
    _each("prod", lambda x: torch.prod(x, -1)),
    _each("mean", lambda x: x.mean(0), None),
    ("variance", lambda x: x.var(-1), {"x": "n m+2"}, SMALL),
    _each("norm", lambda x: torch.linalg.vector_norm(x, dim=-1), POSITIVE),
    _each("amax", lambda x: x.amax(-1), None),
    _each("sort", lambda x: torch.sort(x, -1).values, None),
    _each("roll and flip", lambda x: torch.roll(x.flip(0), 1, -1), None),
    _each("normalise", lambda x: nn.normalize(x, dim=-1), POSITIVE),
    _each("layer norm", lambda x: nn.layer_norm(x, x.shape[-1:])),
    ("product", torch.mul, {"x": "n", "w": "n"}, None),
    ("quotient", torch.div, {"x": "n", "w": "n"}, POSITIVE),
    ("matmul", torch.matmul, {"x": "n k", "w": "k m"}, None),
    ("linear", nn.linear, {"input": "n i", "weight": "o i", "bias": "o"}, None),
    ("bilinear form", lambda x, a, y: x @ a @ y, {"x": "n", "a": "n m", "y": "m"}, SMALL),
    ("einsum", lambda x, w: torch.einsum("ij,jk->ki", x, w), {"x": "n k", "w": "k m"}, None),
    ("outer difference", lambda x, y: (x[:, None] - y[None]) ** 2, {"x": "n", "y": "m"}, SMALL),
    ("distance", lambda x, y: torch.cdist(x, y + 4.0), {"x": "n k", "y": "m k"}, (-1.0, 1.0)),
    (
        "solve",
        lambda a, b: torch.linalg.solve(a + 5 * torch.eye(len(a), dtype=a.dtype), b),
        {"a": "n n", "b": "n k"},
        INSIDE,
    ),
    ("attention", nn.scaled_dot_product_attention, {"q": "b n k", "k": "b m k", "v": "b m d"}, SMALL),
    ("convolution", nn.conv1d, {"x": "n i l+2", "w": "o i 3", "b": "o"}, SMALL),
    ("average pooling", lambda x: nn.avg_pool1d(x, 2), {"x": "n c 2*l"}, None),
    ("max pooling", lambda x: nn.max_pool1d(x, 2), {"x": "n c 2*l"}, None),
    ("batch norm", lambda x: nn.batch_norm(x, None, None, training=True), {"x": "n+2 c"}, SMALL),
)


def right() -> tuple[Layer, ...]:
    """Return them as layers."""
    return tuple(
        Layer.from_torch(
            function,
            name=name,
            shapes=shapes,
            domain={} if domain is None else dict.fromkeys(shapes, domain),
        )
        for name, function, shapes, domain in ROWS
    )
