"""Attention, recurrent cells, and models of sequences."""

from benchmarks.causes.unseen import vocabulary as say
from benchmarks.causes.unseen.record import layer

ATTENTION = layer(
    "attention",
    """
    s = q @ k.T / np.sqrt(q.shape[1])
    if causal:
        s = np.where(np.tri(*s.shape) > 0, s, -np.inf)
    a = np.exp(s - s.max(axis=1, keepdims=True))
    a = a / a.sum(axis=1, keepdims=True)
    return a @ v
    """,
    """
    s = q @ k.T / np.sqrt(q.shape[1])
    if causal:
        s = np.where(np.tri(*s.shape) > 0, s, -np.inf)
    a = np.exp(s - s.max(axis=1, keepdims=True))
    a = a / a.sum(axis=1, keepdims=True)
    v_bar = a.T @ g
    a_bar = g @ v.T
    s_bar = a * (a_bar - (a_bar * a).sum(axis=1, keepdims=True))
    s_bar = s_bar / np.sqrt(q.shape[1])
    return s_bar @ k, s_bar.T @ q, v_bar
    """,
    [
        (
            "s_bar = s_bar / np.sqrt(q.shape[1])",
            "pass",
            "the scores' scale is forgotten",
            "scale|root|sqrt|size|divid|factor",
        ),
        (
            "(a_bar * a).sum(axis=1, keepdims=True)",
            "(a_bar * a).sum(axis=0, keepdims=True)",
            "the softmax is taken back over the wrong axis",
            say.AXIS,
        ),
        ("v_bar = a.T @ g", "v_bar = a @ g", "the weights are not transposed", say.TRANSPOSED),
        ("s_bar.T @ q", "s_bar @ q", "the scores' cotangent is not transposed in k_bar", say.TRANSPOSED),
        (
            "a * (a_bar - (a_bar * a).sum(axis=1, keepdims=True))",
            "a_bar",
            "the softmax is forgotten on the way back",
            f"{say.FORGOTTEN_CHAIN}|softmax",
        ),
        (
            "if causal:\n    s = np.where",
            "if not causal:\n    s = np.where",
            "the mask is applied where it should not be, and the other way round",
            f"causal|{say.OPTION}|{say.MASK}",
        ),
    ],
    shapes={"q": "t d", "k": "t d", "v": "t d"},
    options={"causal": (False, True)},
    where=lambda t, d: t > 0 and d > 0,
    domain={"q": (-2, 2), "k": (-2, 2), "v": (-2, 2)},
)

LSTM = layer(
    "lstm cell",
    """
    i, f, o, u = np.split(z, 4, axis=1)
    i, f, o, u = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o)), np.tanh(u)
    return o * np.tanh(f * c + i * u)
    """,
    """
    i, f, o, u = np.split(z, 4, axis=1)
    i, f, o, u = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o)), np.tanh(u)
    t = np.tanh(f * c + i * u)
    s = g * o * (1 - t**2)
    i_bar = s * u * i * (1 - i)
    f_bar = s * c * f * (1 - f)
    o_bar = g * t * o * (1 - o)
    u_bar = s * i * (1 - u**2)
    return np.concatenate([i_bar, f_bar, o_bar, u_bar], axis=1), s * f
    """,
    [
        (
            "[i_bar, f_bar, o_bar, u_bar]",
            "[f_bar, i_bar, o_bar, u_bar]",
            "two gates are swapped",
            f"{say.SWAPPED}|{say.ORDER}|block|roll",
        ),
        ("s * i * (1 - u**2)", "s * i", "the candidate's tanh is forgotten", say.FORGOTTEN_CHAIN),
        ("s * c * f", "s * f", "the old state is missing in the forget gate", "'c'|factor|state|missing"),
        ("s = g * o * (1 - t**2)", "s = g * o", "the tanh of the state is forgotten", say.FORGOTTEN_CHAIN),
        (
            ", s * f",
            ", s",
            "the old state's cotangent is not multiplied by the forget gate",
            f"gate|factor|{say.FORGOTTEN_CHAIN}",
        ),
    ],
    shapes={"z": "n 4*h", "c": "n h"},
    domain={"z": (-3, 3), "c": (-2, 2)},
)

