import operator

import pytest

from benchmarks.calibration.workers import spread, workers


def test_answers_come_in_the_order_of_the_questions_each_with_a_tick():
    ticks = []
    with workers() as pool:
        assert spread(pool, operator.neg, range(12), lambda: ticks.append(1)) == [-i for i in range(12)]
    assert len(ticks) == 12


def test_what_a_worker_raises_arrives():
    with workers() as pool, pytest.raises(ZeroDivisionError):
        spread(pool, (1).__truediv__, [0], lambda: None)
