"""Tests of `gradcheck.checks`."""
