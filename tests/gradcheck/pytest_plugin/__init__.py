"""Tests of `gradcheck.pytest_plugin`, and of the hooks that bring it to pytest."""
