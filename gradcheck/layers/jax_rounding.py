"""JAX's operations with random rounding: each result is off by a part of its last place.

The counterpart of what is done to NumPy's arrays and to PyTorch's operators. A function is traced, and the
operations of its program are run one after the other, with noise in between. Inside loops of unknown length,
algorithms of linear algebra and kernels nothing is seen: their inputs are moved by units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from gradcheck.types import Rng

INLINED = {
    "pjit": "jaxpr",
    "jit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "checkpoint": "jaxpr",
    "remat2": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}
"""Operations that are programs themselves, and the parameter that holds them."""
POINTWISE = frozenset(
    """
    add add_any sub mul div rem pow integer_pow square sqrt rsqrt cbrt exp exp2 expm1 log log1p logistic
    sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh erf erfc erf_inv lgamma digamma
    polygamma zeta igamma igammac igamma_grad_a random_gamma_grad regularized_incomplete_beta bessel_i0e
    bessel_i1e reduce_precision
    """.split()  # noqa: SIM905 -- fifty names one below the other are not read
)
"""Operations whose every result is rounded by itself."""
ROUNDED_INSIDE = frozenset(
    """
    dot_general ragged_dot conv_general_dilated reduce_sum reduce_prod cumsum cumprod cumlogsumexp
    reduce_window_sum reduce_window scatter-add scatter_add scatter-mul scatter_mul
    select_and_scatter_add fft cholesky lu qr
    householder_product eigh eig svd schur tridiagonal triangular_solve tridiagonal_solve custom_linear_solve
    while scan pure_callback io_callback ffi_call pallas_call custom_call
    """.split()  # noqa: SIM905 -- as above
)
"""Operations that round many times inside, or whose inside isn't known. What is in neither list computes no
new digits: it chooses, moves, compares, or changes the sign."""
LONGEST = 64
"""Rounds of a loop that are run one by one; of a longer one, inputs are moved. Half of it says less of
recurrent networks; twice of it takes as much longer."""

_active: ContextVar[RandomRounding | None] = ContextVar("rounding", default=None)


@dataclass(frozen=True)
class Program:
    """A traced function: its operations in order, and the structure of what it returns."""

    traced: Any
    structure: Any

    @classmethod
    def of(cls, jax: Any, function: Callable[..., Any], *arguments: Any) -> Program:
        """Trace a function of arrays in lists and tuples."""
        traced, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
        return cls(traced, jax.tree_util.tree_structure(shapes))


@dataclass
class RandomRounding:
    """How operations round at random.

    Parameters
    ----------
    jax
        The module.
    rng
        Draws the noise.
    least, most
        Bounds of the relative error of a result, which else is the unit of its type.
    coarsest
        The unit of the coarsest operation so far.
    """

    jax: Any
    rng: Rng
    least: float = 0.0
    most: float = inf
    coarsest: float = 0.0

    def run(self, program: Program, *arguments: Any) -> Any:
        """Return what a program returns, each operation of it with noise."""
        tree = self.jax.tree_util
        found = self._run(program.traced.jaxpr, program.traced.consts, tree.tree_leaves(arguments))
        return tree.tree_unflatten(program.structure, found)

    def _run(self, program: Any, consts: list[Any], arguments: list[Any]) -> list[Any]:
        """Run a program's operations in order."""
        values = dict(zip([*program.constvars, *program.invars], [*consts, *arguments], strict=True))

        def read(variable: Any) -> Any:
            return variable.val if hasattr(variable, "val") else values[variable]

        for equation in program.eqns:
            with equation.ctx.manager:  # the configuration in which it was traced
                found = self._operate(equation, [read(variable) for variable in equation.invars])
            values.update(zip(equation.outvars, found, strict=True))
        return [read(variable) for variable in program.outvars]

    def _operate(self, equation: Any, arguments: list[Any]) -> list[Any]:
        """Run one operation."""
        primitive, parameters = equation.primitive, equation.params
        name = primitive.name
        if name in INLINED:
            inner = parameters[INLINED[name]]
            return self._run(getattr(inner, "jaxpr", inner), getattr(inner, "consts", []), arguments)
        if name == "cond":
            inner = parameters["branches"][int(arguments[0])]
            return self._run(inner.jaxpr, inner.consts, arguments[1:])
        if name == "scan" and parameters["length"] <= LONGEST:
            return self._scan(parameters, arguments)
        if name in ROUNDED_INSIDE:
            arguments = [self.blur(argument) for argument in arguments]
        bound = primitive.get_bind_params(parameters)
        functions, bound = bound if isinstance(bound, tuple) else ((), bound)  # as older releases have it
        found = primitive.bind(*functions, *arguments, **bound)
        results = list(found) if primitive.multiple_results else [found]
        narrows = name == "convert_element_type" and _item_size(results[0]) < _item_size(arguments[0])
        return [self.blur(result) for result in results] if name in POINTWISE or narrows else results

    def _scan(self, parameters: Any, arguments: list[Any]) -> list[Any]:
        """Run a loop round by round: constants, what is carried, and what each round takes a slice of."""
        body, steps = parameters["jaxpr"], range(parameters["length"])
        fixed, carried = parameters["num_consts"], parameters["num_carry"]
        consts, carry = arguments[:fixed], arguments[fixed : fixed + carried]
        slices = arguments[fixed + carried :]
        rows: dict[int, list[Any]] = {}
        for step in reversed(steps) if parameters["reverse"] else steps:
            found = self._run(body.jaxpr, body.consts, [*consts, *carry, *(each[step] for each in slices)])
            carry, rows[step] = found[:carried], found[carried:]
        if not rows:  # of no round nothing is known but the shape
            empty = [np.zeros(v.aval.shape, v.aval.dtype) for v in body.jaxpr.outvars[carried:]]
            return [*carry, *(each[None][:0] for each in empty)]
        columns = zip(*(rows[step] for step in steps), strict=True)
        return [*carry, *(self.jax.numpy.stack(column) for column in columns)]

    def blur(self, result: Any) -> Any:
        """Return a result with an error of up to one unit in its last place."""
        if not self._has_digits(result) or not np.size(result):
            return result
        exact = np.asarray(result)
        eps = float(self.jax.numpy.finfo(exact.dtype).eps)
        self.coarsest = max(self.coarsest, eps)
        size = max(min(eps, self.most), self.least)
        with np.errstate(all="ignore"):
            moved = exact * (1.0 + (2.0 * self.rng.random(exact.shape) - 1.0) * size)
        return np.where(np.isfinite(moved), moved, exact).astype(exact.dtype)

    def _has_digits(self, result: Any) -> bool:
        return hasattr(result, "dtype") and self.jax.dtypes.issubdtype(result.dtype, np.inexact)


def _item_size(value: Any) -> int:
    dtype = getattr(value, "dtype", None)
    return 0 if dtype is None else int(np.dtype(dtype).itemsize)


@contextmanager
def rounding(jax: Any, rng: Rng, least: float, most: float) -> Iterator[RandomRounding]:
    """Let functions of JAX that are called here round at random."""
    active = RandomRounding(jax, rng, least, most)
    token = _active.set(active)
    try:
        yield active
    finally:
        _active.reset(token)


def active_rounding() -> RandomRounding | None:
    """Return how operations round at random now; None where they round as they do."""
    return _active.get()
