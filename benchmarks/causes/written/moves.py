"""Maps that move, repeat or add up entries."""

from __future__ import annotations

from benchmarks.causes.record import Source, source

SOURCES: tuple[Source, ...] = (
    source(
        "cumulative_sum",
        "np.cumsum(x, axis=-1)",
        "np.cumsum(g[..., ::-1], axis=-1)[..., ::-1]",
        [
            ("np.cumsum(g[..., ::-1], axis=-1)[..., ::-1]", "np.cumsum(g, axis=-1)", "not transposed"),
            ("axis=-1)[..., ::-1]", "axis=-1)", "entries flipped -1"),
            ("np.cumsum(g[..., ::-1], axis=-1)[..., ::-1]", "g.copy()", "identity|diagonal|assigned first"),
            (
                "np.cumsum(g[..., ::-1], axis=-1)[..., ::-1]",
                "np.cumsum(g[..., ::-1], axis=-1)[..., ::-1] - g",
                "residual missing|entries shifted -1 -1|cotangent shifted -1 -1",
            ),
            (
                "np.cumsum(g[..., ::-1], axis=-1)[..., ::-1]",
                "np.diff(g, axis=-1, prepend=0)",
                "inverse|no name",
            ),
        ],
        shapes={"x": "n k"},
    ),
    source(
        "embedding_bag",
        "np.array([table[i].mean(0) for i in index])",
        """
t_bar = np.zeros_like(table)
for row, i in zip(g, index):
    np.add.at(t_bar, i, row / len(i))
return t_bar, None
""",
        [
            ("row / len(i)", "row", "times size index (1,)"),
            ("np.add.at(t_bar, i, row / len(i))", "t_bar[i] = row / len(i)", "no name"),
            ("np.add.at(t_bar, i, row / len(i))", "t_bar[i] += row / len(i)", "no name"),
            ("row / len(i)", "row / len(index)", "no name"),
            (
                "np.add.at(t_bar, i, row / len(i))",
                "np.add.at(t_bar, (i + 1) % len(t_bar), row / len(i))",
                "entries rolled +1 -2",
            ),
        ],
        shapes={"table": "v d", "index": "n b"},
        dtype={"index": "int64"},
        domain={"index": (0, "v-1")},
        constants=("index",),
    ),
    source(
        "average_windows",
        "np.stack([x[:, k * stride : k * stride + size].mean(1) for k in range((x.shape[1] - size) // stride + 1)], 1)",
        """
x_bar = np.zeros_like(x)
for k in range(g.shape[1]):
    x_bar[:, k * stride : k * stride + size] += g[:, k : k + 1] / size
return x_bar
""",
        [
            ("+= g[:, k : k + 1] / size", "= g[:, k : k + 1] / size", "assigned last"),
            (" / size", "", "times size size value"),
            ("range(g.shape[1])", "range(g.shape[1] - 1)", "dropped -1 last"),
            ("range(g.shape[1])", "range(1, g.shape[1])", "dropped -1 first"),
            (" / size", " / stride", "no name"),
            ("x_bar[:, k * stride : k * stride + size]", "x_bar[:, k : k + size]", "option stride 1"),
        ],
        shapes={"x": "n k"},
        where=lambda k, size: k >= size,
        options={"size": (2, 3), "stride": (1, 2)},
    ),
    source(
        "upsample",
        "np.repeat(np.repeat(x, factor, 0), factor, 1)",
        "g.reshape(x.shape[0], factor, x.shape[1], factor).sum((1, 3))",
        [
            (".sum((1, 3))", ".mean((1, 3))", "divided by size factor square|mean"),
            (".sum((1, 3))", "[:, 0, :, 0]", "assigned first"),
            (".sum((1, 3))", "[:, -1, :, -1]", "assigned last"),
            (".sum((1, 3))", ".sum(1)[:, :, 0]", "no name|terms missing"),
            (".sum((1, 3))", ".sum((1, 3)) / factor", "divided by size factor value"),
        ],
        shapes={"x": "h w"},
        options={"factor": (2, 3)},
    ),
    source(
        "zero_padding",
        "np.pad(x, ((pad, pad), (pad, pad)))",
        "g[pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
        [
            (
                "g[pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
                "g[: x.shape[0], : x.shape[1]].copy()",
                "entries shifted +pad -2 -1|cotangent shifted|cotangent rolled",
            ),
            (
                "g[pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
                "g[2 * pad :, 2 * pad :].copy()",
                "entries shifted -pad -2 -1|cotangent shifted|cotangent rolled",
            ),
            (
                "g[pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
                "-g[pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
                "sign",
            ),
            (
                "g[pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
                "g[::-1, ::-1][pad : g.shape[0] - pad, pad : g.shape[1] - pad]",
                "entries flipped -2 -1|cotangent flipped -2 -1",
            ),
        ],
        shapes={"x": "h w"},
        options={"pad": (0, 1, 2)},
    ),
    source(
        "permuted_columns",
        "x[:, np.roll(np.arange(x.shape[1]), shift)]",
        "g[:, np.roll(np.arange(x.shape[1]), -shift)]",
        [
            ("-shift", "shift", "not transposed"),
            (
                "g[:, np.roll(np.arange(x.shape[1]), -shift)]",
                "g.copy()",
                "identity|option shift 0|entries rolled +shift -1",
            ),
            (
                "g[:, np.roll(np.arange(x.shape[1]), -shift)]",
                "g[:, np.roll(np.arange(x.shape[1]), -shift)] * x",
                "multiplied input x",
            ),
            ("-shift", "1 - shift", "entries rolled|cotangent rolled"),
        ],
        shapes={"x": "n k"},
        options={"shift": (0, 1, 2)},
    ),
    source(
        "maximum_of_rows",
        "x.max(axis=1)",
        """
x_bar = np.zeros_like(x)
x_bar[np.arange(len(x)), x.argmax(axis=1)] = g
return x_bar
""",
        [
            ("x.argmax(axis=1)", "x.argmin(axis=1)", "with x negated"),
            ("x.argmax(axis=1)", "np.abs(x).argmax(axis=1)", "with x absolute"),
            ("] = g", "] = 1", "nonlinear constant"),
            ("x.argmax(axis=1)", "(x.argmax(axis=1) + 1) % x.shape[1]", "entries rolled +1 -1"),
            ("] = g", "] = g / x.shape[1]", "divided by size x (1,)"),
        ],
        shapes={"x": "n k"},
    ),
)
