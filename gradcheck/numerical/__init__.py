"""Numerical derivatives that know their own error, and exact ones where arithmetic allows it."""
