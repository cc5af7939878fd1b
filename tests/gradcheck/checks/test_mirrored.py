"""The other example is far from the first, of the same shapes, and inside the domain."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gradcheck.checks.mirrored import mirror
from tests.gradcheck.example_layers import elementwise, trial_of

BOUNDS = [(-1.0, 2.0), (0.0, np.inf), (-np.inf, 3.0), (-np.inf, np.inf)]


@given(st.sampled_from(BOUNDS), st.lists(st.floats(0.0, 2.0), min_size=1, max_size=4))
def test_it_stays_inside_and_keeps_its_shape(bounds, values):
    layer = elementwise(np.sin, np.cos, domain={"x": bounds})
    (x,) = mirror(trial_of(layer, np.array(values))).primals
    assert x.shape == (len(values),)
    assert np.all((x >= bounds[0]) & (x <= bounds[1]))


def test_values_are_reversed_and_reflected():
    (x,) = mirror(trial_of(elementwise(np.sin, np.cos), np.array([1.0, -3.0]))).primals
    assert x.tolist() == [6.0, -2.0]
