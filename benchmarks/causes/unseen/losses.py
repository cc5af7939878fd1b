"""Softmax, losses and similarities."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

SOFTMAX = layer(
    "softmax with temperature",
    """
    e = np.exp((x - x.max(axis=axis, keepdims=True)) / temperature)
    return e / e.sum(axis=axis, keepdims=True)
    """,
    """
    e = np.exp((x - x.max(axis=axis, keepdims=True)) / temperature)
    y = e / e.sum(axis=axis, keepdims=True)
    return y * (g - (g * y).sum(axis=axis, keepdims=True)) / temperature
    """,
    [
        (
            "return y * (g - (g * y).sum(axis=axis, keepdims=True)) / temperature",
            "return y * (g - (g * y).sum(axis=axis, keepdims=True))",
            "the temperature is forgotten",
            "temperature",
        ),
        (
            "(g - (g * y).sum(axis=axis, keepdims=True))",
            "g * (1 - y)",
            "only the diagonal of the Jacobian is used",
            f"diagonal|{say.UNSUMMED}|sigmoid|{say.TERM}",
        ),
        (
            "(g * y).sum(axis=axis, keepdims=True)",
            "(g * y).sum(axis=0, keepdims=True)",
            "the sum always runs over the first axis",
            f"{say.AXIS}|{say.OPTION}",
        ),
        (
            "(g * y).sum(axis=axis, keepdims=True)",
            "g.sum(axis=axis, keepdims=True)",
            "the sum forgets to weight with the output",
            f"weight|{say.FORGOTTEN_CHAIN}|{say.TERM}",
        ),
        (
            "(g * y).sum(axis=axis, keepdims=True)",
            "(g * y).mean(axis=axis, keepdims=True)",
            "averaged where a sum belongs",
            say.SIZE,
        ),
    ],
    shapes={"x": "m n"},
    options={"axis": (0, 1), "temperature": (0.5, 1.0, 2.0)},
    where=lambda m, n: m > 0 and n > 0,
    domain={"x": (-3, 3)},
)

LOG_SOFTMAX = layer(
    "log softmax",
    """
    z = x - x.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    """,
    """
    z = x - x.max(axis=-1, keepdims=True)
    y = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    return g - np.exp(y) * g.sum(axis=-1, keepdims=True)
    """,
    [
        (
            " * g.sum(axis=-1, keepdims=True)",
            "",
            "the sum of the cotangent is taken to be one, as in a loss",
            f"{say.COTANGENT}|{say.EXTRA}|constant|sum",
        ),
        (
            "np.exp(y) * g.sum",
            "y * g.sum",
            "the exponential of the output is forgotten",
            f"exp|{say.AT_OUTPUT}",
        ),
        ("g.sum(axis=-1, keepdims=True)", "g", "the cotangent is not summed", f"{say.UNSUMMED}|diagonal"),
    ],
    shapes={"x": "m n"},
    where=lambda n: n > 1,
    domain={"x": (-3, 3)},
)

CROSS_ENTROPY = layer(
    "cross entropy of labels",
    """
    z = x - x.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    rows = np.arange(len(x))
    return -(weight[labels] * logp[rows, labels]).sum() / len(x)
    """,
    """
    z = x - x.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    p[np.arange(len(x)), labels] -= 1
    return g * weight[labels][:, None] * p / len(x), None, None
    """,
    [
        (" / len(x)", "", "not divided by the number of samples", say.SIZE),
        ("/ len(x)", "/ x.size", "divided by the number of entries, not of samples", say.SIZE),
        (
            "np.arange(len(x)), labels] -= 1",
            "np.arange(len(x)), labels - 1] -= 1",
            "the labels count from one",
            f"{say.SHIFT}|label",
        ),
        (
            "p[np.arange(len(x)), labels] -= 1",
            "pass",
            "the label's one is not subtracted",
            f"label|one-hot|{say.TERM}|subtract",
        ),
        ("weight[labels][:, None] * p", "p", "the classes' weights are forgotten", "weight"),
        (
            "return g * ",
            "return ",
            "the cotangent of the loss is taken to be one",
            f"{say.COTANGENT}|constant",
        ),
    ],
    shapes={"x": "n k", "labels": "n", "weight": "k"},
    where=lambda n, k: n > 0 and k > 1,
    domain={"x": (-3, 3), "labels": (0, "k-1"), "weight": (0.5, 2)},
    dtype={"labels": "int64"},
    constants=("labels", "weight"),
)

BINARY = layer(
    "binary cross entropy of logits",
    "return (t * up * np.logaddexp(0, -x) + (1 - t) * np.logaddexp(0, x)).mean()",
    """
    p = 1 / (1 + np.exp(-x))
    x_bar = ((1 - t) * p - up * t * (1 - p)) * g / x.size
    t_bar = (up * np.logaddexp(0, -x) - np.logaddexp(0, x)) * g / x.size
    return x_bar, t_bar
    """,
    [
        (
            "up * t * (1 - p)",
            "t * (1 - p)",
            "the weight of the positive is forgotten",
            f"'up'|weight|{say.OPTION}",
            "up=",
        ),
        (
            "t_bar = (up * np.logaddexp(0, -x) - np.logaddexp(0, x)) * g / x.size",
            "t_bar = np.zeros_like(t)",
            "the targets are treated as constant",
            f"zero|{say.HELD}",
        ),
        (
            "((1 - t) * p - up * t * (1 - p))",
            "(t * (1 - p) * up - (1 - t) * p)",
            "the sign is wrong: target minus prediction",
            say.SIGN,
        ),
        (
            "t * (1 - p)) * g / x.size",
            "t * (1 - p)) * g / len(x)",
            "divided by the number of rows, not of entries",
            say.SIZE,
        ),
    ],
    shapes={"x": "n k", "t": "n k"},
    options={"up": (0.5, 3.0)},
    where=lambda n, k: n > 0 and k > 0,
    domain={"x": (-3, 3), "t": (0, 1)},
)

SQUARED = layer(
    "mean squared error",
    "return ((p - t) ** 2).mean()",
    """
    d = 2 * g * (p - t) / p.size
    return d, -d
    """,
    [
        ("2 * g", "g", "the two of the square is missing", say.TWICE),
        (
            "return d, -d",
            "return d, d.copy()",
            "the target's cotangent has the sign of the prediction's",
            say.SIGN,
        ),
        ("/ p.size", "/ p.size ** 2", "divided by the size twice", f"{say.SIZE}"),
        ("(p - t)", "np.sign(p - t)", "the derivative of the absolute error", "sign|absolute|magnitude"),
    ],
    shapes={"p": "n k", "t": "n k"},
    where=lambda n, k: n > 0 and k > 0,
    domain={"p": (-3, 3), "t": (-3, 3)},
)

HUBER = layer(
    "huber loss",
    """
    d = p - t
    return np.where(np.abs(d) <= delta, 0.5 * d**2, delta * (np.abs(d) - 0.5 * delta)).sum()
    """,
    """
    d = p - t
    d_bar = g * np.where(np.abs(d) <= delta, d, delta * np.sign(d))
    return d_bar, -d_bar
    """,
    [
        (
            "np.abs(d) <= delta",
            "d <= delta",
            "the mask compares the difference, not its magnitude",
            f"absolute|magnitude|{say.MASK}",
        ),
        ("delta * np.sign(d)", "np.sign(d)", "delta is forgotten in the linear part", "delta"),
        ("delta * np.sign(d)", "delta", "the sign is lost in the linear part", say.SIGN),
    ],
    shapes={"p": "n", "t": "n"},
    options={"delta": (0.5, 1.5)},
    domain={"p": (-3, 3), "t": (-3, 3)},
)

DIVERGENCE = layer(
    "divergence of distributions",
    "return (p * (np.log(p) - np.log(q))).sum(axis=1)",
    "return g[:, None] * (np.log(p) - np.log(q) + 1), -g[:, None] * p / q",
    [
        (
            " + 1), -g",
            "), -g",
            "the derivative of the first logarithm is missing",
            f"{say.TERM}|constant|\\b1\\b",
        ),
        (
            "p / q",
            "q / p",
            "the quotient is upside down",
            f"{say.SWAPPED}|invers|reciproc|upside",
            "divided by the derivative",
        ),
        ("-g[:, None] * p / q", "-g[:, None] / q", "the factor p is missing in q_bar", "'p'|factor"),
    ],
    shapes={"p": "n k", "q": "n k"},
    domain={"p": (0.2, 2), "q": (0.2, 2)},
)

HINGE = layer(
    "multiclass hinge loss",
    """
    rows = np.arange(len(x))
    m = np.maximum(0, x - x[rows, labels][:, None] + margin)
    m[rows, labels] = 0
    return m.sum() / len(x)
    """,
    """
    rows = np.arange(len(x))
    on = (x - x[rows, labels][:, None] + margin > 0).astype(x.dtype)
    on[rows, labels] = 0
    on[rows, labels] = -on.sum(axis=1)
    return g * on / len(x), None
    """,
    [
        (
            "-on.sum(axis=1)",
            "-1",
            "the label's entry is minus one, not minus the number of violations",
            f"{say.SIZE}|label|sum",
        ),
        (
            "on[rows, labels] = -on.sum(axis=1)",
            "pass",
            "nothing flows into the label's entry",
            f"label|zero|{say.TERM}",
        ),
        (" + margin > 0", " > 0", "the margin is forgotten in the mask", f"margin|{say.MASK}"),
    ],
    shapes={"x": "n k", "labels": "n"},
    options={"margin": (0.5, 1.0)},
    where=lambda n, k: n > 0 and k > 1,
    domain={"x": (-3, 3), "labels": (0, "k-1")},
    dtype={"labels": "int64"},
    constants=("labels",),
)

FOCAL = layer(
    "focal loss",
    """
    p = 1 / (1 + np.exp(-x))
    return -((1 - p) ** power * np.log(p)).sum()
    """,
    """
    p = 1 / (1 + np.exp(-x))
    p_bar = power * (1 - p) ** (power - 1) * np.log(p) - (1 - p) ** power / p
    return g * p_bar * p * (1 - p)
    """,
    [
        (" * p * (1 - p)", "", "the sigmoid's derivative is forgotten", say.FORGOTTEN_CHAIN),
        (
            "power * (1 - p) ** (power - 1) * np.log(p) - (1",
            "-(1",
            "the modulating factor is held constant",
            f"{say.HELD}|{say.TERM}",
        ),
        (
            "power * (1 - p) ** (power",
            "(1 - p) ** (power",
            "the exponent does not come down as a factor",
            "'power'|factor|exponent",
        ),
    ],
    shapes={"x": "n k"},
    options={"power": (2.0, 3.0)},
    domain={"x": (-3, 3)},
)

COSINE = layer(
    "cosine similarity",
    """
    na, nb = np.sqrt((a**2).sum(axis=1)), np.sqrt((b**2).sum(axis=1))
    return (a * b).sum(axis=1) / (na * nb)
    """,
    """
    na, nb = np.sqrt((a**2).sum(axis=1))[:, None], np.sqrt((b**2).sum(axis=1))[:, None]
    y = (a * b).sum(axis=1)[:, None] / (na * nb)
    q = g[:, None]
    return q * (b / (na * nb) - y * a / na**2), q * (a / (na * nb) - y * b / nb**2)
    """,
    [
        (" - y * a / na**2", "", "the norm of a is held constant", say.HELD),
        ("y * b / nb**2", "y * b / nb", "the norm of b is not squared", "squar|norm|power|factor"),
        ("y * a / na**2", "y * b / na**2", "b stands where a belongs", say.SWAPPED),
        ("(b / (na * nb)", "(b / nb", "the norm of a is not divided by", "norm|divid|factor"),
    ],
    shapes={"a": "n d", "b": "n d"},
    where=lambda d: d > 1,
    domain={"a": (0.3, 3), "b": (0.3, 3)},
)

LOG_SUM_EXP = layer(
    "log of a sum of exponentials",
    """
    m = x.max(axis=axis, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=axis)) + np.squeeze(m, axis)
    """,
    """
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.expand_dims(g, axis) * e / e.sum(axis=axis, keepdims=True)
    """,
    [
        (
            " / e.sum(axis=axis, keepdims=True)",
            "",
            "the exponentials are not divided by their sum",
            "divid|sum|normali|factor",
        ),
        ("e.sum(axis=axis, keepdims=True)", "e.sum()", "divided by the sum of all", f"{say.AXIS}|all|divid"),
        (
            "np.expand_dims(g, axis) * e /",
            "np.expand_dims(g, axis) * x /",
            "the exponential is forgotten above",
            f"exp|{say.AT_OUTPUT}",
        ),
    ],
    shapes={"x": "m n"},
    options={"axis": (0, 1)},
    where=lambda m, n: m > 0 and n > 0,
    domain={"x": (-3, 3)},
)

TRIPLET = layer(
    "triplet loss",
    """
    near, far = ((a - p) ** 2).sum(axis=1), ((a - n) ** 2).sum(axis=1)
    return np.maximum(0, near - far + 1.0)
    """,
    """
    near, far = ((a - p) ** 2).sum(axis=1), ((a - n) ** 2).sum(axis=1)
    q = 2 * (g * (near - far + 1.0 > 0))[:, None]
    return q * (n - p), q * (p - a), q * (a - n)
    """,
    [
        ("(g * (near - far + 1.0 > 0))", "g", "the satisfied triplets are not masked", say.MASK),
        ("q * (n - p),", "q * (a - p),", "the far one's part of the anchor's cotangent is missing", say.TERM),
        ("q * (a - n)", "q * (n - a)", "the sign of the far one's cotangent is wrong", say.SIGN),
        ("q * (p - a),", "q * (p - a) / 2,", "half of the near one's cotangent is missing", say.TWICE),
    ],
    shapes={"a": "m d", "p": "m d", "n": "m d"},
    domain={"a": (-1, 1), "p": (-1, 1), "n": (-1, 1)},
)

SOURCES = (
    *(SOFTMAX, LOG_SOFTMAX, CROSS_ENTROPY, BINARY, SQUARED, HUBER, DIVERGENCE, HINGE, FOCAL, COSINE),
    *(LOG_SUM_EXP, TRIPLET),
)
