"""How many forward calls it takes to find the wrong entries of a large gradient."""
