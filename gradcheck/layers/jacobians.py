"""Jacobians and Hessians as SciPy's solvers take them: matrices, sparse ones, and products with them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, TypeAlias

import numpy as np

from gradcheck._util import map_leaves
from gradcheck.errors import BrokenContract, CannotVerify, MalformedLayer
from gradcheck.layers.framework import positional_parameters
from gradcheck.layers.functional import Forward, point_at, require_callable, require_several
from gradcheck.types import Array, Options, Primals, Pullback

Jac: TypeAlias = Callable[..., Any] | Sequence[Callable[..., Any]] | bool
Product: TypeAlias = Callable[[Array], Array]
Products: TypeAlias = tuple[Product, Product]
"""v ↦ Jᵀv and v ↦ Jv, of raveled v."""


@dataclass(frozen=True)
class Matrix:
    """What the matrix is called that a layer's gradient is made of, and whether it should be symmetric.

    The pullback of a Hessian multiplies the cotangent from the left, as its JVP multiplies a direction.
    """

    name: str
    is_symmetric: bool


JACOBIAN, HESSIAN = Matrix("J", is_symmetric=False), Matrix("H", is_symmetric=True)


def matrix_of(layer: Any) -> Matrix | None:
    """Return the matrix of `Layer.from_jacobian` or `Layer.from_hessian`; None for any other layer."""
    matrix = getattr(layer.vjp, "matrix", None)
    return matrix if isinstance(matrix, Matrix) else None


MOST_COLUMNS = 64
"""So many products with unit vectors make Jᵀv of an operator that has no rmatvec. Half leaves out what is
quick still; twice as many take as long as all checks of others."""


def from_jacobian(fun: Forward, jac: Jac, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a layer of a function and its Jacobian, dense, sparse or a linear operator."""
    require_callable("fun", fun)
    several = tuple(jac) if isinstance(jac, tuple | list) else ()
    for i, each in enumerate(several):
        require_callable(f"jac[{i}]", each)
    if not several and jac is not True and not callable(jac):
        message = (
            "jac must be a function, a tuple with one for each input, or True where fun returns (y, J), "
            f"got {type(jac).__name__}: {jac!r}"
        )
        raise MalformedLayer(message)

    def evaluate(primals: Primals, options: Options) -> tuple[Any, Any]:
        y = fun(*primals, **options)
        if callable(jac):
            return y, jac(*primals, **options)
        if several:
            return y, tuple(each(*primals, **options) for each in several)
        y, matrix = require_several("fun", y, "the pair (y, J)")
        return y, matrix

    def value(*primals: Any, **options: Any) -> Any:
        y = fun(*primals, **options)
        return require_several("fun", y, "the pair (y, J)")[0] if jac is True else y

    names, constants = _declare_constants(fun, len(several) or 1, fields)
    patterns = _Patterns()

    def products(primals: Primals, options: Options) -> tuple[Any, dict[int, Products]]:
        y, returned = evaluate(primals, options)
        active = _positions(names, constants, len(primals))
        jacobians = _split(returned, len(active), listed=bool(several))
        found = {}
        for i, matrix in zip(active, jacobians, strict=True):
            found[i] = _products(matrix, np.size(y), np.size(primals[i]))
            patterns.keep(primals, i, matrix)
        return y, found

    derivation = several[0] if several else jac if callable(jac) else fun
    words = ("rmatvec (Jᵀ v)", "matvec (J v)")
    return (
        _join(fun, value, products, derivation, words, JACOBIAN) | {"sparsity": patterns.of_shapes} | fields
    )


