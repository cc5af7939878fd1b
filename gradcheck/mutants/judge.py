"""One mutant before the checks of its layer: which of them finds it, and if none does, why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from types import CodeType
from typing import Any, TypeAlias

from gradcheck._util import count_noun
from gradcheck.checks import CHECKS, Check
from gradcheck.judging import Result
from gradcheck.layers import Layer
from gradcheck.mutants.declarations import Declaration, numbers_in, widen_declaration
from gradcheck.mutants.outcomes import (
    WIDER,
    Difference,
    Try,
    compare,
    neighbours_of,
    outcomes_of,
    tries_of,
)
from gradcheck.mutants.subject import Subject, subject_of
from gradcheck.mutation import Mutant, mutants_of, notes, planted, probe
from gradcheck.running import run, subjects_of
from gradcheck.types import Verdict

Ran: TypeAlias = set[tuple[str, int]]
"""Statements that ran, by file and first line."""
WATCHED = "finite-difference"
"""The check that goes on to larger sizes where lines never ran."""
ROUNDED = 64.0
"""So many rounding units of the largest entry are taken for rounding, in words only. A Fourier transform of
twice the length was 17 apart; half would still hold it, and twice as much might hide a constant that is cut
short."""
BESIDE = 20
"""Examples beside which a difference is looked for again. One that vanishes beside all of them is one of
ties: half says so sooner of what is only rare, twice as much takes longer to say it."""


@dataclass
class Judge:
    """Judges the mutants of a layer by the layer's own checks.

    Parameters
    ----------
    layer
        The layer.
    seed, max_examples
        As for `gradcheck.check`.
    target, position
        Where the layer is found, as on the command line, and at which place among those found there: a
        process that is started anew is handed these in place of the layer.
    """

    layer: Layer
    seed: int
    max_examples: int
    target: str = ""
    position: int = 0
    subject: Subject = field(init=False)
    mutants: list[Mutant] = field(init=False)

    def __post_init__(self) -> None:
        self.subject = subject_of(self.layer)
        self.mutants = mutants_of(self.subject.roots)

    def __getstate__(self) -> dict[str, Any]:
        state = {"seed": self.seed, "max_examples": self.max_examples}
        if self.target:
            return {**state, "target": self.target, "position": self.position}
        return {**state, "layer": self.layer}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "layer" not in state:
            (*_, found) = subjects_of(state["target"])[: state["position"] + 1]
            state["layer"] = found
        vars(self).update({"target": "", "position": 0} | state)
        self.__post_init__()

    def measure(self) -> dict[str, Any]:
        """Return what the checks say of the layer as it is, made again of its source, and the time."""
        started = time.process_time()
        with self.probed() as ran:
            results = {check.name: self._result(check, self.layer) for check in CHECKS}
        found = {name: (r.verdict.value, r.reason, r.sensitivity) for name, r in results.items()}
        return {"results": found, "seconds": time.process_time() - started, "ran": sorted(ran)}

    def runs(self, number: int, ran: Ran) -> bool:
        """Return whether a mutated statement is among those that ran; else the checks see the original."""
        return self.mutants[number].place in ran

    def judge(self, number: int, checks: Sequence[str]) -> dict[str, Any]:
        """Return which check finds a mutant first, and how; nothing if none does."""
        mutant = self.mutants[number]
        code = mutant.code()
        assert code is not None
        with self.planted(mutant, code):
            return self.find_failure(self.layer, checks)

    def explain(
        self, number: int, checks: Sequence[str], sensitivity: float | None, right: dict[int, bool]
    ) -> dict[str, Any]:
        """Return why no check finds a mutant, by trying: fate, reason, and a declaration that helps.

        Parameters
        ----------
        number
            The mutant's.
        checks
            Those that judge.
        sensitivity
            The smallest error that finite differences would have seen, if known.
        right
            Of which wider declarations it is known whether the original passes under them. What is found out
            about others is returned under the same word.
        """
        explanation = _Explanation(self, number, tuple(checks), sensitivity, dict(right))
        return {**explanation.found(), "right": explanation.right}

    def find_failure(self, layer: Layer, checks: Sequence[str], examples: int = 0) -> dict[str, Any]:
        """Return which check finds something wrong with a layer first, and how; nothing if none does."""
        doubt: dict[str, Any] = {}
        for check in CHECKS:
            if check.name in checks:
                try:
                    result = self._result(check, layer, examples)
                except Exception as cause:  # what a mutant returns, a check may stumble over
                    reason = f"the check ended with {type(cause).__name__}: {cause}"
                    return {"check": check.name, "how": "raised", "reason": reason}
                found = {"check": check.name, "how": _how(result), "reason": result.reason}
                if result.verdict.is_failure:
                    return found
                if result.verdict is Verdict.UNVERIFIED:  # another check may say what is wrong
                    doubt = doubt or found
        return doubt

    def _result(self, check: Check, layer: Layer, examples: int = 0) -> Result:
        how: dict[str, Any] = {"seed": self.seed, "max_examples": examples or self.max_examples}
        is_watched = check.name == WATCHED
        return run(layer, **how, checks=(check,), explain=False, reach=is_watched).results[0]

    @contextmanager
    def probed(self) -> Iterator[Ran]:
        """Let all functions have the code that their source gives, and note what of it runs."""
        forget_compiled(self.layer)
        with ExitStack() as stack:
            ran = stack.enter_context(notes())
            for root in self.subject.roots:
                stack.enter_context(planted(root.source.function, probe(root.source)))
            yield ran
        forget_compiled(self.layer)

    @contextmanager
    def planted(self, mutant: Mutant, code: CodeType) -> Iterator[None]:
        """Let a function have a mutant's code inside the block."""
        forget_compiled(self.layer)
        with planted(mutant.root.source.function, code):
            yield
        forget_compiled(self.layer)


