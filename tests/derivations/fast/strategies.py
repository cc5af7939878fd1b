"""Random convolutions: shapes and options that go together, and integers in every entry."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from derivations.fast.line import Axis, Grid
from derivations.windows import pair

PAIRS = st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))
PADDINGS = st.one_of(st.integers(0, 4), st.tuples(st.integers(0, 4), st.integers(0, 4)))


@dataclass(frozen=True)
class Problem:
    """A convolution's sizes and options."""

    samples: int
    inputs: int
    outputs: int
    image: tuple[int, int]
    taps: tuple[int, int]
    options: dict = field(default_factory=dict)

    @property
    def groups(self):
        return self.options.get("groups", 1)

    @property
    def grid(self):
        swept = [
            pair(self.options.get(name, usual))
            for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
        ]
        return Grid(self.samples, *(Axis(*axis) for axis in zip(self.image, self.taps, *swept, strict=True)))

    def primals(self, seed=0, dtype=float):
        rng = np.random.default_rng(seed)
        x = (self.samples, self.groups * self.inputs, *self.image)
        w = (self.groups * self.outputs, self.inputs, *self.taps)
        return tuple(rng.integers(-9, 10, shape).astype(dtype) for shape in (x, w, w[:1]))


@st.composite
def problems(draw, largest=9):
    options = {
        "stride": draw(PAIRS),
        "padding": draw(PADDINGS),
        "dilation": draw(PAIRS),
        "groups": draw(st.integers(1, 3)),
    }
    image = draw(st.tuples(st.integers(1, largest), st.integers(1, largest)))
    most = [
        (size + 2 * added - 1) // apart + 1
        for size, added, apart in zip(image, pair(options["padding"]), pair(options["dilation"]), strict=True)
    ]
    taps = tuple(draw(st.integers(1, min(count, 5))) for count in most)
    few = st.integers(1, 3)
    return Problem(draw(few), draw(few), draw(few), image, taps, options)
