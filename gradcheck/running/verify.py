"""`check` and `assert_correct`: the whole battery on one layer, over random examples or at one point."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from gradcheck._util import untouched_randomness
from gradcheck.checks import CHECKS, JACOBIAN, Check
from gradcheck.diagnosis import Explainer
from gradcheck.errors import CannotVerify, MalformedLayer
from gradcheck.evaluation import Calls, Trial
from gradcheck.judging import Result
from gradcheck.layers import Layer
from gradcheck.reporting import Report
from gradcheck.running.parts import dealt, joined, portable
from gradcheck.running.search import at_example, search
from gradcheck.running.tally import Tally, concluded
from gradcheck.running.workers import DIED_TWICE, Workers, counted, spread
from gradcheck.sampling import Memory
from gradcheck.types import Primals, Verdict

MAX_EXAMPLES = 100
PARTS = 4
"""A map-like function, which does not say how many workers it has, is given the battery in so many parts."""
REPEATS = 3
"""At one point, each check runs with this many random cotangents and directions, unless fewer say it all."""


def check(
    layer: Layer,
    *primals: Any,
    seed: int = 0,
    max_examples: int = MAX_EXAMPLES,
    workers: Workers = 1,
    jacobian: bool = False,
    **options: Any,
) -> Report:
    """Check a layer's derived gradient with every check of the battery.

    Parameters
    ----------
    layer
        The layer.
    *primals
        The point at which to check; if left out, random shapes and values are drawn as the layer declares.
    seed
        Everything random follows from it: the same seed gives the same report.
    max_examples
        How many random examples each check runs.
    workers
        How many processes share the checks, -1 for one on each core; or a map-like function, such
        as ``client.get_executor().map`` of `dask.distributed`. The report does not depend on it.
    jacobian
        Whether every entry of every Jacobian is measured beside the battery, so that all that are
        wrong are known. It takes about 12 forward calls for each column, or for each group of
        columns that share no output; see `Layer`'s `sparsity`.
    **options
        With primals: the keyword arguments for the layer's functions.

    Returns
    -------
    Report
        The verdict with every finding. Wrong gradients do not raise; see `assert_correct`.

    Raises
    ------
    MalformedLayer
        If no primals are given and the layer does not say how to draw them.
    TypeError, ValueError
        If an argument is not what it should be.

    Examples
    --------
    >>> import numpy as np
    >>> from gradcheck import Layer, check
    >>> cube = Layer(lambda x: x**3, lambda x: (x**3, lambda y_bar: 3 * x**2 * y_bar), shapes={"x": "n"})
    >>> print(check(cube, np.array([1.0, 2.0])).verdict)
    CORRECT
    """
    _arguments(layer, primals, options, seed, max_examples)
    checks = (*CHECKS, JACOBIAN) if jacobian else CHECKS
    limits = {"seed": seed, "max_examples": max_examples}
    return run_shared(layer, primals, options, **limits, workers=workers, checks=checks)


def assert_correct(
    layer: Layer,
    *primals: Any,
    seed: int = 0,
    max_examples: int = MAX_EXAMPLES,
    workers: Workers = 1,
    jacobian: bool = False,
    **options: Any,
) -> None:
    """Raise unless `check` finds the layer's gradient correct.

    Parameters
    ----------
    layer, *primals, seed, max_examples, workers, jacobian, **options
        As for `check`.

    Raises
    ------
    WrongGradient
        If any check finds it wrong.
    UnverifiedGradient
        If none does, but some check could not see.
    """
    __tracebackhide__ = True
    _arguments(layer, primals, options, seed, max_examples)
    checks = (*CHECKS, JACOBIAN) if jacobian else CHECKS
    limits = {"seed": seed, "max_examples": max_examples}
    report = run_shared(layer, primals, options, **limits, workers=workers, checks=checks)
    report.raise_unless_correct()


def run_shared(
    layer: Layer,
    primals: Primals,
    options: dict[str, Any],
    *,
    seed: int,
    max_examples: int,
    workers: Workers,
    checks: tuple[Check, ...],
) -> Report:
    """Run the battery on one layer, its checks shared out among workers."""
    count = counted(workers)
    if count == 1:
        return run(layer, primals, options, seed=seed, max_examples=max_examples, checks=checks)
    parts = dealt(checks, layer, count or PARTS)
    work = partial(_part, layer, primals, options, seed, max_examples)
    done = spread(work, parts, workers, said=lambda part: ", ".join(c.name for c in part))
    reports = [done.results[k] for k in sorted(done.results)]
    return replace(joined(checks, reports, layer, seed, DIED_TWICE), deaths=tuple(done.deaths))


def _part(
    layer: Layer,
    primals: Primals,
    options: dict[str, Any],
    seed: int,
    max_examples: int,
    checks: tuple[Check, ...],
) -> Report:
    return portable(run(layer, primals, options, seed=seed, max_examples=max_examples, checks=checks))


@untouched_randomness()
def run(
    layer: Layer,
    primals: Primals = (),
    options: dict[str, Any] | None = None,
    *,
    seed: int,
    max_examples: int,
    checks: Iterable[Check] = CHECKS,
    explain: bool = True,
    memory: Memory | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Report:
    """Run some checks on one layer and gather their results; see `search` for the parameters."""
    calls = Calls()
    if primals:
        names = layer.input_names(len(primals))
        explainer = Explainer(layer, seed) if explain else None
        at = partial(at_point, layer=layer, primals=primals, options=options or {}, seed=seed, calls=calls)
        results = [at(c, explainer=explainer) for c in checks]
    else:
        chosen = tuple(checks)
        ways: dict[str, Any] = {"explain": explain, "memory": memory, "tick": tick}
        names, results = search(chosen, layer, seed=seed, max_examples=max_examples, calls=calls, **ways)
    return Report(layer.name, names, tuple(results), calls.forward, calls.vjp, seed)


def at_point(
    check: Check,
    layer: Layer,
    primals: Primals,
    options: dict[str, Any],
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
            outcome = at_example(check, trial)
            tally.add(outcome, trial)
            if outcome.verdict is Verdict.WRONG or outcome.final:
                break
    except CannotVerify as stop:
        return concluded(check, tally, str(stop), explainer)
    return concluded(check, tally, None, explainer)


def _arguments(layer: Layer, primals: Primals, options: dict[str, Any], seed: int, max_examples: int) -> None:
    if not isinstance(layer, Layer):
        message = f"layer must be a gradcheck.Layer, got {type(layer).__name__}: {layer!r}"
        raise TypeError(message)
    for name, value, least in (("seed", seed, 0), ("max_examples", max_examples, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            message = f"{name} must be a whole number of at least {least}, got {value!r}"
            raise ValueError(message)
    if options and not primals:
        message = (
            f"options ({', '.join(options)}) go with primals, as in check(layer, x, stride=2); "
            "random examples sweep the layer's own options"
        )
        raise TypeError(message)
    if not primals and layer.shapes is None and layer.cases is None:
        message = (
            f"Layer {layer.name!r} has neither shapes= nor cases=, so no examples can be drawn; "
            "declare one of them, or check at a point: check(layer, x, ...)"
        )
        raise MalformedLayer(message)