def forget_compiled(layer: Layer) -> None:
    """Let a framework compile again what it compiled of other code."""
    kept = getattr(layer.framework, "compiled", None)
    if isinstance(kept, dict):
        kept.clear()
        layer.framework.jax.clear_caches()  # type: ignore[union-attr]


def _how(result: Result) -> str:
    """Return a word for how a check found a mutant."""
    if result.verdict.is_failure:
        return "wrong" if result.verdict is Verdict.WRONG else "flawed"
    return "raised" if " raised " in result.reason else "unverified"


@dataclass
class _Explanation:
    """Why a mutant lives."""

    judge: Judge
    number: int
    checks: tuple[str, ...]
    sensitivity: float | None
    right: dict[int, bool]

    @cached_property
    def mutant(self) -> Mutant:
        return self.judge.mutants[self.number]

    @cached_property
    def code(self) -> CodeType:
        code = self.mutant.code()
        assert code is not None
        return code

    def found(self) -> dict[str, Any]:
        """Return the fate, the reason and a declaration."""
        own, has_run = self.difference(tries_of(self.judge.layer, self.judge.seed, self.numbers))
        unseen: Declaration | None = None
        for i, declaration in enumerate(widen_declaration(self.judge.layer, self.judge.subject.roots)):
            tries = tries_of(declaration.layer, self.judge.seed, self.numbers, WIDER)
            apart, ran = self.difference(tries)
            if not apart:
                has_run = has_run or (ran and self.is_right(i, declaration))
                continue
            with self.planted():
                killer = self.failure(declaration).get("check", "")
            if (killer or not own) and self.is_right(i, declaration, killer):
                unseen, has_run = unseen or declaration, has_run or ran
                if killer:
                    return self.survived(declaration.reason, declaration.text)
        if own:
            return self.survived(self.tell_difference(own))
        if unseen is not None:
            return self.survived(f"{unseen.reason}; but no check finds it with {unseen.text} either")
        if not has_run:
            return self.survived("never executed by any example, nor with what else might be declared")
        return {"fate": "equivalent", "reason": "the same bits at every example, wider ones too"}

    def difference(self, tries: Sequence[Try]) -> tuple[Difference, bool]:
        """Return how far mutant and original are apart at some examples, and whether the mutant ran."""
        with self.judge.probed() as ran:
            known = outcomes_of(tries)
        with self.planted():
            given = outcomes_of(tries)
        return compare(tries, known, given), self.judge.runs(self.number, ran)

    @cached_property
    def numbers(self) -> list[float]:
        return numbers_in(self.judge.subject.roots)

    def planted(self) -> AbstractContextManager[None]:
        return self.judge.planted(self.mutant, self.code)

    def is_right(self, i: int, declaration: Declaration, killer: str = "") -> bool:
        """Return whether the original passes under a declaration; else that is not its domain."""
        if i not in self.right:
            layer, examples = declaration.layer, declaration.examples * self.judge.max_examples
            # Most often it is the same check, which is all that needs to be asked.
            is_wrong = killer and self.judge.find_failure(layer, (killer,), examples)
            self.right[i] = not is_wrong and not self.failure(declaration)
        return self.right[i]

    def failure(self, declaration: Declaration) -> dict[str, Any]:
        """Return what the checks find under a declaration, those too that it switches on."""
        own, checks = self.judge.layer, self.checks
        new = [c.name for c in CHECKS if c.inapplicable(own) and not c.inapplicable(declaration.layer)]
        checks = (*checks, *(name for name in new if name not in own.exempt))
        if declaration.examples > 1:  # it is the measurements that are rarely sharp enough
            checks = tuple(check.name for check in CHECKS if check.measures and check.name in checks)
        examples = declaration.examples * self.judge.max_examples
        return self.judge.find_failure(declaration.layer, checks, examples)

    def tell_difference(self, own: Difference) -> str:
        """Return where a difference is that no check finds, and how large."""
        size = "in type, form or what is raised" if own.relative == inf else f"by {own.relative:.0e} at most"
        if own.units <= ROUNDED:
            return f"by no more than rounding: apart {size}, and most likely as right as the original"
        if own.relative < (self.sensitivity or 0.0):
            return f"within the sensitivity {self.sensitivity:.0e}: apart {size}"
        if not self.difference(neighbours_of(own.where[:BESIDE]))[0]:
            kink = (
                "" if self.judge.layer.is_smooth else "; at a kink, every slope between both sides is right"
            )
            return f"only where inputs tie or meet a threshold of the source: apart {size}{kink}"
        if own.kinds == {"float32"}:
            return f"only in single precision: apart {size}"
        if own.kinds == {"large"}:
            return f"only at sizes above those that are drawn: apart {size}"
        return f"apart {size}, at {count_noun(len(own.where), 'example')}, and no check finds it"

    def survived(self, reason: str, declaration: str = "") -> dict[str, Any]:
        return {"fate": "survived", "reason": reason, "declaration": declaration}
