"""Measurements. Nothing here is a test, and nothing imports it."""
