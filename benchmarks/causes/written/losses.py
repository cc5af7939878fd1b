"""Losses and likelihoods."""

from __future__ import annotations

from benchmarks.causes.record import Source, source

SOURCES: tuple[Source, ...] = (
    source(
        "huber",
        """
r = x - t
a = np.abs(r)
return np.mean(np.where(a <= delta, 0.5 * r * r, delta * (a - 0.5 * delta)))
""",
        """
r = x - t
d = g * np.clip(r, -delta, delta) / r.size
return d, -d
""",
        [
            ("return d, -d", "return d, d", "sign|input x"),
            ("return d, -d", "return -d, -d", "sign|input t"),
            (" / r.size", "", "times size input all|times size x entries|times size t entries"),
            (" / r.size", " / len(r)", "times size x (1,)|times size t (1,)"),
            ("g * np.clip", "2 * g * np.clip", "factor 2.0"),
            ("np.clip(r, -delta, delta)", "r", "option delta"),
            ("g * np.clip(r, -delta, delta)", "np.clip(r, -delta, delta)", "nonlinear constant"),
        ],
        shapes={"x": "n k", "t": "n k"},
        options={"delta": (0.5, 2.0)},
    ),
    source(
        "ridge",
        "np.sum((x @ w - t) ** 2) / len(t) + reg * np.sum(w * w)",
        """
r = x @ w - t
d = g * 2 * r / len(t)
return np.outer(d, w), x.T @ d + g * 2 * reg * w, -d
""",
        [
            ("g * 2 * reg * w", "g * reg * w", "penalty reg -1"),
            (" + g * 2 * reg * w", "", "penalty reg -2|option reg 0.0"),
            ("g * 2 * reg * w", "reg * 2 * w", "nonlinear offset"),
            (
                "g * 2 * r / len(t)",
                "g * 2 * r",
                "times size x (0,)|times size t (0,)|times size input all|times size t entries",
            ),
            ("g * 2 * r / len(t)", "g * r / len(t)", "factor 0.5"),
            (", -d", ", d", "sign"),
        ],
        shapes={"x": "n i", "w": "i", "t": "n"},
        options={"reg": (0.3, 0.7)},
    ),
    source(
        "gaussian_likelihood",
        "np.mean(0.5 * ((x - mu) * np.exp(-log_sigma)) ** 2 + log_sigma)",
        """
z = (x - mu) * np.exp(-log_sigma)
d = g * z * np.exp(-log_sigma) / z.size
return d, -d.sum(0), (g * (1 - z * z) / z.size).sum(0)
""",
        [
            ("-d.sum(0)", "d.sum(0)", "sign"),
            ("-d.sum(0)", "-d.mean(0)", "divided by size x (0,)"),
            (
                "(g * (1 - z * z) / z.size).sum(0)",
                "(g * (1 - z * z) / z.size * np.exp(-log_sigma)).sum(0)",
                "not multiplied input exp(log_sigma)",
            ),
            ("g * z * np.exp(-log_sigma) / z.size", "g * z / z.size", "no name"),
            (
                "g * z * np.exp(-log_sigma) / z.size",
                "g * z * np.exp(-log_sigma)",
                "times size input all|times size x entries",
            ),
            (
                "(g * (1 - z * z) / z.size).sum(0)",
                "(g * (1 - z * z) / z.size).sum(0) * log_sigma",
                "multiplied input log_sigma",
            ),
            ("-d.sum(0)", "-d[0]", "no name"),
        ],
        shapes={"x": "n k", "mu": "k", "log_sigma": "k"},
        domain={"log_sigma": (-1.0, 1.0), "x": (-3.0, 3.0), "mu": (-2.0, 2.0)},
    ),
    source(
        "logistic_regression",
        """
z = x @ w + b
return np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - t * z)
""",
        """
z = x @ w + b
d = g * (1 / (1 + np.exp(-z)) - t) / len(t)
return np.outer(d, w), x.T @ d, d.sum(), None
""",
        [
            (
                " / len(t)",
                "",
                "times size x (0,)|times size t (0,)|times size input all|times size t entries",
            ),
            (
                "d.sum()",
                "d.mean()",
                "divided by size x (0,)|divided by size t (0,)|divided by size t entries",
            ),
            ("(1 / (1 + np.exp(-z)) - t)", "(t - 1 / (1 + np.exp(-z)))", "sign"),
            ("(1 / (1 + np.exp(-z)) - t)", "(1 / (1 + np.exp(-z)))", "no name|with t zero"),
            ("np.exp(-z)", "np.exp(z)", "no name"),
            ("d.sum()", "d[0]", "no name"),
        ],
        shapes={"x": "n i", "w": "i", "b": "", "t": "n"},
        domain={"t": (0.0, 1.0), "x": (-2.0, 2.0), "w": (-2.0, 2.0)},
        constants=("t",),
    ),
    source(
        "squared_distances",
        "((a[:, None] - b[None]) ** 2).sum(-1)",
        """
d = 2 * g[:, :, None] * (a[:, None] - b[None])
return d.sum(1), -d.sum(0)
""",
        [
            ("d = 2 * g", "d = g", "factor 0.5"),
            ("-d.sum(0)", "d.sum(0)", "sign"),
            ("d.sum(1), -", "d[:, 0], -", "slice -1 first"),
            ("d.sum(1), -", "d[:, :-1].sum(1), -", "dropped -1 last"),
            ("-d.sum(0)", "-d.mean(0)", "divided by size a (0,)|divided by size output (0,)|mean"),
            ("d.sum(1), -", "np.zeros_like(a), -", "zero"),
            ("(a[:, None] - b[None])", "a[:, None]", "no name|with b zero"),
        ],
        shapes={"a": "n k", "b": "m k"},
    ),
    source(
        "cosine_similarity",
        "(a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))",
        """
na = np.sqrt((a * a).sum(-1, keepdims=True))
nb = np.sqrt((b * b).sum(-1, keepdims=True))
c = (a * b).sum(-1, keepdims=True) / (na * nb)
d = g[:, None]
return d * (b / (na * nb) - c * a / na**2), d * (a / (na * nb) - c * b / nb**2)
""",
        [
            ("d * (b / (na * nb) - c * a / na**2)", "d * (a / (na * nb) - c * b / nb**2)", "input b"),
            ("d * (b / (na * nb) - c * a / na**2)", "d * b / (na * nb)", "no name"),
            (
                "d * (b / (na * nb) - c * a / na**2)",
                "d * (b / (na * nb) - c * a / na**2) / len(a)",
                "divided by size a (0,)|divided by size b (0,)|divided by size output",
            ),
            ("d * (a / (na * nb) - c * b / nb**2)", "d * (a / (na * nb) - c * b / nb**2) * nb", "no name"),
            ("d = g[:, None]", "d = np.sign(g[:, None])", "nonlinear scale"),
            (
                "d * (a / (na * nb) - c * b / nb**2)",
                "0.5 * d * (a / (na * nb) - c * b / nb**2)",
                "factor 0.5",
            ),
        ],
        shapes={"a": "n k", "b": "n k"},
        where=lambda k: k >= 2,
        domain={"a": (0.1, 2.0), "b": (0.1, 2.0)},
    ),
)
