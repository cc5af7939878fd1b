"""Tests of `gradcheck.numerical`."""
