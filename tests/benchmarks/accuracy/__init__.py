"""Tests of `benchmarks.accuracy`."""
