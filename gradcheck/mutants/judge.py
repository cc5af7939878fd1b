"""One mutant before the checks of its layer: which of them finds it, and if none does, why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any

from gradcheck.checks import CHECKS, Check
from gradcheck.judging import Result
from gradcheck.layers import Layer
from gradcheck.mutants.declarations import Declaration, numbers_in, widen_declaration
from gradcheck.mutants.outcomes import (
    Difference,

    codes_in,
    compare,
    note_lines,
    outcomes_of,
    trials_of,
)
from gradcheck.mutants.subject import Subject, subject_of
from gradcheck.mutation import Mutant, mutants_of, planted, recompile
from gradcheck.running import run, subjects_of
from gradcheck.types import Verdict

WATCHED = "finite-difference"
"""The check that goes on to larger sizes where lines never ran."""


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
        """Return what the checks say of the layer as it is, made again of its source, and how long it takes."""
        started = time.process_time()
        with self._remade():
            results = {check.name: self._result(check, self.layer) for check in CHECKS}
        found = {name: (r.verdict.value, r.reason, r.sensitivity) for name, r in results.items()}
        return {"results": found, "seconds": time.process_time() - started}

    def judge(self, number: int, checks: Sequence[str]) -> dict[str, Any]:
        """Return which check finds a mutant first, and how; nothing if none does."""
        mutant = self.mutants[number]
        code = mutant.code()
        assert code is not None
        with self._planted(mutant, code):
            return self._killing(self.layer, checks, self.max_examples)

    def explain(self, number: int, checks: Sequence[str], sensitivity: float | None) -> dict[str, Any]:
        """Return why no check finds a mutant, by trying: its fate, the reason, and a declaration that helps."""
        return _Explanation(self, number, tuple(checks), sensitivity).found()

    def _killing(self, layer: Layer, checks: Sequence[str], examples: int) -> dict[str, Any]:
        doubt: dict[str, Any] = {}
        for check in CHECKS:
            if check.name in checks:
                result = self._result(check, layer, examples)
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
    def _remade(self) -> Iterator[None]:
        """Let all functions have the code that their source gives, which must be what they had."""
        with ExitStack() as stack:
            for root in self.subject.roots:
                function = root.source.function
                stack.enter_context(planted(function, recompile(root.source)))
            yield

    @contextmanager
    def _planted(self, mutant: Mutant, code: CodeType) -> Iterator[None]:
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
        own, has_run = self.difference(self.judge.layer)
        widest, was_tried = own, [has_run]
        differing: Declaration | None = None
        for declaration in widen_declaration(self.judge.layer, self.judge.subject.roots):
            apart, ran = self.difference(declaration.layer)
            was_tried.append(ran)
            if apart and self.kills(declaration):
                return self.survived(self.only(declaration, own, has_run=has_run), declaration.text)
            if apart and not widest:
                widest, differing = apart, declaration
        if own:
            return self.survived(self.tell_difference(own))
        if differing is not None:
            return self.survived(f"{differing.reason}; but no check sees it with {differing.text} either")
        if not any(was_tried):
            return self.survived("never executed, by no example and no wider declaration that was tried")
        return {"fate": "equivalent", "reason": "the same bits at every example, wider ones too"}

    def difference(self, layer: Layer) -> tuple[Difference, bool]:
        """Return how far mutant and original are apart under a declaration, and whether the mutant ran."""
        trials = trials_of(layer, self.judge.seed, self.numbers)
        known = outcomes_of(trials)
        with self.judge._planted(self.mutant, self.code):
            with note_lines(codes_in(self.code), self.mutant.lines) as ran:
                given = outcomes_of(trials)
            return compare(known, given), ran()

    @cached_property
    def numbers(self) -> list[float]:
        return numbers_in(self.judge.subject.roots)

    def kills(self, declaration: Declaration) -> bool:
        """Return whether the checks find the mutant under a declaration, and nothing wrong with the original."""
        examples = declaration.examples * self.judge.max_examples
        with self.judge._planted(self.mutant, self.code):
            killing = self.judge._killing(declaration.layer, self.checks_for(declaration), examples)
        if not killing:
            return False
        return not self.judge._killing(declaration.layer, (killing["check"],), examples) and not (
            declaration.layer is not self.judge.layer
            and self.judge._killing(declaration.layer, self.checks_for(declaration), self.judge.max_examples)
        )

    def checks_for(self, declaration: Declaration) -> tuple[str, ...]:
        """Return the checks that judge, and those that a declaration switches on."""
        own = self.judge.layer
        new = [c.name for c in CHECKS if c.inapplicable(own) and not c.inapplicable(declaration.layer)]
        return (*self.checks, *(name for name in new if name not in own.exempt))

    def only(self, declaration: Declaration, own: Difference, *, has_run: bool) -> str:
        """Return why a declaration finds what the layer's own lets through."""
        if not has_run:
            return f"never executed by its examples: {declaration.reason}"
        return f"apart {declaration.reason}" if not own else f"apart {declaration.reason}"

    def tell_difference(self, own: Difference) -> str:
        """Return how large a difference is that no check sees."""
        if own.relative < (self.sensitivity or 0.0):
            return f"within the sensitivity {self.sensitivity:.0e}: apart by {own.relative:.0e} at most"
        if own.relative == float("inf"):
            return "apart in what it raises, or in type or form, where no check looks"
        return f"apart by {own.relative:.0e} at {own.examples} examples, where no check looks"

    def survived(self, reason: str, declaration: str = "") -> dict[str, Any]:
        return {"fate": "survived", "reason": reason, "declaration": declaration}