def from_hessian(
    gradient: Forward,
    hessian: Callable[..., Any] | None,
    hessp: Callable[..., Any] | None,
    fields: dict[str, Any],
) -> dict[str, Any]:
    """Return the fields of a layer of a gradient, whose Jacobian is the Hessian.

    Pullback and JVP are the same product, so that one that is not symmetric contradicts itself; where
    `hessian` and `hessp` are both given, the first makes the pullback and the second the JVP.
    """
    require_callable("gradient", gradient)
    if hessian is None and hessp is None:
        message = "from_hessian takes hessian, which returns the matrix, or hessp=, which returns H(x) p"
        raise MalformedLayer(message)
    for name, function in (("hessian", hessian), ("hessp", hessp)):
        if function is not None:
            require_callable(name, function)
    _declare_constants(gradient, 1, fields)
    patterns = _Patterns()

    def products(primals: Primals, options: Options) -> tuple[Any, dict[int, Products]]:
        found: list[Product] = []
        n = np.size(primals[0])
        y = gradient(*primals, **options)
        if np.size(y) != n:
            message = (
                f"what from_hessian takes first is the gradient; it returned the shape {np.shape(y)} for "
                f"an input of {np.shape(primals[0])}: is it the function itself?"
            )
            raise CannotVerify(message)
        if hessian is not None:
            matrix = hessian(*primals, **options)
            found.append(_products(matrix, n, n, "Hessian")[1])
            patterns.keep(primals, 0, matrix)
        if hessp is not None:
            x, *rest = primals

            def multiply(v: Array) -> Array:
                return np.asarray(hessp(x, v.reshape(np.shape(x)), *rest, **options)).ravel()

            found.append(multiply)
        return y, {0: (found[0], found[-1])}

    derivation = hessian or hessp
    assert derivation is not None
    sparsity = {"sparsity": patterns.of_shapes} if hessian is not None else {}
    words = ("hessian", "hessp") if hessian and hessp else ("Hessian from the left", "Hessian from the right")
    return _join(gradient, gradient, products, derivation, words, HESSIAN) | sparsity | fields


def _join(
    fun: Forward,
    value: Forward,
    products: Callable[[Primals, Options], tuple[Any, dict[int, Products]]],
    derivation: Callable[..., Any],
    words: tuple[str, str],
    matrix: Matrix,
) -> dict[str, Any]:
    """Return forward, VJP and JVP of a function and the products with its Jacobians, by position.

    `words` are what both are called where they contradict each other, and `matrix` what their entries are.
    """

    @wraps(fun)
    def forward(*primals: Any, **options: Any) -> Any:
        return _as_array(value(*_in_double(primals), **options))

    def vjp(*primals: Any, **options: Any) -> tuple[Any, Pullback]:
        given = _in_double(primals)
        y, found = products(given, options)

        def pullback(y_bar: Any) -> tuple[Any, ...]:
            flat = np.ravel(y_bar)
            return tuple(
                _shape_like(found[i][0](flat), x) if i in found else None for i, x in enumerate(given)
            )

        return _as_array(y), pullback

    def jvp(primals: Any, tangents: Any, **options: Any) -> tuple[Any, Any]:
        given = _in_double(primals)
        y, found = products(given, options)
        parts = [multiply(np.ravel(_in_double(tangents[i]))) for i, (_, multiply) in found.items()]
        return _as_array(y), _shape_like(sum(parts[1:], parts[0]), y)

    vjp.matrix = matrix  # type: ignore[attr-defined]
    jvp.words = words  # type: ignore[attr-defined]
    return {"forward": forward, "vjp": point_at(derivation, vjp), "jvp": jvp}


def _as_array(y: Any) -> Any:
    """Return residuals that came as a list of numbers as an array, as SciPy takes them."""
    return np.asarray(y) if isinstance(y, list | tuple) else y


def _declare_constants(
    function: Callable[..., Any], count: int, fields: dict[str, Any]
) -> tuple[tuple[str, ...], Collection[str]]:
    """Declare what follows the first inputs a constant, unless `fields` say so: SciPy calls it `args`.

    Returns the inputs' names as far as they are known, and the constants.
    """
    names = tuple(fields.get("shapes") or ()) or _required_parameters(function, fields.get("options", {}))
    return names, fields.setdefault("constants", names[count:])


def _required_parameters(function: Callable[..., Any], options: Options) -> tuple[str, ...]:
    parameters = positional_parameters(function)
    return tuple(p.name for p in parameters if p.default is p.empty and p.name not in options)


def _positions(names: tuple[str, ...], constants: Collection[str], count: int) -> list[int]:
    """Return which of so many inputs have a derivative: those that are no constant, and have a name."""
    known = names or ("",)
    return [i for i, name in enumerate(known[:count]) if name not in constants]


def _split(returned: Any, count: int, *, listed: bool) -> tuple[Any, ...]:
    """Return one Jacobian for each of `count` inputs."""
    if count == 1 and not listed:
        return (returned,)
    if isinstance(returned, tuple | list) and len(returned) == count:
        return tuple(returned)
    found = f"{len(returned)}" if isinstance(returned, tuple | list) else f"a {type(returned).__name__}"
    message = (
        f"jac must return a tuple of {count} Jacobians, one for each input that is no constant, got {found}; "
        "what has no derivative is declared constants="
    )
    raise BrokenContract(message)


