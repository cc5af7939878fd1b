"""`run`: some checks on one layer, over random examples or at one point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from gradcheck._util import untouched_randomness
from gradcheck.checks import CHECKS, Check
from gradcheck.diagnosis import Explainer
from gradcheck.errors import CannotVerify
from gradcheck.evaluation import Calls, Trial
from gradcheck.judging import Result
from gradcheck.layers import Layer
from gradcheck.reporting import Report
from gradcheck.running.exemptions import apply_exemption
from gradcheck.running.search import run_at, search
from gradcheck.running.tally import Tally, conclude
from gradcheck.sampling import Memory
from gradcheck.types import Primals, Verdict

REPEATS = 3
"""At one point, each check runs with this many random cotangents and directions, unless fewer say it all."""


@untouched_randomness()
def run(
    layer: Layer,
    primals: Primals = (),
    options: Mapping[str, Any] | None = None,
    *,
    seed: int,
    max_examples: int,
    checks: Iterable[Check] = CHECKS,
    explain: bool = True,
    memory: Memory | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Report:
    """Run some checks on one layer, at a point if there are primals; see `search` for the parameters."""
    calls = Calls()
    if primals:
        names = layer.input_names(len(primals))
        explainer = Explainer(layer, seed) if explain else None
        at = partial(at_point, layer=layer, primals=primals, options=options or {}, seed=seed, calls=calls)
        results = [at(c, explainer=None if c.name in layer.exempt else explainer) for c in checks]
    else:
        chosen = tuple(checks)
        ways: dict[str, Any] = {"explain": explain, "memory": memory, "tick": tick}
        names, results = search(chosen, layer, seed=seed, max_examples=max_examples, calls=calls, **ways)
    results = [apply_exemption(result, layer.exempt.get(result.check)) for result in results]
    return Report(layer.name, names, tuple(results), calls.forward, calls.vjp, seed)


def at_point(
    check: Check,
    layer: Layer,
    primals: Primals,
    options: Mapping[str, Any],
    *,
    seed: int,
    calls: Calls,
    explainer: Explainer | None,
) -> Result:
    """Run one check at the caller's own point, with a few random cotangents and directions."""
    if check.empty:
        return Result(check.name, Verdict.NOT_APPLICABLE, "the point has its own sizes")
    reason = check.inapplicable(layer)
    if reason is not None:
        return Result(check.name, Verdict.NOT_APPLICABLE, reason)
    tally = Tally()
    try:
        for repeat in range(1 if check.once else REPEATS):
            trial = Trial.of(layer, primals, options, seed + repeat, calls, pinned=True)
            outcome = run_at(check, trial)
            tally.add(outcome, trial)
            if outcome.verdict.is_failure or outcome.final:
                break
    except CannotVerify as stop:
        return conclude(check, tally, str(stop), explainer)
    return conclude(check, tally, None, explainer)
