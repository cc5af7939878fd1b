"""What the pytest plugin does once a project uses it; see `gradcheck.pytest_plugin` for its hooks."""
