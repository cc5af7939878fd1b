"""Several channels: N1–N4, and flattening: F1."""

import numpy as np

from derivations.article import definitions
from derivations.convolution import cross_correlate, flip, pad
from derivations.multichannel import conv2d
from derivations.types import Array
from gradcheck import Claim, exact_gradient

_SECTION = "Convolution (Multiple Layer)"
_OPERANDS = {"I": "n r+p-1 s+q-1", "K": "n m p q"}
_UPSTREAM = {**_OPERANDS, "dO": "m r s"}
_UP_TO = {"n": 3, "m": 3, "r": 2, "s": 1, "p": 2, "q": 2}


def _outputs_by_sums(inputs: Array, kernels: Array) -> Array:
    count = sum(1 for _ in np.ndindex(kernels.shape[:2]))
    return np.append(definitions.channels(inputs, kernels), count)


def _outputs(inputs: Array, kernels: Array) -> Array:
    n, m = kernels.shape[:2]
    no_bias = np.zeros(m, dtype=np.int64)
    return np.append(conv2d(inputs[None], kernels.swapaxes(0, 1), no_bias), n * m)


N1 = Claim(
    "N1",
    "An output channel is the sum over the input channels, each ⋆ a kernel of its own: n · m kernels",
    _outputs_by_sums,
    _outputs,
    _OPERANDS,
    latex=r"O_j = \sum_{i=1}^n I_i \star K_{ij}",
    section=_SECTION,
    degree=2,
    note="The right side is the layer in derivations/multichannel.py.",
)


def _kernels_by_differences(inputs: Array, kernels: Array, dO: Array) -> Array:
    return exact_gradient(lambda moved: definitions.channels(inputs, moved), kernels, dO, stacked=True)


def _inputs_by_differences(inputs: Array, kernels: Array, dO: Array) -> Array:
    return exact_gradient(lambda moved: definitions.channels(moved, kernels), inputs, dO, stacked=True)


def _kernel_gradients(inputs: Array, kernels: Array, dO: Array) -> Array:  # noqa: ARG001
    return np.array([[cross_correlate(I_i, dO_j) for dO_j in dO] for I_i in inputs])


N2 = Claim(
    "N2",
    "The gradient in the kernel from i to j is input channel i ⋆ upstream channel j",
    _kernels_by_differences,
    _kernel_gradients,
    _UPSTREAM,
    latex=r"\frac{\partial c}{\partial K_{ij}} = I_i \star \frac{\partial c}{\partial O_j}",
    section=_SECTION,
    degree=2,
    linear_in=("I", "dO"),
    up_to=_UP_TO,
)


def _through(kernel: Array, dO_j: Array) -> Array:
    """Return what output channel j sends back through one kernel."""
    return cross_correlate(pad(dO_j, kernel.shape), flip(kernel))


def _inputs_through_one(inputs: Array, kernels: Array, dO: Array, j: int) -> Array:  # noqa: ARG001
    return np.array([_through(row[j], dO[j]) for row in kernels])


def _inputs_through_all(inputs: Array, kernels: Array, dO: Array) -> Array:  # noqa: ARG001
    return np.array([sum(_through(k, dO_j) for k, dO_j in zip(row, dO, strict=True)) for row in kernels])


_SUMMED = Claim(
    "N3 corrected",
    "The gradient in an input channel is summed over all output channels",
    _inputs_by_differences,
    _inputs_through_all,
    _UPSTREAM,
    latex=r"\frac{\partial c}{\partial I_i} = \sum_j \operatorname{pad}\left("
    r"\frac{\partial c}{\partial O_j}\right) \star \operatorname{flip}(K_{ij})",
    section=_SECTION,
    degree=2,
    linear_in=("K", "dO"),
    up_to=_UP_TO,
)

N3 = Claim(
    "N3",
    "The gradient in input channel i is the padded upstream of channel j ⋆ the flipped kernel, for any j",
    lambda inputs, kernels, dO, j: _inputs_by_differences(inputs, kernels, dO),  # noqa: ARG005
    _inputs_through_one,
    _UPSTREAM,
    latex=r"\frac{\partial c}{\partial I_i} = \operatorname{pad}\left(\frac{\partial c}{\partial O_j}\right)"
    r" \star \operatorname{flip}(K_{ij})",
    section=_SECTION,
    where=lambda j, m: j < m,
    options={"j": (0, 1, 2)},
    degree=2,
    correction=_SUMMED,
    note="An input channel feeds every output channel; their terms do not become 0.",
)


def _counted() -> Array:
    kernel, image = np.zeros((7, 7)), np.zeros((1000, 1000), dtype=np.int8)
    return np.array([kernel.size, image.size])


N4 = Claim(
    "N4",
    "A 7 × 7 kernel has 49 parameters, whatever the image; one of 1000 × 1000 has 1000000 inputs",
    _counted,
    lambda: np.array([49, 1_000_000]),
    latex=r"7 \cdot 7 = 49,\quad 1000 \cdot 1000 = 1\,000\,000",
    section=_SECTION,
)


def _flattened_by_differences(x: Array, dy: Array) -> Array:
    return exact_gradient(definitions.flatten, x, dy, stacked=True)


F1 = Claim(
    "F1",
    "The gradient of flattening is the upstream vector in the shape of the input",
    _flattened_by_differences,
    lambda x, dy: dy.reshape(x.shape),
    {"x": "c h w", "dy": "c*h*w"},
    latex=r"\frac{\partial c}{\partial x} = \operatorname{reshape}\left(\frac{\partial c}{\partial y}\right)",
    section="Flattening",
    degree=1,
    linear_in=("dy",),
    up_to={"c": 3, "h": 3, "w": 3},
)

CLAIMS = (N1, N2, N3, N4)
