"""Tests of `benchmarks.localisation`."""
