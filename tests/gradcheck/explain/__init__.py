"""Tests of `gradcheck.explain`."""
