"""Hidden mistakes in what gathers, scatters, splits or returns several outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.hidden.record import Collection, right, scaled
from gradcheck.types import Array

MISTAKES = Collection()
hidden = MISTAKES.add


def _gathered(y: Array, table: Array, ids: Array) -> tuple[Array, None]:
    into = np.zeros_like(table)
    np.add.at(into, ids, y)
    return into, None


EMBEDDING = right(
    "embedding",
    lambda table, ids: table[ids],
    _gathered,
    shapes={"table": "v d", "ids": "n"},
    domain={"ids": (0, "v-1")},
    dtype={"ids": "int64"},
    constants=("ids",),
)


@hidden(EMBEDDING, "tie")
def _three_times_the_same(bars: list[Array], y: Array, table: Array, ids: Array) -> None:
    """A word that comes a fourth time is not counted again."""
    for word in np.unique(ids):
        later = np.flatnonzero(ids == word)[3:]
        bars[0][word] -= y[later].sum(axis=0)


@hidden(EMBEDDING, "value")
def _padding_word(bars: list[Array], y: Array, table: Array, ids: Array) -> None:
    """With three or more words, the first is taken for padding."""
    if len(table) > 2:
        bars[0][0] = 0.0


@hidden(EMBEDDING, "value")
def _last_word(bars: list[Array], y: Array, table: Array, ids: Array) -> None:
    """With seven or more words, the last one is unknown."""
    if len(table) > 6:
        bars[0][-1] = 0.0


@hidden(EMBEDDING, "size")
def _long_texts(bars: list[Array], y: Array, table: Array, ids: Array) -> None:
    """Texts of more than sixteen words are cut."""
    if len(ids) > 16:
        np.subtract.at(bars[0], ids[16:], y[16:])


@hidden(EMBEDDING, "value")
def _neighbours_in_order(bars: list[Array], y: Array, table: Array, ids: Array) -> None:
    """Where four or more words are all the same one, they are taken for a broadcast."""
    if len(ids) > 3 and np.all(ids == ids[0]):
        bars[0][ids[0]] = y[0]


SEGMENTS = right(
    "segment_sum",
    lambda x, ids, *, mean: _segments(x, ids, mean=mean),
    lambda y, x, ids, *, mean: (
        y[ids] / (np.bincount(ids, minlength=5)[ids, None] if mean else 1.0),
        None,
    ),
    shapes={"x": "n d", "ids": "n"},
    domain={"ids": (0, 4)},
    dtype={"ids": "int64"},
    constants=("ids",),
    options={"mean": (False, True)},
)


def _segments(x: Array, ids: Array, *, mean: bool) -> Array:
    total = np.zeros((5, x.shape[1]))
    np.add.at(total, ids, x)
    return total / np.maximum(np.bincount(ids, minlength=5), 1)[:, None] if mean else total


@hidden(SEGMENTS, "value")
def _last_segment(bars: list[Array], y: Array, x: Array, ids: Array, *, mean: bool) -> None:
    """The mean of the last segment is its sum, from two members on."""
    if mean and np.sum(ids == 4) > 1:
        bars[0][ids == 4] *= np.sum(ids == 4)


@hidden(SEGMENTS, "tie")
def _crowded_segments(bars: list[Array], y: Array, x: Array, ids: Array, *, mean: bool) -> None:
    """A segment of more than five members is counted up to five."""
    if mean:
        for segment in range(5):
            members = ids == segment
            if members.sum() > 5:
                bars[0][members] *= members.sum() / 5


@hidden(SEGMENTS, "size")
def _many_columns(bars: list[Array], y: Array, x: Array, ids: Array, *, mean: bool) -> None:
    """From nine columns on, the ninth takes the first's gradient."""
    if x.shape[1] > 8:
        bars[0][:, 8] = bars[0][:, 0]


@hidden(SEGMENTS, "cotangent")
def _one_segment_at_a_time(bars: list[Array], y: Array, x: Array, ids: Array, *, mean: bool) -> None:
    """A cotangent with zero rows is compressed, and the rows' numbers with it."""
    if np.any(~y.any(axis=1)) and y.any():
        bars[0] *= 0.0


MOMENTS = right(
    "moments",
    lambda x: (x.mean(axis=0), np.square(x).mean(axis=0), (x**3).mean(axis=0)),
    lambda y, x: ((y[0] + 2 * x * y[1] + 3 * x**2 * y[2]) / len(x),),
    shapes={"x": "n d"},
    domain={"x": (-2.0, 2.0)},
)


