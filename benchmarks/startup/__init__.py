"""What the pytest plugin adds to pytest's start in a project that does not use it."""
