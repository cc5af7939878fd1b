"""The battery: `CHECKS`, one small function for each property of a gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gradcheck.checks.accumulation import accumulation, has_parameters
from gradcheck.checks.batch import batch, has_batch
from gradcheck.checks.cache import cache
from gradcheck.checks.compiled import compiled
from gradcheck.checks.complex_step import complex_step, is_analytic
from gradcheck.checks.contract import contract
from gradcheck.checks.determinism import determinism
from gradcheck.checks.double_backward import double_backward
from gradcheck.checks.dtype import dtype
from gradcheck.checks.empty import empty, has_sizes
from gradcheck.checks.exact import exact, is_exact_layer
from gradcheck.checks.extremes import extremes
from gradcheck.checks.finite_difference import finite_difference
from gradcheck.checks.jacobian import jacobian
from gradcheck.checks.jvp import has_jvp, jvp
from gradcheck.checks.kink import has_kinks, kink
from gradcheck.checks.layout import layout
from gradcheck.checks.linearity import linearity
from gradcheck.checks.of_framework import answers
from gradcheck.checks.oracle import has_oracle, oracle
from gradcheck.checks.purity import purity
from gradcheck.checks.reference import has_reference, reference
from gradcheck.checks.saved import saved
from gradcheck.checks.second_order import has_curvature, second_order
from gradcheck.checks.state import has_object, state
from gradcheck.checks.strides import strides
from gradcheck.checks.subsets import subsets
from gradcheck.checks.undefined import undefined
from gradcheck.checks.vmap import vmap
from gradcheck.evaluation import Trial
from gradcheck.judging import Outcome
from gradcheck.layers import Layer


def _always(layer: Layer) -> None:  # noqa: ARG001 -- the form of a check's `inapplicable`
    return None


@dataclass(frozen=True)
class Check:
    """One property of a gradient, and how to test it at one example.

    Parameters
    ----------
    name
        What tables and tests call it.
    asserts
        The property, in a few words.
    at
        Tests it at one `Trial`.
    inapplicable
        Returns why the check says nothing about a layer, or None.
    measures
        Whether it verifies every differentiable input by a measurement of its own.
    empty
        Whether its examples have a size of zero; such an example that forward refuses is no failure.
    once
        Whether one look at a point is enough: another cotangent or direction would see nothing new.
    kind
        ``"gradient"`` where a failure says that the derived gradient is not the derivative; ``"conduct"``
        where it says that the layer breaks another rule its callers rely on, which is FLAWED.
    """

    name: str
    asserts: str
    at: Callable[[Trial], Outcome]
    inapplicable: Callable[[Layer], str | None] = _always
    measures: bool = False
    empty: bool = False
    once: bool = False
    kind: Literal["gradient", "conduct"] = "gradient"


CHECKS: tuple[Check, ...] = (
    Check("finite-difference", "⟨ȳ, J ẋ⟩ as measured", finite_difference, measures=True),
    Check("exact", "the same on integers, bit for bit", exact, is_exact_layer, measures=True),
    Check("complex-step", "the same to machine precision", complex_step, is_analytic, measures=True),
    Check("oracle", "an independent implementation agrees", oracle, has_oracle),
    Check(
        "reference", "a plain implementation agrees, as far as its precision goes", reference, has_reference
    ),
    Check("jvp", "⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩", jvp, has_jvp, measures=True),
    Check("second-order", "the pullback's own Jacobian is symmetric", second_order, has_curvature),
    Check("linearity", "the pullback is linear in its cotangent", linearity, once=True),
    Check("contract", "count, shape, dtype, None, finite", contract, once=True),
    Check("purity", "nothing changed, nothing aliased", purity, once=True, kind="conduct"),
    Check("determinism", "same input, same bits", determinism, once=True, kind="conduct"),
    Check("layout", "read-only and strided inputs give the same", layout, once=True, kind="conduct"),
    Check("dtype", "float32 stays float32 and agrees with float64", dtype, kind="conduct"),
    Check("extremes", "finite where forward is, without a warning", extremes, kind="conduct"),
    Check("batch", "samples do not influence each other", batch, has_batch, once=True, kind="conduct"),
    Check("cache", "forward elsewhere does not disturb a pullback", cache, once=True, kind="conduct"),
    Check(
        "accumulation",
        "gradients are assigned or added as declared",
        accumulation,
        has_parameters,
        once=True,
        kind="conduct",
    ),
    Check("state", "what an object keeps is not moved", state, has_object, once=True, kind="conduct"),
    Check("empty", "size zero is no special case", empty, has_sizes, empty=True, kind="conduct"),
    Check("kink", "between the one-sided derivatives", kink, has_kinks, measures=True),
    Check("subsets", "inputs without a gradient change no other's", subsets, answers("subsets"), once=True),
    Check("undefined", "an unused output changes no gradient", undefined, answers("undefined"), once=True),
    Check(
        "strides", "how a cotangent lies in memory changes nothing", strides, answers("strides"), once=True
    ),
    Check(
        "saved",
        "a change in place after forward is noticed",
        saved,
        answers("saved"),
        once=True,
        kind="conduct",
    ),
    Check(
        "double-backward",
        "the gradient of the gradient as measured",
        double_backward,
        answers("double-backward"),
        once=True,
    ),
    Check("compiled", "compiled and plain functions agree", compiled, answers("compiled"), once=True),
    Check("vmap", "a mapped function and its calls agree", vmap, answers("vmap")),
)
"""Every check, in the order of tables and tests."""

JACOBIAN = Check("jacobian", "every entry of ∂y/∂x as measured", jacobian, measures=True, once=True)
"""Runs beside the battery where it is asked for: its cost grows with the size of the Jacobian."""