def _products(matrix: Any, rows: int, columns: int, what: str = "Jacobian") -> Products:
    """Return the two products with a Jacobian in any form that SciPy takes.

    Raises
    ------
    BrokenContract
        If it has another shape than outputs × inputs, or is no matrix at all.
    """
    if hasattr(matrix, "rmatvec"):
        _require_shape(matrix.shape, rows, columns, what)
        return partial(_transposed, matrix, what), lambda v: _flat(matrix.matvec(v))
    if not hasattr(matrix, "tocsr"):
        matrix = _dense(matrix, what)
        if matrix.ndim < 2 and matrix.size == rows * columns and 1 in (rows, columns):
            matrix = matrix.reshape(rows, columns)  # SciPy takes the gradient of one output without axes
    _require_shape(matrix.shape, rows, columns, what)
    return lambda v: _flat(matrix.T @ v), lambda v: _flat(matrix @ v)


def _transposed(operator: Any, what: str, v: Array) -> Array:
    """Return Jᵀv of a linear operator; of one without rmatvec by its products with unit vectors.

    Raises
    ------
    CannotVerify
        If that takes more than `MOST_COLUMNS` products.
    """
    try:
        return _flat(operator.rmatvec(v))
    except NotImplementedError as missing:
        columns = operator.shape[1]
        if columns > MOST_COLUMNS:
            message = (
                f"the {what} is a LinearOperator without rmatvec; give one: LinearOperator(…, rmatvec=…)"
            )
            raise CannotVerify(message) from missing
        return _flat(np.asarray(operator.matmat(np.eye(columns))).T @ v)


def _dense(matrix: Any, what: str) -> Array:
    try:
        array = matrix if type(matrix) is np.ndarray or hasattr(matrix, "shadow") else np.asarray(matrix)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind == "c":
        message = (
            f"the {what} holds complex numbers, of which no product is a gradient: write the products, as "
            "Layer.from_backward(fun, lambda y_bar, z: …) takes them"
        )
        raise CannotVerify(message)
    if array.dtype.kind not in "fiub":
        message = (
            f"the {what} is a {type(matrix).__name__}, expected a matrix of numbers, a scipy.sparse array "
            "or a scipy.sparse.linalg.LinearOperator"
        )
        raise BrokenContract(message)
    return array


def _require_shape(shape: tuple[int, ...], rows: int, columns: int, what: str) -> None:
    if shape == (rows, columns):
        return
    message = f"the {what} has the shape {shape}, expected {(rows, columns)}, outputs × inputs"
    if shape == (columns, rows):
        message += ": it is transposed"
    raise BrokenContract(message)


def _flat(product: Any) -> Array:
    return np.asarray(product).ravel() if not hasattr(product, "shadow") else product.ravel()


def _shape_like(flat: Any, value: Any) -> Any:
    return flat.reshape(np.shape(value))


def _in_double(tree: Any) -> Any:
    """Return nested numbers with those of narrower types in float64, in which SciPy's solvers work."""

    def widen(value: Any) -> Any:
        narrow = isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f"
        return value.astype(np.float64) if narrow and value.dtype.itemsize < 8 else value

    return map_leaves(tree, widen)


class _Patterns:
    """Where sparse Jacobians have entries: those that were returned last for inputs of the same shapes."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Any, ...], dict[int, Any]] = {}

    def keep(self, primals: Primals, argnum: int, matrix: Any) -> None:
        """Remember the stored entries of a sparse Jacobian, zeros among them."""
        if hasattr(matrix, "tocsr"):
            entries = matrix.tocsr(copy=True)
            entries.sum_duplicates()
            entries = entries.tocoo()
            places = np.asarray(entries.row, dtype=np.intp), np.asarray(entries.col, dtype=np.intp)
            self._seen.setdefault(tuple(map(np.shape, primals)), {})[argnum] = places

    def of_shapes(self, *shapes: tuple[int, ...], **options: Any) -> tuple[Any, ...]:  # noqa: ARG002
        """Return the pattern of each input, None where its Jacobian is dense or has not been asked for."""
        seen = self._seen.get(shapes, {})
        return tuple(seen.get(i) for i in range(len(shapes)))