GRU = layer(
    "gru cell",
    """
    r = 1 / (1 + np.exp(-(x @ wr + h @ ur)))
    c = np.tanh(x + (r * h) @ uc)
    return (1 - z) * c + z * h
    """,
    """
    r = 1 / (1 + np.exp(-(x @ wr + h @ ur)))
    c = np.tanh(x + (r * h) @ uc)
    a_bar = g * (1 - z) * (1 - c**2)
    m_bar = a_bar @ uc.T
    b_bar = m_bar * h * r * (1 - r)
    x_bar = a_bar + b_bar @ wr.T
    h_bar = g * z + m_bar * r + b_bar @ ur.T
    return x_bar, h_bar, g * (h - c), x.T @ b_bar, h.T @ b_bar, (r * h).T @ a_bar
    """,
    [
        (" + b_bar @ ur.T", "", "the path through the reset gate is missing in h_bar", say.TERM),
        (
            "(r * h).T @ a_bar",
            "h.T @ a_bar",
            "the reset gate is forgotten in uc_bar",
            f"gate|{say.FORGOTTEN_CHAIN}|'h'",
        ),
        ("g * (h - c)", "g * (c - h)", "the update gate's sign is wrong", say.SIGN),
        (
            "g * (1 - z) *",
            "g * z *",
            "the update gate and its complement are swapped",
            f"complement|1 -|{say.SWAPPED}",
        ),
        (
            "h.T @ b_bar, (r",
            "x.T @ b_bar, (r",
            "the input stands for the state in ur_bar",
            say.SWAPPED,
            "copy of the cotangent of 'wr'",
        ),
    ],
    shapes={"x": "n d", "h": "n d", "z": "n d", "wr": "d d", "ur": "d d", "uc": "d d"},
    domain={"x": (-2, 2), "h": (-2, 2), "z": (0, 1), "wr": (-1, 1), "ur": (-1, 1), "uc": (-1, 1)},
)

RNN = layer(
    "recurrent network",
    """
    h = np.zeros(u.shape[0])
    for t in range(len(x)):
        h = np.tanh(x[t] + h @ u + b)
    return h
    """,
    """
    states = [np.zeros(u.shape[0])]
    for t in range(len(x)):
        states.append(np.tanh(x[t] + states[-1] @ u + b))
    x_bar, u_bar, b_bar = np.zeros_like(x), np.zeros_like(u), np.zeros_like(b)
    h_bar = g
    for t in reversed(range(len(x))):
        a_bar = h_bar * (1 - states[t + 1] ** 2)
        x_bar[t] = a_bar
        u_bar += np.outer(states[t], a_bar)
        b_bar += a_bar
        h_bar = a_bar @ u.T
    return x_bar, u_bar, b_bar
    """,
    [
        (
            "h_bar = a_bar @ u.T",
            "pass",
            "the state's cotangent is not carried back in time",
            f"{say.FORGOTTEN_CHAIN}|{say.TERM}|carried|recurren",
        ),
        (
            "h_bar = a_bar @ u.T",
            "h_bar = a_bar @ u",
            "the recurrent weights are not transposed",
            say.TRANSPOSED,
        ),
        ("b_bar += a_bar", "b_bar = a_bar", "b_bar keeps the first step only", say.OVERWRITTEN),
        (
            "np.outer(states[t], a_bar)",
            "np.outer(states[t + 1], a_bar)",
            "the new state stands for the old in u_bar",
            f"{say.SHIFT}|{say.AT_OUTPUT}|step",
        ),
        (
            "(1 - states[t + 1] ** 2)",
            "(1 - states[t] ** 2)",
            "tanh' is taken of the state before",
            f"{say.SHIFT}|{say.AT_OUTPUT}|step",
        ),
    ],
    shapes={"x": "t h", "u": "h h", "b": "h"},
    where=lambda t, h: 0 < t < 6 and h > 0,
    domain={"x": (-2, 2), "u": (-1, 1), "b": (-1, 1)},
)

