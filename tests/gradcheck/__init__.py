"""Unit tests of the harness, one file for each of its modules."""
