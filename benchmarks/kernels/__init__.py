"""How fast the fast layers are, beside PyTorch, SciPy and the clear layers."""
