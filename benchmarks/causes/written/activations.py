"""Activations, entry by entry."""

from __future__ import annotations

from benchmarks.causes.record import Source, source

SOURCES: tuple[Source, ...] = (
    source(
        "softplus_beta",
        "np.log1p(np.exp(-np.abs(beta * x))) / beta + np.maximum(x, 0)",
        "g / (1 + np.exp(-beta * x))",
        [
            ("np.exp(-beta * x)", "np.exp(beta * x)", "with x negated|option beta negated"),
            ("np.exp(-beta * x)", "np.exp(-x)", "option beta 1.0"),
            ("g / (1", "beta * g / (1", "times size beta value"),
            ("g / (1", "g / beta / (1", "divided by size beta value"),
            (
                "g / (1 + np.exp(-beta * x))",
                "(lambda y: g / (1 + np.exp(-beta * y)))(np.log1p(np.exp(-np.abs(beta * x))) / beta + np.maximum(x, 0))",
                "at output",
            ),
            ("g / (1", "x * g / (1", "multiplied input x"),
        ],
        shapes={"x": "n k"},
        options={"beta": (0.5, 1.0, 3.0)},
        domain={"x": (-3.0, 3.0)},
    ),
    source(
        "gated_linear_unit",
        "a / (1 + np.exp(-b))",
        """
s = 1 / (1 + np.exp(-b))
return g * s, g * a * s * (1 - s)
""",
        [
            ("g * s, g", "g * b, g", "no name"),
            ("g * a * s * (1 - s)", "g * s * (1 - s)", "not multiplied input a|with a of ones"),
            ("g * a * s * (1 - s)", "g * a * s", "no name"),
            ("g * s, g * a * s * (1 - s)", "g * a * s * (1 - s), g * s", "input b"),
            ("g * a * s * (1 - s)", "-g * a * s * (1 - s)", "sign"),
            ("g * s, g", "g / s, g", "reciprocal"),
        ],
        shapes={"a": "n k", "b": "n k"},
        domain={"b": (-4.0, 4.0)},
    ),
    source(
        "swish",
        "x / (1 + np.exp(-x))",
        """
s = 1 / (1 + np.exp(-x))
return g * (s + x * s * (1 - s))
""",
        [
            ("(s + x * s * (1 - s))", "s", "no name"),
            ("(s + x * s * (1 - s))", "(s * (1 - s))", "no name"),
            ("(s + x * s * (1 - s))", "-(s + x * s * (1 - s))", "sign"),
            ("s = 1 / (1 + np.exp(-x))", "s = 1 / (1 + np.exp(x))", "no name"),
            ("s = 1 / (1 + np.exp(-x))", "x = x / (1 + np.exp(-x))\ns = 1 / (1 + np.exp(-x))", "at output"),
            ("g * (s", "np.abs(g) * (s", "nonlinear even"),
        ],
        shapes={"x": "n k"},
        domain={"x": (-4.0, 4.0)},
    ),
    source(
        "elu",
        "np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))",
        "g * np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))",
        [
            ("alpha * np.exp(np.minimum(x, 0))", "np.exp(np.minimum(x, 0))", "option alpha 1.0"),
            ("alpha * np.exp(np.minimum(x, 0))", "alpha * (np.exp(np.minimum(x, 0)) - 1)", "no name"),
            ("np.where(x > 0, 1.0", "np.where(x < 0, 1.0", "no name"),
            ("alpha * np.exp(np.minimum(x, 0))", "0.0", "option alpha 0.0|terms missing"),
            ("g * np.where", "alpha * g * np.where", "times size alpha value"),
        ],
        shapes={"x": "n k"},
        options={"alpha": (0.5, 1.0, 2.0)},
        domain={"x": (-3.0, 3.0)},
    ),
    source(
        "power",
        "x**p",
        "g * p * x ** (p - 1)",
        [
            ("p * x", "x", "divided by size p value"),
            ("(p - 1)", "p", "multiplied input x"),
            ("x ** (p - 1)", "x ** (p - 2)", "not multiplied input x"),
            ("g * p * x ** (p - 1)", "g * x ** p * np.log(x)", "no name"),
            ("p * x", "(p - 1) * x", "no name"),
        ],
        shapes={"x": "n k"},
        options={"p": (2.0, 3.0, 0.5)},
        domain={"x": (0.3, 3.0)},
    ),
    source(
        "plane_rotation",
        "np.stack([np.cos(t) * x[:, 0] - np.sin(t) * x[:, 1], np.sin(t) * x[:, 0] + np.cos(t) * x[:, 1]], 1)",
        """
c, s = np.cos(t), np.sin(t)
x_bar = np.stack([c * g[:, 0] + s * g[:, 1], -s * g[:, 0] + c * g[:, 1]], 1)
t_bar = g[:, 0] * (-s * x[:, 0] - c * x[:, 1]) + g[:, 1] * (c * x[:, 0] - s * x[:, 1])
return x_bar, t_bar
""",
        [
            (
                "c * g[:, 0] + s * g[:, 1], -s * g[:, 0] + c * g[:, 1]",
                "c * g[:, 0] - s * g[:, 1], s * g[:, 0] + c * g[:, 1]",
                "not transposed|with t negated",
            ),
            ("return x_bar, t_bar", "return x_bar[:, ::-1], t_bar", "entries flipped -1|entries rolled"),
            (" + g[:, 1] * (c * x[:, 0] - s * x[:, 1])", "", "dropped -1 last|slice -1 first|terms missing"),
            ("return x_bar, t_bar", "return x_bar, -t_bar", "sign"),
            ("(-s * x[:, 0] - c * x[:, 1])", "(s * x[:, 0] + c * x[:, 1])", "partly sign"),
        ],
        shapes={"x": "n 2", "t": "n"},
        domain={"t": (-3.0, 3.0)},
    ),
)
