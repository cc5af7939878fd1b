"""Integrators and iterations that forward calls: what they return is as exact as they are told to be."""

from __future__ import annotations

from gradcheck.evaluation import names_in_forward
from gradcheck.layers import Layer

SOLVERS = frozenset(
    (
        *("solve_ivp", "odeint", "solve_bvp", "diffeqsolve", "quad", "quad_vec", "dblquad", "nquad"),
        *("minimize", "minimize_scalar", "least_squares", "curve_fit", "root", "root_scalar", "fsolve"),
        *("newton", "brentq", "brenth", "bisect", "toms748", "fixed_point", "anderson", "newton_krylov"),
        *("cg", "bicg", "bicgstab", "gmres", "lgmres", "minres", "lsqr", "lsmr", "eigs", "eigsh", "svds"),
        "while_loop",
    )
)
"""Functions of SciPy, JAX and the libraries beside them that stop at a tolerance."""


def find_solver(layer: Layer) -> str:
    """Return the name of such a function that forward calls; empty where it calls none."""
    found = SOLVERS & names_in_forward(layer)
    return min(found, default="")
