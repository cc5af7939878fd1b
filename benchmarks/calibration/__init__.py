"""How often the harness accuses a right gradient, and how small a wrong one it finds, beside its peers."""
