"""Functions of PyTorch, right and wrong, behind `Layer.from_torch`."""
