"""Normalisations and the statistics in them."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

BATCH_NORM = layer(
    "batch normalisation",
    """
    mean, var = x.mean(axis=0), x.var(axis=0)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta
    """,
    """
    mean, var = x.mean(axis=0), x.var(axis=0)
    s = 1 / np.sqrt(var + eps)
    z = (x - mean) * s
    z_bar = g * gamma
    x_bar = s * (z_bar - z_bar.mean(axis=0) - z * (z_bar * z).mean(axis=0))
    return x_bar, (g * z).sum(axis=0), g.sum(axis=0)
    """,
    [
        (" - z_bar.mean(axis=0)", "", "the mean is held constant", say.HELD),
        (" - z * (z_bar * z).mean(axis=0)", "", "the variance is held constant", say.HELD),
        (
            "z_bar - z_bar.mean(axis=0) - z * (z_bar * z).mean(axis=0)",
            "z_bar",
            "mean and variance are held constant",
            say.HELD,
        ),
        ("z_bar = g * gamma", "z_bar = g", "gamma is forgotten in x_bar", "gamma"),
        (
            "s = 1 / np.sqrt(var + eps)",
            "s = 1 / np.sqrt(var)",
            "eps is dropped in the backward pass",
            "eps|option",
        ),
        (
            "(g * z).sum(axis=0)",
            "(g * x).sum(axis=0)",
            "gamma_bar takes the input where the normalised one belongs",
            f"normalis|normaliz|{say.AT_OUTPUT}|'x'",
        ),
        (
            "x.var(axis=0)",
            "x.var(axis=0, ddof=1)",
            "the variance is the unbiased one",
            "unbiased|n - 1|ddof|Bessel|divid",
        ),
    ],
    shapes={"x": "n d", "gamma": "d", "beta": "d"},
    options={"eps": (0.01, 0.5)},
    where=lambda n: n > 1,
    domain={"x": (-3, 3), "gamma": (-2, 2), "beta": (-2, 2)},
)

LAYER_NORM = layer(
    "layer normalisation",
    """
    c = x - x.mean(axis=-1, keepdims=True)
    return gamma * c / np.sqrt((c**2).mean(axis=-1, keepdims=True) + 1e-2)
    """,
    """
    c = x - x.mean(axis=-1, keepdims=True)
    s = 1 / np.sqrt((c**2).mean(axis=-1, keepdims=True) + 1e-2)
    z = c * s
    z_bar = g * gamma
    x_bar = s * (z_bar - z_bar.mean(axis=-1, keepdims=True) - z * (z_bar * z).mean(axis=-1, keepdims=True))
    return x_bar, (g * z).sum(axis=(0, 1))
    """,
    [
        (
            "(z_bar * z).mean(axis=-1, keepdims=True)",
            "(z_bar * z).sum(axis=-1, keepdims=True)",
            "the variance's part is summed, not averaged",
            f"{say.SIZE}|sum",
        ),
        (
            "z_bar.mean(axis=-1, keepdims=True)",
            "z_bar.mean(axis=-2, keepdims=True)",
            "the mean's part is taken over the wrong axis",
            say.AXIS,
        ),
        ("- z * (z_bar", "+ z * (z_bar", "the sign of the variance's part is wrong", say.SIGN),
        (
            "x_bar = s * (z_bar",
            "x_bar = s**2 * (z_bar",
            "the scale is squared",
            "squar|scale|deviation|factor|power",
        ),
        (
            "(g * z).sum(axis=(0, 1))",
            "(g * z).sum(axis=1)[0]",
            "gamma_bar takes the first sample only",
            say.UNSUMMED,
        ),
    ],
    shapes={"x": "n t d", "gamma": "d"},
    where=lambda n, t, d: n > 0 and t > 0 and d > 1,
    domain={"x": (-3, 3), "gamma": (-2, 2)},
)

GROUP_NORM = layer(
    "group normalisation",
    """
    n, c, h = x.shape
    r = x.reshape(n, groups, c // groups * h)
    z = (r - r.mean(axis=2, keepdims=True)) / np.sqrt(r.var(axis=2, keepdims=True) + 1e-2)
    return z.reshape(n, c, h)
    """,
    """
    n, c, h = x.shape
    r = x.reshape(n, groups, c // groups * h)
    s = 1 / np.sqrt(r.var(axis=2, keepdims=True) + 1e-2)
    z = (r - r.mean(axis=2, keepdims=True)) * s
    q = g.reshape(r.shape)
    r_bar = s * (q - q.mean(axis=2, keepdims=True) - z * (q * z).mean(axis=2, keepdims=True))
    return r_bar.reshape(n, c, h)
    """,
    [
        (
            "q - q.mean(axis=2, keepdims=True)",
            "q - q.mean(axis=(1, 2), keepdims=True)",
            "the mean's part runs over all groups",
            f"group|{say.AXIS}|all",
        ),
        (
            "r = x.reshape(n, groups, c // groups * h)",
            "groups = 1; r = x.reshape(n, groups, c // groups * h)",
            "the number of groups is ignored",
            f"group|{say.OPTION}",
        ),
        (
            "(q * z).mean(axis=2, keepdims=True)",
            "q.mean(axis=2, keepdims=True)",
            "the variance's part forgets the normalised input",
            f"{say.TERM}|{say.FORGOTTEN_CHAIN}|{say.HELD}",
        ),
    ],
    shapes={"x": "n 2*c h"},
    options={"groups": (1, 2)},
    where=lambda n, c, h: n > 0 and c > 0 and h > 1,
    domain={"x": (-3, 3)},
)

RMS_NORM = layer(
    "rms normalisation",
    "return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-3)",
    """
    r = np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-3)
    return g / r - x * (g * x).mean(axis=-1, keepdims=True) / r**3
    """,
    [
        (
            "/ r**3",
            "/ r**2",
            "the power of the root is two, not three",
            "power|cube|square|factor|norm|r\\b|root",
        ),
        (
            " - x * (g * x).mean(axis=-1, keepdims=True) / r**3",
            "",
            "the root mean square is held constant",
            say.HELD,
        ),
        (
            "(g * x).mean(axis=-1, keepdims=True)",
            "(g * x)",
            "the sum over the features is missing",
            f"{say.UNSUMMED}|diagonal|averag|mean",
        ),
        ("g / r - x", "g / r - 0.5 * x", "the second term is half of what it should be", say.TWICE),
    ],
    shapes={"x": "n d"},
    where=lambda d: d > 1,
    domain={"x": (0.3, 3)},
)

WEIGHT_NORM = layer(
    "weight normalisation",
    "return s[:, None] * v / np.sqrt((v**2).sum(axis=1, keepdims=True))",
    """
    norm = np.sqrt((v**2).sum(axis=1, keepdims=True))
    u = v / norm
    s_bar = (g * u).sum(axis=1)
    v_bar = s[:, None] / norm * (g - u * s_bar[:, None])
    return v_bar, s_bar
    """,
    [
        ("s[:, None] / norm *", "1 / norm *", "the scale is forgotten in v_bar", "'s'|scale"),
        ("(g - u * s_bar[:, None])", "g", "the norm is held constant", say.HELD),
        (
            "s_bar = (g * u)",
            "s_bar = (g * v)",
            "s_bar is not divided by the norm",
            f"norm|divid|{say.AT_OUTPUT}",
        ),
        (
            "(v**2).sum(axis=1, keepdims=True)",
            "(v**2).sum(axis=0, keepdims=True)",
            "the norm is taken over the wrong axis",
            say.AXIS,
        ),
    ],
    shapes={"v": "d d", "s": "d"},
    where=lambda d: d > 1,
    domain={"v": (0.3, 3), "s": (-2, 2)},
)

DEVIATION = layer(
    "standard deviation",
    "return np.sqrt(x.var(axis=axis, ddof=1) + 1e-3)",
    """
    c = x - x.mean(axis=axis, keepdims=True)
    s = np.expand_dims(np.sqrt(x.var(axis=axis, ddof=1) + 1e-3), axis)
    return np.expand_dims(g, axis) * c / (s * (x.shape[axis] - 1))
    """,
    [
        (
            "(x.shape[axis] - 1)",
            "x.shape[axis]",
            "divided by n in place of n - 1",
            "n - 1|ddof|unbiased|Bessel|size|divid",
        ),
        (
            "c / (s * (x",
            "2 * c / ((x",
            "the derivative of the variance, not of its root",
            "root|variance|squar|factor|deviation",
        ),
        ("c = x - x.mean(axis=axis, keepdims=True)", "c = x", "the input is not centred", "centr|mean"),
        (
            "x.mean(axis=axis, keepdims=True)",
            "x.mean()",
            "the mean is taken over all entries",
            f"{say.AXIS}|all|mean",
        ),
    ],
    shapes={"x": "m n"},
    options={"axis": (0, 1)},
    where=lambda m, n: m > 1 and n > 1,
    domain={"x": (-3, 3)},
)

SOURCES = (*(BATCH_NORM, LAYER_NORM, GROUP_NORM, RMS_NORM, WEIGHT_NORM, DEVIATION),)
