"""Linear algebra: chains of products, solves (also ill-conditioned ones), determinants."""

from __future__ import annotations

import numpy as np

from benchmarks.calibration.families.family import Family, family
from gradcheck.types import Array, Rng

WORST = 10.0
"""Ill-conditioned matrices have a condition number of up to ten to this power."""


def _with_condition(n: int, condition: float, rng: Rng) -> Array:
    left, _ = np.linalg.qr(rng.standard_normal((n, n)))
    right, _ = np.linalg.qr(rng.standard_normal((n, n)))
    result: Array = left * np.geomspace(1.0, 1.0 / condition, n) @ right
    return result


def _well_conditioned(primals: tuple[Array, ...], rng: Rng) -> tuple[Array, ...]:
    A, *others = primals
    return _with_condition(len(A), 10.0, rng).astype(A.dtype), *others


def _ill_conditioned(primals: tuple[Array, ...], rng: Rng) -> tuple[Array, ...]:
    A, *others = primals
    return _with_condition(len(A), 10.0 ** rng.uniform(2.0, WORST), rng).astype(A.dtype), *others


def _solve_backward(y_bar: Array, A: Array, b: Array) -> tuple[Array, Array]:
    b_bar = np.linalg.solve(A.T, y_bar)
    return -np.outer(b_bar, np.linalg.solve(A, b)), b_bar


def _inverse_backward(y_bar: Array, A: Array) -> Array:
    inverse_t = np.linalg.inv(A).T
    result: Array = -inverse_t @ y_bar @ inverse_t
    return result


def _chain_backward(y_bar: Array, A: Array, B: Array, C: Array, D: Array) -> tuple[Array, ...]:
    return (
        y_bar @ (B @ C @ D).T,
        A.T @ y_bar @ (C @ D).T,
        (A @ B).T @ y_bar @ D.T,
        (A @ B @ C).T @ y_bar,
    )


def _batched_backward(y_bar: Array, A: Array, B: Array) -> tuple[Array, Array]:
    return y_bar @ B.swapaxes(1, 2), A.swapaxes(1, 2) @ y_bar


def _power_backward(y_bar: Array, A: Array) -> Array:
    result: Array = sum(
        np.linalg.matrix_power(A.T, k) @ y_bar @ np.linalg.matrix_power(A.T, 2 - k) for k in range(3)
    )
    return result


def _quadratic_backward(y_bar: Array, A: Array, x: Array) -> tuple[Array, Array]:
    return y_bar * np.outer(x, x), y_bar * (A + A.T) @ x


_SYSTEM = {"A": "n n", "b": "n"}


def _filled(n: int) -> bool:
    return n >= 1


ALGEBRA: tuple[Family, ...] = (
    family(
        "chain_of_four",
        {"A": "n i", "B": "i k", "C": "k j", "D": "j m"},
        lambda A, B, C, D: A @ B @ C @ D,
        _chain_backward,
        traits=("multilinear",),
        most=1e4,
    ),
    family(
        "batched_product",
        {"A": "n i k", "B": "n k j"},
        lambda A, B: A @ B,
        _batched_backward,
        traits=("multilinear",),
    ),
    family("gram", {"A": "n k"}, lambda A: A.T @ A, lambda y, A: A @ (y + y.T), traits=("analytic",)),
    family("matrix_cube", {"A": "n n"}, lambda A: A @ A @ A, _power_backward, most=1e5),
    family(
        "trace_of_a_product",
        {"A": "n k", "B": "k n"},
        lambda A, B: np.sum(A * B.T),
        lambda y, A, B: (y * B.T, y * A.T),
        traits=("multilinear",),
    ),
    family("quadratic_form", {"A": "n n", "x": "n"}, lambda A, x: x @ A @ x, _quadratic_backward),
    family("solve", _SYSTEM, np.linalg.solve, _solve_backward, prepare=_well_conditioned, where=_filled),
    family(
        "ill_conditioned_solve",
        _SYSTEM,
        np.linalg.solve,
        _solve_backward,
        prepare=_ill_conditioned,
        where=lambda n: n >= 2,
    ),
    family(
        "inverse", {"A": "n n"}, np.linalg.inv, _inverse_backward, prepare=_well_conditioned, where=_filled
    ),
    family(
        "ill_conditioned_inverse",
        {"A": "n n"},
        np.linalg.inv,
        _inverse_backward,
        prepare=_ill_conditioned,
        where=lambda n: n >= 2,
    ),
    family(
        "determinant",
        {"A": "n n"},
        np.linalg.det,
        lambda y, A: y * np.linalg.det(A) * np.linalg.inv(A).T,
        prepare=_well_conditioned,
        where=_filled,
    ),
    family(
        "log_determinant",
        {"A": "n n"},
        lambda A: np.linalg.slogdet(A)[1],
        lambda y, A: y * np.linalg.inv(A).T,
        prepare=_well_conditioned,
        where=_filled,
    ),
)
