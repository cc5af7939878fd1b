"""Layers of all kinds, whose mistakes were judged once and changed nothing."""

from __future__ import annotations

from benchmarks.causes.record import Source, source

SOURCES: tuple[Source, ...] = (
    source(
        "convolution_of_a_line",
        "np.stack([(x[:, k : k + len(w)] * w).sum(1) for k in range(x.shape[1] - len(w) + 1)], 1)",
        """
x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
for k in range(g.shape[1]):
    x_bar[:, k : k + len(w)] += g[:, k : k + 1] * w
    w_bar += (g[:, k : k + 1] * x[:, k : k + len(w)]).sum(0)
return x_bar, w_bar
""",
        [
            ("g[:, k : k + 1] * w\n", "g[:, k : k + 1] * w[::-1]\n", "with w flipped -1"),
            ("x_bar[:, k : k + len(w)] += g", "x_bar[:, k : k + len(w)] = g", "assigned last"),
            ("len(w)]).sum(0)", "len(w)]).mean(0)", "divided by size x (0,)|divided by size output (0,)"),
            ("w_bar += (g", "w_bar = (g", "slice -1 last"),
            ("return x_bar, w_bar", "return x_bar, w_bar[::-1]", "entries flipped -1"),
        ],
        shapes={"x": "n t", "w": "k"},
        where=lambda t, k: k <= t,
    ),
    source(
        "affine_scaling",
        "x * scale + shift",
        "g * scale, (g * x).sum(), g.sum()",
        [
            ("(g * x).sum()", "(g * x).mean()", "divided by size x entries|divided by size output all|mean"),
            ("g.sum()", "g.sum(0)[0]", "slice -1 first|terms missing"),
            ("g * scale", "g.copy()", "identity|with scale of ones|not multiplied"),
            ("(g * x).sum()", "g.sum()", "input shift|with x of ones"),
            ("g * scale", "g / scale", "reciprocal"),
            ("g * scale", "g * shift", "with scale replaced shift"),
        ],
        shapes={"x": "n k", "scale": "", "shift": ""},
    ),
    source(
        "dice_loss",
        "1 - 2 * np.sum(p * t) / (np.sum(p) + np.sum(t))",
        """
s = np.sum(p) + np.sum(t)
return g * (-2 * t / s + 2 * np.sum(p * t) / s**2), None
""",
        [
            ("(-2 * t / s + 2", "(2 * t / s - 2", "sign"),
            ("-2 * t / s + 2 * np.sum(p * t) / s**2", "-2 * t / s", "no name"),
            ("g * (-2", "-g * (-2", "sign"),
            ("-2 * t / s + 2 * np.sum(p * t) / s**2", "-t / s + np.sum(p * t) / s**2", "factor 0.5"),
            ("g * (-2", "(-2", "nonlinear constant"),
        ],
        shapes={"p": "n k", "t": "n k"},
        domain={"p": (0.1, 0.9), "t": (0.0, 1.0)},
        constants=("t",),
        where=lambda n, k: n * k >= 2,
    ),
    source(
        "layer_with_a_residual",
        "x + np.tanh(x @ w)",
        """
h = np.tanh(x @ w)
d = g * (1 - h * h)
return g + d @ w.T, x.T @ d
""",
        [
            ("g + d @ w.T", "d @ w.T", "residual missing"),
            ("w.T, x", "w, x", "with w transposed|no name"),
            ("x.T @ d", "d.T @ x", "entries transposed -2 -1"),
            ("(1 - h * h)", "(1 - h)", "no name"),
            ("x.T @ d", "x.T @ g", "no name|with"),
            ("x.T @ d", "x.T @ d / len(x)", "divided by size x (0,)|divided by size output (0,)"),
        ],
        shapes={"x": "n i", "w": "i i"},
        domain={"x": (-1.5, 1.5), "w": (-1.0, 1.0)},
    ),
    source(
        "log_of_softmax",
        """
z = x - x.max(-1, keepdims=True)
return z - np.log(np.exp(z).sum(-1, keepdims=True))
""",
        """
z = np.exp(x - x.max(-1, keepdims=True))
p = z / z.sum(-1, keepdims=True)
return g - p * g.sum(-1, keepdims=True)
""",
        [
            ("g - p * g.sum(-1, keepdims=True)", "g - p", "nonlinear offset"),
            ("g - p * g.sum(-1, keepdims=True)", "g - p * g", "diagonal"),
            ("g - p * g.sum(-1, keepdims=True)", "g.copy()", "identity"),
            ("g - p * g.sum(-1, keepdims=True)", "-p * g.sum(-1, keepdims=True)", "residual missing"),
            ("p = z / z.sum(-1, keepdims=True)", "p = z / z.sum()", "no name"),
        ],
        shapes={"x": "n k"},
        domain={"x": (-3.0, 3.0)},
        where=lambda k: k >= 2,
    ),
    source(
        "triangular_product",
        "np.tril(a) @ x",
        "np.tril(g @ x.T), np.tril(a).T @ g",
        [
            ("np.tril(g @ x.T)", "g @ x.T", "no name|terms added"),
            ("np.tril(g @ x.T)", "np.triu(g @ x.T)", "no name"),
            ("np.tril(a).T @ g", "a.T @ g", "no name"),
            ("np.tril(a).T @ g", "np.tril(a) @ g", "not transposed|with a transposed"),
            ("np.tril(a).T @ g", "np.tril(a).T @ g[::-1]", "cotangent flipped -2"),
        ],
        shapes={"a": "n n", "x": "n k"},
    ),
    source(
        "dropout_by_a_mask",
        "x * mask / keep",
        "g * mask / keep, None",
        [
            ("g * mask / keep", "g * mask", "times size keep value"),
            (
                "g * mask / keep",
                "g / keep",
                "not multiplied input mask|not multiplied output mask|terms added",
            ),
            ("g * mask / keep", "g * mask * keep", "no name"),
            ("g * mask / keep", "g * mask / keep**2", "divided by size keep value"),
            ("g * mask / keep", "g * mask / (1 - keep)", "option keep complement"),
        ],
        shapes={"x": "n k", "mask": "n k"},
        options={"keep": (0.4, 0.6, 0.8)},
        domain={"mask": (0.5, 1.5)},
        constants=("mask",),
    ),
    source(
        "mean_over_time",
        "x.mean(1)",
        "np.repeat(g[:, None] / x.shape[1], x.shape[1], 1)",
        [
            (" / x.shape[1]", "", "times size x (1,)"),
            (" / x.shape[1]", " / x.shape[0]", "no name"),
            (" / x.shape[1]", " / x.shape[1] ** 2", "divided by size x (1,)"),
            (" / x.shape[1]", " / max(x.shape[1] - 1, 1)", "times size x (1,) over one less"),
            ("g[:, None]", "g[:1, None] + 0 * g[:, None]", "no name|cotangent"),
        ],
        shapes={"x": "n t d"},
    ),
    source(
        "polynomial",
        "c[0] + c[1] * x + c[2] * x**2",
        "g * (c[1] + 2 * c[2] * x), np.array([g.sum(), (g * x).sum(), (g * x**2).sum()])",
        [
            ("2 * c[2] * x)", "c[2] * x)", "no name"),
            (
                "[g.sum(), (g * x).sum(), (g * x**2).sum()]",
                "[(g * x**2).sum(), (g * x).sum(), g.sum()]",
                "entries flipped -1",
            ),
            ("(g * x**2).sum()]", "0.0]", "terms missing|partly"),
            ("[g.sum(),", "[g.size,", "nonlinear"),
            ("(g * x).sum(), (", "-(g * x).sum(), (", "partly sign|with x negated"),
        ],
        shapes={"x": "n", "c": "3"},
    ),
)
