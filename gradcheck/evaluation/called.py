"""What forward calls, by name, that makes a right gradient differ from its slope."""

from __future__ import annotations

from gradcheck.evaluation.reach import keywords_in_forward, names_in_forward
from gradcheck.layers import DETACHING, Layer

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


STRAIGHT_THROUGH = {"gumbel_softmax": "hard"}
"""Functions that return one thing with the gradient of another, and the keyword that makes them do so."""


def find_solver(layer: Layer) -> str:
    """Return the name of a solver that forward calls; empty where it calls none."""
    return min(SOLVERS & names_in_forward(layer), default="")


def find_detaching(layer: Layer) -> str:
    """Return the name by which forward hides a part of itself from its gradient; empty where it does not."""
    names = names_in_forward(layer)
    for name, keyword in STRAIGHT_THROUGH.items():
        if name in names and keyword in keywords_in_forward(layer):
            return f"{name}({keyword}=…)"
    return min(names.intersection(DETACHING), default="")
