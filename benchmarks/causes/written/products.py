"""Products and quadratic forms."""

from __future__ import annotations

from benchmarks.causes.record import Source, source

SOURCES: tuple[Source, ...] = (
    source(
        "bilinear",
        "np.einsum('ni,ij,nj->n', x, a, z)",
        """
x_bar = g[:, None] * (z @ a.T)
a_bar = x.T @ (g[:, None] * z)
z_bar = g[:, None] * (x @ a)
return x_bar, a_bar, z_bar
""",
        [
            ("(z @ a.T)", "-(z @ a.T)", "sign"),
            (
                "x.T @ (g[:, None] * z)",
                "x.T @ (g[:, None] * z) / len(x)",
                "divided by size x (0,)|divided by size output|divided by size z (0,)",
            ),
            ("x.T @ (g[:, None] * z)", "np.outer(x[0], g[0] * z[0])", "slice -1 first"),
            ("x.T @ (g[:, None] * z)", "2 * x.T @ (g[:, None] * z)", "factor 2.0"),
            ("g[:, None] * (x @ a)", "g.sum() * (x @ a)", "summed cotangent|summed entries"),
            ("g[:, None] * (x @ a)", "np.zeros_like(z)", "zero"),
        ],
        shapes={"x": "n i", "a": "i j", "z": "n j"},
    ),
    source(
        "quadratic_form",
        "np.einsum('ni,ij,nj->n', x, a, x)",
        "g[:, None] * (x @ (a + a.T)), x.T @ (g[:, None] * x)",
        [
            ("(a + a.T)", "a", "no name"),
            ("(a + a.T)", "(2 * a)", "with a transposed|no name"),
            ("x.T @ (g[:, None] * x)", "x.T @ x", "nonlinear constant"),
            ("x.T @ (g[:, None] * x)", "2 * x.T @ (g[:, None] * x)", "factor 2.0"),
            ("x.T @ (g[:, None] * x)", "np.triu(x.T @ (g[:, None] * x))", "triangle upper"),
            ("g[:, None] * (x", "-g[:, None] * (x", "sign"),
        ],
        shapes={"x": "n i", "a": "i i"},
    ),
    source(
        "matrix_trace_product",
        "np.sum(a * b.T)",
        "g * b.T, g * a.T",
        [
            ("g * b.T", "g * b", "entries transposed -2 -1|with b transposed -2 -1"),
            ("g * a.T", "g * a", "entries transposed -2 -1|with a transposed -2 -1|input a"),
            ("g * b.T, g * a.T", "g * a.T, g * b.T", "input b"),
            ("g * a.T", "g * a.T + b", "nonlinear offset"),
            ("g * a.T", "g * (a.T + a)", "symmetrised sum|no name"),
            ("g * b.T", "2 * g * b.T", "factor 2.0"),
        ],
        shapes={"a": "n n", "b": "n n"},
    ),
    source(
        "gram_matrix",
        "x.T @ x / len(x)",
        "x @ (g + g.T) / len(x)",
        [
            (" / len(x)", "", "times size x (0,)"),
            ("(g + g.T)", "g", "no name"),
            ("(g + g.T)", "(2 * g)", "no name"),
            ("(g + g.T)", "g.T", "no name"),
            (" / len(x)", " / x.size", "divided by size x (1,)|divided by size output"),
            (" / len(x)", " / len(x) ** 2", "divided by size x (0,)"),
        ],
        shapes={"x": "n k"},
    ),
    source(
        "outer_sum",
        "a[:, None] + b[None, :]",
        "g.sum(1), g.sum(0)",
        [
            ("g.sum(1)", "g.mean(1)", "divided by size b (0,)|divided by size output (1,)|mean"),
            ("g.sum(1)", "g[:, 0].copy()", "slice -1 first|assigned first"),
            ("g.sum(0)", "g[-1].copy()", "slice -2 last|assigned last"),
            ("g.sum(0)", "g[1:].sum(0)", "dropped -2 first"),
            ("g.sum(0)", "g.sum(0)[::-1]", "entries flipped -1|cotangent flipped -1"),
            ("g.sum(1)", "np.full(len(a), g.sum())", "summed cotangent -2|summed entries"),
        ],
        shapes={"a": "n", "b": "m"},
    ),
    source(
        "attention_scores",
        "np.einsum('hqd,hkd->hqk', q, k) / np.sqrt(q.shape[-1])",
        """
d = g / np.sqrt(q.shape[-1])
return np.einsum('hqk,hkd->hqd', d, k), np.einsum('hqk,hqd->hkd', d, q)
""",
        [
            (" / np.sqrt(q.shape[-1])", "", "times size q (2,) root|times size k (2,) root"),
            (
                " / np.sqrt(q.shape[-1])",
                " / q.shape[-1]",
                "divided by size q (2,) root|divided by size k (2,) root",
            ),
            ("np.einsum('hqk,hkd->hqd', d, k)", "np.einsum('hqk,jkd->hqd', d, k)", "no name"),
            (
                "np.einsum('hqk,hqd->hkd', d, q)",
                "np.einsum('hqk,hqd->hkd', d, q) / q.shape[1]",
                "divided by size q (1,)|divided by size output (1,)",
            ),
            ("np.einsum('hqk,hqd->hkd', d, q)", "d[:, 0, :, None] * q[:, 0, None]", "slice -2 first"),
        ],
        shapes={"q": "h q d", "k": "h k d"},
    ),
)
