"""Overflow inside a layer is not worth a warning; anything else still is."""

import warnings

import numpy as np
import pytest

from gradcheck._util.silence import quiet


def test_floating_point_warnings_are_silent():
    with quiet():
        assert np.isinf(np.float64(1e308) * 10.0)
        assert np.isnan(np.mean(np.array([])))


def test_other_warnings_come_through():
    with quiet(), pytest.warns(UserWarning, match="careful"):
        warnings.warn("careful", UserWarning, stacklevel=1)


def test_error_state_is_restored():
    before = np.geterr()
    with quiet():
        assert np.geterr() != before
    assert np.geterr() == before
