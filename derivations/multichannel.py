"""Convolution over many channels, with stride, padding, dilation and groups (N1–N4).

The article's layer is O_j = Σ_i I_i ⋆ K_ij (N1): each pair of an input channel i and an output channel j
has a kernel of its own (so i·j·p·q parameters whatever the image, N4). With the batch n and the bias b,

    y[n,j,r,s] = b[j] + Σ_i Σ_pq X[n, i, r·t + p·d, s·t + q·d] K[j,i,p,q]

where X is x inside a border of `padding` zeros, t the stride and d the dilation, each its own per axis.
With groups, the sum over i runs over the channels of j's own group only: the layer is then several
independent ones side by side, and the letter g rides along in every equation.

K: the entry K[j,i,p,q] is used for every sample and at every position, hence

    ∂c/∂K[j,i,p,q] = Σ_n Σ_rs X[n, i, r·t + p·d, s·t + q·d] ȳ[n,j,r,s]
                   = Σ_n I_i ⋆ ∂c/∂O_j   at t = d = 1                                           (N2)

b: likewise, ∂c/∂b[j] = Σ_n Σ_rs ȳ[n,j,r,s].

x: X[n,i,k,l] is read by *every* output channel. Let U be ȳ on the grid of stride 1: U[r·t, s·t] = ȳ[r,s],
zero between. There the output at row k − p·d reads row k through tap p, so

    ∂c/∂X[n,i,k,l] = Σ_j Σ_pq U[n, j, k − p·d, l − q·d] K[j,i,p,q]
                   = Σ_j pad(U_j) ⋆ flip(K_ij)   at d = 1                                       (N3)

where the taps count backwards, as in C7, and pad is one less than what the dilated kernel spans. The
article's N3 leaves Σ_j out, since "extra terms become 0"; they do not: that is right for a single output
channel only. The last step drops the border, because its zeros are no input: ∂c/∂x is the inner part of
∂c/∂X.

For every size, in the article's case t = d = 1 and n = 1: N2 and N3 are C4 and C7 of each ⋆ in the sum.

    N2  K_ij occurs in O_j alone, there once, as I_i ⋆ K_ij: of Σ_j' ⟨∂c/∂O_j', O_j'⟩ only j' = j depends on
        it, and C4 with W = I_i and X = K_ij gives I_i ⋆ ∂c/∂O_j.
    N3  I_i occurs in every O_j, as I_i ⋆ K_ij: all m terms of Σ_j ⟨∂c/∂O_j, I_i ⋆ K_ij⟩ depend on it, each
        gives pad(∂c/∂O_j) ⋆ flip(K_ij) by C7, and a derivative of a sum is the sum. One term alone is the
        whole if m = 1, or if the others happen to cancel.

Corners. If the stride does not divide, the last rows are read by no output: U, as large as a stride of 1
would make it, is zero there, and so is their gradient. An empty batch gives zero K̄ and b̄.
"""

import numpy as np
from scipy import signal

from derivations.convolution import flip, pad
from derivations.types import Array, Pullback
from derivations.windows import Pair, border, crop, pair, span, windows
from gradcheck import Layer