EMBEDDING = layer(
    "embedding",
    "return table[ids] * np.sqrt(table.shape[1])",
    """
    table_bar = np.zeros_like(table)
    np.add.at(table_bar, ids, g * np.sqrt(table.shape[1]))
    return table_bar, None
    """,
    [
        (
            "np.add.at(table_bar, ids, g * np.sqrt(table.shape[1]))",
            "table_bar[ids] += g * np.sqrt(table.shape[1])",
            "a repeated word keeps one of its cotangents",
            f"{say.OVERWRITTEN}|index",
        ),
        (
            " * np.sqrt(table.shape[1])",
            "",
            "the embedding's scale is forgotten",
            "scale|root|sqrt|size|factor",
        ),
        (
            "np.add.at(table_bar, ids, g",
            "np.add.at(table_bar, np.maximum(ids, 1), g",
            "the first word's cotangent goes to the second",
            f"{say.SHIFT}|index|first|row|entr",
        ),
    ],
    shapes={"table": "v d", "ids": "n"},
    where=lambda v, n: v > 1 and n > 0,
    domain={"table": (-3, 3), "ids": (0, "v-1")},
    dtype={"ids": "int64"},
    constants=("ids",),
)

CUMULATIVE_SUM = layer(
    "cumulative sum",
    """
    y = np.cumsum(x, axis=axis)
    return y - x if exclusive else y
    """,
    """
    x_bar = np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)
    return x_bar - g if exclusive else x_bar
    """,
    [
        (
            "np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)",
            "np.cumsum(g, axis=axis)",
            "summed from the start, not from the end",
            say.ORDER,
            "Jacobian times the cotangent",
        ),
        (
            "return x_bar - g if exclusive else x_bar",
            "return x_bar",
            "the option exclusive is ignored",
            f"exclusive|{say.OPTION}",
        ),
        (
            "np.flip(g, axis), axis=axis)",
            "np.flip(g, axis), axis=0)",
            "the sum runs over the first axis always",
            f"{say.AXIS}|{say.OPTION}",
        ),
    ],
    shapes={"x": "m n"},
    options={"axis": (0, 1), "exclusive": (False, True)},
    domain={"x": (-3, 3)},
)

CUMULATIVE_PRODUCT = layer(
    "cumulative product",
    "return np.cumprod(x)",
    """
    y = np.cumprod(x)
    return np.cumsum((g * y)[::-1])[::-1] / x
    """,
    [
        (" / x", "", "the entry itself is not divided out", "divid|'x'|factor"),
        (
            "np.cumsum((g * y)[::-1])[::-1]",
            "np.cumsum(g * y)",
            "summed from the start, not from the end",
            say.ORDER,
        ),
        (
            "np.cumsum((g * y)[::-1])[::-1]",
            "g * y",
            "the later products are left out",
            f"{say.TERM}|sum|diagonal|later",
            "only the first is kept",
        ),
    ],
    shapes={"x": "n"},
    domain={"x": (0.5, 2)},
)

