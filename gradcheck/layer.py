"""`Layer`: a forward map, its derived gradient, and how to draw inputs for both. Data, nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradcheck import wellformed
from gradcheck.dialects import pullback_from_backward
from gradcheck.errors import MalformedLayer
from gradcheck.shapes import asked, fits
from gradcheck.types import Pullback


@dataclass(frozen=True)
class Layer:
    """A function and its derived gradient, side by side, ready to be checked.

    Parameters
    ----------
    forward
        ``forward(*primals, **options) -> y``, one array (or number).
    vjp
        ``vjp(*primals, **options) -> (y, pullback)`` with ``pullback(y_bar) -> (x_bar, ...)``:
        one cotangent for each primal, in order, ``None`` for each of `constants`.
        A single cotangent may come bare, and a list counts as a tuple.
    name
        What reports call it; the forward function's name if left out.
    shapes
        The inputs' names and shapes in order, such as ``{"x": "n i", "w": "i o", "b": "o"}``:
        equal letters are equal sizes, ``"g*i"`` and ``"h+p-1"`` are computed from others, ``"..."`` is
        any shape, ``""`` a scalar.
    where
        A predicate over sizes and options, which it names as its parameters:
        ``lambda h, p, padding: p <= h + 2 * padding``.
    options
        Keyword arguments of `forward` and `vjp`, each with the values to sweep:
        ``{"stride": (1, 2, 3)}``.
    cases
        In place of `shapes`: any Hypothesis strategy of ``(primals, options)``, or a function
        that returns one, so that a module with layers need not load Hypothesis.
    domain
        Closed bounds of an input's values: ``{"x": (0.1, 4.0)}``. Without bounds, values of
        any sign and of magnitudes from 1e-8 to 1e8 are drawn.
    constants
        Inputs without a derivative; their cotangent is ``None``.
    dtype
        Of the inputs that are drawn: ``"float64"`` or ``"float32"``.
    oracle
        An independent implementation, ``oracle(*primals, **options) -> (y, pullback)``;
        ``pullback`` is ``None`` where only the forward map has one.
    jvp
        ``jvp(primals, tangents, **options) -> (y, y_dot)``, if the layer has one.
    traits
        What is known of `forward`: ``"multilinear"`` (affine in each input while the others are
        fixed), ``"piecewise-linear"`` (one elementary such operation, as ReLU or max-pooling),
        ``"analytic"``. The first two are checked with integers, bit for bit.

    Raises
    ------
    MalformedLayer
        If the record contradicts itself; the sentence names the field, what came and what was expected.

    Examples
    --------
    >>> from gradcheck import Layer, check
    >>> square = Layer(lambda x: x * x, lambda x: (x * x, lambda y_bar: 2 * x * y_bar), shapes={"x": "n"})
    >>> print(check(square).verdict)
    CORRECT
    """

    forward: Callable[..., Any]
    vjp: Callable[..., tuple[Any, Pullback]]
    name: str = field(default="", kw_only=True)
    shapes: Mapping[str, str] | None = field(default=None, kw_only=True)
    where: Callable[..., bool] | None = field(default=None, kw_only=True)
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict, kw_only=True)
    cases: Any = field(default=None, kw_only=True)
    domain: Mapping[str, tuple[float, float]] = field(default_factory=dict, kw_only=True)
    constants: Collection[str] = field(default=(), kw_only=True)
    dtype: str = field(default="float64", kw_only=True)
    oracle: Callable[..., tuple[Any, Pullback | None]] | None = field(default=None, kw_only=True)
    jvp: Callable[..., tuple[Any, Any]] | None = field(default=None, kw_only=True)
    traits: Collection[str] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or getattr(self.forward, "__name__", "layer"))
        complaint = wellformed.complaint(self)
        if complaint:
            raise MalformedLayer(complaint)
        # Copies, so that a dict the caller goes on changing cannot change a frozen record.
        for name in ("shapes", "options", "domain"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else dict(value))
        object.__setattr__(self, "constants", tuple(self.constants))
        object.__setattr__(self, "traits", frozenset(self.traits))

    @classmethod
    def from_backward(cls, forward: Callable[..., Any], backward: Callable[..., Any], **fields: Any) -> Layer:
        """Make a layer of ``forward(*primals)`` and ``backward(y_bar, *primals)``.

        Parameters
        ----------
        forward
            ``forward(*primals, **options) -> y``.
        backward
            ``backward(y_bar, *primals, **options) -> (x_bar, ...)``.
        **fields
            The record's other fields, as in `Layer`.

        Raises
        ------
        MalformedLayer
            As `Layer` does.
        """
        for argument, function in (("forward", forward), ("backward", backward)):
            if not callable(function):
                message = f"{argument} must be a function, got {type(function).__name__}: {function!r}"
                raise MalformedLayer(message)
        return cls(forward, pullback_from_backward(forward, backward), **fields)

    def accepts(self, known: Mapping[str, Any]) -> bool:
        """Return whether these sizes and options make shapes, and `where` accepts them."""
        if not fits((self.shapes or {}).values(), known):
            return False
        return self.where is None or asked(self.where, known)

    def input_names(self, count: int) -> tuple[str, ...]:
        """Return the names of `count` primals: declared, else the forward's own, else by position."""
        if self.shapes is not None and len(self.shapes) == count:
            return tuple(self.shapes)
        try:
            parameters = inspect.signature(self.forward).parameters.values()
        except (TypeError, ValueError):
            parameters = ()  # type: ignore[assignment]
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        names = names[:count]
        return tuple(names + [f"input {i + 1}" for i in range(len(names), count)])
