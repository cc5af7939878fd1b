"""Max-pooling: M1–M3 of one channel, P1 of several.

A maximum has no derivative where it is not unique. To see that without rounding, the left sides multiply
the entries by 4 and take (f(x+1) − f(x−1))/2: no step then changes a winner, and at a tie the two one-sided
slopes, 1 and 0, come out as ½, which is neither.
"""

import numpy as np

from derivations.article import definitions
from derivations.types import Array
from gradcheck import Claim, Condition, exact_gradient

_SECTION = "Max-pooling (Single Layer)"
_SPREAD = 4
_A = np.array([[5, 2, 7, 4], [6, 3, 2, 1], [8, 6, 5, 9], [1, 3, 6, 1]])
_SWEPT = {"window": (2, 3), "stride": (1, 2, 3)}
_POOLED = "stride*r-stride+window stride*s-stride+window"


def _maximum_by_differences(x: Array) -> Array:
    return exact_gradient(definitions.maximum, _SPREAD * x, 1, degree=2)


def _one_for_the_maximum(x: Array) -> Array:
    return np.where(np.arange(len(x)) == np.argmax(x), 1, 0)


def _is_unique(x: Array) -> bool:
    return int(np.sum(x == np.max(x))) == 1


M1 = Claim(
    "M1",
    "The gradient of max is 1 for the maximum and 0 for every other entry",
    _maximum_by_differences,
    _one_for_the_maximum,
    {"x": "n"},
    latex=r"\frac{\partial}{\partial x}\max(5, 9, 7, 6)^T = (0, 1, 0, 0)^T",
    section=_SECTION,
    span=2,
    conditions=(Condition("the maximum is unique", _is_unique),),
    note="Where two entries share the maximum there is no derivative.",
)


def _example_by_differences(dB: Array) -> Array:
    B = definitions.max_pool(_A, 2, 2)
    dA = exact_gradient(
        lambda moved: definitions.max_pool(moved, 2, 2), _SPREAD * _A, dB, degree=2, stacked=True
    )
    return np.concatenate((B, dA), axis=None)


def _example_as_printed(dB: Array) -> Array:
    (b11, b12), (b21, b22) = dB
    B = [[6, 7], [8, 9]]
    dA = [[0, 0, b12, 0], [b11, 0, 0, 0], [b21, 0, 0, b22], [0, 0, 0, 0]]
    return np.concatenate((B, dA), axis=None)


M2 = Claim(
    "M2",
    "The 4 × 4 example: its pooled values, and where each upstream derivative goes",
    _example_by_differences,
    _example_as_printed,
    {"dB": "2 2"},
    latex=r"\frac{\partial c}{\partial A} = \begin{bmatrix} 0 & 0 & b_{12}' & 0 \\ b_{11}' & 0 & 0 & 0 \\"
    r" b_{21}' & 0 & 0 & b_{22}' \\ 0 & 0 & 0 & 0 \end{bmatrix}",
    section=_SECTION,
    degree=1,
    linear_in=("dB",),
)


def _pool_by_differences(A: Array, dB: Array, window: int, stride: int) -> Array:
    return exact_gradient(
        lambda moved: definitions.max_pool(moved, window, stride),
        _SPREAD * A,
        dB,
        degree=2,
        stacked=True,
    )


def _placed(A: Array, dB: Array, window: int, stride: int, meeting: str) -> Array:
    dA = np.zeros_like(A)
    for r, s in np.ndindex(dB.shape):
        read = A[r * stride : r * stride + window, s * stride : s * stride + window]
        p, q = divmod(int(np.argmax(read)), window)
        place = r * stride + p, s * stride + q
        dA[place] = dB[r, s] + (dA[place] if meeting == "added" else 0)
    return dA


def _each_unique(A: Array, window: int, stride: int) -> bool:
    tops, lefts = (range(0, size - window + 1, stride) for size in A.shape)
    read = (A[top : top + window, left : left + window] for top in tops for left in lefts)
    return all(_is_unique(entries) for entries in read)


def _meet_by_adding(meeting: str, window: int, stride: int) -> bool:
    return meeting == "added" or stride >= window


M3 = Claim(
    "M3",
    "The gradient of max-pooling is the upstream derivatives placed in the maximum positions",
    lambda A, dB, window, stride, meeting: _pool_by_differences(A, dB, window, stride),  # noqa: ARG005
    _placed,
    {"A": _POOLED, "dB": "r s"},
    latex=r"\frac{\partial c}{\partial a_{kl}} = \frac{\partial c}{\partial b_{rs}}"
    r"\text{ where } (k, l) = \operatorname{arg}\max_{rs},\text{ else } 0",
    section=_SECTION,
    options={**_SWEPT, "meeting": ("assigned", "added")},
    span=6,
    conditions=(
        Condition("each window's maximum is unique", _each_unique),
        Condition("placements that meet, where windows overlap, are added", _meet_by_adding),
    ),
)


def _each_channel(A: Array, dB: Array, window: int, stride: int) -> Array:
    return np.array([_placed(a, db, window, stride, "added") for a, db in zip(A, dB, strict=True)])


P1 = Claim(
    "P1",
    "Pooling several channels is pooling each of them, forward and backward",
    _pool_by_differences,
    _each_channel,
    {"A": f"c {_POOLED}", "dB": "c r s"},
    latex=r"\frac{\partial c}{\partial A_i} = \operatorname{place}"
    r"\left(\frac{\partial c}{\partial B_i}\right)\quad\text{for every channel } i",
    section="Maxpooling (Multiple layer)",
    options={"window": (2,), "stride": (1, 2)},
    span=10**9,
    note="Under the conditions of M3: the entries are drawn so widely that no two are equal.",
)

CLAIMS = (M1, M2, M3)