def conv2d(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """Return y[n,j] = b[j] + Σ_i x[n,i] ⋆ w[j,i], a batch of multi-channel cross-correlations; source N1.

    Parameters
    ----------
    x
        Images, (n, groups·i, rows, cols).
    w
        Kernels, (groups·o, i, p, q); dilated they fit inside the padded image.
    b
        Bias, (groups·o,).
    stride, padding, dilation
        One number, or (vertical, horizontal).
    groups
        How many equal parts the channels fall into; inputs meet the outputs of their own part only.

    Returns
    -------
    Array
        (n, groups·o, r, s) with r = ⌊(rows + 2·padding − (p−1)·dilation − 1)/stride⌋ + 1, and s alike.
    """
    inputs = _by_group(border(x, pair(padding)), groups)
    kernels = _kernels_by_group(w, groups)
    read = windows(inputs, w.shape[2:4], pair(stride), pair(dilation))
    return _join_groups(np.einsum("ngirspq,gjipq->ngjrs", read, kernels)) + b[:, None, None]


def conv2d_vjp(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[Array, Pullback]:
    """Return `conv2d` and its pullback, ȳ -> x̄, w̄, b̄; source N3 (with the missing Σ_j), N2."""
    inputs = _by_group(border(x, pair(padding)), groups)
    read = windows(inputs, w.shape[2:4], pair(stride), pair(dilation))

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        size = x.shape[2], x.shape[3]
        x_bar = conv2d_adjoint(
            y_bar, w, size, stride=stride, padding=padding, dilation=dilation, groups=groups
        )
        w_bar = np.einsum("ngirspq,ngjrs->gjipq", read, _by_group(y_bar, groups)).reshape(w.shape)
        b_bar = y_bar.sum(axis=(0, 2, 3))
        return x_bar, w_bar, b_bar

    return conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups), pullback


def conv2d_adjoint(
    y_bar: Array,
    w: Array,
    size: tuple[int, int],
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """Return x̄ alone, Σ_j pad(U_j) ⋆ flip(K_ij) without the border, for images of `size`; source N3."""
    taps, (above, left), step = (w.shape[2], w.shape[3]), pair(padding), pair(stride)
    reach = span(taps, pair(dilation))
    dense = size[0] + 2 * above - reach[0] + 1, size[1] + 2 * left - reach[1] + 1
    outputs_bar = _by_group(y_bar, groups)
    upsampled = np.zeros((*outputs_bar.shape[:3], *dense), y_bar.dtype)
    upsampled[..., :: step[0], :: step[1]] = outputs_bar
    read = windows(pad(upsampled, reach), taps, dilation=pair(dilation))
    inputs_bar = np.einsum("ngjklpq,gjipq->ngikl", read, flip(_kernels_by_group(w, groups)))
    return crop(_join_groups(inputs_bar), (above, left))


def conv2d_sparsity(
    x: tuple[int, ...],
    w: tuple[int, ...],
    b: tuple[int, ...],
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[tuple[Array, ...], ...]:
    """Return which outputs read which entries of x, w and b, from shapes: N1 with positions for values."""
    places = np.arange(1, 1 + np.prod(x)).reshape(x)  # 0 is left for the border, which is no input
    inputs = _by_group(border(places, pair(padding)), groups)
    read = windows(inputs, (w[2], w[3]), pair(stride), pair(dilation))
    kernels = _kernels_by_group(np.arange(np.prod(w)).reshape(w), groups)
    n, g, _, r, s, *_ = read.shape
    outputs = np.arange(n * w[0] * r * s).reshape(n, g, w[0] // g, r, s)

    written, from_x, from_w = np.broadcast_arrays(  # each of shape (n, g, j, r, s, i, p, q)
        outputs[..., None, None, None], np.moveaxis(read, 2, 4)[:, :, None], kernels[None, :, :, None, None]
    )
    from_b = np.broadcast_arrays(outputs, np.arange(b[0]).reshape(g, -1)[None, :, :, None, None])
    inside = from_x > 0
    return (written[inside], from_x[inside] - 1), (written[inside], from_w[inside]), from_b


def _by_group(a: Array, groups: int) -> Array:
    """Split the channels: (n, groups·c, rows, cols) -> (n, groups, c, rows, cols)."""
    samples, channels, rows, cols = a.shape
    return a.reshape(samples, groups, channels // groups, rows, cols)


def _kernels_by_group(w: Array, groups: int) -> Array:
    """Split the output channels: (groups·o, i, p, q) -> (groups, o, i, p, q)."""
    return w.reshape(groups, w.shape[0] // groups, *w.shape[1:])


def _join_groups(a: Array) -> Array:
    """Undo `_by_group`."""
    samples, groups, channels, rows, cols = a.shape
    return a.reshape(samples, groups * channels, rows, cols)


def conv2d_oracle(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> tuple[Array, Pullback]:
    """Return the same as `conv2d_vjp`: one `scipy.signal` call for each sample and pair of channels."""
    (t, u), (above, left), (d, e) = (np.broadcast_to(option, 2) for option in (stride, padding, dilation))
    padded = np.pad(x, ((0, 0), (0, 0), (above, above), (left, left)))
    stuffed = np.zeros((*w.shape[:2], d * (w.shape[2] - 1) + 1, e * (w.shape[3] - 1) + 1), w.dtype)
    stuffed[:, :, ::d, ::e] = w
    dense = padded.shape[2] - stuffed.shape[2] + 1, padded.shape[3] - stuffed.shape[3] + 1
    # For each output channel j: its kernels' own index i, beside the channel of x that they meet.
    triples = [
        (n, j, i, j // (len(w) // groups) * w.shape[1] + i)
        for n, j, i in np.ndindex(len(x), len(w), w.shape[1])
    ]

    y = np.zeros((len(x), len(w), *dense), x.dtype) + b[None, :, None, None]
    for n, j, i, channel in triples:
        y[n, j] += signal.correlate(padded[n, channel], stuffed[j, i], mode="valid", method="direct")

    def pullback(y_bar: Array) -> tuple[Array, ...]:
        padded_bar, stuffed_bar = np.zeros_like(padded), np.zeros_like(stuffed)
        dense_bar = np.zeros((*y_bar.shape[:2], *dense), y_bar.dtype)
        dense_bar[:, :, ::t, ::u] = y_bar
        for n, j, i, channel in triples:
            sent = dense_bar[n, j]
            padded_bar[n, channel] += signal.convolve(sent, stuffed[j, i], mode="full", method="direct")
            stuffed_bar[j, i] += signal.correlate(padded[n, channel], sent, mode="valid", method="direct")
        x_bar = padded_bar[:, :, above : above + x.shape[2], left : left + x.shape[3]]
        return x_bar.copy(), stuffed_bar[:, :, ::d, ::e].copy(), np.einsum("njrs->j", y_bar)

    return y[:, :, ::t, ::u].copy(), pullback


def _kernel_fits(rows: int, cols: int, p: int, q: int, padding: Pair, dilation: Pair) -> bool:
    if p < 1 or q < 1:
        return False
    (above, left), reach = pair(padding), span((p, q), pair(dilation))
    return reach[0] <= rows + 2 * above and reach[1] <= cols + 2 * left


CONV2D = Layer(
    conv2d,
    conv2d_vjp,
    shapes={"x": "n groups*i rows cols", "w": "groups*o i p q", "b": "groups*o"},
    where=_kernel_fits,
    options={
        "stride": (1, 2, 3, (1, 2), (3, 1)),
        "padding": (0, 1, 2, (0, 1), (2, 1)),
        "dilation": (1, 2, (2, 1), (1, 3)),
        "groups": (1, 2, 3),
    },
    oracle=conv2d_oracle,
    traits=("multilinear",),
    batch="n",
    sparsity=conv2d_sparsity,
)

LAYERS: tuple[Layer, ...] = (CONV2D,)