SMOOTHING = layer(
    "exponential smoothing",
    """
    y, s = np.zeros_like(x), 0.0
    for t in range(len(x)):
        s = (1 - a) * s + a * x[t]
        y[t] = s
    return y
    """,
    """
    y, s = np.zeros_like(x), 0.0
    for t in range(len(x)):
        s = (1 - a) * s + a * x[t]
        y[t] = s
    x_bar, a_bar, s_bar = np.zeros_like(x), 0.0, 0.0
    for t in reversed(range(len(x))):
        s_bar = s_bar + g[t]
        before = y[t - 1] if t > 0 else 0.0
        a_bar += s_bar * (x[t] - before)
        x_bar[t] = a * s_bar
        s_bar = (1 - a) * s_bar
    return x_bar, np.array(a_bar)
    """,
    [
        (
            "s_bar = s_bar + g[t]",
            "s_bar = g[t]",
            "the cotangent of the state is overwritten",
            f"{say.OVERWRITTEN}|{say.TERM}|diagonal",
            "only the first is kept",
        ),
        (
            "s_bar = (1 - a) * s_bar",
            "s_bar = a * s_bar",
            "a stands where its complement belongs",
            f"complement|1 -|{say.SWAPPED}",
        ),
        ("(x[t] - before)", "x[t]", "the old state's part of a_bar is missing", say.TERM),
        (
            "before = y[t - 1] if t > 0 else 0.0",
            "before = y[t]",
            "the new state stands for the old in a_bar",
            f"{say.SHIFT}|{say.AT_OUTPUT}|step",
        ),
    ],
    shapes={"x": "t", "a": ""},
    domain={"x": (-3, 3), "a": (0.1, 0.9)},
)

HMM = layer(
    "hidden markov forward",
    """
    a = start * emit[0]
    for t in range(1, len(emit)):
        a = (a @ move) * emit[t]
    return np.log(a.sum())
    """,
    """
    alphas = [start * emit[0]]
    for t in range(1, len(emit)):
        alphas.append((alphas[-1] @ move) * emit[t])
    a_bar = np.full(len(start), g / alphas[-1].sum())
    emit_bar, move_bar = np.zeros_like(emit), np.zeros_like(move)
    for t in reversed(range(1, len(emit))):
        emit_bar[t] = a_bar * (alphas[t - 1] @ move)
        b_bar = a_bar * emit[t]
        move_bar += np.outer(alphas[t - 1], b_bar)
        a_bar = move @ b_bar
    emit_bar[0] = a_bar * start
    return a_bar * emit[0], move_bar, emit_bar
    """,
    [
        (
            "a_bar = move @ b_bar",
            "a_bar = move.T @ b_bar",
            "the transition matrix is transposed",
            say.TRANSPOSED,
        ),
        ("move_bar += ", "move_bar = ", "the transitions of the first step only", say.OVERWRITTEN),
        (
            "g / alphas[-1].sum()",
            "g",
            "the logarithm's derivative is forgotten",
            f"{say.FORGOTTEN_CHAIN}|log|divid",
        ),
        (
            "b_bar = a_bar * emit[t]",
            "b_bar = a_bar",
            "the emission is forgotten on the way back",
            f"{say.FORGOTTEN_CHAIN}|emit",
        ),
        (
            "emit_bar[0] = a_bar * start",
            "pass",
            "the first emission's cotangent is left at zero",
            "zero|first|missing",
        ),
    ],
    shapes={"start": "k", "move": "k k", "emit": "t k"},
    where=lambda k, t: k > 0 and 1 < t < 6,
    domain={"start": (0.1, 1), "move": (0.1, 1), "emit": (0.1, 1)},
)

