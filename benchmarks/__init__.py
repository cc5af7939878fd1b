"""Measurements of the harness itself. Nothing here is a test, and nothing imports it."""
