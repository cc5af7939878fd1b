"""Overflow inside a layer is not worth a warning; anything else still is."""

import warnings

import numpy as np
import pytest

from gradcheck._util.silence import silence_warnings


def test_floating_point_warnings_are_silent():
    with silence_warnings():
        assert np.isinf(np.float64(1e308) * 10.0)
        assert np.isnan(np.mean(np.array([])))


def test_other_warnings_come_through():
    with silence_warnings(), pytest.warns(UserWarning, match="careful"):
        warnings.warn("careful", UserWarning, stacklevel=1)


def test_error_state_is_restored():
    before = np.geterr()
    with silence_warnings():
        assert np.geterr() != before
    assert np.geterr() == before