CRF = layer(
    "chain of labels",
    """
    a = x[0]
    for t in range(1, len(x)):
        m = a[:, None] + w
        a = x[t] + np.log(np.exp(m - m.max()).sum(axis=0)) + m.max()
    z = np.log(np.exp(a - a.max()).sum()) + a.max()
    score = x[np.arange(len(x)), y].sum() + w[y[:-1], y[1:]].sum()
    return z - score
    """,
    """
    alphas = [x[0]]
    for t in range(1, len(x)):
        m = alphas[-1][:, None] + w
        alphas.append(x[t] + np.log(np.exp(m - m.max()).sum(axis=0)) + m.max())
    a_bar = np.exp(alphas[-1] - alphas[-1].max())
    a_bar = g * a_bar / a_bar.sum()
    x_bar, w_bar = np.zeros_like(x), np.zeros_like(w)
    for t in reversed(range(1, len(x))):
        x_bar[t] = a_bar
        m = np.exp(alphas[t - 1][:, None] + w - w.max() - alphas[t - 1].max())
        m_bar = a_bar * m / m.sum(axis=0)
        w_bar += m_bar
        a_bar = m_bar.sum(axis=1)
    x_bar[0] = a_bar
    x_bar[np.arange(len(x)), y] -= g
    np.subtract.at(w_bar, (y[:-1], y[1:]), g)
    return x_bar, w_bar, None
    """,
    [
        (
            "(y[:-1], y[1:]), g)",
            "(y[1:], y[:-1]), g)",
            "the labels' transitions are transposed",
            f"{say.TRANSPOSED}|{say.SWAPPED}",
        ),
        (
            "np.subtract.at(w_bar, (y[:-1], y[1:]), g)",
            "w_bar[y[:-1], y[1:]] -= g",
            "a repeated transition counts once",
            say.OVERWRITTEN,
        ),
        (
            "x_bar[np.arange(len(x)), y] -= g",
            "x_bar[np.arange(len(x)), y] -= 1",
            "the cotangent is taken to be one in the score",
            f"{say.COTANGENT}|{say.EXTRA}|constant",
        ),
        ("m_bar.sum(axis=1)", "m_bar.sum(axis=0)", "summed over the wrong axis on the way back", say.AXIS),
        (
            "np.subtract.at(w_bar, (y[:-1], y[1:]), g)",
            "pass",
            "the score's transitions are missing",
            say.TERM,
        ),
    ],
    shapes={"x": "t k", "w": "k k", "y": "t"},
    where=lambda t, k: 1 < t < 6 and k > 1,
    domain={"x": (-2, 2), "w": (-2, 2), "y": (0, "k-1")},
    dtype={"y": "int64"},
    constants=("y",),
)

ROTARY = layer(
    "rotary positions",
    """
    a = np.arange(x.shape[0])[:, None] / 10.0 ** np.arange(x.shape[1] // 2)
    p, q = x[:, 0::2], x[:, 1::2]
    y = np.empty_like(x)
    y[:, 0::2], y[:, 1::2] = p * np.cos(a) - q * np.sin(a), p * np.sin(a) + q * np.cos(a)
    return y
    """,
    """
    a = np.arange(x.shape[0])[:, None] / 10.0 ** np.arange(x.shape[1] // 2)
    p, q = g[:, 0::2], g[:, 1::2]
    x_bar = np.empty_like(x)
    x_bar[:, 0::2], x_bar[:, 1::2] = p * np.cos(a) + q * np.sin(a), q * np.cos(a) - p * np.sin(a)
    return x_bar
    """,
    [
        (
            "p * np.cos(a) + q * np.sin(a), q * np.cos(a) - p * np.sin(a)",
            "p * np.cos(a) - q * np.sin(a), q * np.cos(a) + p * np.sin(a)",
            "rotated forth, not back",
            f"{say.SIGN}|{say.TRANSPOSED}|invers|opposite|rotat",
        ),
        (
            "np.arange(x.shape[0])[:, None]",
            "np.arange(1, x.shape[0] + 1)[:, None]",
            "positions count from one",
            say.SHIFT,
        ),
        (
            ", q * np.cos(a) - p * np.sin(a)",
            ", q * np.cos(a)",
            "a term of the second half is missing",
            say.TERM,
        ),
    ],
    shapes={"x": "t 2*d"},
    domain={"x": (-3, 3)},
)

SOURCES = (
    *(ATTENTION, LSTM, GRU, RNN, EMBEDDING, CUMULATIVE_SUM, CUMULATIVE_PRODUCT, SMOOTHING, HMM, CRF, ROTARY),
)
