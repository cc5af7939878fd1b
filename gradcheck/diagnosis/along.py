"""Cotangents that are right along a constraint on which the example lies, and wrong off it."""

from __future__ import annotations

from dataclasses import replace

from gradcheck.errors import NothingToLearn
from gradcheck.evaluation import Point, Tangents, Trial
from gradcheck.judging import Cause, Diagnosis, Reason, judge
from gradcheck.layers import CONSTRAINTS, is_off


def diagnose_along(trial: Trial, argnum: int) -> Diagnosis:
    """Return the constraint along which one cotangent agrees, if the input lies on it and none is declared.

    A Cholesky factor reads one triangle of a symmetric matrix, and everybody's gradient of it is symmetric.
    """
    name, slot = trial.names[argnum], trial.inputs.leaves[argnum].slot
    for constraint in CONSTRAINTS if trial.tangents is None else ():
        if is_off(constraint, slot.fill(trial.primals[argnum])):
            continue
        layer = replace(trial.layer, tangent={name: constraint})
        try:
            tangents = Tangents.of(layer, trial.inputs, trial.primals, (argnum,))
            along = replace(trial, layer=layer, tangents=tangents)
            rng = trial.rng("along")
            judgement = judge(Point.of(along, rng), argnum, rng)
        except NothingToLearn:
            continue
        if judgement.reason is Reason.AGREES:  # to lie within a kink says nothing of the constraint
            said = (
                f"along the directions in which {name!r} stays {WORDS[constraint]} it agrees: "
                f'if it always is, declare tangent={{"{name}": "{constraint}"}}'
            )
            return Diagnosis("", (Cause(("along", constraint), said, 1, trial.primals[argnum].size),), 1)
    return Diagnosis("", (), 0)


WORDS = {"symmetric": "symmetric", "skew": "skew-symmetric", "simplex": "a set of shares"}
"""What an input on a constraint is."""
