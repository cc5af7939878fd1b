"""Global generators are watched, and left as they were."""

import random

import numpy as np
import pytest

from gradcheck import Layer, check
from gradcheck._util.randomness import NAMES, global_states, untouched_randomness

DRAWS = {"numpy.random": np.random.rand, "random": random.random}


@pytest.mark.parametrize("name", NAMES)
def test_draw_moves_its_own_generator_alone(name):
    before = global_states()
    DRAWS[name]()
    after = global_states()
    assert [n for n in NAMES if before[n] != after[n]] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_generators_are_put_back_after_an_exception_too(name):
    before = global_states()
    with pytest.raises(ZeroDivisionError), untouched_randomness():
        1 / (0 * DRAWS[name]())
    assert global_states() == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("primals", [(), (np.ones(3),)])
def test_check_leaves_them_as_it_found_them(name, primals):
    def noisy(x):
        return x * DRAWS[name]()

    before = global_states()
    check(
        Layer.from_backward(noisy, lambda y_bar, x: y_bar * 0.5, shapes={"x": "n"}), *primals, max_examples=5
    )
    assert global_states() == before
