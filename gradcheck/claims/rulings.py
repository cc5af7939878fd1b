"""The records in which a claim's verdict travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from gradcheck._util import Record, count_noun
from gradcheck.claims.claim import Claim
from gradcheck.claims.matrices import side_by_side
from gradcheck.types import Array, Verdict


class Decision(StrEnum):
    """What the machine found about a claim."""

    HOLDS = "holds"
    HOLDS_IF = "holds if"
    REFUTED = "refuted"
    UNFINISHED = "unfinished"
    UNDECIDED = "undecided"


@dataclass(frozen=True, eq=False)
class Counterexample(Record):
    """The smallest inputs found at which the sides differ, and both sides there."""

    inputs: Mapping[str, Array]
    options: Mapping[str, Any]
    left: Array
    right: Array

    def lines(self) -> list[str]:
        """Return the counterexample as lines of text: the inputs, then both sides."""
        options = ", ".join(f"{name} = {value}" for name, value in self.options.items())
        lines = ["    smallest counterexample" + (f", {options}" if options else "")]
        lines += side_by_side([(f"{name} =", array) for name, array in self.inputs.items()])
        return lines + side_by_side([("left =", self.left), ("right =", self.right)])


@dataclass(frozen=True)
class Ruling(Record):
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

    KEYS: ClassVar[str] = (
        "claim=claim.id section=claim.section statement=claim.statement latex=claim.latex verdict decision "
        "conditions reason evidence arithmetic trials shapes proved_shapes=proved "
        "chance_of_survival=chance counterexample correction note=claim.note seed"
    )

    @property
    def verdict(self) -> Verdict:
        """CORRECT if the claim holds or what corrects it does, WRONG if refuted, else UNVERIFIED."""
        corrected = self.correction is not None and self.correction.decision is Decision.HOLDS
        if self.decision in (Decision.HOLDS, Decision.HOLDS_IF):
            return Verdict.CORRECT
        if self.decision is not Decision.UNDECIDED and corrected:
            return Verdict.CORRECT
        return Verdict.WRONG if self.decision is Decision.REFUTED else Verdict.UNVERIFIED

    @property
    def arithmetic(self) -> str:
        """How the sides were compared: ``"exact"`` or ``"numerical"``."""
        return "numerical" if self.claim.numerical else "exact"

    @property
    def words(self) -> str:
        """The decision in words, conditions included."""
        if self.decision is Decision.HOLDS_IF:
            return f"holds if {', and '.join(self.conditions)}"
        return self.decision.value

    @property
    def evidence(self) -> str:
        """What the decision rests on, in one line."""
        if self.decision is Decision.UNDECIDED:
            return self.reason
        if self.decision is Decision.REFUTED:
            return "by a counterexample"
        if self.decision is Decision.UNFINISHED:
            return "" if self.correction is None else f"supplied: {self.correction.words}"
        said = [
            f"{count_noun(self.trials, 'trial')} in {count_noun(self.shapes, 'shape')}, {self.arithmetic}"
        ]
        if self.chance is not None:
            said.append(f"false with a chance below {max(self.chance, 1e-300):.0e}")
        if self.proved:
            said.append(f"proved by all basis vectors for {count_noun(self.proved, 'shape')}{self._limits}")
        return "; ".join(said)

    @property
    def _limits(self) -> str:
        """How far the exhaustive run went, such as `` (h, w ≤ 4; p, q ≤ 3)``."""
        limits = self.claim.up_to
        named = {most: [name for name in limits if limits[name] == most] for most in limits.values()}
        said = "; ".join(f"{', '.join(names)} ≤ {most}" for most, names in named.items())
        return f" ({said})" if said else ""

    def __str__(self) -> str:
        """Return the ruling in words, with the counterexample as matrices and the correction."""
        rows = [("formula", self.claim.latex), ("verdict", self.words), ("evidence", self.evidence)]
        lines = [f"{self.claim.id}  {self.claim.statement}"]
        lines += [f"    {label:<11} {text}" for label, text in rows if text]
        if self.counterexample is not None:
            lines += self.counterexample.lines()
        if self.correction is not None:
            correct = self.correction
            word = "supplied" if self.decision is Decision.UNFINISHED else "correct"
            said = [correct.claim.statement, correct.claim.latex, f"{correct.words}: {correct.evidence}"]
            labels = [word, "", ""]
            lines += [f"    {label:<11} {text}" for label, text in zip(labels, said, strict=True) if text]
        if self.claim.note:
            lines.append(f"    {'note':<11} {self.claim.note}")
        return "\n".join(lines)
