"""The edit of a backward pass that makes it right: evidence for what is wrong with it, where no pattern fits.

Every edit is tried at one example against the measured Jacobian. One that gives what was measured there is
no repair before it does so at all other examples, of other sizes and with other options, for every input.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradcheck._util import draw_signed, untouched_randomness, widen
from gradcheck.diagnosis.budget import Budget
from gradcheck.diagnosis.screening import looks_wrong
from gradcheck.diagnosis.specimen import Specimen
from gradcheck.errors import is_control
from gradcheck.evaluation import Trial
from gradcheck.judging import Repair
from gradcheck.layers import Derivation, derivation_of
from gradcheck.mutation import Editor
from gradcheck.types import Array

COTANGENTS = 3
"""Cotangents at which an edited pullback is compared with a measured Jacobian; one tells nearly all apart."""
MANY = 2.0**20
"""By so much a cotangent is made larger that an edit must be linear in: a product in place of a sum passes
where the term is too small to show. Half and twice of it are the same."""
FURTHER = 40
"""Examples beside the measured ones at which a repair must hold too."""
EACH = 2
"""Calls that an edit takes at the example at which all of them are tried."""


@dataclass(frozen=True)
class _Probe:
    """A cotangent of the output at an example, and what the input's cotangent should be."""

    trial: Trial
    argnum: int
    y: Array
    y_bar: Array
    x_bar: Array
    allowed: Array

    @classmethod
    def of(cls, s: Specimen, seed: str) -> _Probe:
        """Return what a measured Jacobian makes of a random cotangent."""
        y_bar = draw_signed(s.y.shape, s.trial.rng(seed))
        return cls(s.trial, s.argnum, s.y, y_bar, *s.pull_back(y_bar))

    def passes(self, vjp: Any) -> bool:
        """Return whether a VJP gives the same output, and the cotangent that was measured."""
        bar = self.pull(vjp)
        return bar is not None and bool(np.all(np.abs(bar - self.x_bar) <= self.allowed))

    def scales(self, vjp: Any) -> bool:
        """Return whether a VJP gives as many times as much for a much larger cotangent: a linear one does."""
        bar, large = self.pull(vjp), self.pull(vjp, MANY)
        if bar is None or large is None:
            return False
        return bool(np.all(np.abs(large / MANY - bar) <= self.allowed))

    def pull(self, vjp: Any, factor: float = 1.0) -> Array | None:
        """Return the cotangent that a VJP gives; None where it raises, or gives another form or output."""
        try:
            y, pullback = self.trial.linearise_with("vjp", "pullback", vjp)
            if y.shape != self.y.shape or not np.array_equal(y, self.y):
                return None
            bar = pullback((factor * self.y_bar).astype(y.dtype))[self.argnum]
        except Exception as cause:
            if is_control(cause) and not type(cause).__module__.startswith("gradcheck"):
                raise
            return None  # an edit may raise anything
        return None if bar is None else widen(bar)


def find_repair(trials: Sequence[Trial], failing: Sequence[Specimen], budget: Budget) -> Repair | None:
    """Return the first edit that makes a gradient right at all examples.

    Parameters
    ----------
    trials
        Examples of any kind; an edit must leave right what is right in them.
    failing
        Examples with their Jacobians in which an input's cotangent is wrong.
    budget
        What may be spent.
    """
    layer = failing[0].trial.layer
    if failing[0].trial.breaks_at_bad_indices:
        return None
    derivation = derivation_of(layer)
    editor = None if derivation is None else Editor.of(derivation.function, [layer.forward])
    if derivation is None or editor is None:
        return None
    with untouched_randomness():
        return _search(derivation, editor, trials, failing, budget)


def _search(
    derivation: Derivation,
    editor: Editor,
    trials: Sequence[Trial],
    failing: Sequence[Specimen],
    budget: Budget,
) -> Repair | None:
    first = min(failing, key=_work)
    screen = _Probe.of(first, "screen")
    again = screen.pull(derivation.join(editor.unedited()))
    known = screen.pull(first.trial.layer.vjp)
    if again is None or known is None or not np.array_equal(again, known):
        return None  # what stands in the file is not what runs
    probes = [_Probe.of(s, f"repair {i}") for s in failing for i in range(COTANGENTS)]
    names = first.trial.names
    is_flat = not any("[" in name for name in names)
    wrong = {i for i in first.trial.active if any(looks_wrong(s.trial, i) for s in failing)} | {first.argnum}
    edits = editor.edits(wrong, len(names) if is_flat else 1, is_inner=derivation.is_pair)
    for edit in edits:
        if not budget.affords(first.trial, EACH):
            return None
        function = edit.make()
        if function is None:
            continue
        vjp = derivation.join(function)
        if not screen.passes(vjp):
            continue
        holds = all(probe.passes(vjp) for probe in probes) and screen.scales(vjp)
        if holds and _holds(vjp, trials, failing):
            change = edit.change
            return Repair(change.file, change.line, change.old, change.new)
    return None


def _work(s: Specimen) -> tuple[bool, int]:
    """Return what orders examples: the smallest that is large enough to tell edits apart."""
    return s.measured.value.size < 9, s.measured.value.size


def _holds(vjp: Any, trials: Sequence[Trial], failing: Sequence[Specimen]) -> bool:
    """Return whether a VJP is right for every input at further examples."""
    layer = copy(failing[0].trial.layer)
    object.__setattr__(layer, "vjp", vjp)  # the record's other fields were found well-formed before
    others = [s.trial for s in failing] + list(trials)[:FURTHER]
    for trial in (replace(t, layer=layer) for t in others):
        for i in trial.active:
            if looks_wrong(trial, i):
                specimen = Specimen.of(trial, i)
                if specimen is not None and (specimen.wrong.any() or not specimen.is_linear):
                    return False
    return True
