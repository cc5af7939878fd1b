"""Dense layers, activations and arithmetic with broadcasting."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

DENSE = layer(
    "dense over time",
    "return x @ w + b",
    """
    w_bar = np.zeros_like(w)
    for k in range(len(x)):
        w_bar += x[k].T @ g[k]
    return g @ w.T, w_bar, g.sum(axis=(0, 1))
    """,
    [
        ("w_bar += x", "w_bar = x", "only the last sample's part of w_bar is kept", say.OVERWRITTEN),
        ("g.sum(axis=(0, 1))", "g.sum(axis=0).mean(axis=0)", "b_bar is averaged over time", say.SIZE),
        (
            "g @ w.T",
            "(g + b) @ w.T",
            "the bias is added to the cotangent, as forward would",
            f"{say.EXTRA}|'b'",
        ),
        ("g.sum(axis=(0, 1))", "g[:, -1].sum(axis=0)", "b_bar takes the last moment only", say.UNSUMMED),
    ],
    shapes={"x": "n t i", "w": "i o", "b": "o"},
    where=lambda n, t: n > 0 and t > 0,
    domain={"x": (-3, 3), "w": (-3, 3), "b": (-3, 3)},
)

BILINEAR = layer(
    "bilinear form",
    "return np.einsum('ni,ij,nj->n', x, a, z)",
    """
    x_bar = g[:, None] * (z @ a.T)
    a_bar = np.einsum('n,ni,nj->ij', g, x, z)
    z_bar = g[:, None] * (x @ a)
    return x_bar, a_bar, z_bar
    """,
    [
        ("n,ni,nj->ij", "n,ni,nj->ji", "a_bar is transposed", say.TRANSPOSED),
        ("(z @ a.T)", "(z @ a)", "a is not transposed in x_bar", say.TRANSPOSED),
        ("g[:, None] * (x @ a)", "x @ a", "z_bar leaves out the cotangent", say.COTANGENT),
        ("g, x, z)", "g, z, x)", "x and z are swapped in a_bar", f"{say.TRANSPOSED}|{say.SWAPPED}"),
    ],
    shapes={"x": "n i", "a": "i i", "z": "n i"},
    domain={"x": (-3, 3), "a": (-3, 3), "z": (-3, 3)},
)

GELU = layer(
    "gelu by tanh",
    "return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))",
    """
    u = 0.7978845608 * (x + 0.044715 * x**3)
    t = np.tanh(u)
    inner = 0.7978845608 * (1 + 3 * 0.044715 * x**2)
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)
    """,
    [
        (
            "3 * 0.044715 * x**2",
            "0.044715 * x**2",
            "the derivative of the cube lacks its 3",
            r"\b3\b|third|cube|power",
        ),
        ("1 - t**2", "1 - u**2", "tanh' is taken of the input of tanh, not of its output", say.AT_OUTPUT),
        ("* inner", "", "the derivative of the inner polynomial is forgotten", say.FORGOTTEN_CHAIN),
        ("0.5 * (1 + t) + ", "", "one term of the product rule is missing", say.TERM),
    ],
    shapes={"x": "..."},
    domain={"x": (-3, 3)},
)

SOFTPLUS = layer(
    "softplus with beta",
    "return np.logaddexp(0, beta * x) / beta",
    "return g / (1 + np.exp(-beta * x))",
    [
        ("-beta * x", "-x", "the sigmoid ignores beta", f"{say.OPTION}|beta"),
        ("return g", "return beta * g", "beta is not cancelled by the division", "beta"),
        ("-beta * x", "beta * x", "the exponent has the wrong sign", f"{say.SIGN}|complement|1 -"),
    ],
    shapes={"x": "m n"},
    options={"beta": (0.5, 1.0, 3.0)},
    domain={"x": (-3, 3)},
)

HARD_TANH = layer(
    "clip to an interval",
    "return np.clip(x, low, high)",
    "return g * ((x > low) & (x < high))",
    [
        ("(x > low) & (x < high)", "x > low", "the upper bound is not masked", say.MASK),
        (
            "g * ((x > low) & (x < high))",
            "g.copy()",
            "the clipped entries are not masked at all",
            say.MASK,
            "cotangent of the output as it comes",
            "own input zero",
        ),
        (
            "(x > low) & (x < high)",
            "np.abs(x) < high",
            "the mask uses the upper bound for both",
            f"{say.MASK}|low|{say.OPTION}",
            "absolute values of its own input",
        ),
        ("x < high", "x < 1.0", "the option high is taken to be one", f"high|{say.OPTION}"),
    ],
    shapes={"x": "m n"},
    options={"low": (-1.0, -0.25), "high": (0.5, 2.0)},
    domain={"x": (-4, 4)},
)

LEAKY = layer(
    "leaky relu",
    "return np.where(x > 0, x, slope * x)",
    "return np.where(x > 0, g, slope * g)",
    [
        ("slope * g", "0 * g", "the slope below zero is forgotten, as in a relu", f"zero|slope|{say.MASK}"),
        ("x > 0", "g > 0", "the mask compares the cotangent, not the input", f"cotangent|{say.MASK}"),
        (
            "x > 0, g, slope * g",
            "x > 0, slope * g, g",
            "the two branches are swapped",
            say.SWAPPED,
            "own input negated",
        ),
        ("slope * g", "slope * x", "the input is returned in place of the cotangent", say.COTANGENT),
    ],
    shapes={"x": "n k"},
    options={"slope": (0.01, 0.2)},
    domain={"x": (-3, 3)},
)

ELU = layer(
    "elu",
    "return np.where(x > 0, x, alpha * np.expm1(x))",
    "return g * np.where(x > 0, 1.0, alpha * np.exp(x))",
    [
        (
            "alpha * np.exp(x)",
            "alpha * np.expm1(x)",
            "the output is taken where the output plus alpha belongs",
            f"{say.AT_OUTPUT}|alpha|forward",
        ),
        ("alpha * np.exp(x)", "np.exp(x)", "alpha is forgotten", "alpha"),
    ],
    shapes={"x": "n k"},
    options={"alpha": (0.5, 1.0, 1.7)},
    domain={"x": (-3, 3)},
)

POWER = layer(
    "power with learned exponents",
    "return x ** p",
    "return g * p * x ** (p - 1), (g * x**p * np.log(x)).sum(axis=0)",
    [
        (
            "x ** (p - 1)",
            "x ** p",
            "the exponent is not lowered by one",
            "exponent|power|multiplied by 'x'|times 'x'|factor.*x",
            "multiplied by the input 'x'",
        ),
        ("g * p * x", "g * x", "the factor p is missing", "'p'"),
        (" * np.log(x)", "", "the logarithm of the base is missing", "log"),
        (".sum(axis=0)", "[0]", "the broadcast exponents take the first row only", say.UNSUMMED),
        ("np.log(x)", "np.log10(x)", "the logarithm is decimal, not natural", "log|2.30|0.43", "", r"0\.434"),
    ],
    shapes={"x": "m n", "p": "n"},
    where=lambda m: m > 0,
    domain={"x": (0.3, 3), "p": (-2, 3)},
)

ARCTAN = layer(
    "angle of a point",
    "return np.arctan2(y, x)",
    """
    squared = x**2 + y**2
    return g * x / squared, -g * y / squared
    """,
    [
        ("-g * y", "g * y", "the sign of the second derivative is wrong", say.SIGN),
        (
            "return g * x / squared, -g * y / squared",
            "return -g * y / squared, g * x / squared",
            "the two cotangents are swapped",
            say.SWAPPED,
        ),
        (
            "x**2 + y**2",
            "np.sqrt(x**2 + y**2)",
            "the distance is used where its square belongs",
            "squar|root|power|norm|distance",
        ),
    ],
    shapes={"y": "n", "x": "n"},
    domain={"y": (0.2, 3), "x": (0.2, 3)},
)

ROW_SCALE = layer(
    "divide rows by scales",
    "return x / s",
    "return g / s, -(g * x / s**2).sum(axis=1, keepdims=True)",
    [
        ("s**2", "s", "the scale is not squared", "squar|power|'s'"),
        ("-(g", "(g", "the minus is missing", say.SIGN),
        (
            ".sum(axis=1, keepdims=True)",
            ".mean(axis=1, keepdims=True)",
            "averaged, not summed, over the broadcast axis",
            say.SIZE,
        ),
        (
            "g / s,",
            "g * s,",
            "the cotangent is multiplied where it should be divided",
            "'s'|invers|reciproc|divid",
        ),
        (
            ".sum(axis=1, keepdims=True)",
            ".sum(axis=0)[:, None][: len(s)] * np.ones_like(s)",
            "summed over the columns' axis in place of the rows'",
            say.AXIS,
        ),
    ],
    shapes={"x": "m m", "s": "m 1"},
    where=lambda m: m > 0,
    domain={"x": (-3, 3), "s": (0.5, 3)},
)

GLU = layer(
    "gated linear unit",
    """
    a, b = np.split(x, 2, axis=-1)
    return a / (1 + np.exp(-b))
    """,
    """
    a, b = np.split(x, 2, axis=-1)
    s = 1 / (1 + np.exp(-b))
    return np.concatenate([g * s, g * a * s * (1 - s)], axis=-1)
    """,
    [
        (
            "[g * s, g * a * s * (1 - s)]",
            "[g * a * s * (1 - s), g * s]",
            "the halves are put together in the wrong order",
            f"{say.SWAPPED}|{say.ORDER}|halv|roll|shift",
        ),
        (
            "a * s * (1 - s)",
            "s * (1 - s)",
            "the factor a is missing from the gate's half",
            "factor|missing|'x'",
        ),
        ("s * (1 - s)", "b * (1 - b)", "the sigmoid's derivative is taken of its input", say.AT_OUTPUT),
        ("a * s * (1 - s)", "0 * b", "nothing flows into the gate", f"zero|{say.HELD}|gate|half"),
    ],
    shapes={"x": "n 2*k"},
    domain={"x": (-3, 3)},
)

DROPOUT = layer(
    "inverted dropout",
    "return x * (mask > rate) / (1 - rate)",
    "return g * (mask > rate) / (1 - rate), None",
    [
        (
            " / (1 - rate)",
            "",
            "the cotangent is not rescaled by the part kept",
            "rate|factor|scal|divided|multipl",
        ),
        (
            "(mask > rate)",
            "(mask < rate)",
            "the dropped entries are kept, and the kept dropped",
            f"complement|invert|opposite|{say.MASK}|{say.SWAPPED}",
        ),
        (
            "/ (1 - rate)",
            "* (1 - rate)",
            "multiplied by the part kept in place of divided",
            "rate|square|factor|invers",
            "divided by the derivative",
        ),
        (
            "g * (mask > rate)",
            "g * (mask > 0.5)",
            "the mask takes a rate of one half, whatever the option",
            f"rate|{say.OPTION}",
        ),
    ],
    shapes={"x": "n k", "mask": "n k"},
    options={"rate": (0.2, 0.6)},
    domain={"x": (-3, 3), "mask": (0, 1)},
    constants=("mask",),
)

HORNER = layer(
    "polynomial by Horner",
    """
    y = np.zeros_like(x)
    for k in range(len(c)):
        y = y * x + c[k]
    return y
    """,
    """
    n = len(c)
    slope = np.zeros_like(x)
    c_bar = np.zeros_like(c)
    for k in range(n):
        c_bar[k] = (g * x ** (n - 1 - k)).sum()
        if k < n - 1:
            slope += (n - 1 - k) * c[k] * x ** (n - 2 - k)
    return g * slope, c_bar
    """,
    [
        (
            "g * x ** (n - 1 - k)",
            "g * x ** k",
            "the coefficients' cotangents are in the order of rising powers",
            say.ORDER,
        ),
        (
            "(n - 1 - k) * c[k]",
            "c[k]",
            "the factors of the powers are missing",
            f"factor|power|coefficient|exponent|{say.FORGOTTEN_CHAIN}",
        ),
        ("x ** (n - 2 - k)", "x ** (n - 1 - k)", "the powers are not lowered by one", "power|exponent|'x'"),
        (
            "if k < n - 1",
            "if 0 < k < n - 1",
            "the leading coefficient is left out of x_bar",
            f"{say.TERM}|first|leading",
        ),
    ],
    shapes={"x": "m", "c": "k"},
    domain={"x": (-2, 2), "c": (-3, 3)},
)

SOURCES = (
    *(DENSE, BILINEAR, GELU, SOFTPLUS, HARD_TANH, LEAKY, ELU, POWER, ARCTAN, ROW_SCALE, GLU, DROPOUT, HORNER),
)
