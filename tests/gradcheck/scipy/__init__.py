"""Jacobians and Hessians as SciPy's solvers take them, right and wrong."""
