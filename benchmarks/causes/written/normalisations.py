"""Normalisations, and what keeps state from row to row."""

from __future__ import annotations

from benchmarks.causes.record import Source, source

SOURCES: tuple[Source, ...] = (
    source(
        "rms_norm",
        "gamma * x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)",
        """
s = np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)
h = g * gamma
x_bar = h / s - x * (h * x).mean(-1, keepdims=True) / s**3
return x_bar, (g * x / s).sum(0)
""",
        [
            ("h / s - x * (h * x).mean(-1, keepdims=True) / s**3", "h / s", "held constant norm"),
            (
                "(g * x / s).sum(0)",
                "(g * x / s).mean(0)",
                "divided by size x (0,)|divided by size output (0,)",
            ),
            ("(g * x / s).sum(0)", "(g * x / s)[-1]", "slice -2 last"),
            ("(g * x / s).sum(0)", "(g * x).sum(0)", "no name"),
            ("h = g * gamma", "h = g", "with gamma of ones"),
            ("x_bar = h / s - x", "x_bar = h / s + x", "no name"),
        ],
        shapes={"x": "n k", "gamma": "k"},
        domain={"gamma": (0.3, 2.0)},
    ),
    source(
        "demeaned_columns",
        "x - x.mean(0)",
        "g - g.mean(0)",
        [
            ("g - g.mean(0)", "g.copy()", "identity|held constant mean|diagonal"),
            ("g.mean(0)", "g.sum(0)", "no name"),
            ("g.mean(0)", "g.mean(1, keepdims=True)", "axes swapped -2 -1"),
            ("g.mean(0)", "g.mean()", "over all"),
            ("g - g.mean(0)", "g - g.sum(0) / max(len(x) - 1, 1)", "no name"),
            ("g - g.mean(0)", "-g.mean(0) + np.zeros_like(g)", "residual missing"),
        ],
        shapes={"x": "n k"},
        where=lambda n: n >= 2,
    ),
    source(
        "softmax_rows",
        """
e = np.exp(x - x.max(1, keepdims=True))
return e / e.sum(1, keepdims=True)
""",
        """
e = np.exp(x - x.max(1, keepdims=True))
y = e / e.sum(1, keepdims=True)
return y * (g - (g * y).sum(1, keepdims=True))
""",
        [
            ("y * (g - (g * y).sum(1, keepdims=True))", "y * g", "held constant total|no name"),
            ("y * (g - (g * y).sum(1, keepdims=True))", "y * (1 - y) * g", "diagonal"),
            ("(g * y).sum(1", "(g * y).mean(1", "no name"),
            ("(g * y).sum(1, keepdims=True)", "(g * y).sum()", "no name"),
            ("y * (g", "(g", "not multiplied"),
            ("y * (g - (g * y).sum(1, keepdims=True))", "y - g", "nonlinear offset"),
        ],
        shapes={"x": "n k"},
        domain={"x": (-3.0, 3.0)},
        where=lambda k: k >= 2,
    ),
    source(
        "scaled_channels",
        "x * s[:, None, None] + o[:, None, None]",
        "g * s[:, None, None], (g * x).sum((0, 2, 3)), g.sum((0, 2, 3))",
        [
            ("g.sum((0, 2, 3))", "g.mean((0, 2, 3))", "mean|divided by size"),
            ("g.sum((0, 2, 3))", "g[0].sum((1, 2))", "slice -4 first"),
            ("g.sum((0, 2, 3))", "g[:, :, 0, 0].sum(0)", "assigned first|terms missing"),
            (
                "(g * x).sum((0, 2, 3))",
                "(g * x).sum((0, 2, 3)) / len(x)",
                "divided by size x (0,)|divided by size output (0,)",
            ),
            ("(g * x).sum((0, 2, 3))", "g.sum((0, 2, 3))", "input o|with x of ones"),
            ("g * s[:, None, None]", "g * o[:, None, None]", "with s replaced o"),
            ("g * s[:, None, None]", "g / s[:, None, None]", "reciprocal"),
        ],
        shapes={"x": "n c h w", "s": "c", "o": "c"},
    ),
    source(
        "linear_recurrence",
        """
y, h = np.zeros_like(x), np.zeros(x.shape[1])
for t in range(len(x)):
    h = a * h + x[t]
    y[t] = h
return y
""",
        """
y, h = np.zeros_like(x), np.zeros(x.shape[1])
for t in range(len(x)):
    h = a * h + x[t]
    y[t] = h
x_bar, a_bar, d = np.zeros_like(x), np.zeros_like(a), np.zeros(x.shape[1])
for t in reversed(range(len(x))):
    d = g[t] + a * d
    x_bar[t] = d
    a_bar += d * (y[t - 1] if t else 0)
return x_bar, a_bar
""",
        [
            ("d = g[t] + a * d", "d = g[t]", "identity|diagonal|with a zero|assigned first"),
            ("in reversed(range(len(x)))", "in range(len(x))", "not transposed"),
            ("a_bar += d", "a_bar = d", "zero"),
            ("d = g[t] + a * d", "d = g[t] + d", "with a of ones"),
            ("(y[t - 1] if t else 0)", "y[t]", "cotangent shifted +1 -2"),
            ("x_bar[t] = d", "x_bar[t] = a * d", "multiplied input a|no name"),
        ],
        shapes={"x": "t k", "a": "k"},
        domain={"a": (0.2, 0.9)},
    ),
)
