"""The other checkers, each given the same NumPy forward and backward; every module loads its own alone."""
