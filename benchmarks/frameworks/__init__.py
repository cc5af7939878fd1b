"""Functions of PyTorch and JAX, beside the checkers that these frameworks bring."""
