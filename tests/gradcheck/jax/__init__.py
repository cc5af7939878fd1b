"""Functions of JAX, right and wrong, behind `Layer.from_jax`."""