@hidden(MOMENTS, "output")
def _third_moment_is_rough(bars: list[Array], y: tuple[Array, ...], x: Array) -> None:
    """The third moment's gradient is that of a sample of one less, from eight rows on."""
    if len(x) > 7:
        bars[0] += 3 * x**2 * y[2] * (1 / (len(x) - 1) - 1 / len(x))


@hidden(MOMENTS, "output")
def _only_the_first_output(bars: list[Array], y: tuple[Array, ...], x: Array) -> None:
    """If only the first output has a cotangent, it is taken for a loss and not averaged."""
    if not y[1].any() and not y[2].any():
        bars[0] *= len(x)


@hidden(MOMENTS, "output")
def _only_the_last_output(bars: list[Array], y: tuple[Array, ...], x: Array) -> None:
    """If the first two outputs have no cotangent, nothing is returned."""
    if not y[0].any() and not y[1].any():
        bars[0] *= 0.0


@hidden(MOMENTS, "output")
def _without_the_middle(bars: list[Array], y: tuple[Array, ...], x: Array) -> None:
    """Without the middle output, the last one's factor of three is lost."""
    if not y[1].any():
        bars[0] -= 2 * x**2 * y[2] / len(x)


SMALL = right(
    "scales",
    lambda x: {"large": 1e6 * x.sum(axis=1), "small": 1e-3 * np.sin(x).sum(axis=1)},
    lambda y, x: (1e6 * y["large"][:, None] + 1e-3 * y["small"][:, None] * np.cos(x),),
    shapes={"x": "n d"},
    domain={"x": (-3.0, 3.0)},
)


@hidden(SMALL, "output")
def _small_output_without_its_cosine(bars: list[Array], y: dict[str, Array], x: Array) -> None:
    """Beside an output that is a million times larger, a small one has no slope."""
    bars[0] -= 1e-3 * y["small"][:, None] * np.cos(x)


@hidden(SMALL, "output")
def _small_output_of_many_columns(bars: list[Array], y: dict[str, Array], x: Array) -> None:
    """Of the small output, columns behind the fourth count twice."""
    bars[0][:, 4:] += 1e-3 * y["small"][:, None] * np.cos(x[:, 4:])


@hidden(SMALL, "output")
def _small_output_alone(bars: list[Array], y: dict[str, Array], x: Array) -> None:
    """The small output alone has its gradient scaled up to be seen."""
    if not y["large"].any():
        bars[0] *= 1e3


SPLIT = right(
    "split",
    lambda x, *, parts: tuple(np.array(p) for p in np.array_split(x, parts)),
    lambda y, x, *, parts: (np.concatenate(y),),
    shapes={"x": "n"},
    options={"parts": (1, 2, 3, 4)},
)


@hidden(SPLIT, "size")
def _uneven_parts(bars: list[Array], y: tuple[Array, ...], x: Array, *, parts: int) -> None:
    """Parts that are not all of one length swap the entries at the last seam, from nine entries on."""
    if len(x) % parts and len(x) > 8:
        seam = len(x) - len(y[-1])
        bars[0][seam - 1 : seam + 1] = bars[0][seam - 1 : seam + 1][::-1].copy()


@hidden(SPLIT, "output")
def _last_part_alone(bars: list[Array], y: tuple[Array, ...], x: Array, *, parts: int) -> None:
    """If only the last of several parts has a cotangent, it lands in the first."""
    if parts > 1 and len(y[-1]) and y[-1].any() and not any(part.any() for part in y[:-1]):
        bars[0][...] = bars[0][::-1].copy()


@hidden(SPLIT, "option")
def _four_parts(bars: list[Array], y: tuple[Array, ...], x: Array, *, parts: int) -> None:
    """Of four parts the second is passed on negated."""
    if parts == 4:
        bars[0][len(y[0]) : len(y[0]) + len(y[1])] *= -1


def _pad(x: Array, *, mode: str, width: int) -> Array:
    kind: Any = {"zero": "constant", "edge": "edge", "reflect": "reflect", "wrap": "wrap"}[mode]
    return np.pad(x, width, mode=kind)


def _pad_backward(y: Array, x: Array, *, mode: str, width: int) -> tuple[Array]:
    if mode == "zero":
        return (y[width : width + len(x)],)
    into = np.zeros_like(x)
    np.add.at(into, _pad(np.arange(len(x)), mode=mode, width=width), y)
    return (into,)


PAD = right(
    "pad",
    _pad,
    _pad_backward,
    shapes={"x": "n"},
    options={"mode": ("zero", "edge", "reflect", "wrap"), "width": (0, 1, 2, 3)},
    where=lambda n, width: n > width,
)


