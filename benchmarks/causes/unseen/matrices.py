"""Linear algebra, distances, and geometry."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

INVERSE = layer(
    "inverse",
    "return np.linalg.inv(a + 4 * np.eye(len(a)))",
    """
    y = np.linalg.inv(a + 4 * np.eye(len(a)))
    return -y.T @ g @ y.T
    """,
    [
        ("-y.T", "y.T", "the minus is missing", say.SIGN),
        ("y.T @ g @ y.T", "y @ g @ y", "the inverses are not transposed", say.TRANSPOSED),
        ("y.T @ g @ y.T", "y.T @ g.T @ y.T", "the cotangent is transposed", say.TRANSPOSED),
        ("y.T @ g @ y.T", "g @ y.T @ y.T", "both inverses stand on one side", f"{say.ORDER}|side|product"),
    ],
    shapes={"a": "n n"},
    where=lambda n: 0 < n < 5,
    domain={"a": (-1, 1)},
)

SOLVE = layer(
    "solution of a system",
    "return np.linalg.solve(a + 4 * np.eye(len(a)), b)",
    """
    m = a + 4 * np.eye(len(a))
    x = np.linalg.solve(m, b)
    b_bar = np.linalg.solve(m.T, g)
    return -np.outer(b_bar, x), b_bar
    """,
    [
        ("solve(m.T, g)", "solve(m, g)", "the matrix is not transposed", say.TRANSPOSED),
        ("-np.outer(b_bar, x)", "-np.outer(x, b_bar)", "a_bar is transposed", say.TRANSPOSED),
        (
            "-np.outer(b_bar, x)",
            "-np.outer(b_bar, b)",
            "the right-hand side stands for the solution",
            f"{say.AT_OUTPUT}|'b'|solution",
        ),
        (
            "-np.outer(b_bar, x)",
            "-np.outer(g, x)",
            "the cotangent of the output stands for that of b",
            f"{say.FORGOTTEN_CHAIN}|{say.SWAPPED}",
        ),
    ],
    shapes={"a": "n n", "b": "n"},
    where=lambda n: 0 < n < 5,
    domain={"a": (-1, 1), "b": (-3, 3)},
)

CHOLESKY = layer(
    "cholesky factor",
    "return np.linalg.cholesky(a @ a.T + np.eye(len(a)))",
    """
    low = np.linalg.cholesky(a @ a.T + np.eye(len(a)))
    phi = np.tril(low.T @ np.tril(g))
    phi[np.diag_indices(len(a))] /= 2
    inv = np.linalg.inv(low)
    s = inv.T @ phi @ inv
    return (s + s.T) @ a
    """,
    [
        ("phi[np.diag_indices(len(a))] /= 2", "pass", "the diagonal is not halved", f"diagonal|{say.TWICE}"),
        ("(s + s.T) @ a", "s @ a", "the cotangent is not symmetrised", "symmetr|transpos"),
        (
            "np.tril(low.T @ np.tril(g))",
            "low.T @ np.tril(g)",
            "the lower triangle is not taken",
            "triang|lower|upper",
        ),
        ("(s + s.T) @ a", "s + s.T", "the square's derivative is forgotten", f"{say.FORGOTTEN_CHAIN}|'a'"),
    ],
    shapes={"a": "n n"},
    where=lambda n: 0 < n < 5,
    domain={"a": (-1, 1)},
)

LOG_DET = layer(
    "log of a determinant",
    "return np.linalg.slogdet(a + 4 * np.eye(len(a)))[1]",
    "return g * np.linalg.inv(a + 4 * np.eye(len(a))).T",
    [
        (".T", "", "the inverse is not transposed", say.TRANSPOSED),
        (
            "np.linalg.inv(a + 4 * np.eye(len(a))).T",
            "np.linalg.inv(a + 4 * np.eye(len(a))).T * np.linalg.det(a + 4 * np.eye(len(a)))",
            "the derivative of the determinant, not of its logarithm",
            "det|log|output|exp|factor",
        ),
        (
            "np.linalg.inv(a + 4 * np.eye(len(a))).T",
            "np.diag(np.diag(np.linalg.inv(a + 4 * np.eye(len(a)))))",
            "only the diagonal is kept",
            "diagonal|zero",
        ),
        (
            "4 * np.eye",
            "np.eye",
            "the ridge's factor is forgotten in the backward pass",
            "identity|diagonal|4|ridge|constant|evaluated",
        ),
    ],
    shapes={"a": "n n"},
    where=lambda n: 0 < n < 5,
    domain={"a": (-1, 1)},
)

QUADRATIC = layer(
    "quadratic form",
    "return x @ a @ x",
    "return g * (a + a.T) @ x, g * np.outer(x, x)",
    [
        ("(a + a.T) @ x", "2 * a @ x", "the matrix is taken to be symmetric", "symmetr|transpos"),
        (
            "(a + a.T) @ x",
            "a @ x",
            "the transpose's term is missing",
            f"{say.TERM}|{say.TWICE}|transpos|symmetr",
        ),
        ("np.outer(x, x)", "np.outer(x, x) / 2", "a_bar is half of what it should be", say.TWICE),
        ("np.outer(x, x)", "np.diag(x * x)", "only the diagonal is kept", "diagonal|zero"),
    ],
    shapes={"x": "n", "a": "n n"},
    domain={"x": (-3, 3), "a": (-3, 3)},
)

SYMMETRIC = layer(
    "symmetric matrix of a triangle",
    """
    i, j = np.triu_indices(n)
    y = np.zeros((n, n))
    y[i, j] = v
    y[j, i] = v
    return y
    """,
    """
    i, j = np.triu_indices(n)
    v_bar = g[i, j] + g[j, i]
    v_bar[i == j] /= 2
    return v_bar
    """,
    [
        (
            " + g[j, i]",
            "",
            "the lower triangle is not mirrored back",
            f"triang|mirror|symmetr|{say.TERM}|{say.TWICE}|diagonal",
        ),
        ("v_bar[i == j] /= 2", "pass", "the diagonal counts twice", f"diagonal|{say.TWICE}"),
        (
            "i, j = np.triu_indices(n)",
            "i, j = np.tril_indices(n)",
            "the order is that of the lower triangle",
            f"{say.ORDER}|triang|{say.TRANSPOSED}",
        ),
    ],
    shapes={"v": "6"},
    options={"n": (3,)},
    domain={"v": (-3, 3)},
)

CONTRACTION = layer(
    "contraction of tensors",
    "return np.einsum('bik,bkj,bj->bi', a, c, d)",
    """
    a_bar = np.einsum('bi,bkj,bj->bik', g, c, d)
    c_bar = np.einsum('bik,bi,bj->bkj', a, g, d)
    d_bar = np.einsum('bik,bkj,bi->bj', a, c, g)
    return a_bar, c_bar, d_bar
    """,
    [
        ("'bi,bkj,bj->bik'", "'bi,bkj,bj->bki'", "a_bar is transposed", say.TRANSPOSED),
        ("'bik,bkj,bi->bj'", "'bik,bjk,bi->bj'", "c is transposed in d_bar", say.TRANSPOSED),
        (
            "'bik,bi,bj->bkj', a, g, d",
            "'bik,bi,bj->bkj', a, g, 0 * d + 1",
            "d is forgotten in c_bar",
            "'d'|factor|missing",
        ),
        (
            "'bik,bi,bj->bkj', a",
            "'bik,bi,bj->bkj', np.broadcast_to(a.sum(axis=0), a.shape)",
            "a is summed over the batch in c_bar",
            f"batch|{say.AXIS}|sum|sample|mix",
        ),
    ],
    shapes={"a": "b i i", "c": "b i i", "d": "b i"},
    domain={"a": (-3, 3), "c": (-3, 3), "d": (-3, 3)},
)

KRONECKER = layer(
    "kronecker product",
    "return np.kron(a, b)",
    """
    t = g.reshape(a.shape[0], b.shape[0], a.shape[1], b.shape[1])
    return np.einsum('ikjl,kl->ij', t, b), np.einsum('ikjl,ij->kl', t, a)
    """,
    [
        (
            "np.einsum('ikjl,ij->kl', t, a)",
            "t.sum(axis=(0, 2))",
            "a is forgotten in b_bar",
            "'a'|factor|missing",
        ),
        (
            "np.einsum('ikjl,kl->ij', t, b)",
            "np.einsum('ikjl,lk->ij', t, b)",
            "b is transposed",
            say.TRANSPOSED,
        ),
        (
            "g.reshape(a.shape[0], b.shape[0], a.shape[1], b.shape[1])",
            "g.reshape(b.shape[0], a.shape[0], b.shape[1], a.shape[1]).transpose(1, 0, 3, 2)",
            "read as the product in the other order",
            f"{say.ORDER}|{say.SWAPPED}|{say.AXIS}|reshape",
        ),
    ],
    shapes={"a": "m m", "b": "k k"},
    domain={"a": (-3, 3), "b": (-3, 3)},
)

DISTANCES = layer(
    "matrix of distances",
    "return np.sqrt(((x[:, None] - y[None]) ** 2).sum(axis=2) + 1e-2)",
    """
    d = x[:, None] - y[None]
    w = (g / np.sqrt((d**2).sum(axis=2) + 1e-2))[:, :, None] * d
    return w.sum(axis=1), -w.sum(axis=0)
    """,
    [
        ("-w.sum(axis=0)", "w.sum(axis=0)", "y_bar has the sign of x_bar", say.SIGN),
        ("w.sum(axis=1), -", "w.sum(axis=0), -", "x_bar is summed over the wrong axis", say.AXIS),
        (
            "(g / np.sqrt((d**2).sum(axis=2) + 1e-2))",
            "2 * g",
            "the root is forgotten",
            f"root|distance|{say.FORGOTTEN_CHAIN}|squar",
        ),
        ("g / np.sqrt", "0.5 * g / np.sqrt", "the square's two does not cancel the root's half", say.TWICE),
        ("-w.sum(axis=0)", "-w.mean(axis=0)", "y_bar is averaged, not summed", say.SIZE),
    ],
    shapes={"x": "m d", "y": "m d"},
    where=lambda m: m > 0,
    domain={"x": (-3, 3), "y": (-3, 3)},
)

RBF = layer(
    "gaussian kernel",
    "return np.exp(-((x[:, None] - c[None]) ** 2).sum(axis=2) / (2 * s**2))",
    """
    d = x[:, None] - c[None]
    q = (d**2).sum(axis=2)
    k = g * np.exp(-q / (2 * s**2))
    x_bar = -(k[:, :, None] * d).sum(axis=1) / s**2
    c_bar = (k[:, :, None] * d).sum(axis=0) / s**2
    return x_bar, c_bar, np.array((k * q).sum() / s**3)
    """,
    [
        (
            "(k * q).sum() / s**3",
            "(k * q).sum() / s**2",
            "the width's power is two, not three",
            "power|'s'|cube|factor|square",
        ),
        ("c_bar = (k", "c_bar = -(k", "the centres' sign is wrong", say.SIGN),
        (
            "x_bar = -(k[:, :, None] * d).sum(axis=1) / s**2",
            "x_bar = -(k[:, :, None] * d).sum(axis=1)",
            "the width is forgotten in x_bar",
            "'s'|width|factor|divid",
        ),
        (
            "k = g * np.exp(-q / (2 * s**2))",
            "k = g * np.exp(-q / s**2)",
            "the two in the exponent is forgotten in the backward pass",
            f"{say.TWICE}|exponent|squar|evaluated",
            "multiplied by y",
        ),
    ],
    shapes={"x": "m d", "c": "k d", "s": ""},
    domain={"x": (-1, 1), "c": (-1, 1), "s": (0.7, 2)},
)

KALMAN = layer(
    "kalman update",
    """
    k = p / (p + r)
    return m + k * (z - m)
    """,
    """
    s = p + r
    k = p / s
    e = z - m
    return g * (1 - k), g * e * r / s**2, g * k, -g * e * p / s**2
    """,
    [
        (
            "g * (1 - k),",
            "g.copy(),",
            "the innovation's part of m_bar is missing",
            f"{say.TERM}|1 -|factor",
            "without the derivative",
        ),
        ("e * r / s**2", "e / s", "the gain's denominator is held constant in p_bar", say.HELD),
        ("-g * e * p", "g * e * p", "the noise's sign is wrong", say.SIGN),
        (
            "g * k, -g",
            "g * (1 - k), -g",
            "the gain's complement stands for the gain",
            f"complement|1 -|{say.SWAPPED}",
            "copy of the cotangent of 'm'",
        ),
    ],
    shapes={"m": "n", "p": "n", "z": "n", "r": "n"},
    domain={"m": (-3, 3), "p": (0.3, 3), "z": (-3, 3), "r": (0.3, 3)},
)

QUATERNION = layer(
    "rotation by a quaternion",
    """
    u, w = q[1:], q[0]
    return v + 2 * w * np.cross(u, v) + 2 * np.cross(u, np.cross(u, v))
    """,
    """
    u, w = q[1:], q[0]
    w_bar = 2 * g @ np.cross(u, v)
    inner = np.cross(g, u)
    u_bar = 2 * w * np.cross(v, g) + 2 * np.cross(np.cross(u, v), g) + 2 * np.cross(v, inner)
    v_bar = g - 2 * w * np.cross(u, g) + 2 * np.cross(inner, u)
    return np.concatenate([[w_bar], u_bar]), v_bar
    """,
    [
        (
            "g - 2 * w",
            "g + 2 * w",
            "the vector's cotangent is rotated forth, not back",
            f"{say.SIGN}|{say.TRANSPOSED}|rotat",
        ),
        (" + 2 * np.cross(v, inner)", "", "one of the two places of u is forgotten", say.TERM),
        (
            "[[w_bar], u_bar]",
            "[u_bar, [w_bar]]",
            "the real part is put last",
            f"{say.ORDER}|{say.SHIFT}|roll",
        ),
        (
            "2 * w * np.cross(v, g)",
            "2 * w * np.cross(g, v)",
            "the cross product's order is wrong",
            f"{say.SIGN}|{say.ORDER}|{say.SWAPPED}",
        ),
    ],
    shapes={"q": "4", "v": "3"},
    domain={"q": (-1, 1), "v": (-3, 3)},
)

EIGENVALUES = layer(
    "eigenvalues of a symmetric matrix",
    "return np.linalg.eigvalsh((a + a.T) / 2 + np.diag(3.0 * np.arange(len(a))))",
    """
    v = np.linalg.eigh((a + a.T) / 2 + np.diag(3.0 * np.arange(len(a))))[1]
    return v @ np.diag(g) @ v.T
    """,
    [
        ("v @ np.diag(g) @ v.T", "v.T @ np.diag(g) @ v", "eigenvectors are taken for rows", say.TRANSPOSED),
        ("np.diag(g) @ v.T", "np.diag(g[::-1]) @ v.T", "the eigenvalues are in falling order", say.ORDER),
        (
            "v @ np.diag(g) @ v.T",
            "np.diag(g)",
            "the eigenvectors are forgotten",
            "diagonal|zero|eigen",
            "",
            "own input zero",
        ),
        ("return v", "return 2 * v", "twice, as if no half came of the symmetry", say.TWICE),
    ],
    shapes={"a": "n n"},
    where=lambda n: 1 < n < 5,
    domain={"a": (-0.5, 0.5)},
)

SOURCES = (
    *(
        INVERSE,
        SOLVE,
        CHOLESKY,
        LOG_DET,
        QUADRATIC,
        SYMMETRIC,
        CONTRACTION,
        KRONECKER,
        DISTANCES,
        RBF,
        KALMAN,
    ),
    *(QUATERNION, EIGENVALUES),
)
