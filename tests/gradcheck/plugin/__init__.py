"""Tests of `gradcheck.plugin`, and of the hooks that bring it to pytest."""
