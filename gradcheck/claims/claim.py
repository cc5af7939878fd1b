"""`Claim`: an equation asserted over a domain, written so that a machine can decide it. Data only."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradcheck.errors import MalformedClaim
from gradcheck.layers import ANY_SHAPE, call_with_known, fits, letters, malformed_axis


@dataclass(frozen=True)
class Condition:
    """A condition under which a claim might hold after all.

    Parameters
    ----------
    words
        The condition, as it follows "holds if".
    test
        A predicate that names, as its parameters, the inputs, sizes and options that it looks at.
    """

    words: str
    test: Callable[..., bool]


@dataclass(frozen=True)
class Claim:
    """An equation ``lhs = rhs``, asserted for all inputs of some shapes.

    Parameters
    ----------
    id
        What tables and tests call it.
    statement
        The claim in words.
    latex
        The claim as a formula.
    section
        Where it is made.
    lhs, rhs
        ``lhs(*inputs, **options)`` and ``rhs(*inputs, **options)`` return arrays; the inputs are integer
        arrays (float64 ones if `numerical`). Both None where the text only promises: then
        `correction` is what was supplied in its place.
    shapes, where, options
        The domain, as in `Layer`.
    span
        Entries are drawn from the nonzero integers of at most this magnitude.
    degree
        The total degree of ``lhs - rhs`` as a polynomial in the entries, where it is one. It bounds the
        chance that a false identity survives (Schwartz 1980, Zippel 1979).
    numerical
        Whether the sides are computed in floating point: they are then compared within rounding, or
        within the error that a `numerical_gradient` carries.
    linear_in
        Inputs in which both sides are linear. Trying all their basis vectors proves the claim
        for a shape; this is done for every shape up to `up_to`.
    up_to
        The largest size of each letter in that exhaustive run: ``{"h": 4, "p": 3}``.
    conditions
        Conditions under which the claim might hold after all; the machine tries them, singly and together.
    correction
        The claim that should stand in its place.
    note
        One more sentence for the reader.

    Raises
    ------
    MalformedClaim
        If the record contradicts itself.
    """

    id: str
    statement: str
    lhs: Callable[..., Any] | None
    rhs: Callable[..., Any] | None
    shapes: Mapping[str, str] = field(default_factory=dict)
    latex: str = field(default="", kw_only=True)
    section: str = field(default="", kw_only=True)
    where: Callable[..., bool] | None = field(default=None, kw_only=True)
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict, kw_only=True)
    span: int = field(default=100, kw_only=True)
    degree: int | None = field(default=None, kw_only=True)
    numerical: bool = field(default=False, kw_only=True)
    linear_in: tuple[str, ...] = field(default=(), kw_only=True)
    up_to: Mapping[str, int] = field(default_factory=dict, kw_only=True)
    conditions: tuple[Condition, ...] = field(default=(), kw_only=True)
    correction: Claim | None = field(default=None, kw_only=True)
    note: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        complaint = _complaint(self)
        if complaint:
            message = f"Claim {self.id!r}: {complaint}"
            raise MalformedClaim(message)

    @property
    def functions(self) -> tuple[Callable[..., Any], ...]:
        """What the user wrote, the derivation first: the right side and the left, where there are any."""
        return tuple(side for side in (self.rhs, self.lhs) if side is not None)

    @property
    def letters(self) -> tuple[str, ...]:
        """The sizes that vary, in the order in which the shapes name them."""
        return tuple(n for n in letters(self.shapes.values()) if n not in self.options)

    def accepts(self, known: Mapping[str, Any]) -> bool:
        """Return whether these sizes and options make shapes, and `where` accepts them."""
        if not fits(self.shapes.values(), known):
            return False
        return self.where is None or call_with_known(self.where, known)


def _complaint(claim: Claim) -> str | None:
    if not isinstance(claim.id, str) or not claim.id:
        return f"id must be a non-empty string, got {claim.id!r}"
    if (claim.lhs is None) != (claim.rhs is None):
        return "give both sides, or neither where the text only promises"
    for name, side in (("lhs", claim.lhs), ("rhs", claim.rhs)):
        if side is not None and not callable(side):
            return f"{name} must be a function, got {side!r}"
    for name, shape in claim.shapes.items():
        if not isinstance(shape, str) or malformed_axis(shape) or ANY_SHAPE in shape.split():
            return f'shapes[{name!r}] must be a string of axes such as "h w", got {shape!r}'
    for name in claim.linear_in:
        if name not in claim.shapes:
            return f"linear_in names {name!r}, which is not an input; inputs: {', '.join(claim.shapes)}"
    if claim.linear_in and set(claim.letters) - set(claim.up_to):
        missing = ", ".join(sorted(set(claim.letters) - set(claim.up_to)))
        return f"an exhaustive run needs up_to= for every size; {missing} is missing"
    known = {*claim.letters, *claim.options, *claim.shapes}
    for predicate in (claim.where, *(c.test for c in claim.conditions)):
        for name in () if predicate is None else inspect.signature(predicate).parameters:
            if name not in known:
                return f"a predicate asks for {name!r}; known: {', '.join(sorted(known))}"
    return None
