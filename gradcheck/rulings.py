"""The records in which a claim's verdict travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gradcheck.claim import Claim
from gradcheck.types import Array


class Decision(StrEnum):
    """What the machine found about a claim."""

    HOLDS = "holds"
    HOLDS_IF = "holds if"
    REFUTED = "refuted"
    UNFINISHED = "unfinished"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Counterexample:
    """The smallest inputs found at which the sides differ, and both sides there."""

    inputs: Mapping[str, Array]
    options: Mapping[str, Any]
    left: Array
    right: Array


@dataclass(frozen=True)
class Ruling:
    """The machine's decision on one claim, and what it rests on.

    Parameters
    ----------
    claim
        The claim.
    decision
        What was found.
    reason
        Why it is undecided, if it is.
    trials, shapes
        At how many random inputs the sides agreed, and in how many different shapes.
    proved
        For how many shapes all basis vectors were tried, which proves the claim for each of them.
    chance
        A bound on the chance that the claim is false for the shapes tried and survived all the
        same; None where the sides are no polynomials.
    conditions
        In words, the conditions that the claim needs and leaves out.
    counterexample
        Of a claim that is refuted, or that holds only under conditions.
    correction
        The ruling on the claim that should stand in its place.
    seed
        With it, the same ruling comes out again.
    """

    claim: Claim
    decision: Decision
    reason: str = ""
    trials: int = 0
    shapes: int = 0
    proved: int = 0
    chance: float | None = None
    conditions: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    correction: Ruling | None = None
    seed: int = 0

    @property
    def decided(self) -> bool:
        """Whether the claim, and what corrects it, could be decided, and the correction holds."""
        if self.decision is Decision.UNDECIDED:
            return False
        return self.correction is None or self.correction.decision is Decision.HOLDS

    @property
    def arithmetic(self) -> str:
        """How the sides were compared: ``"exact"`` or ``"numerical"``."""
        return "numerical" if self.claim.numerical else "exact"
