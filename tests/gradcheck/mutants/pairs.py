"""Backward passes in two versions: thirty pairs that are equal by mathematics, and fifty that are not.

Each is a family (forward and the frame of its backward), what stands in the frame, and what in its place.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Family:
    """A forward, a backward with a gap in it, and what its layer declares."""

    text: str
    fields: dict = field(default_factory=dict)


SQUARE = Family(
    """
    def forward(x):
        return x**2

    def backward(g, x):
        bar = {}
        return bar
    """,
    {"shapes": {"x": "n"}},
)
MATRIX = Family(
    """
    def forward(x, w):
        return x @ w

    def backward(g, x, w):
        return {}
    """,
    {"shapes": {"x": "n i", "w": "i o"}},
)
TOTAL = Family(
    """
    def forward(x, b):
        return x + b

    def backward(g, x, b):
        b_bar = {}
        return g.copy(), b_bar
    """,
    {"shapes": {"x": "n o", "b": "o"}},
)
RELU = Family(
    """
    def forward(x):
        return np.maximum(x, 0)

    def backward(g, x):
        return {}
    """,
    {"shapes": {"x": "n"}},
)
LOOP = Family(
    """
    def forward(x):
        return 3 * x

    def backward(g, x):
        bar = np.zeros(x.shape, g.dtype)
        {}
        return bar
    """,
    {"shapes": {"x": "n"}},
)
STRIDED = Family(
    """
    def forward(x, *, stride=1):
        return x[::stride] * 2

    def backward(g, x, *, stride=1):
        bar = np.zeros_like(x)
        {}
        return bar
    """,
    {"shapes": {"x": "n"}, "options": {"stride": (1,)}},
)
CLIPPED = Family(
    """
    def forward(x, *, low=-1.0):
        return np.clip(x, low, 2.5)

    def backward(g, x, *, low=-1.0):
        return g * ({})
    """,
    {"shapes": {"x": "n"}, "domain": {"x": (-4.0, 4.0)}},
)
LARGEST = Family(
    """
    def forward(x):
        return x.max(axis=-1)

    def backward(g, x):
        bar = np.zeros_like(x)
        {}
        return bar
    """,
    {"shapes": {"x": "n k"}, "where": lambda k: k > 0},
)
TANH = Family(
    """
    def forward(x):
        return np.tanh(x)

    def backward(g, x):
        y = np.tanh(x)
        return {}
    """,
    {"shapes": {"x": "n"}},
)

EQUIVALENT = [
    (SQUARE, "2 * x * g", "x * 2 * g"),
    (SQUARE, "2 * x * g", "(x + x) * g"),
    (SQUARE, "2 * x * g", "-(-2 * x * g)"),
    (SQUARE, "2 * x * g", "2 * (x * g)"),
    (SQUARE, "2 * x * g", "2 * x * g * 1"),
    (SQUARE, "2 * x * g", "2 * x * g + 0"),
    (SQUARE, "2 * x * g", "x / 0.5 * g"),
    (SQUARE, "2 * x * g", "4 * x * g / 2"),
    (SQUARE, "2 * x * g", "(2 * x[::-1] * g[::-1])[::-1]"),
    (SQUARE, "2 * x * g", "abs(-2) * x * g"),
    (SQUARE, "2 * x * g", "np.multiply(2 * x, g)"),
    (SQUARE, "2 * x * g", "2 * x * g if len(x) >= 0 else g"),
    (SQUARE, "2 * x * g", "x * g - -(x * g)"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.swapaxes(0, 1), x.T @ g"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.T, x.transpose(1, 0) @ g"),
    (MATRIX, "g @ w.T, x.T @ g", "-(g @ -w.T), x.T @ g"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.T, 2 * (x.T @ (g / 2))"),
    (TOTAL, "g.sum(axis=0)", "g.sum(axis=-2)"),
    (TOTAL, "g.sum(axis=0)", "np.sum(g, 0)"),
    (TOTAL, "g.sum(axis=0)", "g.sum(axis=0, keepdims=True)[0]"),
    (TOTAL, "g.sum(axis=0)", "-(-g).sum(axis=0)"),
    (RELU, "g * (x > 0)", "g * (0 < x)"),
    (RELU, "g * (x > 0)", "g * ~(x <= 0)"),
    (RELU, "g * (x > 0)", "(x > 0) * g"),
    (LOOP, "bar += 3 * g", "bar[...] = 3 * g"),
    (
        LOOP,
        "for i in range(len(x)):\n            bar[i] = 3 * g[i]",
        "for i in reversed(range(len(x))):\n            bar[i] = 3 * g[i]",
    ),
    (
        LOOP,
        "for i in range(len(x)):\n            bar[i] = 3 * g[i]",
        "for i in range(x.shape[0]):\n            bar[i] += 3 * g[i]",
    ),
    (STRIDED, "bar[::stride] = g * 2", "bar[::stride] += g * 2"),
    (CLIPPED, "(x > low) & (x < 2.5)", "(low < x) & ~(x >= 2.5)"),
    (TANH, "g * (1 - y**2)", "g * (1 - (-y) ** 2)"),
]
INEQUIVALENT = [
    (SQUARE, "2 * x * g", "2.002 * x * g"),
    (SQUARE, "2 * x * g", "-2 * x * g"),
    (SQUARE, "2 * x * g", "x * g"),
    (SQUARE, "2 * x * g", "2 * g"),
    (SQUARE, "2 * x * g", "2 * x"),
    (SQUARE, "2 * x * g", "2 * x * g + 1e-12"),
    (SQUARE, "2 * x * g", "2 * x * g * (1 + 1e-13)"),
    (SQUARE, "2 * x * g", "2 * np.abs(x) * g"),
    (SQUARE, "2 * x * g", "2 * x * np.abs(g)"),
    (SQUARE, "2 * x * g", "(2 * x * g)[::-1]"),
    (SQUARE, "2 * x * g", "(2 * x * g).astype('float32')"),
    (SQUARE, "2 * x * g", "2 * x * g if len(x) < 40 else x * g"),
    (SQUARE, "2 * x * g", "2 * x * g if len(x) != 1 else x * g"),
    (SQUARE, "2 * x * g", "np.where(x == 1, 0, 2 * x * g)"),
    (SQUARE, "2 * x * g", "np.where(x == 0, 1, 2 * x * g)"),
    (SQUARE, "2 * x * g", "2 * np.minimum(x, 1e5) * g"),
    (SQUARE, "2 * x * g", "2 * np.rint(x) * g"),
    (SQUARE, "2 * x * g", "2 * np.float32(x) * g"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.T, -x.T @ g"),
    (MATRIX, "g @ w.T, x.T @ g", "(g @ w.T)[::-1], x.T @ g"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.T, x[:-1].T @ g[:-1]"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.T, x[:8].T @ g[:8]"),
    (MATRIX, "g @ w.T, x.T @ g", "g @ w.T, 1.001 * (x.T @ g)"),
    (MATRIX, "g @ w.T, x.T @ g", "(g @ w.T).astype('float32'), x.T @ g"),
    (TOTAL, "g.sum(axis=0)", "g.mean(axis=0)"),
    (TOTAL, "g.sum(axis=0)", "g[0]"),
    (TOTAL, "g.sum(axis=0)", "g.max(axis=0)"),
    (TOTAL, "g.sum(axis=0)", "g[:30].sum(axis=0)"),
    (TOTAL, "g.sum(axis=0)", "g.sum(axis=0)[::-1]"),
    (TOTAL, "g.sum(axis=0)", "g.sum(axis=0) * (len(g) < 50)"),
    (RELU, "g * (x > 0)", "g * (x >= 0)"),
    (RELU, "g * (x > 0)", "g * (x > 1e-6)"),
    (RELU, "g * (x > 0)", "g * (x != 0)"),
    (RELU, "g * (x > 0)", "g * (x > -1e-7)"),
    (RELU, "g * (x > 0)", "g * (g > 0)"),
    (LOOP, "bar[...] = 3 * g", "bar[1:] = 3 * g[1:]"),
    (LOOP, "bar[...] = 3 * g", "bar[...] = 3 * np.sort(g)"),
    (LOOP, "bar[:32] += 3 * g[:32]; bar[32:] += 3 * g[32:]", "bar[:32] += 3 * g[:32]"),
    (STRIDED, "bar[::stride] = g * 2", "bar[: len(g)] = g * 2"),
    (STRIDED, "bar[::stride] = g * 2", "bar[:] = g * 2 if stride == 1 else 0"),
    (STRIDED, "bar[::stride] = g * 2", "bar[::stride] = g * 2 / stride"),
    (STRIDED, "bar[::stride] = g * 2", "bar[::stride] = g * (2 if stride < 3 else 1)"),
    (CLIPPED, "(x > low) & (x < 2.5)", "(x > low) & (x <= 2.5)"),
    (CLIPPED, "(x > low) & (x < 2.5)", "(x >= low) & (x < 2.5)"),
    (CLIPPED, "(x > low) & (x < 2.5)", "(x > -1.0) & (x < 2.5)"),
    (CLIPPED, "(x > low) & (x < 2.5)", "(x > low) & (x < 2.6)"),
    (LARGEST, "bar[np.arange(len(x)), x.argmax(axis=-1)] = g", "bar[x == x.max(axis=-1)[:, None]] = g.max()"),
    (
        LARGEST,
        "bar[np.arange(len(x)), x.argmax(axis=-1)] = g",
        "bar[...] = (x == x.max(axis=-1, keepdims=True)) * g[:, None]",
    ),
    (
        LARGEST,
        "bar[np.arange(len(x)), x.argmax(axis=-1)] = g",
        "bar[np.arange(len(x)), x.shape[-1] - 1 - x[:, ::-1].argmax(axis=-1)] = g",
    ),
    (TANH, "g * (1 - y**2)", "g * (1 - y)"),
]
assert len(EQUIVALENT) == 30
assert len(INEQUIVALENT) == 50
