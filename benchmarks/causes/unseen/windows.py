"""Convolutions, pooling, padding and resampling."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

CONV1D = layer(
    "convolution in one dimension",
    """
    k = w.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    m = (xp.shape[2] - dilation * (k - 1) - 1) // stride + 1
    y = np.zeros((x.shape[0], w.shape[0], m))
    for j in range(k):
        cols = xp[:, :, j * dilation : j * dilation + stride * (m - 1) + 1 : stride]
        y += np.einsum('nct,oc->not', cols, w[:, :, j])
    return y
    """,
    """
    k, m = w.shape[2], g.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    xp_bar, w_bar = np.zeros_like(xp), np.zeros_like(w)
    for j in range(k):
        at = slice(j * dilation, j * dilation + stride * (m - 1) + 1, stride)
        w_bar[:, :, j] = np.einsum('nct,not->oc', xp[:, :, at], g)
        xp_bar[:, :, at] += np.einsum('not,oc->nct', g, w[:, :, j])
    return xp_bar[:, :, padding : padding + x.shape[2]], w_bar
    """,
    [
        (
            "padding : padding + x.shape[2]",
            ": x.shape[2]",
            "the padding is cropped at the end only",
            f"padding|{say.SHIFT}|crop",
        ),
        (
            "xp_bar[:, :, at] += ",
            "xp_bar[:, :, at] = ",
            "overlapping windows overwrite one another",
            f"{say.OVERWRITTEN}|overlap",
        ),
        ("w_bar[:, :, j] =", "w_bar[:, :, k - 1 - j] =", "the kernel's cotangent is flipped", say.ORDER),
        ("w[:, :, j])", "w[:, :, k - 1 - j])", "the kernel is flipped in x_bar", say.ORDER),
        ("'not,oc->nct', g,", "'not,oc->nct', g / stride,", "x_bar is divided by the stride", "stride"),
    ],
    shapes={"x": "n c t", "w": "o c k"},
    options={"stride": (1, 2), "padding": (0, 1, 2), "dilation": (1, 2)},
    where=lambda t, k, padding, dilation: k > 0 and t > 0 and dilation * (k - 1) + 1 <= t + 2 * padding,
    domain={"x": (-3, 3), "w": (-3, 3)},
)

DEPTHWISE = layer(
    "depthwise convolution",
    """
    p, q = w.shape[1:]
    h, v = x.shape[2] - p + 1, x.shape[3] - q + 1
    y = np.zeros((*x.shape[:2], h, v))
    for i in range(p):
        for j in range(q):
            y += x[:, :, i : i + h, j : j + v] * w[:, i, j, None, None]
    return y + b[:, None, None]
    """,
    """
    p, q = w.shape[1:]
    h, v = g.shape[2:]
    x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
    for i in range(p):
        for j in range(q):
            x_bar[:, :, i : i + h, j : j + v] += g * w[:, i, j, None, None]
            w_bar[:, i, j] = (x[:, :, i : i + h, j : j + v] * g).sum(axis=(0, 2, 3))
    return x_bar, w_bar, g.sum(axis=(0, 2, 3))
    """,
    [
        (
            "g * w[:, i, j, None, None]",
            "g * w[:, j, i, None, None]",
            "the kernel is transposed in x_bar",
            say.TRANSPOSED,
        ),
        (
            "g.sum(axis=(0, 2, 3))",
            "g.mean(axis=(2, 3)).sum(axis=0)",
            "b_bar is averaged over the picture",
            say.SIZE,
        ),
        (
            "* g).sum(axis=(0, 2, 3))",
            "* g)[0].sum(axis=(1, 2))",
            "w_bar takes the first picture only",
            say.UNSUMMED,
        ),
        (
            "for i in range(p)",
            "for i in range(p - 1)",
            "the kernel's last row is left out",
            "last|row|off by one|range|axis 1|missing|zero",
        ),
    ],
    shapes={"x": "n c h v", "w": "c p p", "b": "c"},
    where=lambda n, h, v, p: n > 0 and 1 <= p <= min(h, v),
    domain={"x": (-3, 3), "w": (-3, 3), "b": (-3, 3)},
)

TRANSPOSED_CONV = layer(
    "transposed convolution",
    """
    k, t = w.shape[2], x.shape[2]
    y = np.zeros((x.shape[0], w.shape[1], stride * (t - 1) + k))
    for j in range(k):
        y[:, :, j : j + stride * (t - 1) + 1 : stride] += np.einsum('nct,co->not', x, w[:, :, j])
    return y
    """,
    """
    k, t = w.shape[2], x.shape[2]
    x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
    for j in range(k):
        part = g[:, :, j : j + stride * (t - 1) + 1 : stride]
        x_bar += np.einsum('not,co->nct', part, w[:, :, j])
        w_bar[:, :, j] = np.einsum('nct,not->co', x, part)
    return x_bar, w_bar
    """,
    [
        ("x_bar += ", "x_bar = ", "only the kernel's last position counts in x_bar", say.OVERWRITTEN),
        (
            "j : j + stride * (t - 1) + 1 : stride",
            "j : j + t",
            "the stride is ignored",
            f"stride|{say.OPTION}",
        ),
        ("nct,not->co", "nct,not->oc", "w_bar's channels are transposed", say.TRANSPOSED),
    ],
    shapes={"x": "n c t", "w": "c c k"},
    options={"stride": (1, 2, 3)},
    where=lambda t, k: t > 0 and k > 0,
    domain={"x": (-3, 3), "w": (-3, 3)},
)

MAX_POOL = layer(
    "max pooling of halves",
    """
    n, t = x.shape
    return x.reshape(n, t // 2, 2).max(axis=2)
    """,
    """
    n, t = x.shape
    windows = x.reshape(n, t // 2, 2)
    first = windows[:, :, 0] > windows[:, :, 1]
    return np.stack([g * first, g * ~first], axis=2).reshape(n, t)
    """,
    [
        (
            "[g * first, g * ~first]",
            "[g * ~first, g * first]",
            "the cotangent goes to the smaller entry",
            f"{say.SWAPPED}|{say.ORDER}|{say.MASK}|complement|smaller|other|{say.SHIFT}",
            "own input negated",
        ),
        (
            "[g * first, g * ~first]",
            "[g / 2, g / 2]",
            "the cotangent is shared as in average pooling",
            "average|shared|equal|half|spread",
        ),
        (
            "axis=2).reshape(n, t)",
            "axis=1).reshape(n, t)",
            "the windows' entries are not interleaved",
            f"{say.AXIS}|{say.ORDER}|{say.TRANSPOSED}|reshape|interleav",
        ),
        ("g * ~first]", "g]", "the second entry gets the cotangent always", f"{say.MASK}|second|every"),
    ],
    shapes={"x": "n 2*k"},
    domain={"x": (-3, 3)},
)

AVERAGE_POOL = layer(
    "average pooling with edges",
    """
    t = len(x)
    y = np.zeros(t)
    for i in range(t):
        y[i] = x[max(0, i - radius) : i + radius + 1].mean()
    return y
    """,
    """
    t = len(x)
    x_bar = np.zeros(t)
    for i in range(t):
        window = slice(max(0, i - radius), min(t, i + radius + 1))
        x_bar[window] += g[i] / (window.stop - window.start)
    return x_bar
    """,
    [
        (
            "(window.stop - window.start)",
            "(2 * radius + 1)",
            "edge windows are divided by the full size of a window",
            "edge|size|number|count|border|divid|boundar",
        ),
        (
            "x_bar[window] +=",
            "x_bar[window] =",
            "windows overwrite one another",
            f"{say.OVERWRITTEN}|overlap",
        ),
        (
            "g[i] / (window.stop - window.start)",
            "g[i]",
            "the cotangent is not divided by the size of the window",
            "divid|size|count|number|factor|averag",
        ),
        (
            "i + radius + 1)",
            "i + radius)",
            "the window is one too short on the right",
            f"{say.SHIFT}|window|short|missing|last",
        ),
    ],
    shapes={"x": "t"},
    options={"radius": (1, 2)},
    domain={"x": (-3, 3)},
)

NEAREST = layer(
    "nearest upsampling",
    "return x.repeat(factor, axis=0).repeat(factor, axis=1)",
    """
    h, v = x.shape
    return g.reshape(h, factor, v, factor).sum(axis=(1, 3))
    """,
    [
        (
            "g.reshape(h, factor, v, factor).sum(axis=(1, 3))",
            "g[::factor, ::factor].copy()",
            "one of the copies only is taken",
            say.UNSUMMED,
        ),
        (".sum(axis=(1, 3))", ".mean(axis=(1, 3))", "the copies are averaged", f"{say.SIZE}|factor"),
        (
            "g.reshape(h, factor, v, factor).sum(axis=(1, 3))",
            "g.reshape(factor, h, factor, v).sum(axis=(0, 2))",
            "the copies are read as tiles",
            f"{say.ORDER}|{say.AXIS}|reshape|tile",
        ),
    ],
    shapes={"x": "h v"},
    options={"factor": (2, 3)},
    domain={"x": (-3, 3)},
)

INTERPOLATION = layer(
    "linear interpolation",
    """
    i = np.clip(np.floor(q).astype(int), 0, len(x) - 2)
    f = q - i
    return (1 - f) * x[i] + f * x[i + 1]
    """,
    """
    i = np.clip(np.floor(q).astype(int), 0, len(x) - 2)
    f = q - i
    x_bar = np.zeros_like(x)
    np.add.at(x_bar, i, g * (1 - f))
    np.add.at(x_bar, i + 1, g * f)
    return x_bar, g * (x[i + 1] - x[i])
    """,
    [
        ("x[i + 1] - x[i]", "x[i] - x[i + 1]", "the slope has the wrong sign", say.SIGN),
        (
            "np.add.at(x_bar, i, g * (1 - f))",
            "x_bar[i] += g * (1 - f)",
            "queries in one interval overwrite one another",
            f"{say.OVERWRITTEN}|index|same",
        ),
        (
            "np.add.at(x_bar, i, g * (1 - f))",
            "np.add.at(x_bar, i, g * f)",
            "the left node gets the right one's weight",
            f"{say.SWAPPED}|weight|complement|1 -",
        ),
        (
            "np.add.at(x_bar, i + 1, g * f)",
            "pass",
            "the right node's part is missing",
            f"{say.TERM}|right|next|{say.SHIFT}",
        ),
    ],
    shapes={"x": "n", "q": "m"},
    where=lambda n: n > 1,
    domain={"x": (-3, 3), "q": (0, 2.5)},
)

REFLECT = layer(
    "reflected padding",
    "return np.concatenate([x[:, 1 : pad + 1][:, ::-1], x, x[:, -pad - 1 : -1][:, ::-1]], axis=1)",
    """
    t = x.shape[1]
    x_bar = g[:, pad : pad + t].copy()
    x_bar[:, 1 : pad + 1] += g[:, :pad][:, ::-1]
    x_bar[:, -pad - 1 : -1] += g[:, pad + t :][:, ::-1]
    return x_bar
    """,
    [
        ("+= g[:, :pad][:, ::-1]", "+= g[:, :pad]", "the left border is not mirrored back", say.ORDER),
        (
            "x_bar[:, -pad - 1 : -1] +=",
            "x_bar[:, t - pad :] +=",
            "the right border is put back one place too far",
            f"{say.SHIFT}|edge",
        ),
        (
            "x_bar[:, 1 : pad + 1] +=",
            "x_bar[:, 1 : pad + 1] =",
            "the left border overwrites the inside",
            f"{say.OVERWRITTEN}|{say.TERM}",
        ),
        (
            "x_bar[:, -pad - 1 : -1] += g[:, pad + t :][:, ::-1]",
            "pass",
            "the right border is cropped, as if padded with zeros",
            f"crop|zero|border|padding|{say.TERM}|reflect",
        ),
    ],
    shapes={"x": "n t"},
    options={"pad": (1, 2)},
    where=lambda t, pad: t > pad,
    domain={"x": (-3, 3)},
)

UNFOLD = layer(
    "frames of a signal",
    """
    m = (len(x) - size) // hop + 1
    return np.stack([x[i * hop : i * hop + size] * window for i in range(m)])
    """,
    """
    x_bar, window_bar = np.zeros_like(x), np.zeros_like(window)
    for i in range(len(g)):
        x_bar[i * hop : i * hop + size] += g[i] * window
        window_bar += g[i] * x[i * hop : i * hop + size]
    return x_bar, window_bar
    """,
    [
        ("+= g[i] * window", "+= g[i]", "the window is forgotten in x_bar", "window|factor"),
        (
            "window_bar += g[i] * x[i * hop : i * hop + size]",
            "window_bar += g[i] * x[i : i + size]",
            "the hop is ignored in window_bar",
            f"hop|{say.OPTION}|{say.SHIFT}",
        ),
        ("range(len(g))", "range(len(g) - 1)", "the last frame is left out", "last|off by one|frame|missing"),
    ],
    shapes={"x": "t", "window": "size"},
    options={"hop": (1, 2, 3), "size": (2, 3)},
    where=lambda t, size: t >= size,
    domain={"x": (-3, 3), "window": (-3, 3)},
)

SOURCES = (
    *(CONV1D, DEPTHWISE, TRANSPOSED_CONV, MAX_POOL, AVERAGE_POOL, NEAREST, INTERPOLATION, REFLECT, UNFOLD),
)
