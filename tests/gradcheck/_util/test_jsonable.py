"""Values as JSON knows them."""

import json
from fractions import Fraction

import numpy as np
import pytest

from gradcheck._util.jsonable import to_json_number, to_jsonable


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.5, 1.5),
        (np.inf, "inf"),
        (-np.inf, "-inf"),
        (np.nan, "nan"),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1.0, np.nan]]), [[1.0, "nan"]]),
        (np.array(2), 2),
        ((1, (np.int8(2), None)), [1, [2, None]]),
        (Fraction(6, 3), 2),
        (Fraction(1, 3), "1/3"),
        ("same", "same"),
        (slice(1, 2), "slice(1, 2, None)"),
        (1j, "1j"),
    ],
)
def test_anything_becomes_something_that_json_can_write(value, written):
    assert to_jsonable(value) == written
    assert json.loads(json.dumps(to_jsonable(value), allow_nan=False)) == written


def test_number_may_be_missing():
    assert to_json_number(None) is None
    assert (to_json_number(2.5), to_json_number(float("inf"))) == (2.5, "inf")