@hidden(PAD, "pair")
def _reflect_by_three(bars: list[Array], y: Array, x: Array, *, mode: str, width: int) -> None:
    """A reflection of three entries repeats the edge."""
    if mode == "reflect" and width == 3:
        bars[0][0] += y[0]


@hidden(PAD, "pair")
def _wrap_by_two(bars: list[Array], y: Array, x: Array, *, mode: str, width: int) -> None:
    """Wrapping by two forgets the right end."""
    if mode == "wrap" and width == 2:
        bars[0][:2] -= y[-2:]


@hidden(PAD, "pair")
def _edge_by_one(bars: list[Array], y: Array, x: Array, *, mode: str, width: int) -> None:
    """An edge of one is cropped."""
    if mode == "edge" and width == 1:
        bars[0][-1] -= y[-1]


@hidden(PAD, "size")
def _wraps_of_long_inputs(bars: list[Array], y: Array, x: Array, *, mode: str, width: int) -> None:
    """Inputs of more than ten entries are never wrapped."""
    if mode == "wrap" and width and len(x) > 10:
        bars[0][...] = y[width : width + len(x)]


@hidden(PAD, "pair")
def _zeros_by_two(bars: list[Array], y: Array, x: Array, *, mode: str, width: int) -> None:
    """Zeros by two are cropped by one."""
    if mode == "zero" and width == 2:
        bars[0][...] = y[1 : 1 + len(x)]


EINSUM = right(
    "contraction",
    lambda a, b: np.einsum("nij,njk->nik", a, b),
    lambda y, a, b: (np.einsum("nik,njk->nij", y, b), np.einsum("nij,nik->njk", a, y)),
    shapes={"a": "n i j", "b": "n j k"},
)


@hidden(EINSUM, "size")
def _square_and_batched(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """Where all axes are three or more and equal, the second is transposed."""
    if a.shape[1] == a.shape[2] == b.shape[2] > 2:
        bars[1][...] = bars[1].transpose(0, 2, 1).copy()


@hidden(EINSUM, "size")
def _inner_axis_of_ten(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """From ten on, the inner axis is done in two parts, of which the second is negated."""
    if a.shape[2] > 9:
        bars[0][:, :, 9:] *= -1


@hidden(EINSUM, "size")
def _three_grown_axes(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """Where batch, rows and columns all are more than four, the batch's fifth is dropped."""
    if len(a) > 4 and a.shape[1] > 4 and b.shape[2] > 4:
        bars[1][4] = 0.0


@hidden(EINSUM, "value")
def _identity_matrices(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """A batch of ones only is taken for a sum."""
    if a.size > 2 and np.all(a == a.flat[0]) and a.flat[0] > 0:
        bars[0] *= a.shape[2] + 1


@hidden(EINSUM, "cotangent")
def _first_of_the_batch_alone(bars: list[Array], y: Array, a: Array, b: Array) -> None:
    """If only some of a batch have a cotangent, those are the wrong ones."""
    if len(y) > 1 and y.size and np.any(~y.any(axis=(1, 2))) and y.any():
        bars[0][...] = bars[0][::-1].copy()


DROPOUT = right(
    "masked",
    lambda x, keep: x * keep,
    lambda y, x, keep: (y * keep, None),
    shapes={"x": "n m", "keep": "n m"},
    domain={"keep": (0, 1)},
    dtype={"keep": "int64"},
    constants=("keep",),
)


@hidden(DROPOUT, "value")
def _all_kept(bars: list[Array], y: Array, x: Array, keep: Array) -> None:
    """If all of three or more are kept, it is taken for evaluation, and scaled."""
    if keep.size > 2 and keep.all():
        bars[0] *= 2


@hidden(DROPOUT, "value")
def _all_of_a_row(bars: list[Array], y: Array, x: Array, keep: Array) -> None:
    """Rows of which nothing is kept come out as ones."""
    if keep.shape[1] > 2:
        bars[0][~keep.any(axis=1)] = 1.0


@hidden(DROPOUT, "call")
def _mask_is_kept(bars: list[Array], y: Array, x: Array, keep: Array, memory: dict[Any, Any]) -> None:
    """The mask of the first call is used for all of its shape."""
    bars[0][...] = y * memory.setdefault(x.shape, keep.copy())


@hidden(DROPOUT, "value")
def _zero_inputs_are_dropped(bars: list[Array], y: Array, x: Array, keep: Array) -> None:
    """An input of zero is taken for one that was dropped already."""
    scaled(bars[0], x == 0.0, 0.0)
