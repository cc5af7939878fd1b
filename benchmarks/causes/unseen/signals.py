"""Indexing, sorting, transforms, complex numbers, splines and steps of differential equations."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

SORT = layer(
    "sort",
    "return np.sort(x)",
    """
    order = np.argsort(x)
    x_bar = np.empty_like(x)
    x_bar[order] = g
    return x_bar
    """,
    [
        (
            "x_bar[order] = g",
            "x_bar[:] = g[order]",
            "the permutation is applied forth, not back",
            f"{say.ORDER}|invers",
            "Jacobian times the cotangent",
        ),
        ("np.argsort(x)", "np.argsort(-x)", "sorted from large to small", say.ORDER, "own input negated"),
        (
            "x_bar[order] = g",
            "x_bar[:] = g",
            "the order is forgotten",
            f"{say.ORDER}|index",
            "without the derivative",
        ),
    ],
    shapes={"x": "n"},
    domain={"x": (-3, 3)},
)

TOP = layer(
    "sum of the largest",
    "return np.sort(x, axis=1)[:, -k:].sum(axis=1)",
    """
    at = np.argsort(x, axis=1)[:, -k:]
    x_bar = np.zeros_like(x)
    np.put_along_axis(x_bar, at, np.repeat(g[:, None], k, axis=1), axis=1)
    return x_bar
    """,
    [
        (
            "[:, -k:]",
            "[:, :k]",
            "the smallest are taken",
            f"{say.MASK}|small|{say.ORDER}|complement",
            "own input negated",
        ),
        ("[:, -k:]", "[:, -k - 1 :][:, :k]", "the largest is left out", f"largest|{say.SHIFT}|{say.MASK}"),
        (
            "np.repeat(g[:, None], k, axis=1)",
            "np.repeat(g[:, None], k, axis=1) / k",
            "divided by the number of the largest",
            say.SIZE + "|'k'",
            "half what it should be",
        ),
    ],
    shapes={"x": "n d"},
    options={"k": (1, 2)},
    where=lambda d, k: d > k,
    domain={"x": (-3, 3)},
)

GATHER = layer(
    "gather along rows",
    "return np.take_along_axis(x, at, axis=1)",
    """
    x_bar = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(at.shape[1]):
            x_bar[i, at[i, j]] += g[i, j]
    return x_bar, None
    """,
    [
        ("] += g", "] = g", "a repeated place keeps its last cotangent", say.OVERWRITTEN),
        (
            "x_bar[i, at[i, j]]",
            "x_bar[i, at[0, j]]",
            "the first row's places are used for all",
            f"row|index|first|{say.SHIFT}",
        ),
        (
            "range(at.shape[1])",
            "range(1, at.shape[1])",
            "the first place is skipped",
            "first|missing|zero|off by one",
        ),
    ],
    shapes={"x": "m n", "at": "m k"},
    where=lambda m, n: m > 0 and n > 0,
    domain={"x": (-3, 3), "at": (0, "n-1")},
    dtype={"at": "int64"},
    constants=("at",),
)

SEGMENTS = layer(
    "mean of segments",
    """
    total = np.zeros((3, x.shape[1]))
    np.add.at(total, ids, x)
    return total / np.maximum(np.bincount(ids, minlength=3), 1)[:, None]
    """,
    """
    count = np.maximum(np.bincount(ids, minlength=3), 1)
    return (g / count[:, None])[ids], None
    """,
    [
        (
            "(g / count[:, None])[ids]",
            "g[ids]",
            "the cotangent is not divided by the segment's count",
            say.SIZE,
        ),
        ("(g / count[:, None])[ids]", "(g / len(ids))[ids]", "divided by the number of all rows", say.SIZE),
        (
            "[ids], None",
            "[np.sort(ids)], None",
            "the segments are taken to be in order",
            f"{say.ORDER}|index",
        ),
    ],
    shapes={"x": "n d", "ids": "n"},
    where=lambda n: n > 0,
    domain={"x": (-3, 3), "ids": (0, 2)},
    dtype={"ids": "int64"},
    constants=("ids",),
)

ROLL = layer(
    "difference with a rolled copy",
    "return x * np.roll(x, shift, axis=0)",
    "return g * np.roll(x, shift, axis=0) + np.roll(g * x, -shift, axis=0)",
    [
        (
            "np.roll(g * x, -shift, axis=0)",
            "np.roll(g * x, shift, axis=0)",
            "rolled forth, not back",
            f"{say.SHIFT}|{say.SIGN}|direction|{say.ORDER}",
        ),
        (
            " + np.roll(g * x, -shift, axis=0)",
            "",
            "the rolled copy's part is missing",
            say.TERM,
            "only the diagonal",
        ),
        (
            "np.roll(g * x, -shift, axis=0)",
            "np.roll(g, -shift, axis=0) * x",
            "the factor is not rolled with the cotangent",
            say.SHIFT,
        ),
    ],
    shapes={"x": "t d"},
    options={"shift": (1, 2)},
    where=lambda t: t > 3,
    domain={"x": (-3, 3)},
)

FOURIER = layer(
    "power spectrum",
    "return np.abs(np.fft.fft(x)) ** 2",
    """
    f = np.fft.fft(x)
    return 2 * len(x) * np.fft.ifft(g * f).real
    """,
    [
        ("2 * len(x) * ", "2 * ", "the size of the transform is missing", say.SIZE),
        ("2 * len(x)", "len(x)", "the square's two is missing", say.TWICE),
        (
            "np.fft.ifft(g * f)",
            "np.fft.ifft(g * np.conj(f))",
            "the spectrum is conjugated",
            f"{say.CONJUGATE}|{say.ORDER}",
        ),
        (
            "np.fft.ifft(g * f).real",
            "np.fft.ifft(g * f.real).real",
            "the spectrum's imaginary part is dropped",
            "imaginary|real",
        ),
    ],
    shapes={"x": "n"},
    where=lambda n: n > 0,
    domain={"x": (-3, 3)},
)

CIRCULAR = layer(
    "circular convolution",
    "return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(w), len(x))",
    """
    t = np.fft.rfft(g)
    x_bar = np.fft.irfft(t * np.conj(np.fft.rfft(w)), len(x))
    w_bar = np.fft.irfft(t * np.conj(np.fft.rfft(x)), len(x))
    return x_bar, w_bar
    """,
    [
        (
            "t * np.conj(np.fft.rfft(w))",
            "t * np.fft.rfft(w)",
            "the kernel's spectrum is not conjugated",
            f"{say.CONJUGATE}|{say.ORDER}",
            "Jacobian times the cotangent",
        ),
        (
            "w_bar = np.fft.irfft(t * np.conj(np.fft.rfft(x)), len(x))",
            "w_bar = np.fft.irfft(t * np.conj(np.fft.rfft(w)), len(x))",
            "the kernel stands for the input in w_bar",
            say.SWAPPED,
            "copy of the cotangent of 'x'",
        ),
        (
            "x_bar = np.fft.irfft(t",
            "x_bar = len(x) * np.fft.irfft(t",
            "multiplied by the size of the transform",
            say.SIZE,
        ),
    ],
    shapes={"x": "n", "w": "n"},
    where=lambda n: n > 0,
    domain={"x": (-3, 3), "w": (-3, 3)},
)

PRODUCT = layer(
    "complex product",
    "return a * b",
    "return g * np.conj(b), g * np.conj(a)",
    [
        ("g * np.conj(b)", "g * b", "b is not conjugated", say.CONJUGATE),
        ("g * np.conj(a)", "np.conj(g) * a", "the cotangent is conjugated in place of a", say.CONJUGATE),
        ("g * np.conj(a)", "(g * np.conj(a)).real + 0j", "the imaginary part is dropped", "imaginary|real"),
    ],
    shapes={"a": "n", "b": "n"},
    dtype="complex128",
    domain={"a": (-3, 3), "b": (-3, 3)},
)

MODULUS = layer(
    "modulus of complex numbers",
    "return np.sqrt(z.real**2 + z.imag**2 + 0.1)",
    "return g * z / np.sqrt(z.real**2 + z.imag**2 + 0.1)",
    [
        ("g * z /", "g * np.conj(z) /", "the cotangent is the conjugate of the right one", say.CONJUGATE),
        ("g * z /", "0.5 * g * z /", "half, as by Wirtinger's derivative", say.TWICE),
        (
            "z.imag**2 + 0.1)",
            "z.imag**2)",
            "the constant under the root is dropped",
            "constant|eps|0.1|evaluated",
        ),
    ],
    shapes={"z": "n"},
    dtype="complex128",
    domain={"z": (-3, 3)},
)

HERMITIAN = layer(
    "hermitian form",
    "return (np.conj(x) @ a @ x).real",
    "return g * (a + np.conj(a.T)) @ x, g * np.outer(x, np.conj(x))",
    [
        ("np.conj(a.T)", "a.T", "the matrix is transposed without conjugating", say.CONJUGATE),
        (
            "np.outer(x, np.conj(x))",
            "np.outer(np.conj(x), x)",
            "a_bar is transposed",
            f"{say.TRANSPOSED}|{say.CONJUGATE}",
        ),
        (
            "(a + np.conj(a.T))",
            "2 * a",
            "the matrix is taken to be Hermitian",
            "hermit|symmetr|transpos|conj",
        ),
    ],
    shapes={"x": "n", "a": "n n"},
    dtype="complex128",
    domain={"x": (-3, 3), "a": (-3, 3)},
)

RUNGE_KUTTA = layer(
    "midpoint step of an equation",
    """
    h = x + 0.5 * dt * np.sin(a * x)
    return x + dt * np.sin(a * h)
    """,
    """
    h = x + 0.5 * dt * np.sin(a * x)
    outer = g * dt * np.cos(a * h)
    h_bar = outer * a
    inner = h_bar * 0.5 * dt * np.cos(a * x)
    x_bar = g + h_bar + inner * a
    a_bar = np.array((outer * h + inner * x).sum())
    return x_bar, a_bar
    """,
    [
        (" + inner * a", "", "the half step is taken to be constant", f"{say.TERM}|{say.HELD}"),
        (
            "np.cos(a * h)",
            "np.cos(a * x)",
            "the slope is taken at the start, not at the midpoint",
            say.AT_OUTPUT,
        ),
        (
            "x_bar = g + h_bar",
            "x_bar = h_bar",
            "the state's own path is missing",
            say.TERM,
            "output itself is not added",
        ),
        ("h_bar * 0.5 * dt", "h_bar * dt", "the half step's half is missing", say.TWICE),
        ("outer * h + inner * x", "outer * h", "the inner path of a_bar is missing", say.TERM),
    ],
    shapes={"x": "n", "a": ""},
    options={"dt": (0.1, 0.5)},
    domain={"x": (-2, 2), "a": (0.3, 2)},
)

IMPLICIT = layer(
    "implicit step of a linear equation",
    "return np.linalg.solve(np.eye(len(x)) - 0.1 * a, x)",
    """
    m = np.eye(len(x)) - 0.1 * a
    y = np.linalg.solve(m, x)
    x_bar = np.linalg.solve(m.T, g)
    return x_bar, 0.1 * np.outer(x_bar, y)
    """,
    [
        ("0.1 * np.outer", "np.outer", "the step is missing in a_bar", "0.1|10|factor|step"),
        ("0.1 * np.outer", "-0.1 * np.outer", "the sign of a_bar is wrong", say.SIGN),
        (
            "x_bar = np.linalg.solve(m.T, g)",
            "x_bar = (np.eye(len(x)) + 0.1 * a.T) @ g",
            "an explicit step back, to first order only",
            "approxim|first order|invers|explicit|truncat",
        ),
    ],
    shapes={"x": "n", "a": "n n"},
    where=lambda n: 0 < n < 5,
    domain={"x": (-3, 3), "a": (-2, 2)},
)

SPLINE = layer(
    "hermite spline",
    """
    h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    h01, h11 = 3 * t**2 - 2 * t**3, t**3 - t**2
    return h00 * p + h10 * u + h01 * q + h11 * v
    """,
    """
    h00, h10 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t
    h01, h11 = 3 * t**2 - 2 * t**3, t**3 - t**2
    slope = (6 * t**2 - 6 * t) * (p - q) + (3 * t**2 - 4 * t + 1) * u + (3 * t**2 - 2 * t) * v
    return g * slope, g * h00, g * h10, g * h01, g * h11
    """,
    [
        ("g * h01, g * h11", "g * h11, g * h01", "the end's value and slope are swapped", say.SWAPPED),
        ("(p - q)", "p", "the end's value is left out of the slope", say.TERM, "'q' zero"),
        (
            "3 * t**2 - 4 * t + 1",
            "3 * t**2 - 4 * t",
            "the derivative of the linear term is missing",
            f"{say.TERM}|constant",
        ),
        (
            "g * h00,",
            "g * (1 - h00),",
            "the complement of the first weight",
            f"complement|1 -|{say.SWAPPED}",
            "copy of the cotangent of 'q'",
        ),
    ],
    shapes={"t": "n", "p": "n", "u": "n", "q": "n", "v": "n"},
    domain={"t": (0.1, 0.9), "p": (-3, 3), "u": (-3, 3), "q": (-3, 3), "v": (-3, 3)},
)

NARROW = layer(
    "scaled sum",
    "return (scale * x * w).sum(axis=1)",
    """
    x_bar = g[:, None] * w * scale
    w_bar = (g[:, None] * x * scale).sum(axis=0)
    return x_bar, w_bar
    """,
    [
        (
            "x_bar = g[:, None] * w * scale",
            "x_bar = (g[:, None] * w * scale).astype(np.float32).astype(float)",
            "the cotangent is narrowed to float32 on the way",
            say.NARROW,
        ),
        (
            "x_bar = g[:, None] * w * scale",
            "x_bar = g[:, None] * w * (scale // 1)",
            "the scale is rounded down to an integer",
            f"integer|round|scale|{say.OPTION}",
        ),
        ("(g[:, None] * x * scale)", "(g[:, None] * x)", "the scale is forgotten in w_bar", "scale"),
    ],
    shapes={"x": "n d", "w": "d"},
    options={"scale": (1.5, 2.5)},
    domain={"x": (-3, 3), "w": (-3, 3)},
)

NORM_CLIP = layer(
    "clip by norm",
    """
    norm = np.sqrt((x**2).sum())
    return x * (limit / norm) if norm > limit else x.copy()
    """,
    """
    norm = np.sqrt((x**2).sum())
    if norm <= limit:
        return g.copy()
    u = x / norm
    return limit / norm * (g - u * (u * g).sum())
    """,
    [
        ("(g - u * (u * g).sum())", "g", "the norm is held constant", say.HELD),
        (
            "if norm <= limit:\n    return g.copy()\n",
            "",
            "a short vector is treated as a long one",
            f"{say.MASK}|branch|limit|norm",
        ),
        ("limit / norm *", "1 / norm *", "the limit is forgotten", f"limit|{say.OPTION}"),
        (
            "norm <= limit",
            "norm > -1",
            "the clipping is ignored altogether",
            f"{say.MASK}|branch|limit|identity|cotangent",
            "",
            "own input zero",
        ),
    ],
    shapes={"x": "n"},
    options={"limit": (1.5, 4.0)},
    where=lambda n: n > 1,
    domain={"x": (-3, 3)},
)

NORMAL = layer(
    "reparametrised normal",
    "return mu + np.exp(0.5 * logvar) * noise",
    """
    s = np.exp(0.5 * logvar)
    return g.sum(axis=0), (0.5 * g * s * noise).sum(axis=0), None
    """,
    [
        ("0.5 * g * s", "g * s", "the half of the log variance is missing", say.TWICE),
        ("g * s * noise", "g * s", "the noise is forgotten", "noise|factor"),
        (
            "s = np.exp(0.5 * logvar)",
            "s = np.exp(logvar)",
            "the variance stands for the deviation",
            "squar|variance|deviation|exp|factor|evaluated",
        ),
        ("g.sum(axis=0), (", "g[0].copy(), (", "mu_bar takes the first sample only", say.UNSUMMED),
    ],
    shapes={"mu": "d", "logvar": "d", "noise": "n d"},
    where=lambda n: n > 0,
    domain={"mu": (-3, 3), "logvar": (-2, 2), "noise": (-3, 3)},
    constants=("noise",),
)

SOURCES = (
    *(
        SORT,
        TOP,
        GATHER,
        SEGMENTS,
        ROLL,
        FOURIER,
        CIRCULAR,
        PRODUCT,
        MODULUS,
        HERMITIAN,
        RUNGE_KUTTA,
        IMPLICIT,
    ),
    *(SPLINE, NARROW, NORM_CLIP, NORMAL),
)
